//! Who was replaced as leader notices, also when nobody tells: what it acknowledges alone after that is lost, so it does
//! so for a short time only.

use super::Violation;
use crate::lost_leadership::{EVERY_MS, PATIENCE_MS};
use crate::world::Machine;
use std::collections::BTreeMap;

/// How long a leader that was replaced may go on, besides what the network takes.
pub const BOUND_MS: i64 = PATIENCE_MS + EVERY_MS + 500;
/// How often something may be as slow as anything is, one after the other: a last fetch of the new leader, and what
/// ZooKeeper was asked before.
const SLOW_MESSAGES: i64 = 6;

#[derive(Default)]
pub struct Superseded {
    /// Since when somebody else leads the partition in a later epoch.
    since: BTreeMap<(usize, i32), i64>,
    /// When a broker could last not have noticed, because it was stopped or away from ZooKeeper.
    hindered: BTreeMap<i32, i64>,
}

impl Superseded {
    pub fn hindered(&mut self, broker: i32, now: i64) {
        self.hindered.insert(broker, now);
    }

    /// Something about a partition has changed.
    pub fn note(&mut self, partition: usize, machines: &BTreeMap<i32, Machine>, now: i64) {
        let leaders = machines.iter().filter_map(|(id, machine)| {
            let replica = machine.process.as_ref()?.replicas[partition].as_ref()?;
            replica.partition.is_leader().then(|| (*id, replica.partition.leader_epoch()))
        });
        let leaders: Vec<_> = leaders.collect();
        for id in machines.keys() {
            let own = leaders.iter().find(|(leader, _)| leader == id).map(|(_, epoch)| *epoch);
            match own.is_some_and(|own| leaders.iter().any(|(_, epoch)| *epoch > own)) {
                true => {
                    self.since.entry((partition, *id)).or_insert(now);
                }
                false => {
                    self.since.remove(&(partition, *id));
                }
            }
        }
    }

    pub fn check(&self, partition: usize, broker: i32, now: i64, slow_ms: i64) -> Result<(), Violation> {
        let Some(since) = self.since.get(&(partition, broker)) else { return Ok(()) };
        let since = self.hindered.get(&broker).map_or(*since, |hindered| *since.max(hindered));
        let bound = BOUND_MS + SLOW_MESSAGES * slow_ms;
        if now - since <= bound {
            return Ok(());
        }
        let what = format!(
            "broker {broker} acknowledges records of {partition} alone {} ms after another one has taken its place, {bound} \
             are allowed",
            now - since
        );
        Err(Violation::new("who is replaced as leader notices", what))
    }
}
