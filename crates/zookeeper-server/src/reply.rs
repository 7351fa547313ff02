//! Pure: the reply to a write, from what its transaction did.

use super::database::Applied;
use rkafka_jute::{
    Create2Response, CreateResponse, MultiResponse, MultiResult, OpCode, Output, Record as _, SetAclResponse,
    SetDataResponse, ZkError,
};

/// The error of the reply's header. A failed multi carries its errors in the body.
pub fn error_of(applied: &Applied) -> ZkError {
    if applied.op == OpCode::MULTI { ZkError::OK } else { applied.err }
}

/// The record after the header.
pub fn write_body(applied: &Applied, output: &mut Output) {
    let stat = applied.stat.unwrap_or_default();
    match applied.op {
        OpCode::CREATE => CreateResponse { path: applied.path.clone() }.write(output),
        OpCode::CREATE2 | OpCode::CREATE_CONTAINER | OpCode::CREATE_TTL => {
            Create2Response { path: applied.path.clone(), stat }.write(output);
        }
        OpCode::SET_DATA => SetDataResponse { stat }.write(output),
        OpCode::SET_ACL => SetAclResponse { stat }.write(output),
        OpCode::MULTI => MultiResponse { results: applied.parts.iter().map(result_of).collect() }.write(output),
        _ => {}
    }
}

fn result_of(part: &Applied) -> MultiResult {
    let stat = part.stat.unwrap_or_default();
    match part.op {
        OpCode::ERROR => MultiResult::Error(part.err),
        _ if !part.err.is_ok() => MultiResult::Error(part.err),
        OpCode::CREATE => MultiResult::Create(CreateResponse { path: part.path.clone() }),
        // All creations with a stat answer as create2.
        OpCode::CREATE2 | OpCode::CREATE_CONTAINER | OpCode::CREATE_TTL => {
            MultiResult::Create2(OpCode::CREATE2, Create2Response { path: part.path.clone(), stat })
        }
        OpCode::SET_DATA => MultiResult::SetData(SetDataResponse { stat }),
        OpCode::CHECK => MultiResult::Check,
        _ => MultiResult::Delete,
    }
}
