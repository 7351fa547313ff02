//! Standard output on a thread of its own: a reader that does not read must not keep the consumer from its heartbeats, nor
//! from Ctrl-C.

use crate::terminal::Terminal;
use std::{io, io::Write, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// How many buffers may wait to be written; the consumer waits for room.
const QUEUE: usize = 4;
/// How many bytes are gathered before they are handed over.
pub const BUFFER_BYTES: usize = 256 << 10;

/// The way to standard output. Dropped without [`Output::close`], what waits may be lost.
pub struct Output {
    queue: mpsc::Sender<Vec<u8>>,
    /// Buffers that have been written, for use again.
    spent: mpsc::Receiver<Vec<u8>>,
    ended: oneshot::Receiver<io::Result<()>>,
}

impl Output {
    /// Starts the thread.
    pub fn start() -> io::Result<Output> {
        let (queue, work) = mpsc::channel(QUEUE);
        let (back, spent) = mpsc::channel(QUEUE);
        let (done, ended) = oneshot::channel();
        std::thread::Builder::new().name("stdout".into()).spawn(move || {
            // Nobody may be waiting any more.
            let _ = done.send(write_all(work, &back));
        })?;
        Ok(Output { queue, spent, ended })
    }

    /// Hands `bytes` over and leaves an empty buffer in their place. `false` if standard output is closed.
    pub async fn write(&mut self, bytes: &mut Vec<u8>) -> bool {
        if bytes.is_empty() {
            return !self.queue.is_closed();
        }
        let empty = self.spent.try_recv().unwrap_or_else(|_| Vec::with_capacity(BUFFER_BYTES + BUFFER_BYTES / 4));
        self.queue.send(std::mem::replace(bytes, empty)).await.is_ok()
    }

    /// Waits until everything is written, at most for `patience`. `false` if standard output was closed before.
    pub async fn close(self, patience: Duration) -> bool {
        drop(self.queue);
        match tokio::time::timeout(patience, self.ended).await {
            Ok(Ok(written)) => written.is_ok(),
            Ok(Err(_)) | Err(_) => false,
        }
    }
}

fn write_all(mut work: mpsc::Receiver<Vec<u8>>, back: &mpsc::Sender<Vec<u8>>) -> io::Result<()> {
    let mut terminal = Terminal::new();
    while let Some(mut bytes) = work.blocking_recv() {
        terminal.data().write_all(&bytes)?;
        if work.is_empty() {
            terminal.flush()?;
        }
        bytes.clear();
        // A full queue only means that the buffer is not needed.
        let _ = back.try_send(bytes);
    }
    terminal.flush()
}
