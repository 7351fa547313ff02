//! `setAcl [-s] [-v version] [-R] path acl`: who may do what with a node, or with all nodes below it, too.

use super::{Done, Spec, version_of};
use crate::tools::zookeeper::zookeeper_shell::{
    acl_text,
    answer::Answer,
    failure::{Failure, at, code_message},
    options::{Given, Known, Opt, flag, value},
    path, tree,
};
use rkafka_zookeeper_client::{Watch, ZkClient, ZkError};

const STATS: Opt = flag("s", "stats");
const VERSION: Opt = value("v", "version");
const RECURSE: Opt = flag("R", "recursive");

pub const SPEC: Spec = Spec {
    name: "setAcl",
    usage: "[-s] [-v version] [-R] path acl",
    known: Some(&Known::free(&[STATS, VERSION, RECURSE])),
};

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let (Some(node), Some(text)) = (given.word(1), given.word(2)) else { return Err(SPEC.help()) };
    let acl = acl_text::parse(text, answer);
    let version = version_of(given, &VERSION)?;
    path::check(node).map_err(Failure::new)?;
    answer.set("path", node);
    let paths = if given.has(&RECURSE) { tree::by_branch(zk, node, Watch::No).await? } else { vec![node.to_owned()] };
    for path in &paths {
        let set = match acl.is_empty() {
            // ZooKeeper's client itself refuses it, and knows no path then.
            true => Err((code_message(ZkError::INVALID_ACL, ""), Failure::refused(ZkError::INVALID_ACL, "null"))),
            false => zk
                .set_acl(path, acl.clone(), version)
                .await
                .map_err(|error| (code_message(error.code(), path), at(path)(error))),
        };
        match set {
            Ok(stat) if given.has(&STATS) && !given.has(&RECURSE) => answer.stat(&stat),
            Ok(_) => {}
            Err((message, _)) if given.has(&RECURSE) => answer.print(message),
            Err((_, failure)) => return Err(failure),
        }
    }
    Ok(())
}
