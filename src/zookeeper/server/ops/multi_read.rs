//! Pure: multiRead (22): several reads, each with its own result or error. Watches are not set.

use super::{Read, get_children, get_data};
use crate::zookeeper::jute::{
    MultiOp, MultiRequest, MultiResponse, MultiResult, NULL_STRING, Output, Record as _, ZkError,
};

pub fn serve(cx: &mut Read<'_>, request: MultiRequest, output: &mut Output) -> Result<(), ZkError> {
    let mut results = Vec::with_capacity(request.ops.len());
    for op in request.ops {
        if op.path() == NULL_STRING {
            MultiResponse { results }.write(output);
            cx.keeps_body = true;
            return Err(ZkError::MARSHALLING_ERROR);
        }
        let outcome = match op {
            MultiOp::GetData(mut request) => {
                request.watch = false;
                get_data::get_data(cx, &request).map(MultiResult::GetData)
            }
            MultiOp::GetChildren(request) => get_children::children(cx, &request.path).map(MultiResult::GetChildren),
            // The parts are all reads or all writes, so this is the first.
            _ => {
                MultiResponse::default().write(output);
                cx.keeps_body = true;
                return Err(ZkError::MARSHALLING_ERROR);
            }
        };
        results.push(outcome.unwrap_or_else(MultiResult::Error));
    }
    MultiResponse { results }.write(output);
    Ok(())
}
