//! Snapshot files: written under another name, made durable, then renamed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::{decode, encode};
use crate::zookeeper::server::database::Database;

/// Reads the snapshot file `path`, whose name says `zxid`. Gzip (`.gz`) is understood.
pub fn load(path: &Path, zxid: i64) -> Result<Database> {
    let bytes = fs::read(path)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let bytes = match extension {
        "gz" => {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain)?;
            plain
        }
        "snappy" => bail!("snapshots compressed with snappy are not supported; write one with gz or without"),
        _ => bytes,
    };
    decode(&bytes, zxid).map_err(Into::into)
}

/// Writes `snapshot.<zxid>` into `directory` and returns its size in bytes.
pub fn write(directory: &Path, database: &Database) -> Result<u64> {
    let name = format!("snapshot.{:x}", database.last_zxid);
    let target = directory.join(&name);
    // ZooKeeper ignores names that do not begin with "snapshot.".
    let draft = directory.join(format!("draft-{name}"));
    let size = write_draft(&draft, database).with_context(|| format!("cannot write {}", draft.display()))?;
    fs::rename(&draft, &target)?;
    File::open(directory)?.sync_all()?;
    Ok(size)
}

fn write_draft(draft: &Path, database: &Database) -> io::Result<u64> {
    let mut file = File::create(draft)?;
    let size = encode(database, &mut file)?;
    file.sync_all()?;
    Ok(size)
}
