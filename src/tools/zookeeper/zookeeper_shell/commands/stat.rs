//! `stat [-w] path`: a node's statistics.

use super::{Done, Spec, watch_if, with_old_watch};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, flag},
    path,
};
use rkafka_zookeeper_client::{ZkClient, ZkError};

const WATCH: Opt = flag("w", "watch");

pub const SPEC: Spec = Spec { name: "stat", usage: "[-w] path", known: Some(&Known::free(&[WATCH])) };

pub async fn run(zk: &ZkClient, given: &Given, words: &[String], answer: &mut Answer) -> Done {
    if given.len() < 2 {
        return Err(SPEC.help());
    }
    let old = with_old_watch(&SPEC, given, words, answer)?;
    let given = old.as_ref().unwrap_or(given);
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    path::check(node).map_err(Failure::new)?;
    let stat = zk.exists(node, watch_if(given.has(&WATCH))).await.map_err(at(node))?;
    answer.set("path", node);
    answer.stat(&stat.ok_or_else(|| Failure::refused(ZkError::NO_NODE, node))?);
    Ok(())
}
