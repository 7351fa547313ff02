//! `delquota [-n|-b|-N|-B] path`: the end of a node's quota, or of one limit of it.

use super::{Done, Spec, listquota::read};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Group, Known, Opt, flag},
    path, quota,
};
use rkafka_zookeeper_client::{ANY_VERSION, Watch, ZkClient, ZkError};

const COUNT: Opt = flag("n", "num soft quota");
const BYTES: Opt = flag("b", "bytes soft quota");
const COUNT_HARD: Opt = flag("N", "num hard quota");
const BYTES_HARD: Opt = flag("B", "bytes hard quota");

pub const SPEC: Spec = Spec {
    name: "delquota",
    usage: "[-n|-b|-N|-B] path",
    known: Some(&Known { options: &[COUNT, BYTES, COUNT_HARD, BYTES_HARD], group: Group::AtMostOne }),
};

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    answer.set("path", node);
    match delete(zk, given, node, answer).await {
        Err(Failure { code: Some(ZkError::NO_NODE), .. }) => {
            answer.talk(format!("quota for {node} does not exist."));
            Ok(())
        }
        other => other,
    }
}

async fn delete(zk: &ZkClient, given: &Given, node: &str, answer: &mut Answer) -> Done {
    let place = format!("{}{node}", quota::ROOT);
    let limits_node = format!("{place}/{}", quota::LIMITS);
    path::check(&limits_node).map_err(Failure::new)?;
    if zk.exists(&limits_node, Watch::No).await.map_err(at(&limits_node))?.is_none() {
        answer.line(format!("Quota does not exist for {node}"));
        return Ok(());
    }
    let mut limits = read(zk, &limits_node).await?;
    let keys = [
        (COUNT, quota::COUNT),
        (BYTES, quota::BYTES),
        (COUNT_HARD, quota::COUNT_HARD),
        (BYTES_HARD, quota::BYTES_HARD),
    ];
    let Some((_, key)) = keys.into_iter().find(|(option, _)| given.has(option)) else {
        return delete_all(zk, place).await;
    };
    limits.set(key, -1);
    let data = limits.to_string().into_bytes();
    zk.set_data(&limits_node, Some(data), ANY_VERSION).await.map(drop).map_err(at(&limits_node))
}

/// Deletes what a quota consists of, and the nodes above that are empty then.
async fn delete_all(zk: &ZkClient, mut place: String) -> Done {
    let (children, _) = zk.get_children(&place, Watch::No).await.map_err(at(&place))?;
    for child in children {
        let child = path::below(&place, &child);
        zk.delete(&child, ANY_VERSION).await.map_err(at(&child))?;
    }
    while place != quota::ROOT {
        let (children, _) = zk.get_children(&place, Watch::No).await.map_err(at(&place))?;
        if !children.is_empty() {
            break;
        }
        zk.delete(&place, ANY_VERSION).await.map_err(at(&place))?;
        place.truncate(place.rfind('/').unwrap_or_default());
    }
    Ok(())
}
