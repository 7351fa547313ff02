//! The names that a cluster has, for completion: quickly or not at all.

use super::suggest::{OfCluster, Words};
use crate::{access::admin, block_on::block_on, prepare, terminal::Terminal};
use rkafka_client::Admin;
use std::time::Duration;

/// Whoever waits at a prompt for longer has typed the name already.
const PATIENCE: Duration = Duration::from_millis(90);

/// The names; none if the cluster does not answer in time, or nobody knows where it is.
pub fn names(kind: OfCluster, words: &Words<'_>) -> Vec<String> {
    let Some((file, servers)) = target(words) else { return Vec::new() };
    let asked = async {
        let asking = async { ask(kind, &admin::open(file.as_deref(), &servers).await?).await };
        tokio::time::timeout(PATIENCE, asking).await
    };
    match block_on(asked) {
        // What would reach the terminal, or begin a line of its own, is no name to be typed.
        Ok(Ok(Ok(names))) => names.into_iter().filter(|name| !name.contains(char::is_control)).collect(),
        _ => Vec::new(),
    }
}

/// The admin client's file and the servers that the command would have.
fn target(words: &Words<'_>) -> Option<(Option<String>, String)> {
    let file = words.value_of("--command-config").map(str::to_owned);
    let typed = ["--bootstrap-server", "--bootstrap-servers", "--broker-list"].iter().find_map(|o| words.value_of(o));
    if let Some(servers) = typed {
        return Some((file, servers.to_owned()));
    }
    let tool = words.tool()?;
    // As if the command ended here: this finds the context and the servers.
    let prepared = prepare::prepare(tool, tool.name, words.before, &mut Terminal::new()).ok()?;
    Some((file, prepared.servers?.addresses))
}

async fn ask(kind: OfCluster, admin: &Admin) -> anyhow::Result<Vec<String>> {
    Ok(match kind {
        OfCluster::Topics => admin.list_topics().await?.into_iter().map(|topic| topic.name.to_string()).collect(),
        OfCluster::Groups => {
            admin.list_all_groups(&[], &[]).await?.into_iter().map(|group| group.group_id.to_string()).collect()
        }
        OfCluster::Brokers => {
            admin.broker_endpoints(false).await?.into_iter().map(|broker| broker.node.id.to_string()).collect()
        }
    })
}
