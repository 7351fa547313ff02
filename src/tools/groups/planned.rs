//! Pure: the CSV of `--from-file` and `--export`: `topic,partition,offset` for one group, `group,topic,partition,offset`
//! for several.

use super::moving::NewOffsets;
use anyhow::{anyhow, bail};
use rkafka_base::TopicPartition;
use std::collections::HashMap;

/// Where each group's offsets go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PlannedOffsets {
    /// By group and partition: of a partition that stands there twice, the last line counts.
    pub groups: HashMap<String, HashMap<TopicPartition, i64>>,
    /// Why lines are not those of a single group, which was asked for.
    pub doubt: Option<String>,
}

impl PlannedOffsets {
    /// Reads the text of `file`. `group` is the only one asked for: then the first line tells which form it is.
    pub fn read(file: &str, text: &str, group: Option<&str>) -> anyhow::Result<PlannedOffsets> {
        let mut lines: Vec<&str> = text.split('\n').collect();
        while lines.len() > 1 && lines.last().is_some_and(|line| line.is_empty()) {
            lines.pop();
        }
        let place = |number: usize| format!("{file}, line {}", number + 1);
        let first = of_one_group(lines.first().copied().unwrap_or_default());
        let mut planned = PlannedOffsets::default();
        if let (Some(group), Ok(_)) = (group, &first) {
            for (number, line) in lines.iter().enumerate() {
                let (partition, offset) = of_one_group(line).map_err(|error| anyhow!("{}: {error}", place(number)))?;
                planned.groups.entry(group.to_owned()).or_default().insert(partition, offset);
            }
            return Ok(planned);
        }
        planned.doubt = first.err().filter(|_| group.is_some()).map(|error| format!("{}: {error}", place(0)));
        for (number, line) in lines.iter().enumerate() {
            let (group, partition, offset) = of_several(line).map_err(|error| anyhow!("{}: {error}", place(number)))?;
            planned.groups.entry(group).or_default().insert(partition, offset);
        }
        Ok(planned)
    }
}

/// The lines of an export.
pub fn written(offsets: &NewOffsets, with_group: bool) -> String {
    let mut text = String::new();
    for (group, partitions) in offsets {
        for (partition, offset) in partitions {
            if with_group {
                text.push_str(&format!("{},", quoted(group)));
            }
            text.push_str(&format!("{},{},{offset}\n", quoted(&partition.topic), partition.partition));
        }
    }
    text
}

fn of_one_group(line: &str) -> anyhow::Result<(TopicPartition, i64)> {
    let columns = columns(line, 3)?;
    Ok((partition(&columns, 0)?, number(&columns, 2, "offset")?))
}

fn of_several(line: &str) -> anyhow::Result<(String, TopicPartition, i64)> {
    let columns = columns(line, 4)?;
    let group = columns.first().cloned().unwrap_or_default();
    Ok((group, partition(&columns, 1)?, number(&columns, 3, "offset")?))
}

fn partition(columns: &[String], at: usize) -> anyhow::Result<TopicPartition> {
    let topic = columns.get(at).cloned().unwrap_or_default();
    let number = i32::try_from(number(columns, at + 1, "partition")?)?;
    Ok(TopicPartition::new(topic.as_str(), number))
}

/// A number that is missing is 0, as Kafka's tool has it.
fn number(columns: &[String], at: usize, what: &str) -> anyhow::Result<i64> {
    let text = columns.get(at).map(|text| text.trim()).unwrap_or_default();
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| anyhow!("the {what} '{text}' is no number"))
}

fn columns(line: &str, most: usize) -> anyhow::Result<Vec<String>> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        bail!("the line is empty");
    }
    let mut columns = vec![String::new()];
    let mut in_quotes = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        let last = columns.len() - 1;
        match c {
            '"' if in_quotes && characters.peek() == Some(&'"') => {
                characters.next();
                columns[last].push('"');
            }
            '"' if in_quotes || columns[last].is_empty() => in_quotes = !in_quotes,
            ',' if !in_quotes => columns.push(String::new()),
            c => columns[last].push(c),
        }
    }
    if columns.len() > most {
        bail!("there are {} values where {most} are expected", columns.len());
    }
    Ok(columns)
}

fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    if text.chars().all(plain) { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, group: Option<&str>) -> Result<Vec<(String, TopicPartition, i64)>, String> {
        let planned = PlannedOffsets::read("f", text, group).map_err(|error| error.to_string())?;
        let mut all: Vec<_> = planned
            .groups
            .into_iter()
            .flat_map(|(group, offsets)| offsets.into_iter().map(move |(p, offset)| (group.clone(), p, offset)))
            .collect();
        all.sort();
        Ok(all)
    }

    #[test]
    fn both_forms() {
        let t = |partition| TopicPartition::new("t", partition);
        let expected = vec![("g".to_owned(), t(0), 5), ("g".to_owned(), t(1), 7)];
        assert_eq!(read("t,0,5\nt,1,7\n", Some("g")).unwrap(), expected);
        assert_eq!(read("g,t,0,5\ng,t,1,7\n", Some("g")).unwrap(), expected);
        assert_eq!(read("\"g\",t,0,5\r\ng,t,1, 7", None).unwrap(), expected);
        assert_eq!(read("t,0,1\nt,0,2", Some("g")).unwrap(), [("g".to_owned(), t(0), 2)]);
    }

    #[test]
    fn what_is_wrong() {
        assert_eq!(read("t,0,5\nt,x,5", Some("g")).unwrap_err(), "f, line 2: the partition 'x' is no number");
        assert_eq!(read("t,0,5\n\nt,1,5", Some("g")).unwrap_err(), "f, line 2: the line is empty");
        assert_eq!(read("a,b,0,1,2", None).unwrap_err(), "f, line 1: there are 5 values where 4 are expected");
        // As a line of several groups, this is one of the group t.
        let doubtful = PlannedOffsets::read("f", "t,zero,5", Some("g")).unwrap();
        assert_eq!(doubtful.doubt.unwrap(), "f, line 1: the partition 'zero' is no number");
        assert!(doubtful.groups.contains_key("t"));
    }

    #[test]
    fn an_export() {
        let offsets = vec![("g 1".to_owned(), vec![(TopicPartition::new("t", 1), 4)])];
        assert_eq!(written(&offsets, false), "t,1,4\n");
        assert_eq!(written(&offsets, true), "\"g 1\",t,1,4\n");
    }
}
