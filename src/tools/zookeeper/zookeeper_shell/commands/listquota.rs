//! `listquota path`: a node's quota, and how much of it is used.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known},
    path,
    quota::{self, Track},
};
use rkafka_zookeeper_client::{Watch, ZkClient};
use serde_json::{Map, Value};

pub const SPEC: Spec = Spec { name: "listquota", usage: "path", known: Some(&Known::NONE) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    let limits_node = format!("{}{node}/{}", quota::ROOT, quota::LIMITS);
    answer.talk(format!("absolute path is {limits_node}"));
    answer.set("path", node);
    path::check(&limits_node).map_err(Failure::new)?;
    let stats_node = format!("{}{node}/{}", quota::ROOT, quota::STATS);
    let both = async { Ok((read(zk, &limits_node).await?, read(zk, &stats_node).await?)) };
    let (limits, used) = match both.await {
        Ok(both) => both,
        Err(Failure { code: Some(code), .. }) if code == rkafka_zookeeper_client::ZkError::NO_NODE => {
            answer.talk(format!("quota for {node} does not exist."));
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    answer.line(format!("Output quota for {node} {limits}"));
    answer.line(format!("Output stat for {node} {used}"));
    answer.set("quota", object(&limits));
    answer.set("used", object(&used));
    Ok(())
}

/// The limits or the use that a node holds.
pub async fn read(zk: &ZkClient, node: &str) -> Result<Track, Failure> {
    let (data, _) = zk.get_data(node, Watch::No).await.map_err(at(node))?;
    let text = data.unwrap_or_default();
    Track::parse(&text).ok_or_else(|| Failure::new(format!("{node} does not hold a quota: {}", text.escape_ascii())))
}

fn object(track: &Track) -> Map<String, Value> {
    track.entries().map(|(key, value)| (key.to_owned(), value.into())).collect()
}
