//! Pure: getAllChildrenNumber (104): how many nodes lie below a node.

use super::Read;
use rkafka_jute::{GetAllChildrenNumberRequest, GetAllChildrenNumberResponse, Output, Record as _, ZkError, perms};

pub fn serve(cx: &mut Read<'_>, request: GetAllChildrenNumberRequest, output: &mut Output) -> Result<(), ZkError> {
    cx.node(&request.path, perms::READ)?;
    let tree = &cx.database.tree;
    let count = match request.path.as_str() {
        "/" => tree.len() - 1,
        // ZooKeeper keeps the root under both names and counts the other one.
        "" => tree.len(),
        path => tree.descendants(path),
    };
    GetAllChildrenNumberResponse { total_number: i32::try_from(count).unwrap_or(i32::MAX) }.write(output);
    Ok(())
}
