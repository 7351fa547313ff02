//! Creating and deleting whole branches of the tree, which ZooKeeper does one node at a time.

use super::RegistryError;
use rkafka_runtime::tasks::watched;
use rkafka_zookeeper_client::{ANY_VERSION, CreateMode, Watch, ZkClient, ZkClientError, ZkEvent};

/// Creates a persistent node, and those above it that are missing. A node that is there already is left as it is;
/// returns whether it was created.
pub async fn create_with_parents(zk: &ZkClient, path: &str, data: Option<Vec<u8>>) -> Result<bool, ZkClientError> {
    match zk.create(path, data.clone(), CreateMode::Persistent).await {
        Ok(_) => return Ok(true),
        Err(error) if error.is_node_exists() => return Ok(false),
        Err(error) if error.is_no_node() => {}
        Err(error) => return Err(error),
    }
    for (at, _) in path.match_indices('/').skip(1) {
        match zk.create(path.get(..at).unwrap_or_default(), None, CreateMode::Persistent).await {
            Ok(_) => {}
            Err(error) if error.is_node_exists() => {}
            Err(error) => return Err(error),
        }
    }
    match zk.create(path, data, CreateMode::Persistent).await {
        Ok(_) => Ok(true),
        Err(error) if error.is_node_exists() => Ok(false),
        Err(error) => Err(error),
    }
}

/// Creates the nodes of [`super::paths::PERSISTENT`], all at once.
pub async fn create_persistent(zk: &ZkClient) -> Result<(), RegistryError> {
    let creations = super::paths::PERSISTENT.map(|path| {
        let zk = zk.clone();
        watched::spawn("creating a node", async move { create_with_parents(&zk, path, None).await })
    });
    for creation in creations {
        watched::joined(creation.await).ok_or(ZkClientError::Closed)??;
    }
    Ok(())
}

/// The node and everything below it, parents before their children; empty if it is absent.
pub async fn list_recursively(zk: &ZkClient, path: &str) -> Result<Vec<String>, ZkClientError> {
    let mut found = Vec::new();
    let mut pending = vec![path.to_owned()];
    while let Some(path) = pending.pop() {
        match zk.get_children(&path, Watch::No).await {
            Ok((children, _)) => pending.extend(children.into_iter().map(|child| format!("{path}/{child}"))),
            Err(error) if error.is_no_node() => continue,
            Err(error) => return Err(error),
        }
        found.push(path);
    }
    Ok(found)
}

/// Deletes the node and everything below it. An absent node is no error.
pub async fn delete_recursively(zk: &ZkClient, path: &str) -> Result<(), ZkClientError> {
    for path in list_recursively(zk, path).await?.into_iter().rev() {
        match zk.delete(&path, ANY_VERSION).await {
            Ok(()) => {}
            Err(error) if error.is_no_node() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits until there is no such node.
pub async fn wait_until_gone(zk: &ZkClient, path: &str) -> Result<(), ZkClientError> {
    let mut events = zk.subscribe();
    while zk.exists(path, Watch::Yes).await?.is_some() {
        loop {
            match events.recv().await {
                None => return Err(ZkClientError::Closed),
                Some(ZkEvent::Watch(event)) if event.path == path => break,
                Some(ZkEvent::Connected) => break,
                Some(_) => {}
            }
        }
    }
    Ok(())
}
