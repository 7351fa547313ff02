//! `setquota -n|-b|-N|-B val path`: how many nodes, or bytes of data, a node and all below may have.

use super::{Done, Spec, listquota::read};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Group, Known, Opt, value},
    path,
    quota::{self, Track},
    tree,
};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkError};

const COUNT: Opt = value("n", "num soft quota");
const BYTES: Opt = value("b", "bytes soft quota");
const COUNT_HARD: Opt = value("N", "num hard quota");
const BYTES_HARD: Opt = value("B", "bytes hard quota");

pub const SPEC: Spec = Spec {
    name: "setquota",
    usage: "-n|-b|-N|-B val path",
    known: Some(&Known { options: &[COUNT, BYTES, COUNT_HARD, BYTES_HARD], group: Group::ExactlyOne }),
};

/// Options, their keys, and whether nodes are counted (else bytes).
const KINDS: [(Opt, &str, bool); 4] = [
    (COUNT, quota::COUNT, true),
    (BYTES, quota::BYTES, false),
    (COUNT_HARD, quota::COUNT_HARD, true),
    (BYTES_HARD, quota::BYTES_HARD, false),
];

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    answer.set("path", node);
    if node.starts_with(quota::ROOT) {
        answer.talk(format!("cannot set a quota under the path: {}", quota::ROOT));
        return Ok(());
    }
    let Some((option, key, counts)) = KINDS.into_iter().find(|(option, ..)| given.has(option)) else {
        return Err(SPEC.help());
    };
    let text = given.value(&option).unwrap_or_default();
    // A count is an int, bytes are a long.
    let limit = if counts { text.parse::<i32>().map(i64::from) } else { text.parse::<i64>() };
    let complaint = match limit {
        Err(_) => "NumberFormatException happens when parsing the option value",
        Ok(limit) if counts && limit <= 0 => "the num quota must be greater than zero",
        Ok(limit) if limit < 0 => "the bytes quota must be greater than or equal to zero",
        Ok(limit) => return create(zk, node, key, limit, answer).await,
    };
    answer.talk(complaint);
    Ok(())
}

async fn create(zk: &ZkClient, node: &str, key: &str, limit: i64, answer: &mut Answer) -> Done {
    path::check(node).map_err(Failure::new)?;
    if zk.exists(node, Watch::No).await.map_err(at(node))?.is_none() {
        return Err(Failure::new(format!("{node} does not exist.")));
    }
    let place = format!("{}{}", quota::ROOT, if node == "/" { "" } else { node });
    no_quota_below(zk, node, &place).await?;
    no_quota_above(zk, node).await?;
    for (end, _) in place.match_indices('/').skip(1).chain([(place.len(), "")]) {
        make_sure_of(zk, place.get(..end).unwrap_or_default()).await?;
    }
    let limits_node = format!("{place}/{}", quota::LIMITS);
    let stats_node = format!("{place}/{}", quota::STATS);
    if zk.exists(&limits_node, Watch::No).await.map_err(at(&limits_node))?.is_some() {
        let mut limits = read(zk, &limits_node).await?;
        limits.set(key, limit);
        warn(&limits, &read(zk, &stats_node).await?, answer);
        let data = limits.to_string().into_bytes();
        return zk.set_data(&limits_node, Some(data), ANY_VERSION).await.map(drop).map_err(at(&limits_node));
    }
    let mut limits = Track::default();
    for (_, key, _) in KINDS {
        limits.set(key, -1);
    }
    limits.set(key, limit);
    let mut used = Track::default();
    used.set(quota::COUNT, 0);
    used.set(quota::BYTES, 0);
    for (node, track) in [(&limits_node, &limits), (&stats_node, &used)] {
        let data = track.to_string().into_bytes();
        zk.create(node, Some(data), CreateMode::Persistent).await.map_err(at(node))?;
    }
    warn(&read(zk, &limits_node).await?, &read(zk, &stats_node).await?, answer);
    Ok(())
}

fn warn(limits: &Track, used: &Track, answer: &mut Answer) {
    for warning in limits.warnings(used) {
        answer.line(warning);
    }
}

async fn make_sure_of(zk: &ZkClient, node: &str) -> Done {
    if zk.exists(node, Watch::No).await.map_err(at(node))?.is_none() {
        match zk.create(node, None, CreateMode::Persistent).await {
            Err(error) if !error.is_node_exists() => return Err(Failure::of(&error, node)),
            _ => {}
        }
    }
    Ok(())
}

/// Quotas do not nest: refuses one above another.
async fn no_quota_below(zk: &ZkClient, node: &str, place: &str) -> Done {
    let paths = match tree::by_branch(zk, place, Watch::No).await {
        Err(Failure { code: Some(ZkError::NO_NODE), .. }) => return Ok(()),
        other => other?,
    };
    for limits in paths.iter().filter_map(|path| path.strip_suffix(quota::LIMITS)?.strip_suffix('/')) {
        if limits != place {
            let below = limits.strip_prefix(quota::ROOT).unwrap_or(limits);
            return Err(Failure::new(format!("{node} has a child {below} which has a quota")));
        }
    }
    Ok(())
}

/// And one below another.
async fn no_quota_above(zk: &ZkClient, node: &str) -> Done {
    for (end, _) in node.match_indices('/').skip(1) {
        let above = node.get(..end).unwrap_or_default();
        let place = format!("{}{above}", quota::ROOT);
        match zk.get_children(&place, Watch::No).await {
            Ok((children, _)) if children.iter().any(|child| child == quota::LIMITS) => {
                return Err(Failure::new(format!("{node} has a parent {above} which has a quota")));
            }
            Ok((children, _)) if !children.is_empty() => {}
            Ok(_) => return Ok(()),
            Err(error) if error.is_no_node() => return Ok(()),
            Err(error) => return Err(Failure::of(&error, &place)),
        }
    }
    Ok(())
}
