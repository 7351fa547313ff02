//! How a tool's async work is run.

use crate::{reaching, terminal::closed_output::closed_output};
use std::{future::Future, io};

/// Runs `future` on this thread alone: starting a pool of threads would cost a tool more than its work. What is still
/// under way at its end, such as a name that is looked up or a line that is awaited, nobody waits for.
pub fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(reaching::told(future));
    runtime.shutdown_background();
    Ok(ended)
}

/// As [`block_on`], for what only shows something: ends as a closed pipe as soon as the reader of stdout has gone.
pub fn block_on_for_reader<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    block_on(async {
        tokio::select! {
            biased;
            ended = future => ended,
            () = closed_output() => Err(io::Error::from(io::ErrorKind::BrokenPipe).into()),
        }
    })?
}
