//! Pure: closeSession (−11), by the client or by expiry: the session's ephemeral nodes go with it.

use super::Prepare;
use rkafka_jute::{CloseSessionTxn, Txn, ZkError};

pub fn prepare(cx: &mut Prepare<'_>) -> Result<Txn, ZkError> {
    let paths_to_delete = cx.changes.ephemerals(cx.session);
    for path in &paths_to_delete {
        cx.changes.delete(path, cx.zxid);
    }
    cx.sessions.set_closing(cx.session);
    Ok(Txn::CloseSession(Some(CloseSessionTxn { paths_to_delete })))
}
