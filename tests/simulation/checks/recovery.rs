//! After the last fault everything comes back by itself: leaders, in-sync sets, writes, and every record.

use super::{Checks, Violation};
use crate::world::World;
use rkafka_base::BrokerId;
use rkafka_replication::PartitionState;

impl Checks {
    pub fn after_recovery(&self, world: &World) -> Result<(), Violation> {
        let stuck = |what: String| Err(Violation::new("the cluster recovers", what));
        for (partition, replicas) in world.env.shape.assignment.iter().enumerate() {
            let Some(state) = self.in_sync.state(partition) else {
                return stuck(format!("partition {partition} never had a leader"));
            };
            let leader = world.machines.get(&state.leader).and_then(|machine| machine.process.as_ref());
            let known = leader.and_then(|process| Some(process.replicas[partition].as_ref()?.partition.state()));
            let leads = |known: &PartitionState| known.is_leader() && known.leader_epoch().0 == state.leader_epoch;
            let Some(known) = known.filter(leads) else {
                return stuck(format!("partition {partition} has no leader: {state:?}"));
            };
            if state.isr.len() != replicas.len() {
                let ends: Vec<_> = replicas.iter().map(|id| known.follower(BrokerId(*id))).collect();
                return stuck(format!("partition {partition} of {replicas:?}: {state:?}, {ends:?}"));
            }
            let end = self.watermark.committed(partition).len();
            for id in replicas {
                let log = world.machines.get(id).and_then(|machine| machine.disk[partition].as_ref());
                if log.is_none_or(|log| log.records.len() != end) {
                    return stuck(format!("partition {partition} on {id} does not end at {end}"));
                }
            }
            if world.consumers[partition].read.len() != end {
                let read = world.consumers[partition].read.len();
                return stuck(format!("the consumer of partition {partition} has read {read} of {end}"));
            }
        }
        if world.acknowledged_in_calm() == 0 {
            return stuck("nothing is acknowledged any more".into());
        }
        if !world.committers.is_empty() && world.commits_in_calm == 0 {
            return stuck("no offset is committed any more".into());
        }
        Ok(())
    }
}
