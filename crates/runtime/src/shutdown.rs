//! Signals that end a process, and the exit codes that go with them.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals' numbers, on every Unix.
const HANGUP: u32 = 1;
const INTERRUPT: u32 = 2;
const TERMINATE: u32 = 15;

/// Why a process is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    Interrupt,
    Terminate,
    Hangup,
}

impl StopSignal {
    /// The signal's name without "SIG".
    pub fn name(self) -> &'static str {
        match self {
            StopSignal::Interrupt => "INT",
            StopSignal::Terminate => "TERM",
            StopSignal::Hangup => "HUP",
        }
    }

    /// 128 plus the signal's number, as a shell reports a process that the signal ended and as Java exits.
    pub fn exit_code(self) -> u8 {
        match self {
            StopSignal::Interrupt => 130,
            StopSignal::Terminate => 143,
            StopSignal::Hangup => 129,
        }
    }
}

/// Waits for the first of SIGINT, SIGTERM and SIGHUP. A signal that was ignored when the process started (a shell's
/// `&`, `nohup`) stays ignored, as it does for Java.
///
/// Where the system does not tell which those are, SIGINT and SIGTERM are listened to, so that who stops a server stops it
/// cleanly, and SIGHUP is left as it is: a server behind `nohup` must outlive its terminal. One that is not behind it ends
/// with its terminal either way, though as if it had been killed: at the next start its logs are checked.
pub struct StopSignals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

impl StopSignals {
    /// Starts listening; from here on the signals no longer end the process by themselves.
    pub fn listen() -> io::Result<StopSignals> {
        let bit = |number: u32| 1u64 << (number - 1);
        let ignored = rkafka_platform::ignored_signals().unwrap_or(bit(HANGUP));
        let listen = |number, kind| if ignored & bit(number) != 0 { Ok(None) } else { signal(kind).map(Some) };
        Ok(StopSignals {
            hangup: listen(HANGUP, SignalKind::hangup())?,
            interrupt: listen(INTERRUPT, SignalKind::interrupt())?,
            terminate: listen(TERMINATE, SignalKind::terminate())?,
        })
    }

    pub async fn wait(&mut self) -> StopSignal {
        async fn one(signal: &mut Option<Signal>) {
            match signal {
                Some(s) => {
                    s.recv().await;
                }
                None => std::future::pending().await,
            }
        }
        tokio::select! {
            () = one(&mut self.interrupt) => StopSignal::Interrupt,
            () = one(&mut self.terminate) => StopSignal::Terminate,
            () = one(&mut self.hangup) => StopSignal::Hangup,
        }
    }
}
