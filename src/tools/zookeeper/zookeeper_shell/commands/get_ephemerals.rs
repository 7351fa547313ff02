//! `getEphemerals [path]`: the ephemeral nodes of this session.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known},
    path,
};
use rkafka_zookeeper_client::ZkClient;

pub const SPEC: Spec = Spec { name: "getEphemerals", usage: "path", known: Some(&Known::NONE) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let prefix = given.word(1).unwrap_or("/");
    path::check(prefix).map_err(Failure::new)?;
    let paths = zk.get_ephemerals(prefix).await.map_err(at(""))?;
    answer.line(format!("[{}]", paths.join(", ")));
    answer.set("paths", paths);
    Ok(())
}
