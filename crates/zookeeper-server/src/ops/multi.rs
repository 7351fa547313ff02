//! Pure: multi (14): all parts or none. Each part sees what the parts before it did; all have one zxid.

use super::{Prepare, Read, Skip, check, create, delete, set_data};
use rkafka_jute::{
    ErrorTxn, Input, JuteError, MultiOp, MultiRequest, MultiResponse, MultiTxn, NULL_STRING, OpCode, Output,
    Record as _, SubTxn, Txn, ZkError,
};

pub fn prepare(cx: &mut Prepare<'_>, input: &mut Input<'_>) -> Result<Txn, ZkError> {
    let request = match MultiRequest::read(input) {
        Err(JuteError::NullAcl) => {
            cx.skip = Skip::EntryAndZxid;
            return Err(ZkError::MARSHALLING_ERROR);
        }
        other => other.map_err(|_| ZkError::MARSHALLING_ERROR)?,
    };
    if request.ops.iter().any(|op| op.path() == NULL_STRING) {
        cx.skip = Skip::Entry;
        return Err(ZkError::MARSHALLING_ERROR);
    }
    let count = request.ops.len();
    let mut txns = Vec::with_capacity(count);
    for op in request.ops {
        match part(cx, op) {
            Ok(txn) => txns.push(txn.to_sub_txn()),
            Err(ZkError::MARSHALLING_ERROR) => {
                // Not an error of one part in ZooKeeper, but of the whole request.
                cx.changes.roll_back();
                return Err(ZkError::MARSHALLING_ERROR);
            }
            Err(err) => {
                cx.changes.roll_back();
                return Ok(Txn::Multi(failed(count, txns.len(), err)));
            }
        }
    }
    Ok(Txn::Multi(MultiTxn { txns }))
}

/// Answers a multi that has become no transaction: with an error, and results of no part.
pub fn refuse(cx: &mut Read<'_>, output: &mut Output) -> Result<(), ZkError> {
    MultiResponse::default().write(output);
    cx.keeps_body = true;
    Err(ZkError::MARSHALLING_ERROR)
}

fn part(cx: &mut Prepare<'_>, op: MultiOp) -> Result<Txn, ZkError> {
    match op {
        MultiOp::Create(request) => create::prepare(cx, OpCode::CREATE, request),
        MultiOp::Create2(request) => create::prepare(cx, OpCode::CREATE2, request),
        MultiOp::CreateContainer(request) => create::prepare(cx, OpCode::CREATE_CONTAINER, request),
        MultiOp::CreateTtl(request) => create::prepare_ttl(cx, request),
        MultiOp::Delete(request) => delete::prepare(cx, request),
        MultiOp::SetData(request) => set_data::prepare(cx, request),
        MultiOp::Check(request) => check::prepare(cx, request),
        MultiOp::GetData(_) | MultiOp::GetChildren(_) => Err(ZkError::MARSHALLING_ERROR),
    }
}

/// Every part an error: 0 before the one that failed, its code, "not tried" after it.
fn failed(count: usize, at: usize, err: ZkError) -> MultiTxn {
    let error_of = |position: usize| match position.cmp(&at) {
        std::cmp::Ordering::Less => ZkError::OK,
        std::cmp::Ordering::Equal => err,
        std::cmp::Ordering::Greater => ZkError::RUNTIME_INCONSISTENCY,
    };
    let part = |position| -> SubTxn { Txn::Error(ErrorTxn { err: error_of(position) }).to_sub_txn() };
    MultiTxn { txns: (0..count).map(part).collect() }
}
