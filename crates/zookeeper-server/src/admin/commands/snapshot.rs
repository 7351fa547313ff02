//! `snapshot`: writes a snapshot now and sends it (`?streaming=false` leaves it on the server). What is sent ends with
//! the last zxid, as ZooKeeper 3.9 has it, so that `restore` of either knows where it stands.

use std::io::{self, Read as _};
use std::path::Path;

use adler2::Adler32;
use anyhow::{Context as _, Result};
use bytes::{BufMut as _, Bytes, BytesMut};

use super::{Answer, Call};
use crate::admin::COMMANDS_TARGET;
use crate::metrics;
use crate::shared::Shared;
use crate::snapshot::{self, Method};
use crate::storage::FORMAT_FOLDER;
use rkafka_runtime::files::{self, Reader};

const NAME: &str = "snapshot";
/// A snapshot is read in pieces of this many bytes to compute its checksum.
const PIECE: usize = 64 * 1024;

pub async fn run(call: &Call<'_>) -> Answer {
    if !call.admin.config.snapshot {
        log::warn!(target: COMMANDS_TARGET, "Snapshot command is disabled");
        return Answer::status(NAME, 503);
    }
    if !call.admin.snapshots.allow() {
        log::warn!(target: COMMANDS_TARGET, "Snapshot request was rate limited");
        return Answer::status(NAME, 429);
    }
    let is_streaming = call.request.parameter("streaming").is_none_or(|text| text.eq_ignore_ascii_case("true"));
    let shared = call.shared.clone();
    let taken = tokio::task::spawn_blocking(move || take(&shared, is_streaming)).await;
    match taken.context("the snapshot was interrupted").flatten() {
        Ok(taken) => {
            let answer = Answer::done(NAME)
                .header("last_zxid", format!("0x{:x}", taken.zxid))
                .header("snapshot_size", taken.size.to_string());
            match taken.stream {
                Some((file, length, behind)) => answer.file(file, length, Some(behind)),
                None => answer,
            }
        }
        Err(error) => {
            log::warn!(target: COMMANDS_TARGET, "Exception occurred when taking the snapshot via the snapshot admin command: {error:#}");
            Answer::status(NAME, 500)
        }
    }
}

struct Taken {
    zxid: i64,
    size: u64,
    stream: Option<(Reader, u64, Bytes)>,
}

/// Writes the state as it is now. The log goes on meanwhile; what is in it beyond the snapshot is applied at a start.
fn take(shared: &Shared, is_streaming: bool) -> Result<Taken> {
    let database = shared.state.lock().core.database().freeze();
    let folder = shared.config.data_dir.join(FORMAT_FOLDER);
    let began = std::time::Instant::now();
    let mut size = snapshot::write(&folder, &database, Method::Plain)?;
    let took_ms = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
    shared.state.lock().core.stats.metrics.record(metrics::SNAPSHOT_TIME, took_ms);
    log::info!(target: "org.apache.zookeeper.server.ZooKeeperServer", "Snapshot taken in {took_ms} ms");
    let zxid = database.last_zxid;
    let mut stream = None;
    if is_streaming {
        let path = folder.join(snapshot::name(zxid, Method::Plain));
        let (file, behind) = open(&path, size, zxid).with_context(|| format!("cannot read {}", path.display()))?;
        stream = Some((file, size, behind.clone()));
        size += behind.len() as u64;
    }
    Ok(Taken { zxid, size, stream })
}

/// The file from its beginning, and the last zxid with a seal over everything before.
fn open(path: &Path, size: u64, zxid: i64) -> io::Result<(Reader, Bytes)> {
    let mut checksum = Adler32::new();
    let mut file = Reader(files::open(path)?).take(size);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            count => checksum.write_slice(piece.get(..count).unwrap_or_default()),
        }
    }
    let mut behind = BytesMut::new();
    behind.put_i64(zxid);
    checksum.write_slice(&behind);
    behind.put_i64(i64::from(checksum.checksum()));
    behind.put_slice(&[0, 0, 0, 1, b'/']);
    Ok((Reader(files::open(path)?), behind.freeze()))
}
