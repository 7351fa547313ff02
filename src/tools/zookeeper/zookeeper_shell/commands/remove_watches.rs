//! `removewatches path [-c|-d|-a] [-l]`: the end of this session's watches on a node.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    failure::{Failure, at},
    options::{Given, Known, Opt, flag},
    path,
};
use rkafka_zookeeper_client::{WatcherType, ZkClient};

const CHILDREN: Opt = flag("c", "child watcher type");
const DATA: Opt = flag("d", "data watcher type");
const ANY: Opt = flag("a", "any watcher type");
const LOCALLY: Opt = flag("l", "remove locally when there is no server connection");

pub const SPEC: Spec = Spec {
    name: "removewatches",
    usage: "path [-c|-d|-a] [-l]",
    known: Some(&Known::free(&[CHILDREN, DATA, ANY, LOCALLY])),
};

pub async fn run(zk: &ZkClient, given: &Given) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    let which = if given.has(&CHILDREN) {
        WatcherType::Children
    } else if given.has(&DATA) {
        WatcherType::Data
    } else {
        WatcherType::Any
    };
    path::check(node).map_err(Failure::new)?;
    zk.remove_watches(node, which, given.has(&LOCALLY)).await.map_err(at(node))
}
