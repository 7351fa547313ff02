//! Pure: getEphemerals (103): the caller's own ephemeral nodes below a prefix.

use super::Read;
use crate::zookeeper::jute::{GetEphemeralsRequest, GetEphemeralsResponse, Output, Record as _, ZkError};

pub fn serve(cx: &mut Read<'_>, request: GetEphemeralsRequest, output: &mut Output) -> Result<(), ZkError> {
    let all = cx.database.tree.ephemerals_of(cx.session);
    let below = all.filter(|path| path.starts_with(request.prefix_path.as_str()));
    GetEphemeralsResponse { ephemerals: below.map(|path| path.to_string()).collect() }.write(output);
    Ok(())
}
