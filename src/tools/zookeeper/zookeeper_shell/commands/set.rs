//! `set [-s] [-v version] path data`: other data for a node.

use super::{Done, Spec, version_of};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, flag, value},
    path,
};
use rkafka_zookeeper_client::ZkClient;

const STATS: Opt = flag("s", "stats");
const VERSION: Opt = value("v", "version");

pub const SPEC: Spec =
    Spec { name: "set", usage: "[-s] [-v version] path data", known: Some(&Known::free(&[STATS, VERSION])) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let (Some(node), Some(data)) = (given.word(1), given.word(2)) else { return Err(SPEC.help()) };
    let version = version_of(given, &VERSION)?;
    path::check(node).map_err(Failure::new)?;
    let stat = zk.set_data(node, Some(data.as_bytes().to_vec()), version).await.map_err(at(node))?;
    answer.set("path", node);
    if given.has(&STATS) {
        answer.stat(&stat);
    }
    Ok(())
}
