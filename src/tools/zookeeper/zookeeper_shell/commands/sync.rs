//! `sync path`: lets the server catch up with its ensemble.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::Failure,
    options::{Given, Known},
    path,
};
use rkafka_zookeeper_client::ZkClient;

pub const SPEC: Spec = Spec { name: "sync", usage: "path", known: Some(&Known::NONE) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    path::check(node).map_err(Failure::new)?;
    let code = zk.sync(node).await.err().map_or(0, |error| error.code().0);
    answer.line(if code == 0 { "Sync is OK".to_owned() } else { format!("Sync has failed. rc={code}") });
    answer.set("path", node);
    answer.set("rc", code);
    Ok(())
}
