//! From a frame to a handler and back to a frame.

mod context;
mod dispatch;
mod reply;

pub use context::{ConnectionInfo, RequestContext};
pub use dispatch::{Dispatched, RequestError, dispatch, encode, start};
pub use reply::{Frame, Reply, ReplyFuture};
