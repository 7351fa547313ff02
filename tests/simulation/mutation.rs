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
    /// A broker whose machine has lost its power is registered while it counts as in sync, and others are.
    StayInSync,
    /// A leader hears only from the controller that it was replaced.
    WaitForTheWord,
    /// Who leads no more keeps the groups that it has coordinated, and goes on with them when it leads again.
    KeepGroups,
    /// The controller does not hear that brokers come and go.
    LoseBrokerWatch,
    /// Nobody hears that the controller's node goes.
    LoseControllerWatch,
    /// A broker whose session has expired stands for election no more.
    StandOnce,
}

/// A mutation, and how it is brought out.
pub struct Trial {
    pub mutation: Mutation,
    /// The first seed to try; it noticed the mutation when it was written down.
    pub near: u64,
    /// The number of seeds within which it is noticed, whatever has changed since.
    pub within: u64,
    /// The faults that bring it out; all kinds if none is named.
    pub faults: &'static [Fault],
}

const fn trial(mutation: Mutation, near: u64, within: u64) -> Trial {
    Trial { mutation, near, within, faults: &[] }
}

pub const TRIALS: [Trial; 19] = [
    trial(Mutation::SkipEpochCheck, 0, 50),
    trial(Mutation::AcknowledgeEarly, 0, 50),
    trial(Mutation::DropTruncation, 0, 50),
    trial(Mutation::SkipControllerFence, 0, 100),
    trial(Mutation::CountStaleInSync, 0, 100),
    trial(Mutation::AdvanceOverPendingShrink, 0, 50),
    trial(Mutation::JoinWithoutCatchingUp, 0, 50),
    trial(Mutation::ObeyTheDeposed, 120, 100),
    trial(Mutation::ElectOutOfSync, 0, 50),
    trial(Mutation::KeepEmptyEpochs, 49, 100),
    trial(Mutation::StayInSync, 0, 200),
    Trial { mutation: Mutation::WaitForTheWord, near: 19, within: 200, faults: &[Fault::Suspect] },
    trial(Mutation::KeepGroups, 12, 100),
    trial(Mutation::LoseBrokerWatch, 0, 50),
    trial(Mutation::LoseControllerWatch, 23, 200),
    trial(Mutation::StandOnce, 0, 200),
    // These take several things at once.
    Trial {
        mutation: Mutation::ServeBeforeRegistered,
        near: 33,
        within: 200,
        faults: &[Fault::LosePower, Fault::PartBrokers, Fault::Suspect],
    },
    Trial {
        mutation: Mutation::ForgetBrokerEpochs,
        near: 106,
        within: 500,
        faults: &[Fault::LosePower, Fault::PartBrokers, Fault::Suspect],
    },
    Trial {
        mutation: Mutation::ForgetBreaksInLeadership,
        near: 131,
        within: 200,
        faults: &[Fault::Suspect, Fault::Isolate, Fault::Stop],
    },
];

impl Mutation {
    /// The faults among which the broken rule shows soon.
    pub fn faults(self) -> &'static [Fault] {
        TRIALS.iter().find(|trial| trial.mutation == self).map_or(&[], |trial| trial.faults)
    }
}
