//! Waiting while there is no connection: commands are heard all the while.

use super::call::{Call, CallError};
use super::session::{ClientSession, Command};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

impl ClientSession {
    /// Waits before the next attempt, while taking commands so that callers are not held up by a full channel. `None`:
    /// the client was closed. Where servers are `reachable` a close waits for one to end the session, and the wait is
    /// over; where none is, it is done.
    pub(super) async fn pause(&mut self, time: Duration, reachable: bool) -> Option<()> {
        let until = Instant::now() + time;
        loop {
            if let Some(at) = self.waiting.iter().position(Call::is_close) {
                if reachable {
                    return Some(());
                }
                self.waiting.remove(at).into_iter().for_each(|close| close.answer(Ok(Bytes::new())));
                return None;
            }
            tokio::select! {
                () = sleep_until(until) => return Some(()),
                command = self.commands.recv(), if self.waiting.len() < self.options.max_in_flight => match command? {
                    Command::Call(call) => self.waiting.push_back(call),
                    Command::AddAuth { scheme, auth } => self.auth.push((scheme, auth)),
                    Command::NewSession => {}
                }
            }
        }
    }

    /// After the session has expired, until another one is wanted.
    pub(super) async fn wait_for_new_session(&mut self) -> Option<()> {
        loop {
            match self.commands.recv().await? {
                Command::NewSession => return Some(()),
                Command::AddAuth { scheme, auth } => self.auth.push((scheme, auth)),
                Command::Call(call) if call.is_close() => {
                    call.answer(Ok(Bytes::new()));
                    return None;
                }
                Command::Call(call) => call.answer(Err(CallError::Expired)),
            }
        }
    }
}
