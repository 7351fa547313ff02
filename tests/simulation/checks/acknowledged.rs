//! No acknowledged record is lost: whoever may be elected has it, at the offset that the producer was told.

use super::Violation;
use super::in_sync::InSync;
use crate::disk::Seen;
use crate::world::Machine;
use std::collections::{BTreeMap, BTreeSet};

pub struct Acknowledged {
    /// By partition and offset.
    records: Vec<BTreeMap<i64, u64>>,
    seen: BTreeMap<(usize, i32), Seen>,
}

impl Acknowledged {
    pub fn new(partitions: usize) -> Acknowledged {
        Acknowledged { records: vec![BTreeMap::new(); partitions], seen: BTreeMap::new() }
    }

    pub fn count(&self) -> usize {
        self.records.iter().map(BTreeMap::len).sum()
    }

    pub fn acknowledge(
        &mut self,
        partition: usize,
        offset: i64,
        value: u64,
        machines: &BTreeMap<i32, Machine>,
        in_sync: &InSync,
    ) -> Result<(), Violation> {
        if let Some(first) = self.records[partition].insert(offset, value) {
            let what = format!("{first:x} and {value:x} were both acknowledged at offset {offset} of {partition}");
            return Err(Violation::new("no acknowledged record lost", what));
        }
        for id in in_sync.heirs(partition) {
            self.check_from(partition, *id, offset, machines)?;
        }
        Ok(())
    }

    /// The in-sync set has changed: whoever is in it must have everything.
    pub fn check_all(
        &self,
        partition: usize,
        machines: &BTreeMap<i32, Machine>,
        in_sync: &InSync,
    ) -> Result<(), Violation> {
        in_sync.heirs(partition).iter().try_for_each(|id| self.check_from(partition, *id, 0, machines))
    }

    /// A log of one of these partitions may have been cut: what it lost must not be missed.
    pub fn check_cut(
        &mut self,
        partitions: &BTreeSet<usize>,
        machines: &BTreeMap<i32, Machine>,
        in_sync: &InSync,
    ) -> Result<(), Violation> {
        for partition in partitions.iter().copied() {
            for id in in_sync.heirs(partition) {
                let log = machines.get(id).and_then(|machine| machine.disk[partition].as_ref());
                let Some(log) = log.filter(|log| !log.is_unsure) else { continue };
                let seen = self.seen.entry((partition, *id)).or_default();
                seen.set_end(usize::MAX);
                let start = seen.start(log);
                if start < usize::MAX {
                    self.check_from(partition, *id, start as i64, machines)?;
                }
            }
        }
        Ok(())
    }

    fn check_from(
        &self,
        partition: usize,
        id: i32,
        start: i64,
        machines: &BTreeMap<i32, Machine>,
    ) -> Result<(), Violation> {
        let log = machines.get(&id).and_then(|machine| machine.disk[partition].as_ref());
        // Nobody elects a broker that is not registered.
        let Some(log) = log.filter(|log| !log.is_unsure) else { return Ok(()) };
        for (offset, value) in self.records[partition].range(start..) {
            let found = log.records.get(*offset as usize).map(|record| record.value);
            if found != Some(*value) {
                let what = format!(
                    "{value:x} was acknowledged at offset {offset} of partition {partition}, broker {id} is in sync and has {}",
                    found.map_or_else(|| "nothing".into(), |found| format!("{found:x}"))
                );
                return Err(Violation::new("no acknowledged record lost", what));
            }
        }
        Ok(())
    }
}
