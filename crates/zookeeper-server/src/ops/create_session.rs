//! Pure: createSession (−10): not sent by clients; it is what a connect request becomes.

use super::Prepare;
use rkafka_jute::{CreateSessionTxn, Txn, ZkError};

pub fn prepare(cx: &mut Prepare<'_>, request: CreateSessionTxn) -> Result<Txn, ZkError> {
    cx.sessions.track(cx.session, request.timeout, cx.now_ms);
    Ok(Txn::CreateSession(request))
}
