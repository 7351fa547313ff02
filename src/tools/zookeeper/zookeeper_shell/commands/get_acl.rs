//! `getAcl [-s] path`: who may do what with a node.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    acl_text,
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, flag},
    path,
};
use rkafka_zookeeper_client::ZkClient;
use serde_json::json;

const STATS: Opt = flag("s", "stats");

pub const SPEC: Spec = Spec { name: "getAcl", usage: "[-s] path", known: Some(&Known::free(&[STATS])) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    path::check(node).map_err(Failure::new)?;
    let (acl, stat) = zk.get_acl(node).await.map_err(at(node))?;
    let mut json = Vec::new();
    for entry in &acl {
        let letters = acl_text::letters(entry.perms);
        // The record as ZooKeeper's generated code shows it.
        answer.line(format!("'{},'{}\n: {letters}", entry.id.scheme, entry.id.id));
        json.push(json!({ "scheme": entry.id.scheme, "id": entry.id.id, "permissions": letters }));
    }
    answer.set("path", node);
    answer.set("acl", json);
    if given.has(&STATS) {
        answer.stat(&stat);
    }
    Ok(())
}
