//! Notices that the reader of standard output has gone (`| head -1`), also while there is nothing to write.

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};
use std::{future::pending, io, thread};
use tokio::sync::oneshot;

/// Waits until nobody can read any more what is written to standard output: for ever, if that is a file.
///
/// A pipe tells by `POLLERR`, a socket by `POLLHUP`. A peer that only sends no more (`POLLRDHUP`) may well read on.
pub async fn closed_output() {
    let (gone, heard) = oneshot::channel();
    // Blocked in one call of poll, it costs nothing while the tool works. It ends with the process.
    let watch = thread::Builder::new().name("stdout-watch".into()).spawn(move || {
        if has_closed() {
            // The tool may have ended.
            let _ = gone.send(());
        }
    });
    if watch.is_err() || heard.await.is_err() {
        // It cannot be watched: then the next write tells.
        pending().await
    }
}

/// Blocks until the other end has gone. `false` if that cannot be known.
fn has_closed() -> bool {
    let stdout = io::stdout();
    // No events of interest: errors and hangups are always told, and nothing else wakes.
    let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
    loop {
        match poll(&mut watched, None) {
            Err(Errno::INTR) => {}
            Err(_) => return false,
            Ok(_) if watched[0].revents().intersects(PollFlags::ERR | PollFlags::HUP) => return true,
            Ok(_) => return false,
        }
    }
}
