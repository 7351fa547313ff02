//! Pure: the text of the checkpoints in a log dir's root: recovery points, high watermarks, log start offsets. `0`, the count, then one line `topic partition offset` each (`OffsetCheckpointFile`).

use rkafka_base::{Offset, TopicPartition};
use std::collections::HashMap;

/// Up to which offset each partition is on disk; what lies above is checked after a crash.
pub const RECOVERY_POINT: &str = "recovery-point-offset-checkpoint";
/// Each partition's high watermark.
pub const HIGH_WATERMARK: &str = "replication-offset-checkpoint";
/// The first offset of each compacted partition that no cleaner has looked at.
pub const CLEANER_OFFSET: &str = "cleaner-offset-checkpoint";
/// The log start of each partition whose log start is not the base of its first segment.
pub const LOG_START: &str = "log-start-offset-checkpoint";

/// All of them.
pub const ALL: [&str; 4] = [RECOVERY_POINT, HIGH_WATERMARK, CLEANER_OFFSET, LOG_START];

const VERSION: &str = "0";

/// Reads a checkpoint's text; an empty file holds nothing.
pub fn parse(text: &str) -> Result<HashMap<TopicPartition, Offset>, String> {
    let mut offsets = HashMap::new();
    if text.is_empty() {
        return Ok(offsets);
    }
    let mut lines = text.lines();
    let version = lines.next().unwrap_or_default();
    if version != VERSION {
        return Err(format!("line 1: the version is '{version}', only {VERSION} is known"));
    }
    let count = lines.next().unwrap_or_default();
    let count: usize = count.parse().map_err(|_| format!("line 2: '{count}' is no count"))?;
    let mut found = 0usize;
    for (n, line) in lines.enumerate() {
        let (partition, offset) =
            parse_line(line).ok_or_else(|| format!("line {}: '{line}' is no topic, partition and offset", n + 3))?;
        offsets.insert(partition, offset);
        found += 1;
    }
    if found == count { Ok(offsets) } else { Err(format!("line 2: {count} entries are announced, {found} found")) }
}

fn parse_line(line: &str) -> Option<(TopicPartition, Offset)> {
    let mut words = line.split(' ');
    let (topic, partition, offset) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || topic.is_empty() {
        return None;
    }
    Some((TopicPartition::new(topic, partition.parse().ok()?), Offset(offset.parse().ok()?)))
}

/// A checkpoint's text.
pub fn to_text<'a>(entries: impl ExactSizeIterator<Item = (&'a TopicPartition, Offset)>) -> String {
    let mut text = format!("{VERSION}\n{}\n", entries.len());
    for (partition, offset) in entries {
        text.push_str(&format!("{} {} {offset}\n", partition.topic, partition.partition));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_kafkas() {
        let recorded = "0\n1\nspec-cmp 0 10\n";
        let offsets = parse(recorded).unwrap();
        assert_eq!(offsets[&TopicPartition::new("spec-cmp", 0)], Offset(10));
        assert_eq!(to_text(offsets.iter().map(|(tp, o)| (tp, *o))), recorded);
        assert_eq!(to_text([].into_iter()), "0\n0\n");
        assert!(parse("").unwrap().is_empty());
    }

    #[test]
    fn rubbish_is_refused() {
        for bad in
            ["2\n0\n", "0\n", "0\n-1\n", "0\n1\n", "0\n1\na 0\n", "0\n1\na 0 1 2\n", "0\n1\na x 1\n", "0\n1\na 0 x\n"]
        {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
