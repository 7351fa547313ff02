//! Walks over a node and all below, in the orders of ZooKeeper's shell (`ZKUtil`).

use super::{
    failure::{Failure, at},
    path,
};
use rkafka_zookeeper_client::{Watch, ZkClient};

/// The node and all below, level by level; a parent always before its children.
pub async fn by_level(client: &ZkClient, root: &str) -> Result<Vec<String>, Failure> {
    let mut tree = vec![root.to_owned()];
    let mut next = 0;
    while let Some(node) = tree.get(next).cloned() {
        next += 1;
        let (children, _) = client.get_children(&node, Watch::No).await.map_err(at(&node))?;
        tree.extend(children.iter().map(|child| path::below(&node, child)));
    }
    Ok(tree)
}

/// The node, then for each node its children by name, then what is below each of them. Nodes that go away meanwhile
/// are passed over; the root must be there.
pub async fn by_branch(client: &ZkClient, root: &str, watch: Watch) -> Result<Vec<String>, Failure> {
    path::check(root).map_err(Failure::new)?;
    client.get_data(root, watch).await.map_err(at(root))?;
    let mut tree = vec![root.to_owned()];
    let mut open = vec![root.to_owned()];
    while let Some(node) = open.pop() {
        let mut children = match client.get_children(&node, watch).await {
            Ok((children, _)) => children,
            Err(error) if error.is_no_node() => continue,
            Err(error) => return Err(Failure::of(&error, &node)),
        };
        children.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        let paths: Vec<String> = children.iter().map(|child| path::below(&node, child)).collect();
        tree.extend(paths.iter().cloned());
        open.extend(paths.into_iter().rev());
    }
    Ok(tree)
}
