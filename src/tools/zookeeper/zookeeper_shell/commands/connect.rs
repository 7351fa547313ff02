//! `connect [host:port]`: another session, with the same server or another.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{options::Given, shell::Shell};

pub const SPEC: Spec = Spec { name: "connect", usage: "host:port", known: None };

pub async fn run(shell: &mut Shell, given: &Given) -> Done {
    let host = given.word(1).unwrap_or(shell.host()).to_owned();
    shell.connect(&host).await
}
