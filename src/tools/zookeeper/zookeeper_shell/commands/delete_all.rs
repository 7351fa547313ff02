//! `deleteall path [-b batch size]`: the end of a node and all below, several in one multi.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, value},
    path, tree,
};
use rkafka_zookeeper_client::{ANY_VERSION, ZkClient, ZkOp};

const BATCH_SIZE: Opt = value("b", "batch size");

pub const SPEC: Spec =
    Spec { name: "deleteall", usage: "path [-b batch size]", known: Some(&Known::free(&[BATCH_SIZE])) };

/// How many deletions share a multi.
const BATCH: i32 = 1000;

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    let batch: i32 = match given.value(&BATCH_SIZE).map(str::parse) {
        None => BATCH,
        Some(Ok(batch)) => batch,
        Some(Err(_)) => return Err(Failure::new("-b argument must be an int value")),
    };
    path::check(node).map_err(Failure::new)?;
    let mut leaves_first = tree::by_level(zk, node).await?;
    leaves_first.reverse();
    answer.set("path", node);
    match usize::try_from(batch) {
        Ok(batch) if batch > 0 => {
            for batch in leaves_first.chunks(batch) {
                let deletions = batch.iter().map(|path| ZkOp::delete(path, ANY_VERSION)).collect();
                if zk.multi(deletions).await.is_err() {
                    answer.talk("Failed to delete some node(s) in the subtree!");
                    break;
                }
            }
        }
        _ => {
            for path in &leaves_first {
                zk.delete(path, ANY_VERSION).await.map_err(at(path))?;
            }
        }
    }
    Ok(())
}
