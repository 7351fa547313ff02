//! An epoch and an offset name one record, wherever it is: otherwise no comparison of epochs could find where two logs
//! part.

use super::Violation;
use crate::disk::Seen;
use crate::world::Machine;
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Logs {
    records: BTreeMap<(usize, i32, i64), u64>,
    /// How much of each machine's log was looked at.
    seen: BTreeMap<(usize, i32), Seen>,
}

impl Logs {
    pub fn check(&mut self, partition: usize, machines: &BTreeMap<i32, Machine>) -> Result<(), Violation> {
        for (id, machine) in machines {
            let Some(log) = &machine.disk[partition] else { continue };
            let seen = self.seen.entry((partition, *id)).or_default();
            let start = seen.start(log);
            for (offset, record) in log.records.iter().enumerate().skip(start) {
                let name = (partition, record.epoch, offset as i64);
                let first = *self.records.entry(name).or_insert(record.value);
                if first != record.value {
                    let what = format!(
                        "broker {id} has {:x} at offset {offset} of partition {partition} in epoch {}, another had {first:x}",
                        record.value, record.epoch
                    );
                    return Err(Violation::new("one record per epoch and offset", what));
                }
                if offset > 0 && log.records[offset - 1].epoch > record.epoch {
                    let what = format!("broker {id} has epochs that fall at offset {offset} of partition {partition}");
                    return Err(Violation::new("epochs only grow", what));
                }
            }
            seen.set_end(log.records.len());
        }
        Ok(())
    }
}
