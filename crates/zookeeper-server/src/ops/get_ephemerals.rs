//! Pure: getEphemerals (103): the caller's own ephemeral nodes below a prefix.

use super::Read;
use rkafka_jute::{GetEphemeralsRequest, GetEphemeralsResponse, NULL_STRING, Output, Record as _, ZkError};

pub fn serve(cx: &mut Read<'_>, request: GetEphemeralsRequest, output: &mut Output) -> Result<(), ZkError> {
    let prefix = request.prefix_path.as_str();
    let is_for_all = matches!(prefix.trim_matches(|character| character <= ' '), "" | "/") || prefix == NULL_STRING;
    let all = cx.database.tree.ephemerals_of(cx.session);
    let below = all.filter(|path| is_for_all || path.starts_with(prefix));
    GetEphemeralsResponse { ephemerals: below.map(|path| path.to_string()).collect() }.write(output);
    Ok(())
}
