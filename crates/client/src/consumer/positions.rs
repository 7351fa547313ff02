//! Finds out where to start in partitions without a position: at what the group has committed, else by
//! `auto.offset.reset`.

use super::{
    config::{ConsumerConfig, OffsetReset},
    group::{self, Identity},
};
use crate::{
    ClientError, Cluster, Topics,
    admin::{OffsetSpec, list_offsets_once},
};
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// A partition whose position is wanted: its era, and where to look first.
pub type Question = (TopicPartition, u64, Option<OffsetSpec>);
/// A position that was found, for the era that it was asked in.
pub type Position = (TopicPartition, u64, i64);

/// What looking up positions needs.
pub struct Lookup {
    pub cluster: Cluster,
    pub config: Arc<ConsumerConfig>,
    /// Who asks for committed offsets; `None` without a group.
    pub identity: Option<Identity>,
}

impl Lookup {
    /// The positions that could be found now. Partitions whose leader is not known are left out.
    ///
    /// Errors: a partition has neither a committed offset nor a rule to start by; whatever the brokers answer.
    pub async fn run(self, questions: Vec<Question>) -> Result<Vec<Position>, ClientError> {
        let mut found = Vec::new();
        let mut specs: HashMap<TopicPartition, (u64, OffsetSpec)> = HashMap::new();
        let uncommitted: Vec<TopicPartition> =
            questions.iter().filter(|(_, _, spec)| spec.is_none()).map(|(tp, _, _)| tp.clone()).collect();
        let committed: HashMap<TopicPartition, i64> = match &self.identity {
            Some(identity) if !uncommitted.is_empty() => {
                let list = group::fetch_committed(&self.cluster, identity, &uncommitted).await?;
                list.into_iter().map(|(tp, c)| (tp, c.offset)).collect()
            }
            _ => HashMap::new(),
        };
        for (tp, era, spec) in questions {
            match (committed.get(&tp), spec) {
                (Some(offset), None) => found.push((tp, era, *offset)),
                (_, Some(spec)) => drop(specs.insert(tp, (era, spec))),
                (None, None) => {
                    let spec = self.rule(&tp)?;
                    specs.insert(tp, (era, spec));
                }
            }
        }
        if !specs.is_empty() {
            found.extend(self.ask_leaders(&specs).await?);
        }
        Ok(found)
    }

    fn rule(&self, tp: &TopicPartition) -> Result<OffsetSpec, ClientError> {
        match self.config.auto_offset_reset {
            OffsetReset::Earliest => Ok(OffsetSpec::Earliest),
            OffsetReset::Latest => Ok(OffsetSpec::Latest),
            OffsetReset::None => {
                Err(ClientError::State(format!("Undefined offset with no reset policy for partitions: [{tp}]")))
            }
        }
    }

    async fn ask_leaders(
        &self,
        specs: &HashMap<TopicPartition, (u64, OffsetSpec)>,
    ) -> Result<Vec<Position>, ClientError> {
        let mut view = self.cluster.view();
        if specs.keys().any(|tp| view.leader(&tp.topic, tp.partition).is_none()) {
            let topics = specs.keys().map(|tp| tp.topic.clone()).collect();
            view = self.cluster.refresh(&Topics::Named(topics)).await?;
        }
        let mut by_leader: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
        let mut epochs = HashMap::new();
        for tp in specs.keys() {
            if let Some((node, epoch)) = view.leader(&tp.topic, tp.partition) {
                by_leader.entry(node.id).or_default().push(tp.clone());
                epochs.insert(tp.clone(), epoch);
            }
        }
        let mut found = Vec::new();
        for (node, partitions) in by_leader {
            let connection = self.cluster.node(node).await?;
            let spec = |tp: &TopicPartition| {
                let spec = specs.get(tp).map_or(OffsetSpec::Latest, |(_, s)| *s);
                (spec, epochs.get(tp).copied().unwrap_or(-1))
            };
            for (tp, result) in list_offsets_once(&connection, &partitions, spec, self.config.read_committed).await? {
                match (result, specs.get(&tp)) {
                    (Ok(answer), Some((era, _))) if answer.offset >= 0 => found.push((tp, *era, answer.offset)),
                    (Ok(_), _) => {}
                    (Err(code), _) if code.is_retriable() => self.note_stale(&tp, code).await,
                    (Err(code), _) => return Err(ClientError::broker(code, None)),
                }
            }
        }
        Ok(found)
    }

    async fn note_stale(&self, tp: &TopicPartition, code: ErrorCode) {
        log::debug!(target: "org.apache.kafka.clients.consumer.internals.OffsetFetcher",
            "{}Attempt to fetch offsets for partition {tp} failed due to {}, retrying.",
            self.cluster.config().log_prefix, code.name());
        let _ = self.cluster.refresh(&Topics::Named(vec![tp.topic.clone()])).await;
    }
}
