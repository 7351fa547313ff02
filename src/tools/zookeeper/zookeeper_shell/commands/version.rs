//! `version`: which release of ZooKeeper's shell this one is.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    options::{Given, Known},
};
use rkafka_zookeeper_server::VERSION;

pub const SPEC: Spec = Spec { name: "version", usage: "", known: Some(&Known::NONE) };

pub fn run(given: &Given, answer: &mut Answer) -> Done {
    if given.len() > 1 {
        return Err(SPEC.help());
    }
    answer.line(format!("ZooKeeper CLI version: {VERSION}"));
    answer.set("version", VERSION);
    Ok(())
}
