//! Pure: the names of files and directories (`LogFileUtils`, `LocalLog`).

use rkafka_base::{Offset, TopicPartition};

pub const LOG: &str = ".log";
pub const INDEX: &str = ".index";
pub const TIME_INDEX: &str = ".timeindex";
pub const TXN_INDEX: &str = ".txnindex";
pub const SNAPSHOT: &str = ".snapshot";
/// A file that waits to be removed.
pub const DELETED: &str = ".deleted";
/// A file that the cleaner had not finished.
pub const CLEANED: &str = ".cleaned";
/// A file that the cleaner had finished and was about to put in place.
pub const SWAP: &str = ".swap";
pub const LEADER_EPOCH_CHECKPOINT: &str = "leader-epoch-checkpoint";
pub const PARTITION_METADATA: &str = "partition.metadata";

const DELETE_DIR: &str = "-delete";
const FUTURE_DIR: &str = "-future";
const STRAY_DIR: &str = "-stray";
/// The longest name a directory may have.
const MAX_NAME: usize = 255;
/// The digits of an offset in a file name.
const DIGITS: usize = 20;

/// `00000000000000000042.log` for offset 42 and `.log`.
pub fn segment_file(offset: i64, suffix: &str) -> String {
    format!("{offset:020}{suffix}")
}

/// The offset and the rest of a file name, if it starts with an offset and a dot.
pub fn parse_segment_file(name: &str) -> Option<(Offset, &str)> {
    let digits = name.get(..DIGITS)?;
    let rest = name.get(DIGITS..)?;
    if !digits.bytes().all(|b| b.is_ascii_digit()) || !rest.starts_with('.') {
        return None;
    }
    Some((Offset(digits.parse().ok()?), rest))
}

/// What a directory below a log dir is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionDirName {
    /// `topic-0`: a replica.
    Current(TopicPartition),
    /// `topic-0.<id>-delete`: a replica whose deletion was begun.
    Delete(TopicPartition),
    /// `topic-0.<id>-future`: a replica on its way from another log dir.
    Future(TopicPartition),
    /// `topic-0.<id>-stray`: a replica that nobody claims.
    Stray(TopicPartition),
}

impl PartitionDirName {
    /// Reads a directory's name; `None` if no partition can have it.
    pub fn parse(name: &str) -> Option<PartitionDirName> {
        type Make = fn(TopicPartition) -> PartitionDirName;
        let kinds: [(&str, Make); 3] = [
            (DELETE_DIR, PartitionDirName::Delete),
            (FUTURE_DIR, PartitionDirName::Future),
            (STRAY_DIR, PartitionDirName::Stray),
        ];
        for (suffix, make) in kinds {
            let unique = name.strip_suffix(suffix).and_then(|n| n.rsplit_once('.'));
            if let Some((stem, _)) =
                unique.filter(|(_, id)| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()))
            {
                return parse_topic_partition(stem).map(make);
            }
            if name.ends_with(suffix) {
                return None;
            }
        }
        parse_topic_partition(name).map(PartitionDirName::Current)
    }
}

fn parse_topic_partition(name: &str) -> Option<TopicPartition> {
    let (topic, number) = name.rsplit_once('-')?;
    // A blank would break the lines of the checkpoints, which are separated by them.
    let is_name = !topic.is_empty() && !topic.contains(char::is_whitespace);
    if !is_name || number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(TopicPartition::new(topic, number.parse().ok()?))
}

/// `topic-0.<id>-delete`, the topic cut so that the name is not too long.
pub fn delete_dir(partition: &TopicPartition, id: [u8; 16]) -> String {
    unique_dir(partition, id, DELETE_DIR)
}

/// `topic-0.<id>-future`, cut in the same way.
pub fn future_dir(partition: &TopicPartition, id: [u8; 16]) -> String {
    unique_dir(partition, id, FUTURE_DIR)
}

/// `topic-0.<id>-stray`, cut in the same way.
pub fn stray_dir(partition: &TopicPartition, id: [u8; 16]) -> String {
    unique_dir(partition, id, STRAY_DIR)
}

fn unique_dir(partition: &TopicPartition, id: [u8; 16], kind: &str) -> String {
    let unique = format!("{:032x}", u128::from_be_bytes(id));
    let suffix = format!("-{}.{unique}{kind}", partition.partition);
    let mut keep = partition.topic.len().min(MAX_NAME.saturating_sub(suffix.len()));
    while !partition.topic.is_char_boundary(keep) {
        keep -= 1;
    }
    format!("{}{suffix}", &partition.topic[..keep])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_names() {
        assert_eq!(segment_file(42, LOG), "00000000000000000042.log");
        assert_eq!(parse_segment_file("00000000000000000042.log.swap"), Some((Offset(42), ".log.swap")));
        for bad in ["42.log", "0000000000000000004x.log", "00000000000000000042", "99999999999999999999.log", "é"] {
            assert_eq!(parse_segment_file(bad), None, "{bad}");
        }
    }

    #[test]
    fn directory_names() {
        let tp = TopicPartition::new("spec-a", 3);
        assert_eq!(PartitionDirName::parse("spec-a-3"), Some(PartitionDirName::Current(tp.clone())));
        assert_eq!(
            PartitionDirName::parse("spec-a-3.395cf911b1c04ad68619b6701e8247ae-delete"),
            Some(PartitionDirName::Delete(tp.clone()))
        );
        assert_eq!(
            PartitionDirName::parse("spec-a-3.395cf911b1c04ad68619b6701e8247ae-future"),
            Some(PartitionDirName::Future(tp))
        );
        for bad in ["x", "x-", "-1", "x-1-delete", "x-1.zz-delete", "x-99999999999", "x-+1", "lost+found", "my topic-0"]
        {
            assert_eq!(PartitionDirName::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn long_names_are_cut() {
        let tp = TopicPartition::new("t".repeat(249), 7);
        let name = delete_dir(&tp, [0xab; 16]);
        assert_eq!(name.len(), 255);
        assert!(matches!(PartitionDirName::parse(&name), Some(PartitionDirName::Delete(_))));
    }
}
