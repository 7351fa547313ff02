//! The command that `rkafka dev -- COMMAND` runs.

use super::servers::Addresses;
use crate::tool::Exit;
use anyhow::Context;
use rkafka_runtime::{
    descriptors,
    shutdown::{StopSignal, StopSignals},
};
use rustix::process::Rlimit;
use std::{env, ffi::OsString, os::unix::process::ExitStatusExt, process::ExitStatus};
use tokio::process::{Child, Command};

/// What a shell answers for a command that is not there.
const NOT_FOUND: Exit = Exit(127);

/// Runs the command to its end and gives its status. A signal that asks dev to stop is passed on to the command.
///
/// It has the limit of file descriptors that dev was started with: old programs go through all that they may have.
pub async fn run(
    words: &[String],
    addresses: &Addresses,
    limit: Rlimit,
    signals: &mut StopSignals,
) -> anyhow::Result<Exit> {
    let (program, args) = words.split_first().context("a command is wanted")?;
    let mut command = Command::new(program);
    command
        .args(args)
        .env("BOOTSTRAP_SERVERS", &addresses.bootstrap)
        .env("ZOOKEEPER_CONNECT", &addresses.zookeeper)
        .env("PATH", path_with_this_program())
        .kill_on_drop(true);
    let mut child = match descriptors::with_limit(limit, || command.spawn()) {
        Ok(child) => child,
        Err(error) => {
            log::error!(target: "rkafka.dev", "cannot run '{program}': {error}");
            return Ok(NOT_FOUND);
        }
    };
    loop {
        tokio::select! {
            status = child.wait() => return Ok(exit_of(status?)),
            signal = signals.wait() => pass_on(&child, signal),
        }
    }
}

/// Ctrl-C reaches the command by itself, as it sits at the same terminal; the other signals came to dev alone.
fn pass_on(child: &Child, signal: StopSignal) {
    let signal = match signal {
        StopSignal::Interrupt => return,
        StopSignal::Terminate => rustix::process::Signal::TERM,
        StopSignal::Hangup => rustix::process::Signal::HUP,
    };
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // It may have ended just now; then there is nobody to tell.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    let code = status.code().or_else(|| status.signal().map(|s| 128 + s)).unwrap_or(1);
    Exit(u8::try_from(code).unwrap_or(1))
}

/// The command's PATH: this program's folder first, so that `rkafka` is there without an installation.
fn path_with_this_program() -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folder = env::current_exe().ok().and_then(|exe| exe.parent().map(std::path::Path::to_path_buf));
    let folders = folder.into_iter().chain(env::split_paths(&path));
    env::join_paths(folders).unwrap_or(path)
}
