//! Rules that the simulation can break on purpose, to see that a checker notices. The product's code does not know of
//! them: each is broken in the simulation's own hands around it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// A leader serves followers of other epochs.
    SkipEpochCheck,
    /// A leader acknowledges without waiting for the in-sync replicas.
    AcknowledgeEarly,
    /// A follower keeps what diverges from its leader.
    DropTruncation,
    /// A controller that was replaced goes on writing.
    SkipControllerFence,
    /// States are written over whatever was written since they were read.
    SkipPartitionVersion,
    /// Brokers obey controllers of earlier epochs and orders of earlier leader epochs.
    ObeyTheDeposed,
    /// Leaders are elected from all live replicas.
    ElectOutOfSync,
    /// A lost machine comes back in sync although it lost records.
    LosePowerInSync,
}

/// The mutations, each with the number of seeds within which it is noticed.
pub const ALL: [(Mutation, u64); 8] = [
    (Mutation::SkipEpochCheck, 200),
    (Mutation::AcknowledgeEarly, 200),
    (Mutation::DropTruncation, 200),
    (Mutation::SkipControllerFence, 200),
    (Mutation::SkipPartitionVersion, 200),
    (Mutation::ObeyTheDeposed, 200),
    (Mutation::ElectOutOfSync, 200),
    (Mutation::LosePowerInSync, 200),
];
