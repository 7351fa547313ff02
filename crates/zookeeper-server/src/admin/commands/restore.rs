//! `restore`: replaces everything by the snapshot in the content of the request.
//!
//! The restored state gets a zxid that is not behind the one before, and is on disk as a snapshot before anything else
//! is written: a restart finds it, and no client has seen the future. Connections close; sessions are the snapshot's.

use std::io::{self, Read};

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::Answer;
use crate::admin::json::Json;
use crate::admin::{Admin, COMMANDS_TARGET};
use crate::database::Database;
use crate::http::Request;
use crate::shared::Restore;
use crate::snapshot;

const NAME: &str = "restore";
/// What a seal ends with: the string `/`.
const END: &[u8] = &[0, 0, 0, 1, b'/'];
/// The last zxid with its seal (checksum, string), in bytes.
const ZXID_BLOCK: usize = 8 + 8 + 5;
/// The digest (zxid, version, sum) with its seal, in bytes.
const DIGEST_BLOCK: usize = 8 + 4 + 8 + 8 + 5;
/// The longest snapshot, in bytes.
const MAX_SNAPSHOT: usize = 4 << 30;
/// How much of its end is kept: the zxid and the digest with their seals, and the seal before them.
const TAIL: usize = 128;
/// How many bytes may follow what is known of a snapshot.
const MAX_BEHIND: u64 = 64 * 1024;
/// How many pieces of the content wait for the decoder.
const PIECES: usize = 4;

pub async fn run(admin: &Admin, request: &mut Request) -> Answer {
    if !admin.config.restore {
        log::warn!(target: COMMANDS_TARGET, "Restore command is disabled");
        return Answer::status(NAME, 503);
    }
    if !admin.restores.allow() {
        log::warn!(target: COMMANDS_TARGET, "Restore request was rate limited");
        return Answer::status(NAME, 429);
    }
    match restore(admin, request).await {
        Ok(zxid) => Answer::new(NAME, [("last_zxid", Json::Whole(zxid))]),
        Err(error) => {
            log::warn!(target: COMMANDS_TARGET, "Exception occurred when restore snapshot via the restore command: {error:#}");
            Answer::status(NAME, 500)
        }
    }
}

async fn restore(admin: &Admin, request: &mut Request) -> Result<i64> {
    let (pieces, queue) = mpsc::channel(PIECES);
    let decoding = tokio::task::spawn_blocking(move || decode(Pieces::new(queue)));
    // Whatever is no snapshot is refused as soon as that shows: no more of it is read, nor waited for.
    loop {
        let piece = tokio::select! {
            biased;
            () = pieces.closed() => break,
            piece = request.piece(MAX_SNAPSHOT) => piece?,
        };
        let Some(piece) = piece else { break };
        if pieces.send(piece).await.is_err() {
            break;
        }
    }
    drop(pieces);
    let database = decoding.await??;
    let (done, outcome) = oneshot::channel();
    admin.shared.state.lock().restore = Some(Restore { database, done });
    admin.shared.work.notify_one();
    outcome.await.context("the server stops")
}

fn decode(mut pieces: Pieces) -> Result<Database> {
    let decoded = snapshot::decode(&mut pieces, 0);
    if pieces.total == 0 {
        bail!("the request has no content");
    }
    let mut database = decoded?;
    if io::copy(&mut (&mut pieces).take(MAX_BEHIND + 1), &mut io::sink())? > MAX_BEHIND {
        bail!("more than {MAX_BEHIND} bytes follow the snapshot");
    }
    let zxid = last_zxid(&pieces.tail);
    if !(0..=snapshot::MAX_ZXID).contains(&zxid) {
        bail!("its zxid 0x{zxid:x} leaves none for what is written after it");
    }
    database.last_zxid = zxid;
    Ok(database)
}

/// The content as it comes; its end is kept, where the zxid stands.
struct Pieces {
    queue: mpsc::Receiver<Bytes>,
    piece: Bytes,
    total: u64,
    tail: Vec<u8>,
}

impl Pieces {
    fn new(queue: mpsc::Receiver<Bytes>) -> Pieces {
        Pieces { queue, piece: Bytes::new(), total: 0, tail: Vec::new() }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.queue.blocking_recv() {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let taken = self.piece.split_to(self.piece.len().min(buffer.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        self.total += taken.len() as u64;
        self.tail.extend_from_slice(&taken[taken.len().saturating_sub(TAIL)..]);
        self.tail.drain(..self.tail.len().saturating_sub(TAIL));
        Ok(taken.len())
    }
}

/// The zxid behind the digest, which ZooKeeper 3.9 writes; else the digest's; else 0.
fn last_zxid(content: &[u8]) -> i64 {
    let from_end = |back: usize| {
        let at = content.len().checked_sub(back)?;
        content.get(at..)?.first_chunk::<8>().map(|bytes| i64::from_be_bytes(*bytes))
    };
    let has_seal = |back: usize| {
        let at = content.len().checked_sub(back)?;
        content.get(at..)?.starts_with(END).then_some(())
    };
    let with_zxid = || has_seal(END.len() + ZXID_BLOCK).and_then(|()| from_end(ZXID_BLOCK));
    let with_digest = || has_seal(END.len() + DIGEST_BLOCK).and_then(|()| from_end(DIGEST_BLOCK));
    with_zxid().or_else(with_digest).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zxid_is_found_in_each_kind_of_snapshot() {
        let seal = [&[0; 8], END].concat();
        let plain = [b"tree", seal.as_slice()].concat();
        let digest = [&plain[..], &7_i64.to_be_bytes(), &[0, 0, 0, 2], &[1; 8], &seal].concat();
        let newest = [&digest[..], &9_i64.to_be_bytes(), &seal].concat();
        assert_eq!([&plain, &digest, &newest, &Vec::new()].map(|content| last_zxid(content)), [0, 7, 9, 0]);
    }
}
