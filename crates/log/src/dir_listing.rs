//! The files of a partition's directory, sorted by what they are.

use super::{
    error::LogError,
    file_names::{
        CLEANED, DELETED, INDEX, LOG, SNAPSHOT, SWAP, TIME_INDEX, TXN_INDEX, parse_segment_file, segment_file,
    },
    open_files::briefly,
};
use rkafka_runtime::files;
use std::{collections::BTreeSet, path::Path};

/// What [`files::read_dir`] found, files named after offsets only, and the sizes of the log files.
#[derive(Debug)]
pub(super) struct DirListing {
    /// Offset and suffix, such as `.log` or `.index.swap`.
    files: BTreeSet<(i64, String)>,
    /// Files that a write left behind when it was interrupted.
    temporary: Vec<String>,
    logs: Vec<(i64, u64)>,
}

impl DirListing {
    pub fn read(dir: &Path) -> Result<DirListing, LogError> {
        let mut listing = DirListing { files: BTreeSet::new(), temporary: Vec::new(), logs: Vec::new() };
        for entry in briefly(|| files::read_dir(dir)).map_err(LogError::io("list", dir))? {
            let entry = entry.map_err(LogError::io("list", dir))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            match parse_segment_file(name) {
                Some((offset, suffix)) => {
                    if suffix == LOG {
                        let size = entry.metadata().map_err(LogError::io("look at", entry.path()))?.len();
                        listing.logs.push((offset.0, size));
                    }
                    listing.files.insert((offset.0, suffix.to_string()));
                }
                None if name.ends_with(".tmp") || name.ends_with(DELETED) => listing.temporary.push(name.to_string()),
                None => {}
            }
        }
        listing.logs.sort_unstable();
        Ok(listing)
    }

    /// Takes out what no log needs: removed files, unfinished files of the cleaner, and finished ones that belong to
    /// an unfinished whole.
    pub fn take_leftovers(&mut self) -> Vec<String> {
        let ends = |suffix: &str, end: &str| suffix.ends_with(end);
        let first_cleaned = self.files.iter().find(|(_, s)| ends(s, CLEANED)).map(|(offset, _)| *offset);
        let leftover = |(offset, suffix): &(i64, String)| {
            ends(suffix, DELETED)
                || ends(suffix, CLEANED)
                || ends(suffix, ".tmp")
                || (ends(suffix, SWAP) && first_cleaned.is_some_and(|first| *offset >= first))
        };
        let mut names = std::mem::take(&mut self.temporary);
        names.extend(self.files.iter().filter(|f| leftover(f)).map(|(offset, s)| segment_file(*offset, s)));
        self.files.retain(|f| !leftover(f));
        names
    }

    /// The base offsets of segments that the cleaner had finished and was putting in place.
    pub fn swapped_segments(&self) -> Vec<i64> {
        let log_swap = format!("{LOG}{SWAP}");
        self.files.iter().filter(|(_, s)| *s == log_swap).map(|(offset, _)| *offset).collect()
    }

    /// Takes out the plain files in `[first, end)`: finished segments of the cleaner replace them.
    pub fn take_replaced(&mut self, first: i64, end: i64) -> Vec<String> {
        let plain = [LOG, INDEX, TIME_INDEX, TXN_INDEX];
        let replaced = |(offset, s): &(i64, String)| (first..end).contains(offset) && plain.contains(&s.as_str());
        let names = self.files.iter().filter(|f| replaced(f)).map(|(offset, s)| segment_file(*offset, s)).collect();
        self.files.retain(|f| !replaced(f));
        names
    }

    /// Takes out all files with the suffix of a finished swap: their names, and the names that they are to get.
    pub fn take_swaps(&mut self) -> Vec<(String, String)> {
        let swaps: Vec<_> = self
            .files
            .iter()
            .filter_map(|(offset, s)| {
                let plain = s.strip_suffix(SWAP)?;
                Some((segment_file(*offset, s), segment_file(*offset, plain)))
            })
            .collect();
        self.files.retain(|(_, s)| !s.ends_with(SWAP));
        swaps
    }

    /// Indexes without a log.
    pub fn orphans(&self) -> Vec<String> {
        let indexes = [INDEX, TIME_INDEX, TXN_INDEX];
        let orphan = |(offset, s): &&(i64, String)| indexes.contains(&s.as_str()) && !self.has(*offset, LOG);
        self.files.iter().filter(orphan).map(|(offset, s)| segment_file(*offset, s)).collect()
    }

    pub fn has(&self, offset: i64, suffix: &str) -> bool {
        self.files.contains(&(offset, suffix.to_string()))
    }

    /// Base offset and size of the segments, in order.
    pub fn segments(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        self.logs.iter().copied()
    }

    /// The offsets of the producer snapshots, in order.
    pub fn snapshots(&self) -> Vec<i64> {
        self.files.iter().filter(|(_, s)| s == SNAPSHOT).map(|(offset, _)| *offset).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> DirListing {
        let temp = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(temp.path().join(name), "12345").unwrap();
        }
        DirListing::read(temp.path()).unwrap()
    }

    fn at(offset: i64, suffix: &str) -> String {
        segment_file(offset, suffix)
    }

    #[test]
    fn cleaned_means_unfinished() {
        let names = [at(0, ".log"), at(0, ".log.cleaned"), at(5, ".log.swap"), at(9, ".log.deleted")];
        let mut l = listing(&names.each_ref().map(String::as_str));
        assert_eq!(l.take_leftovers(), [names[1].clone(), names[2].clone(), names[3].clone()]);
        assert!(l.swapped_segments().is_empty());
        assert_eq!(l.segments().collect::<Vec<_>>(), [(0, 5)]);
    }

    #[test]
    fn swaps_replace_what_they_cover() {
        let names =
            [at(0, ".log"), at(0, ".log.swap"), at(0, ".index.swap"), at(5, ".log"), at(5, ".index"), at(9, ".log")];
        let mut l = listing(&names.each_ref().map(String::as_str));
        assert!(l.take_leftovers().is_empty());
        assert_eq!(l.swapped_segments(), [0]);
        assert_eq!(l.take_replaced(0, 9), [at(0, ".log"), at(5, ".index"), at(5, ".log")]);
        assert_eq!(l.take_swaps(), [(at(0, ".index.swap"), at(0, ".index")), (at(0, ".log.swap"), at(0, ".log"))]);
    }

    #[test]
    fn orphans_and_others() {
        let names = [at(3, ".index"), at(4, ".log"), at(4, ".snapshot"), "leader-epoch-checkpoint.tmp".into()];
        let mut l = listing(&names.each_ref().map(String::as_str));
        assert_eq!(l.take_leftovers(), ["leader-epoch-checkpoint.tmp"]);
        assert_eq!(l.orphans(), [at(3, ".index")]);
        assert_eq!(l.snapshots(), [4]);
    }
}
