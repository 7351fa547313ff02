//! `getAllChildrenNumber path`: how many nodes lie below a node.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known},
    path,
};
use rkafka_zookeeper_client::ZkClient;

pub const SPEC: Spec = Spec { name: "getAllChildrenNumber", usage: "path", known: Some(&Known::NONE) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    path::check(node).map_err(Failure::new)?;
    let number = zk.get_all_children_number(node).await.map_err(at(node))?;
    answer.line(number.to_string());
    answer.set("path", node);
    answer.set("number", number);
    Ok(())
}
