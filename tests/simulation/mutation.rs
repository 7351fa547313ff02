//! Rules that the simulation can break on purpose, to see that a checker notices. The product's code does not know of
//! them: each is broken in the simulation's own hands around it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// A leader compares no epochs with its followers: neither its own with theirs, nor those of their records.
    SkipEpochCheck,
    /// A leader acknowledges without waiting for the in-sync replicas.
    AcknowledgeEarly,
    /// A follower keeps what diverges from its leader.
    DropTruncation,
    /// A controller that was replaced goes on writing.
    SkipControllerFence,
    /// The controller takes in-sync sets that were proposed to another state than the present one.
    CountStaleInSync,
    /// A leader does as if the controller had agreed to drop followers from the in-sync set already.
    AdvanceOverPendingShrink,
    /// A leader proposes everybody for the in-sync set, caught up or not.
    JoinWithoutCatchingUp,
    /// Brokers obey controllers of earlier epochs and orders of earlier leader epochs.
    ObeyTheDeposed,
    /// Leaders are elected from all live replicas.
    ElectOutOfSync,
    /// A leader that was deposed and leads again acknowledges what it appended before.
    ForgetBreaksInLeadership,
    /// A follower keeps the epochs that it led without a record.
    KeepEmptyEpochs,
    /// A proposal for the in-sync set does not say under which registrations its members have fetched.
    ForgetBrokerEpochs,
    /// A leader takes note of fetches although another epoch has begun since it looked at the partition.
    NoteLateFetches,
    /// A lost machine comes back in sync although it lost records.
    LosePowerInSync,
}

/// The mutations, each with the number of seeds within which it is noticed.
pub const ALL: [(Mutation, u64); 14] = [
    (Mutation::SkipEpochCheck, 200),
    (Mutation::AcknowledgeEarly, 200),
    (Mutation::DropTruncation, 200),
    (Mutation::SkipControllerFence, 200),
    (Mutation::CountStaleInSync, 200),
    (Mutation::AdvanceOverPendingShrink, 200),
    (Mutation::JoinWithoutCatchingUp, 200),
    (Mutation::ObeyTheDeposed, 200),
    (Mutation::ElectOutOfSync, 200),
    (Mutation::ForgetBreaksInLeadership, 1000),
    (Mutation::KeepEmptyEpochs, 200),
    (Mutation::ForgetBrokerEpochs, 2000),
    (Mutation::NoteLateFetches, 2000),
    (Mutation::LosePowerInSync, 200),
];
