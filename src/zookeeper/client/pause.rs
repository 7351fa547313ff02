//! Waiting while there is no connection: commands are heard all the while.

use super::call::{Call, CallError};
use super::session::{Command, Session};
use bytes::Bytes;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

impl Session {
    /// Waits before the next attempt while servers can be reached: who closes the session does not wait, and is not
    /// answered before a server has ended it.
    pub(super) async fn rest(&mut self, time: Duration) -> Option<()> {
        let until = Instant::now() + time;
        while !self.waiting.iter().any(Call::is_close) {
            tokio::select! {
                () = sleep_until(until) => break,
                command = self.commands.recv(), if self.waiting.len() < self.options.max_in_flight => match command? {
                    Command::Call(call) => self.waiting.push_back(call),
                    Command::AddAuth { scheme, auth } => self.auth.push((scheme, auth)),
                    Command::NewSession => {}
                }
            }
        }
        Some(())
    }

    /// Waits while taking commands, so that a close is heard and callers are not held up by a full channel.
    pub(super) async fn pause(&mut self, time: Duration) -> Option<()> {
        if let Some(close) = self.waiting.iter().position(Call::is_close).and_then(|at| self.waiting.remove(at)) {
            close.answer(Ok(Bytes::new()));
            return None;
        }
        let until = Instant::now() + time;
        loop {
            tokio::select! {
                () = sleep_until(until) => return Some(()),
                command = self.commands.recv(), if self.waiting.len() < self.options.max_in_flight => {
                    match command? {
                        Command::Call(call) if call.is_close() => {
                            call.answer(Ok(Bytes::new()));
                            return None;
                        }
                        Command::Call(call) => self.waiting.push_back(call),
                        Command::AddAuth { scheme, auth } => self.auth.push((scheme, auth)),
                        Command::NewSession => {}
                    }
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
