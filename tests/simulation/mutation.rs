//! Rules that the simulation can break on purpose, to see that a checker notices. The product's code does not know of
//! them: each is broken in the simulation's own hands around it.

use super::faults::Fault;

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
    /// A broker that restarted obeys before it is registered anew, and so obeys what was meant for its earlier life.
    ServeBeforeRegistered,
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

/// The mutations, each with the number of seeds within which it is noticed, and with the faults that bring it out (all
/// kinds if none is named).
pub const ALL: [(Mutation, u64, &[Fault]); 15] = [
    (Mutation::SkipEpochCheck, 50, &[]),
    (Mutation::AcknowledgeEarly, 50, &[]),
    (Mutation::DropTruncation, 50, &[]),
    (Mutation::SkipControllerFence, 100, &[]),
    (Mutation::CountStaleInSync, 100, &[]),
    (Mutation::AdvanceOverPendingShrink, 50, &[]),
    (Mutation::JoinWithoutCatchingUp, 50, &[]),
    (Mutation::ObeyTheDeposed, 100, &[]),
    (Mutation::ElectOutOfSync, 50, &[]),
    (Mutation::ServeBeforeRegistered, 300, &[Fault::Kill, Fault::Isolate, Fault::PartBrokers]),
    (Mutation::ForgetBreaksInLeadership, 300, &[Fault::Suspect, Fault::Isolate, Fault::Stop]),
    (Mutation::KeepEmptyEpochs, 100, &[]),
    (Mutation::ForgetBrokerEpochs, 300, &[Fault::LosePower, Fault::Isolate, Fault::PartBrokers]),
    (Mutation::NoteLateFetches, 300, &[Fault::Suspect, Fault::Isolate, Fault::LosePower]),
    (Mutation::LosePowerInSync, 100, &[]),
];

impl Mutation {
    /// The faults among which the broken rule shows soon.
    pub fn faults(self) -> &'static [Fault] {
        ALL.iter().find(|(mutation, ..)| *mutation == self).map_or(&[], |(_, _, faults)| faults)
    }
}
