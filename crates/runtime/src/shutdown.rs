//! Signals that end a process, and the exit codes that go with them.

use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

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
pub struct StopSignals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

impl StopSignals {
    /// Starts listening; from here on the signals no longer end the process by themselves.
    pub fn listen() -> io::Result<StopSignals> {
        let ignored = rkafka_platform::ignored_signals();
        let listen =
            |number: u32, kind| if ignored & (1 << (number - 1)) != 0 { Ok(None) } else { signal(kind).map(Some) };
        Ok(StopSignals {
            hangup: listen(1, SignalKind::hangup())?,
            interrupt: listen(2, SignalKind::interrupt())?,
            terminate: listen(15, SignalKind::terminate())?,
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
