//! No offset is lost whose commit a coordinator has acknowledged: whoever coordinates after it has loaded it. And a commit
//! is found whole or not at all.
//!
//! A coordinator that was replaced and has not heard of it may tell what was true before, as in Apache Kafka.

use super::Violation;
use super::in_sync::InSync;
use crate::coordinating::{Acknowledged, Coordinated};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Commits {
    count: usize,
    timed_out: usize,
}

impl Commits {
    /// How many commits were acknowledged.
    pub fn count(&self) -> usize {
        self.count
    }

    pub fn timed_out(&self) -> usize {
        self.timed_out
    }

    /// What the coordinator of `partition` has said; `committed` is what was acknowledged before.
    pub fn check(
        &mut self,
        partition: usize,
        said: Coordinated,
        committed: &mut BTreeMap<String, Acknowledged>,
        in_sync: &InSync,
    ) -> Result<(), Violation> {
        match said {
            Coordinated::Acknowledged { group, offset, after } => {
                self.count += 1;
                committed.entry(group).or_default().add(offset, after);
            }
            Coordinated::TimedOut => self.timed_out += 1,
            Coordinated::Told { group, offsets, known, broker, epoch } => {
                let told = offsets.first().copied().unwrap_or(-1);
                if offsets.iter().any(|offset| *offset != told) {
                    let what = format!("broker {broker} says of {group} {offsets:?}");
                    return Err(Violation::new("a commit is found whole", what));
                }
                let leads = in_sync.state(partition).is_some_and(|state| epoch == Some(state.leader_epoch));
                if leads && !known.may_find(told) {
                    let what = format!("broker {broker} leads in {epoch:?} and says {told} to {group}, with {known:?}");
                    return Err(Violation::new("no acknowledged commit of an offset is lost", what));
                }
            }
        }
        Ok(())
    }
}
