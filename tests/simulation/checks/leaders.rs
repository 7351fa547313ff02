//! One leader per epoch: no two brokers ever take themselves for the leader of the same epoch.

use super::Violation;
use crate::world::Machine;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Leaders {
    /// Who led which partition in which epoch.
    seen: BTreeMap<(usize, i32), i32>,
}

impl Leaders {
    pub fn count(&self) -> usize {
        self.seen.len()
    }

    pub fn check(&mut self, partition: usize, machines: &BTreeMap<i32, Machine>) -> Result<(), Violation> {
        for (id, machine) in machines {
            let replica = machine.process.as_ref().and_then(|process| process.replicas[partition].as_ref());
            let Some(replica) = replica.filter(|replica| replica.partition.is_leader()) else { continue };
            let epoch = replica.partition.leader_epoch().0;
            let first = *self.seen.entry((partition, epoch)).or_insert(*id);
            if first != *id {
                let what = format!("brokers {first} and {id} both lead partition {partition} in epoch {epoch}");
                return Err(Violation::new("one leader per epoch", what));
            }
        }
        Ok(())
    }
}
