//! Fetch sessions (KIP-227): the broker remembers which partitions a consumer fetches and what it told it last, so that
//! requests and responses carry only what changed.

mod cache;
mod session;

pub use cache::{FetchSessions, SessionRequest};
pub use session::{FetchParams, PartitionFetch, TopicKey};
