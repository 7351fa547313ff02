//! The in-sync sets: those in ZooKeeper are subsets of the replicas, never empty, with the leader among them, and their
//! epochs only grow; and a leader counts everybody who may be elected after it.

use super::Violation;
use crate::env::Shape;
use crate::world::{Machine, TOPIC};
use crate::zookeeper::ZooKeeper;
use rkafka_base::BrokerId;
use rkafka_registry::{LeaderAndIsr, decode_controller_epoch, paths};
use std::collections::{BTreeMap, BTreeSet};

pub struct InSync {
    assignment: Vec<Vec<i32>>,
    paths: Vec<String>,
    /// The states in ZooKeeper, with the versions of their nodes.
    states: Vec<Option<(LeaderAndIsr, i32)>>,
    changed: BTreeSet<usize>,
}

impl InSync {
    pub fn new(shape: &Shape) -> InSync {
        let partitions = shape.assignment.len();
        InSync {
            assignment: shape.assignment.clone(),
            paths: (0..partitions).map(|partition| paths::partition_state(TOPIC, partition as i32)).collect(),
            states: vec![None; partitions],
            changed: BTreeSet::new(),
        }
    }

    pub fn state(&self, partition: usize) -> Option<&LeaderAndIsr> {
        self.states[partition].as_ref().map(|(state, _)| state)
    }

    /// The replicas of which any may be elected at any time.
    pub fn heirs(&self, partition: usize) -> &[i32] {
        self.state(partition).map_or(&[], |state| &state.isr)
    }

    /// The partitions whose state has changed since this was last asked.
    pub fn take_changed(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.changed)
    }

    /// Reads the states that have changed.
    pub fn refresh(&mut self, zk: &ZooKeeper) -> Result<(), Violation> {
        let epoch = zk.node(paths::CONTROLLER_EPOCH).and_then(|node| decode_controller_epoch(&node.data).ok());
        for partition in 0..self.states.len() {
            let Some(node) = zk.node(&self.paths[partition]) else { continue };
            let before = self.states[partition].as_ref();
            if before.is_some_and(|(_, version)| *version == node.version) {
                continue;
            }
            let state = LeaderAndIsr::decode(&node.data).expect("a partition's state");
            if epoch.is_some_and(|epoch| state.controller_epoch < epoch) {
                let what = format!("{state:?} of partition {partition} was written in controller epoch {epoch:?}");
                return Err(Violation::new("who is replaced as controller writes nothing", what));
            }
            self.judge(partition, before.map(|(state, _)| state), &state)?;
            self.states[partition] = Some((state, node.version));
            self.changed.insert(partition);
        }
        Ok(())
    }

    fn judge(&self, partition: usize, before: Option<&LeaderAndIsr>, now: &LeaderAndIsr) -> Result<(), Violation> {
        let replicas = &self.assignment[partition];
        let broken = if now.isr.iter().any(|member| !replicas.contains(member)) {
            "the in-sync set is not a subset of the replicas"
        } else if now.isr.is_empty() {
            "nobody is in sync"
        } else if now.leader >= 0 && !now.isr.contains(&now.leader) {
            "the leader is not in sync"
        } else if before.is_some_and(|before| before.leader_epoch > now.leader_epoch) {
            "the leader epoch went back"
        } else if before.is_some_and(|b| b.leader_epoch == now.leader_epoch && b.leader != now.leader) {
            "another leader in the same epoch"
        } else {
            return Ok(());
        };
        Err(Violation::new("in-sync set", format!("{broken}: partition {partition}, {before:?} became {now:?}")))
    }

    /// Whether the leaders know of everybody who may be elected after them.
    pub fn check(&self, partition: usize, machines: &BTreeMap<i32, Machine>) -> Result<(), Violation> {
        let Some(state) = self.state(partition) else { return Ok(()) };
        for (id, machine) in machines {
            let replica = machine.process.as_ref().and_then(|process| process.replicas[partition].as_ref());
            let Some(known) = replica.map(|replica| replica.partition.state()) else { continue };
            if !known.is_leader() || known.leader_epoch().0 != state.leader_epoch {
                continue;
            }
            let forgotten = state.isr.iter().find(|member| !known.in_maximal_isr(BrokerId(**member)));
            if let Some(member) = forgotten {
                let what = format!(
                    "leader {id} of partition {partition} does not count {member}: {:?} in ZooKeeper, {:?} for it",
                    state.isr,
                    known.isr()
                );
                return Err(Violation::new("leaders count all heirs", what));
            }
        }
        Ok(())
    }
}
