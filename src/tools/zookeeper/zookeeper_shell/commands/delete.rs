//! `delete [-v version] path`: the end of a node without children.

use super::{Done, Spec, version_of};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, value},
    path,
};
use rkafka_zookeeper_client::ZkClient;

const VERSION: Opt = value("v", "version");

pub const SPEC: Spec = Spec { name: "delete", usage: "[-v version] path", known: Some(&Known::free(&[VERSION])) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    if given.len() > 2 {
        answer.talk("'delete path [version]' has been deprecated. Please use 'delete [-v version] path' instead.");
    }
    let version = version_of(given, &VERSION)?;
    path::check(node).map_err(Failure::new)?;
    answer.set("path", node);
    zk.delete(node, version).await.map_err(at(node))
}
