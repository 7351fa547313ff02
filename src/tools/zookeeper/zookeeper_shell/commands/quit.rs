//! `quit`: the end of the session and of the shell, which exits as the command before says.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::shell::Shell;

pub const SPEC: Spec = Spec { name: "quit", usage: "", known: None };

pub async fn run(shell: &mut Shell) -> Done {
    shell.close().await;
    shell.ended = true;
    Ok(())
}
