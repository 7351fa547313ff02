//! The walk over Kafka's nodes, many at a time: a cluster has one for each partition.

use super::paths::{CONTROLLER, SECURE_ROOTS, acl_of};
use crate::{terminal::Terminal, tool::Exit};
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkClientError, ZkError};
use tokio::task::JoinSet;

/// How many nodes are asked about at the same time.
pub const MAX_AT_ONCE: usize = 100;

/// Sets the ACLs of the root and of all of Kafka's nodes.
pub async fn run(client: &ZkClient, secure: bool, check: bool, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    tell_code(set(client, "/", secure).await, terminal)?;
    let mut missing = Vec::new();
    for root in SECURE_ROOTS {
        if client.exists(root, Watch::No).await?.is_none() {
            missing.push(*root);
        }
    }
    if !missing.is_empty() {
        let roots = missing.join(",");
        terminal.line(format_args!("Warning: The following secure root paths do not exist in ZooKeeper: {roots}"))?;
        terminal.line("That might be due to an incorrect chroot is specified when executing the command.")?;
        if check {
            terminal.line("Exit the command.")?;
            return Ok(Exit::FAILED);
        }
    }
    for root in SECURE_ROOTS {
        if *root == CONTROLLER && missing.contains(root) {
            continue;
        }
        if missing.contains(root) {
            make_sure_of(client, root, secure).await?;
        }
        tell_code(set_tree(client, root, secure).await, terminal)?;
    }
    Ok(Exit::OK)
}

/// Says what Kafka's tool says of a refusal.
fn tell_code(result: Result<(), ZkClientError>, terminal: &mut Terminal) -> anyhow::Result<()> {
    if let Err(error) = &result {
        match error.code() {
            ZkError::SESSION_EXPIRED => terminal.line("ZooKeeper session expired while changing ACLs")?,
            code => terminal.line(format_args!("Unexpected return code: {}", code.0))?,
        }
    }
    Ok(result?)
}

async fn make_sure_of(client: &ZkClient, path: &str, secure: bool) -> anyhow::Result<()> {
    match client.create_with_acl(path, None, CreateMode::Persistent, acl_of(path, secure)).await {
        Err(error) if !error.is_node_exists() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Nodes that are gone meanwhile need no ACL.
async fn set(client: &ZkClient, path: &str, secure: bool) -> Result<(), ZkClientError> {
    match client.set_acl(path, acl_of(path, secure), ANY_VERSION).await {
        Err(error) if !error.is_no_node() => Err(error),
        _ => Ok(()),
    }
}

async fn set_tree(client: &ZkClient, root: &str, secure: bool) -> Result<(), ZkClientError> {
    let mut open = vec![root.to_owned()];
    let mut at_work = JoinSet::new();
    loop {
        while at_work.len() < MAX_AT_ONCE
            && let Some(path) = open.pop()
        {
            let client = client.clone();
            at_work.spawn(async move {
                set(&client, &path, secure).await?;
                children(&client, &path).await
            });
        }
        match at_work.join_next().await {
            None => return Ok(()),
            Some(Ok(found)) => open.extend(found?),
            // Only a panic ends a task so; it has been reported.
            Some(Err(_)) => return Err(ZkClientError::Closed),
        }
    }
}

async fn children(client: &ZkClient, path: &str) -> Result<Vec<String>, ZkClientError> {
    match client.get_children(path, Watch::No).await {
        Ok((children, _)) => Ok(children.into_iter().map(|child| format!("{path}/{child}")).collect()),
        Err(error) if error.is_no_node() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_config::ZooKeeperConfig;
    use rkafka_zookeeper_client::ZkConnect;
    use rkafka_zookeeper_server::ZooKeeperServer;
    use std::time::Duration;

    #[tokio::test]
    async fn nodes_are_protected_and_opened_again() {
        let dir = tempfile::tempdir().unwrap();
        let config = ZooKeeperConfig::new(dir.path(), ([127, 0, 0, 1], 0).into());
        let server = ZooKeeperServer::start(config).await.unwrap();
        let connect: ZkConnect = server.client_address().to_string().parse().unwrap();
        let client = ZkClient::connect(&connect, Duration::from_secs(6)).await.unwrap();
        client.add_auth("digest", "kafka:secret").await.unwrap();
        let more = ["/brokers/ids", "/config/users", "/config/users/alice", "/consumers", "/other"];
        for path in SECURE_ROOTS.iter().chain(&more) {
            client.create(path, None, CreateMode::Persistent).await.unwrap();
        }
        let mut terminal = Terminal::new();
        let acl = async |path| {
            let (acl, _) = client.get_acl(path).await.unwrap();
            acl.iter().map(|entry| format!("{} {}", entry.id.scheme, entry.perms)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(run(&client, true, true, &mut terminal).await.unwrap(), Exit::OK);
        for (path, expected) in [
            ("/", "digest 31, world 1"),
            ("/brokers/ids", "digest 31, world 1"),
            ("/config/users", "digest 31"),
            ("/config/users/alice", "digest 31"),
            ("/kafka-acl-extended/prefixed", "digest 31, world 1"),
            ("/consumers", "world 31"),
            ("/other", "world 31"),
        ] {
            assert_eq!(acl(path).await, expected, "{path}");
        }
        assert_eq!(run(&client, false, true, &mut terminal).await.unwrap(), Exit::OK);
        for path in ["/", "/brokers/ids", "/config/users/alice"] {
            assert_eq!(acl(path).await, "world 31", "{path}");
        }
        client.close().await.unwrap();
        server.shutdown().await;
    }
}
