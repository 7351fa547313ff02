//! Pure: the partitions that a consumer reads, and how far it is in each.

use super::fetch_session::Wanted;
use crate::{ClusterView, admin::OffsetSpec};
use rkafka_base::TopicPartition;
use rkafka_protocol::Uuid;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

/// How far a consumer is in one partition.
#[derive(Clone, Debug, Default)]
pub struct AssignedPartition {
    /// The offset of the next record to hand out; `None` until it has been found out.
    pub position: Option<i64>,
    /// Where to look for the position first; `None`: at what the group has committed.
    pub reset: Option<OffsetSpec>,
    /// The offset to fetch next: past the position by what lies fetched and not handed out.
    pub fetch_position: i64,
    pub paused: bool,
    /// No fetch before this: the last one failed.
    pub not_before: Option<Instant>,
    /// As the last fetch had it.
    pub high_watermark: Option<i64>,
    /// Counts assignments and seeks, so that late answers to older questions are known.
    pub era: u64,
}

/// The partitions by name.
#[derive(Debug, Default)]
pub struct Partitions {
    pub states: BTreeMap<TopicPartition, AssignedPartition>,
    eras: u64,
}

impl Partitions {
    /// Makes `partitions` the assignment. Those that stay keep their positions if `keep` says so.
    pub fn assign(&mut self, partitions: &[TopicPartition], keep: bool) {
        let mut old = std::mem::take(&mut self.states);
        for tp in partitions {
            let kept = old.remove(tp).filter(|_| keep);
            let state = kept.unwrap_or_else(|| AssignedPartition { era: self.next_era(), ..Default::default() });
            self.states.insert(tp.clone(), state);
        }
    }

    /// Moves a partition to `offset`. False if it is not assigned.
    pub fn seek(&mut self, tp: &TopicPartition, offset: i64) -> bool {
        let era = self.next_era();
        let Some(state) = self.states.get_mut(tp) else { return false };
        (state.position, state.fetch_position, state.reset, state.era) = (Some(offset), offset, None, era);
        true
    }

    /// Forgets a partition's position, to be looked up by `spec` (`None`: the committed one).
    pub fn reset(&mut self, tp: &TopicPartition, spec: Option<OffsetSpec>) -> bool {
        let era = self.next_era();
        let Some(state) = self.states.get_mut(tp) else { return false };
        (state.position, state.reset, state.era) = (None, spec, era);
        true
    }

    /// Takes note of a position that was looked up in `era`.
    pub fn found(&mut self, tp: &TopicPartition, era: u64, offset: i64) {
        if let Some(state) = self.states.get_mut(tp).filter(|s| s.era == era && s.position.is_none()) {
            (state.position, state.fetch_position, state.reset) = (Some(offset), offset, None);
        }
    }

    /// Drops what was fetched ahead.
    pub(crate) fn rewind(&mut self, tp: &TopicPartition) {
        if let Some(state) = self.states.get_mut(tp) {
            state.fetch_position = state.position.unwrap_or_default();
        }
    }

    fn next_era(&mut self) -> u64 {
        self.eras += 1;
        self.eras
    }

    pub fn topics(&self) -> Vec<Arc<str>> {
        let topics: BTreeSet<&Arc<str>> = self.states.keys().map(|tp| &tp.topic).collect();
        topics.into_iter().cloned().collect()
    }

    /// The positions that are known.
    pub(crate) fn positions(&self) -> Vec<(TopicPartition, i64)> {
        self.states.iter().filter_map(|(tp, s)| Some((tp.clone(), s.position?))).collect()
    }

    /// What is to be fetched now, by leader; and whether a partition lacks a leader in `view`.
    pub fn wanted(&self, view: &ClusterView, now: Instant) -> (BTreeMap<i32, BTreeMap<TopicPartition, Wanted>>, bool) {
        let mut by_leader: BTreeMap<i32, BTreeMap<TopicPartition, Wanted>> = BTreeMap::new();
        let mut leaderless = false;
        for (tp, state) in &self.states {
            if state.position.is_none() || state.paused || state.not_before.is_some_and(|t| t > now) {
                continue;
            }
            let Some((leader, leader_epoch)) = view.leader(&tp.topic, tp.partition) else {
                leaderless = true;
                continue;
            };
            let topic_id = view.topics.get(&tp.topic).map_or(Uuid::ZERO, |t| t.id);
            let wanted = Wanted { topic_id, offset: state.fetch_position, leader_epoch };
            by_leader.entry(leader.id).or_default().insert(tp.clone(), wanted);
        }
        (by_leader, leaderless)
    }

    /// When the next partition may be fetched again after a failure.
    pub(crate) fn next_retry(&self) -> Option<Instant> {
        self.states.values().filter_map(|s| s.not_before).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_answers_are_ignored() {
        let tp = TopicPartition::new("t", 0);
        let mut partitions = Partitions::default();
        partitions.assign(std::slice::from_ref(&tp), false);
        let era = partitions.states[&tp].era;
        assert!(partitions.seek(&tp, 7));
        partitions.found(&tp, era, 3);
        assert_eq!(partitions.positions(), [(tp.clone(), 7)]);
        partitions.reset(&tp, Some(OffsetSpec::Earliest));
        partitions.found(&tp, partitions.states[&tp].era, 3);
        assert_eq!(partitions.positions(), [(tp.clone(), 3)]);
        partitions.assign(&[tp.clone(), TopicPartition::new("t", 1)], true);
        assert_eq!(partitions.positions(), [(tp, 3)]);
        assert!(!partitions.seek(&TopicPartition::new("t", 2), 0));
    }
}
