//! Transactions: what a producer writes to many partitions, and the offsets of a group beside it, are seen by readers with
//! `isolation.level=read_committed` all together or not at all (KIP-98).
//!
//! [`state`] decides, [`verdict`] says what an error means, [`coordinator`] asks the brokers, and [`calls`] is what a
//! producer's user calls. The state lives beside the waiting batches, under their lock: whether a record is taken in and
//! whether a batch may go is decided in one place.
//!
//! Two protocols, by what the cluster has finalized. Below `transaction.version` 2, partitions are named to the coordinator
//! before the first batch goes there (AddPartitionsToTxn), and the epoch stays from one transaction to the next. From 2 on
//! (KIP-890) the leaders do that themselves and each end of a transaction gives a new epoch, so that nothing late can come
//! into the next one. After a batch that failed, the epoch is raised in either (KIP-360).

mod calls;
pub mod coordinator;
pub mod state;
#[cfg(test)]
mod tests;
pub mod verdict;

pub use state::TransactionManager;

/// Who reads in a group, as its coordinator knows it (`ConsumerGroupMetadata`, KIP-447): offsets of a member that the group
/// has gone on without are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMetadata {
    pub group_id: String,
    /// −1 outside of any generation.
    pub generation_id: i32,
    /// Empty for nobody in particular.
    pub member_id: String,
    pub group_instance_id: Option<String>,
}

impl GroupMetadata {
    /// A group without members, whose offsets somebody keeps there.
    pub fn without_members(group_id: &str) -> GroupMetadata {
        let (generation_id, member_id, group_instance_id) = (-1, String::new(), None);
        GroupMetadata { group_id: group_id.to_owned(), generation_id, member_id, group_instance_id }
    }
}
