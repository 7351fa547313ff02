//! Pure: multiRead (22): several reads, each with its own result or error. Watches are not set.
//!
//! One short request may name a large node thousands of times. Apache's server builds whatever is asked for; here an
//! answer that no client would read is refused.

use super::{Read, get_children, get_data};
use rkafka_jute::{MultiOp, MultiRequest, MultiResponse, MultiResult, NULL_STRING, Output, ZkError};

/// The longest answer, in bytes. Clients read up to their `jute.maxbuffer`, by default 1 MiB, 4 MiB with Kafka.
pub const MAX_ANSWER: usize = 32 * 1024 * 1024;

pub fn serve(cx: &mut Read<'_>, request: MultiRequest, output: &mut Output) -> Result<(), ZkError> {
    let (start, parts) = (output.len(), request.ops.len());
    for op in request.ops {
        if op.path() == NULL_STRING {
            MultiResponse::end(output);
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
                MultiResponse::end(output);
                cx.keeps_body = true;
                return Err(ZkError::MARSHALLING_ERROR);
            }
        };
        outcome.unwrap_or_else(MultiResult::Error).write(output);
        if output.len() - start > MAX_ANSWER {
            log::warn!(
                target: "org.apache.zookeeper.server.FinalRequestProcessor",
                "A multiRead of {parts} parts by session 0x{:x} is refused: its answer is longer than {MAX_ANSWER} bytes",
                cx.session
            );
            return Err(ZkError::MARSHALLING_ERROR);
        }
    }
    MultiResponse::end(output);
    Ok(())
}
