//! The high watermark: what lies before it is the same everywhere and for ever. It never goes back while a process runs;
//! what a consumer has read stays; and the logs of all in-sync replicas are equal up to the greatest that any leader had.

use super::Violation;
use super::in_sync::InSync;
use crate::disk::{Record, Seen};
use crate::world::Machine;
use std::collections::{BTreeMap, BTreeSet};

pub struct Watermark {
    /// What any leader has shown to consumers, by partition.
    committed: Vec<Vec<Record>>,
    /// The last high watermark of each replica, and in which run.
    last: BTreeMap<(usize, i32), (u64, i64)>,
    /// How much of each log was found equal.
    seen: BTreeMap<(usize, i32), Seen>,
    /// What a consumer was given that is not what was committed.
    misread: Option<Violation>,
}

impl Watermark {
    pub fn new(partitions: usize) -> Watermark {
        Watermark {
            committed: vec![Vec::new(); partitions],
            last: BTreeMap::new(),
            seen: BTreeMap::new(),
            misread: None,
        }
    }

    pub fn committed(&self, partition: usize) -> &[Record] {
        &self.committed[partition]
    }

    /// A consumer has read `records` from `offset` on.
    pub fn consumed(&mut self, partition: usize, offset: i64, records: &[Record]) {
        let committed = self.committed[partition].get(offset as usize..offset as usize + records.len());
        if committed != Some(records) {
            let what = format!("partition {partition} from {offset}: {records:?}, committed is {committed:?}");
            self.misread = Some(Violation::new("consumers read what is committed", what));
        }
    }

    pub fn check(&mut self, partition: usize, machines: &BTreeMap<i32, Machine>) -> Result<(), Violation> {
        for leaders in [true, false] {
            for (id, machine) in machines {
                let Some(process) = &machine.process else { continue };
                let Some(replica) = &process.replicas[partition] else { continue };
                let Some(log) = &machine.disk[partition] else { continue };
                if replica.partition.is_leader() != leaders {
                    continue;
                }
                let watermark = replica.watermark();
                let (run, last) = self.last.insert((partition, *id), (process.run, watermark)).unwrap_or_default();
                if run == process.run && watermark < last {
                    let what = format!("from {last} to {watermark} on broker {id}, partition {partition}");
                    return Err(Violation::new("the high watermark never goes back", what));
                }
                if watermark > log.records.len() as i64 {
                    let what =
                        format!("{watermark} on broker {id}, partition {partition}, log end {}", log.records.len());
                    return Err(Violation::new("the high watermark lies in the log", what));
                }
                if leaders {
                    let known = self.committed[partition].len();
                    self.committed[partition].extend(log.records.iter().take(watermark as usize).skip(known));
                }
                self.check_equal(partition, *id, machine, watermark as usize)?;
            }
        }
        Ok(())
    }

    /// Whether every in-sync replica of these partitions has everything that is committed.
    pub fn check_in_sync(
        &mut self,
        partitions: &BTreeSet<usize>,
        machines: &BTreeMap<i32, Machine>,
        in_sync: &InSync,
    ) -> Result<(), Violation> {
        if let Some(violation) = self.misread.take() {
            return Err(violation);
        }
        for partition in partitions.iter().copied() {
            for id in in_sync.heirs(partition) {
                let Some(machine) = machines.get(id) else { continue };
                self.check_equal(partition, *id, machine, self.committed[partition].len())?;
            }
        }
        Ok(())
    }

    /// Whether the log is what was committed, up to `end`.
    fn check_equal(&mut self, partition: usize, id: i32, machine: &Machine, end: usize) -> Result<(), Violation> {
        let Some(log) = machine.disk[partition].as_ref().filter(|log| !log.is_unsure) else { return Ok(()) };
        let seen = self.seen.entry((partition, id)).or_default();
        let start = seen.start(log);
        if start >= end {
            return Ok(());
        }
        for offset in start..end {
            let (here, committed) = (log.records.get(offset), self.committed[partition].get(offset));
            if here.is_none() || here != committed {
                let what =
                    format!("partition {partition}, offset {offset}: broker {id} has {here:?}, not {committed:?}");
                return Err(Violation::new("logs are equal up to the high watermark", what));
            }
        }
        seen.set_end(end);
        Ok(())
    }
}
