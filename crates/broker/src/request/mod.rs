//! From a frame to a handler and back to a frame.

mod bound;
mod budget;
mod context;
mod dispatch;
mod reply;
pub(crate) mod stages;
mod turns;

pub use budget::ReplyBudget;
pub use context::{ConnectionInfo, RequestContext};
pub use dispatch::{RequestError, dispatch, encode, start};
pub use reply::{Frame, Reply, ReplyFuture};
pub use turns::{Turn, Turns};
