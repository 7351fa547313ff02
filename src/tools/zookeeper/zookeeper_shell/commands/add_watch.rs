//! `addWatch [-m mode] path`: a watch that stays.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    failure::{Failure, at},
    options::{Given, Known, Opt, value},
    path,
};
use rkafka_zookeeper_client::{AddWatchMode, ZkClient};

const MODE: Opt = value("m", "");

pub const SPEC: Spec = Spec {
    name: "addWatch",
    usage: "[-m mode] path # optional mode is one of [PERSISTENT, PERSISTENT_RECURSIVE] - default is PERSISTENT_RECURSIVE",
    known: Some(&Known::free(&[MODE])),
};

pub async fn run(zk: &ZkClient, given: &Given) -> Done {
    let (Some(node), 2) = (given.word(1), given.len()) else { return Err(SPEC.help()) };
    let mode = match given.value(&MODE).map(str::to_uppercase).as_deref() {
        None | Some("PERSISTENT_RECURSIVE") => AddWatchMode::PersistentRecursive,
        Some("PERSISTENT") => AddWatchMode::Persistent,
        Some(_) => return Err(SPEC.help()),
    };
    path::check(node).map_err(Failure::new)?;
    zk.add_watch(node, mode).await.map_err(at(node))
}
