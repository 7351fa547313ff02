//! Snapshot files: written under another name, made durable, then renamed.

use std::io::{self, BufReader, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::decode::SnapshotError;
use super::snappy::{SnappyReader, SnappyWriter};
use super::{decode, encode};
use crate::database::{Database, FrozenDatabase};
use rkafka_runtime::{
    descriptors::{LONG, patiently},
    files::{self, Reader, Writer},
};

/// ZooKeeper ignores names that do not begin with `snapshot.`.
const DRAFT: &str = "draft-snapshot.";

/// Whether this is the name of a snapshot that was never finished.
pub fn is_draft(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(DRAFT))
}

/// How a snapshot is compressed (`snapshot.compression.method`); files say it in their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    #[default]
    Plain,
    Gzip,
    Snappy,
}

impl Method {
    /// The method that the setting names; anything else is none, as in ZooKeeper.
    pub(crate) fn of_setting(text: &str) -> Method {
        match text {
            "gz" => Method::Gzip,
            "snappy" => Method::Snappy,
            _ => Method::Plain,
        }
    }

    fn of_file(path: &Path) -> Method {
        Method::of_setting(path.extension().and_then(|extension| extension.to_str()).unwrap_or_default())
    }

    fn extension(self) -> &'static str {
        match self {
            Method::Plain => "",
            Method::Gzip => ".gz",
            Method::Snappy => ".snappy",
        }
    }
}

/// The file name of the snapshot with everything up to `zxid`.
pub fn name(zxid: i64, method: Method) -> String {
    format!("snapshot.{zxid:x}{}", method.extension())
}

/// Reads the snapshot file `path`, whose name says `zxid` and how it is compressed.
pub fn load(path: &Path, zxid: i64) -> Result<Database> {
    load_as(path, zxid, Method::of_file(path))
}

fn load_as(path: &Path, zxid: i64, method: Method) -> Result<Database> {
    let file = Reader(files::open(path)?);
    let database = match method {
        // The decoder reads in large steps by itself.
        Method::Plain => decode(file, zxid),
        Method::Gzip => decode(MultiGzDecoder::new(BufReader::new(file)), zxid),
        Method::Snappy => decode(SnappyReader::new(BufReader::new(file)), zxid),
    };
    Ok(database?)
}

/// Numbers the drafts: two snapshots of one state may be written at a time.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// Writes `snapshot.<zxid>` into `directory` and returns its size in bytes.
pub fn write(directory: &Path, database: &FrozenDatabase, method: Method) -> Result<u64> {
    let name = name(database.last_zxid, method);
    let target = directory.join(&name);
    let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
    let draft = directory.join(format!("{DRAFT}{:x}.{number}", database.last_zxid));
    let written = write_draft(&draft, database, method).with_context(|| format!("cannot write {}", draft.display()));
    if written.is_err() {
        // On a full disk its bytes are wanted back.
        let _gone_or_not = files::remove_file(&draft);
    }
    let size = written?;
    debug_assert!(reads_as(&draft, database, method), "{} is not read as it was written", draft.display());
    files::rename(&draft, &target)?;
    files::sync_all(&patiently(LONG, || false, || files::open(directory))?)?;
    Ok(size)
}

fn write_draft(draft: &Path, database: &FrozenDatabase, method: Method) -> io::Result<u64> {
    let mut file = Writer(patiently(LONG, || false, || files::create(draft))?);
    match method {
        Method::Plain => {
            let length = encode(database, &mut file)?;
            assert_eq!(
                file.0.metadata()?.len(),
                length,
                "the snapshot of 0x{:x} has all its bytes",
                database.last_zxid
            );
        }
        Method::Gzip => {
            let mut encoder = GzEncoder::new(&mut file, Compression::default());
            encode(database, &mut encoder)?;
            encoder.finish()?;
        }
        Method::Snappy => {
            let mut encoder = SnappyWriter::new(&mut file)?;
            encode(database, &mut encoder)?;
            encoder.finish()?;
        }
    }
    file.flush()?;
    files::sync_all(&file.0)?;
    Ok(file.0.metadata()?.len())
}

/// Whether the file is read as this database. For assertions; a file that cannot be read tells nothing.
fn reads_as(path: &Path, database: &FrozenDatabase, method: Method) -> bool {
    load_as(path, database.last_zxid, method).map_or_else(
        |error| error.is::<io::Error>() || matches!(error.downcast_ref(), Some(SnapshotError::Io(_))),
        |read| read.tree.digest() == database.tree.digest && read.sessions == database.sessions,
    )
}
