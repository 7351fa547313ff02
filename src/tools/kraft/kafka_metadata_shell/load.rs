//! From a snapshot or a segment of the metadata log to an image.

use super::image::{Image, Provenance};
use crate::internal_records::{
    facts::{Facts, Place},
    framed,
    segment::Segment,
};
use anyhow::{Context, anyhow, bail};
use rkafka_protocol::record::MAX_DECOMPRESSED;
use rustix::fs::{FlockOperation, fcntl_lock};
use std::{
    fs::{File, OpenOptions},
    path::Path,
};

/// The file that a broker or a controller holds while it uses a log dir.
const LOCK: &str = ".lock";

/// How many records that could not be taken in are told one by one.
const MAX_TOLD: usize = 1000;

/// An image, and the records that it lacks because they could not be taken in.
#[derive(Debug, Default)]
pub struct Loaded {
    pub image: Image,
    pub passed_over: Vec<String>,
    /// How many more there were than are told one by one.
    untold: u64,
    /// The image before a transaction of the log that has not ended yet.
    before: Option<Box<Image>>,
}

/// Keeps a node from starting on a log dir while the file in it is read; nothing where the file lies elsewhere.
///
/// Errors: a node is running there.
pub fn lock(file: &Path) -> anyhow::Result<Option<File>> {
    // The folder that a relative path is in counts, too.
    let file = &std::path::absolute(file)?;
    let parent = |path: &Path| path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(path).to_owned();
    let directory = parent(&parent(file));
    let path = directory.join(LOCK);
    if !path.exists() {
        return Ok(None);
    }
    let file = OpenOptions::new().read(true).write(true).open(&path);
    let file = file.with_context(|| format!("{} cannot be opened", path.display()))?;
    fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        let directory = std::path::absolute(&directory).unwrap_or(directory);
        anyhow!(
            "Unable to lock {}. Please ensure that no broker or controller process is using this directory before \
             proceeding.\nA copy of the file can be read while one is.",
            directory.display()
        )
    })?;
    Ok(Some(file))
}

/// Reads the whole file.
///
/// Errors: it cannot be read, or is damaged; what and where is said.
pub fn load(path: &Path) -> anyhow::Result<Loaded> {
    let mut segment = Segment::open(path)?;
    let mut loaded = Loaded::default();
    let mut position = 0;
    while let Some(head) = segment.head(position, u64::MAX)? {
        position += head.size();
        let place = || format!("{}: the batch at position {}", path.display(), head.position);
        if head.magic < 2 {
            bail!("{} is of an old format, which no metadata log has", place());
        }
        let batch = segment.batch(&head)?;
        batch.verify_crc().with_context(place)?;
        if head.header.is_control() {
            continue;
        }
        let open = batch.open(MAX_DECOMPRESSED).with_context(place)?;
        for record in open.records() {
            let record = record.with_context(place)?;
            loaded.record(record.offset.0, record.value.unwrap_or_default());
        }
        let (header, epoch) = (&head.header, head.header.leader_epoch.0);
        let (offset, time) = (header.last_offset().0, header.max_timestamp.0);
        loaded.image.provenance = Provenance { offset, epoch, time };
    }
    if position < segment.size() {
        let left = segment.size() - position;
        let told =
            format!("the last {left} bytes, from position {position} on, are passed over: they are no whole batch");
        loaded.passed_over.push(told);
    }
    if loaded.untold > 0 {
        loaded.passed_over.push(format!("{} more records are passed over", loaded.untold));
    }
    if let Some(before) = loaded.before.take() {
        loaded.image = *before;
    }
    Ok(loaded)
}

impl Loaded {
    /// Takes in a record; transactions of the log (KIP-868) count when they have ended.
    fn record(&mut self, offset: i64, bytes: &[u8]) {
        let done = framed::read(Facts::get(), Place::Metadata, bytes).and_then(|record| {
            match (record.name, self.before.take()) {
                ("BeginTransactionRecord", None) => self.before = Some(Box::new(self.image.clone())),
                ("EndTransactionRecord", Some(_)) => {}
                ("AbortTransactionRecord", Some(before)) => self.image = *before,
                (name @ ("BeginTransactionRecord" | "EndTransactionRecord" | "AbortTransactionRecord"), before) => {
                    let is_open = before.is_some();
                    self.before = before;
                    let state = if is_open { "while already in a transaction" } else { "without a transaction" };
                    return Err(format!("Encountered {name} {state}"));
                }
                (_, before) => {
                    self.before = before;
                    self.image.replay(&record)?;
                }
            }
            Ok(())
        });
        if let Err(reason) = done {
            match self.passed_over.len() < MAX_TOLD {
                true => self.passed_over.push(format!("the record at offset {offset} is passed over: {reason}")),
                false => self.untold += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::{LeaderEpoch, Offset, TimestampMs};
    use rkafka_protocol::record::{BatchBuilder, BatchOptions};
    use std::fs;

    fn feature(level: u8) -> Vec<u8> {
        vec![1, 12, 0, 2, b'f', 0, level, 0]
    }

    const BEGIN: &[u8] = &[1, 23, 0, 0];
    const END: &[u8] = &[1, 24, 0, 0];
    const ABORT: &[u8] = &[1, 25, 0, 0];

    /// A log of batches, loaded.
    fn of(batches: &[&[&[u8]]]) -> Loaded {
        let (mut bytes, mut offset) = (Vec::new(), 0);
        for records in batches {
            let options =
                BatchOptions { base_offset: Offset(offset), leader_epoch: LeaderEpoch(3), ..BatchOptions::default() };
            let mut builder = BatchBuilder::new(options);
            records.iter().for_each(|record| builder.append(TimestampMs(7), None, Some(record), &[]));
            bytes.extend(builder.finish().unwrap());
            offset += records.len() as i64;
        }
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), bytes).unwrap();
        load(file.path()).unwrap()
    }

    fn level(loaded: &Loaded) -> Option<i64> {
        loaded.image.features.get("f").copied()
    }

    #[test]
    fn transactions_count_when_they_have_ended() {
        let (one, two) = (feature(1), feature(2));
        let ended = of(&[&[&one], &[BEGIN, &two], &[END]]);
        assert_eq!((level(&ended), ended.image.provenance.offset), (Some(2), 3));
        let open = of(&[&[&one], &[BEGIN, &two]]);
        assert_eq!(level(&open), Some(1));
        assert_eq!(open.image.provenance, Provenance { offset: 0, epoch: 3, time: 7 });
        let aborted = of(&[&[&one], &[BEGIN, &two], &[ABORT]]);
        assert_eq!((level(&aborted), aborted.image.provenance.offset), (Some(1), 3));
    }

    #[test]
    fn what_cannot_be_taken_in_is_told() {
        let loaded = of(&[&[&feature(1), END, &[1, 99, 0], &[1, 9, 0, 0], b""]]);
        assert_eq!(level(&loaded), Some(1));
        let told = loaded.passed_over.join("\n");
        for part in [
            "offset 1 is passed over: Encountered EndTransactionRecord without",
            "Unknown metadata id 99",
            "offset 3",
            "offset 4",
        ] {
            assert!(told.contains(part), "{told}");
        }
    }

    #[test]
    fn a_node_that_runs_and_a_file_that_is_none() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("__cluster_metadata-0/x.log");
        assert!(lock(&file).unwrap().is_none());
        fs::write(root.path().join(LOCK), "").unwrap();
        assert!(lock(&file).unwrap().is_some());
        assert!(load(&file).unwrap_err().to_string().contains("x.log"));
        assert!(load(root.path()).unwrap_err().to_string().contains("is a directory"));
    }
}
