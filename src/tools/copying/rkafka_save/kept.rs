//! What a file holds already, when it is gone on with.

use crate::tools::copying::{
    facts::{Head, TopicFacts},
    saved::{
        Entry, FileFormat,
        reader::{Next, Reader},
        writer::Writer,
    },
};
use anyhow::{Context, bail, ensure};
use rkafka_base::TopicPartition;
use rkafka_protocol::record::Batch;
use std::{
    collections::{BTreeMap, HashMap},
    fs::{File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    path::Path,
};

/// A file that is there.
pub struct Kept {
    /// Open for writing behind its last whole entry.
    pub file: File,
    pub format: FileFormat,
    pub head: Head,
    /// The last that is told of each topic.
    pub topics: HashMap<String, TopicFacts>,
    /// Where each partition goes on.
    pub next: BTreeMap<TopicPartition, i64>,
}

impl Kept {
    /// Reads the file through and cuts off an entry that is not all there. `None` if no file is there, or nothing in it.
    ///
    /// Errors: it is damaged, or no file of this program's.
    pub fn open(path: &Path) -> anyhow::Result<Option<Kept>> {
        let place = || path.display().to_string();
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(place),
        };
        let Some(mut reader) = Reader::open(file.try_clone()?).with_context(place)? else { return Ok(None) };
        let mut head: Option<Head> = None;
        let (mut topics, mut next) = (HashMap::new(), BTreeMap::new());
        loop {
            let before = reader.whole();
            match reader.next().with_context(place)? {
                Next::Over | Next::Torn => break,
                // A line without its end, which is cut off though it can be read.
                Next::Entry(entry) if reader.whole() == before => {
                    let is_known = head.is_some() || matches!(entry, Entry::Head(_));
                    ensure!(is_known, "{}: it does not say what it is", place());
                    break;
                }
                Next::Entry(Entry::Head(found)) => {
                    let is_one = head.as_ref().is_none_or(|known| *known == found);
                    ensure!(is_one, "{}: several files were joined, which cannot be gone on with", place());
                    head = Some(found);
                }
                Next::Entry(Entry::Topic(topic)) => drop(topics.insert(topic.name.clone(), topic)),
                Next::Entry(Entry::Reached(reached)) => {
                    let partition = TopicPartition::new(reached.topic.as_str(), reached.partition);
                    reach(&mut next, partition, reached.next);
                }
                Next::Entry(Entry::Batch { topic, partition, batch, .. }) => {
                    let header = Batch::parse(&batch).with_context(place)?.header;
                    reach(&mut next, TopicPartition::new(topic, partition), header.next_offset().0);
                }
                Next::Entry(Entry::Record(record)) => {
                    let (Some(topic), Some(partition), Some(offset)) = (record.topic, record.partition, record.offset)
                    else {
                        bail!("{}: it has records without topic, partition or offset, so it was not saved", place());
                    };
                    reach(&mut next, TopicPartition::new(topic.as_str(), partition), offset + 1);
                }
                Next::Entry(Entry::Group(_) | Entry::End) => {}
            }
        }
        let (whole, format) = (reader.whole(), reader.format());
        drop(reader);
        let mut file = file;
        // Nothing is cut off a file of somebody else's.
        let is_ours = head.is_some() || (topics.is_empty() && next.is_empty() && begins_as_ours(&mut file, format)?);
        ensure!(is_ours, "{}: it does not say what it is", place());
        file.set_len(whole).with_context(place)?;
        file.seek(SeekFrom::Start(whole)).with_context(place)?;
        // Stopped before it had said what it is: there is nothing to go on with.
        let Some(head) = head else { return Ok(None) };
        Ok(Some(Kept { file, format, head, topics, next }))
    }
}

/// Whether a file without a whole head may be one whose head was not finished.
fn begins_as_ours(file: &mut File, format: FileFormat) -> anyhow::Result<bool> {
    if format == FileFormat::Binary {
        // The reader has seen the magic number.
        return Ok(true);
    }
    let mut line = Vec::new();
    Writer::new(&mut line, format).begin(&Head { id: String::new(), cluster: String::new() })?;
    // Up to the first text that is another one in each file.
    let same = line.windows(2).position(|two| two == b"\"\"").map_or(line.len(), |quotes| quotes + 1);
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    (&*file).take(same as u64).read_to_end(&mut start)?;
    Ok(line.starts_with(&start))
}

fn reach(next: &mut BTreeMap<TopicPartition, i64>, partition: TopicPartition, offset: i64) {
    let known = next.entry(partition).or_insert(offset);
    *known = offset.max(*known);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::{Offset, TimestampMs};
    use rkafka_protocol::record::{BatchBuilder, BatchOptions};
    use std::fs;

    #[test]
    fn a_torn_end_is_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        for format in [FileFormat::Binary, FileFormat::Lines] {
            let path = dir.path().join("f");
            let mut bytes = Vec::new();
            let mut writer = Writer::new(&mut bytes, format);
            writer.begin(&Head { id: "id".into(), cluster: "c".into() }).unwrap();
            let mut builder = BatchBuilder::new(BatchOptions { base_offset: Offset(40), ..Default::default() });
            builder.append(TimestampMs(1), None, Some(b"v"), &[]);
            writer.batch(("t", 2), 0, &Batch::parse(&builder.finish().unwrap()).unwrap()).unwrap();
            let whole = bytes.len() as u64;
            bytes.extend(if format == FileFormat::Binary { b"\0\0\0\x09abc" as &[u8] } else { b"{\"rkafka\":" });
            fs::write(&path, &bytes).unwrap();
            let kept = Kept::open(&path).unwrap().unwrap();
            assert_eq!((kept.format, kept.head.id.as_str()), (format, "id"));
            assert_eq!(kept.next, [(TopicPartition::new("t", 2), 41)].into_iter().collect());
            assert_eq!(fs::metadata(&path).unwrap().len(), whole);
            // Killed while it wrote its first bytes.
            fs::write(&path, &bytes[..5]).unwrap();
            assert!(Kept::open(&path).unwrap().is_none());
        }
        assert!(Kept::open(&dir.path().join("nothing")).unwrap().is_none());
    }

    #[test]
    fn nothing_is_cut_off_other_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        for text in [r#"{"name":"mine"}"#, r#"{"name": "mine", "#, "{\"value\":\"v\"}\n{\"value\":", "hello"] {
            fs::write(&path, text).unwrap();
            assert!(Kept::open(&path).is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
