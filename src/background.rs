//! Tools in the background, as `-daemon` of Kafka's scripts starts them.

use crate::tool::{Call, Exit};
use anyhow::Context;
use std::{
    env, fs,
    path::PathBuf,
    process::{Command, Stdio},
};

/// Tells the process behind `-daemon` to leave its terminal.
const DETACH: &str = "RKAFKA_DETACH";

/// In the process behind `-daemon`: leaves the terminal that it was started from.
pub fn leave_terminal() {
    if env::var_os(DETACH).is_some() {
        // Fails only where the process leads a group already, and then no terminal can hang up on it either.
        let _ = rustix::process::setsid();
    }
}

/// Starts a tool in the background, with its output in `$LOG_DIR/<out_file>`.
pub fn start(call: &Call<'_>, out_file: &str) -> anyhow::Result<Exit> {
    let dir = env::var_os("LOG_DIR").map_or_else(|| PathBuf::from("logs"), PathBuf::from);
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let path = dir.join(out_file);
    let out = fs::File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    let err = out.try_clone()?;
    let program = env::current_exe().context("cannot find this program's own file")?;
    Command::new(program)
        .arg(call.tool.name)
        .args(call.args)
        .env(DETACH, "1")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .context("cannot start it in the background")?;
    Ok(Exit::OK)
}
