//! What a consumer of topics reads: what its group shares out, or everything if it is alone, and what happens as metadata
//! and group change.

use super::{
    Consumer, GroupEvent,
    group::{CLASS, Joined, Stage, assignor::PartitionCounts},
};
use crate::{ClientError, ClusterView};
use regex_lite::Regex;
use rkafka_base::TopicPartition;
use rkafka_protocol::ErrorCode;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::time::Instant;

/// How partitions come to a consumer.
#[derive(Clone, Debug)]
pub(super) enum Subscription {
    None,
    /// The user named partitions.
    Assigned,
    /// These topics, which the group shares out if there is one.
    Topics(Vec<Arc<str>>),
    /// The topics whose whole name matches, likewise.
    Pattern(Regex),
}

impl PartialEq for Subscription {
    fn eq(&self, other: &Subscription) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// How long a commit before a rebalance may hold it up.
const REBALANCE_COMMIT_TIMEOUT: Duration = Duration::from_secs(5);

/// What the last join went in with, and what came of it.
#[derive(Debug, Default)]
pub(super) struct LastJoin {
    topics: Vec<Arc<str>>,
    /// Whether the group's assignor lets members keep partitions through a rebalance.
    cooperative: bool,
    /// The leader's: the partition counts that it shared out by.
    leads_by: Option<PartitionCounts>,
    /// Metadata has changed since: join again.
    outdated: bool,
}

impl Consumer {
    /// Reads the topics that the group shares out. Takes effect at the next poll.
    ///
    /// Errors: no `group.id`.
    pub fn subscribe(&mut self, topics: &[Arc<str>]) -> Result<(), ClientError> {
        self.need_group()?;
        self.subscription = Subscription::Topics(topics.to_vec());
        self.subscribed();
        Ok(())
    }

    /// Reads every topic whose whole name matches `pattern`, also those that come later.
    ///
    /// Errors: no `group.id`; a bad pattern.
    pub fn subscribe_pattern(&mut self, pattern: &str) -> Result<(), ClientError> {
        self.need_group()?;
        self.follow_pattern(pattern)
    }

    /// Reads all partitions of `topics`, also those that come later, and asks no group coordinator. Each begins where
    /// `auto.offset.reset` says. Takes effect at the next poll.
    ///
    /// Errors: there is a `group.id`.
    pub fn read_all_of(&mut self, topics: &[Arc<str>]) -> Result<(), ClientError> {
        self.need_solitude()?;
        self.subscription = Subscription::Topics(topics.to_vec());
        self.subscribed();
        Ok(())
    }

    /// Reads all partitions of every topic whose whole name matches `pattern`, as [`Consumer::read_all_of`] does.
    ///
    /// Errors: there is a `group.id`; a bad pattern.
    pub fn read_all_matching(&mut self, pattern: &str) -> Result<(), ClientError> {
        self.need_solitude()?;
        self.follow_pattern(pattern)
    }

    fn need_solitude(&self) -> Result<(), ClientError> {
        match self.group {
            None => Ok(()),
            Some(_) => Err(ClientError::State("A member of a group reads what the group gives it".to_owned())),
        }
    }

    fn follow_pattern(&mut self, pattern: &str) -> Result<(), ClientError> {
        let regex = Regex::new(&format!("^(?:{pattern})$"));
        let regex = regex.map_err(|e| ClientError::Config(format!("{pattern} is not a regular expression: {e}")))?;
        self.subscription = Subscription::Pattern(regex);
        self.subscribed();
        Ok(())
    }

    fn need_group(&self) -> Result<(), ClientError> {
        match self.group {
            Some(_) => Ok(()),
            None => Err(ClientError::State(
                "To use the group management or offset commit APIs, you must provide a valid group.id in the consumer \
                 configuration."
                    .to_owned(),
            )),
        }
    }

    fn subscribed(&mut self) {
        self.metadata.due = Some(Instant::now());
        if let Some(group) = &mut self.group {
            group.leave_stage(false);
        }
    }

    /// The topics to join with; `None` until a pattern's have been found.
    fn topics_to_join(&self) -> Option<Vec<Arc<str>>> {
        match &self.subscription {
            Subscription::Topics(topics) => Some(topics.clone()),
            Subscription::Pattern(pattern) => {
                let view = self.cluster.view();
                view.cluster_id.as_ref()?;
                let fits = |name: &Arc<str>, internal: bool| {
                    pattern.is_match(name) && !(internal && self.config.exclude_internal_topics)
                };
                let mut topics: Vec<Arc<str>> =
                    view.topics.values().filter(|t| fits(&t.name, t.internal)).map(|t| t.name.clone()).collect();
                topics.sort();
                Some(topics)
            }
            Subscription::None | Subscription::Assigned => None,
        }
    }

    /// Takes in the group's reports, and joins if that is due.
    pub(super) async fn group_step(&mut self) -> Result<(), ClientError> {
        while let Some(event) = self.group.as_mut().and_then(|g| g.try_event()) {
            self.handle_group(event).await?;
        }
        if std::mem::take(&mut self.last_join.outdated) {
            self.rejoin().await;
        }
        if self.group.as_ref().is_none_or(|g| g.stage != Stage::Outside) {
            return Ok(());
        }
        let Some(topics) = self.topics_to_join() else { return Ok(()) };
        let owned = self.assignment();
        self.last_join.topics.clone_from(&topics);
        if let Some(group) = &mut self.group {
            group.start_join(topics, owned, &self.config.client_rack);
        }
        Ok(())
    }

    pub(super) async fn handle_group(&mut self, event: GroupEvent) -> Result<(), ClientError> {
        let current = self.group.as_ref().map_or(-1, |g| g.identity.generation);
        match event {
            GroupEvent::Joined(Ok(joined)) => self.joined(joined).await,
            GroupEvent::Retrying(why) => self.last_failure = Some(why),
            GroupEvent::Joined(Err(e)) | GroupEvent::Failed(e) => {
                if let Some(group) = &mut self.group {
                    group.leave_stage(true);
                }
                return Err(e);
            }
            GroupEvent::Rebalance { generation } if generation == current => {
                log::info!(target: CLASS, "{}Request joining group due to: group is already rebalancing",
                    self.config.client.log_prefix);
                self.rejoin().await;
            }
            GroupEvent::Lost { generation, why } if generation == current => {
                log::info!(target: CLASS, "{}Lost the membership: {why}", self.config.client.log_prefix);
                self.partitions.assign(&[], false);
                if let Some(group) = &mut self.group {
                    group.leave_stage(true);
                }
            }
            GroupEvent::Rebalance { .. } | GroupEvent::Lost { .. } => {}
        }
        Ok(())
    }

    /// Gives up what must be given up before a join, with what was read of it committed, and joins at the next step.
    async fn rejoin(&mut self) {
        self.commit_before_rebalance().await;
        let cooperative = self.last_join.cooperative;
        if !cooperative {
            self.partitions.assign(&[], false);
        }
        if let Some(group) = &mut self.group {
            // The generation goes with the join: it says how fresh the owned partitions are.
            let generation = group.identity.generation;
            group.leave_stage(false);
            group.identity.generation = if cooperative { generation } else { -1 };
        }
    }

    async fn commit_before_rebalance(&mut self) {
        if self.config.auto_commit_interval.is_none() || self.partitions.positions().is_empty() {
            return;
        }
        if let Ok(Err(e)) = tokio::time::timeout(REBALANCE_COMMIT_TIMEOUT, self.commit()).await {
            log::warn!(target: CLASS, "{}Synchronous auto-commit of offsets failed: {e}", self.config.client.log_prefix);
        }
    }

    async fn joined(&mut self, joined: Joined) {
        let Some(group) = &mut self.group else { return };
        log::info!(target: CLASS, "{}Successfully synced group in generation {}", self.config.client.log_prefix,
            joined.generation);
        group.joined(&joined);
        self.last_join.cooperative = joined.assignor.is_cooperative();
        self.last_join.leads_by = joined.leads_by;
        let new: BTreeSet<TopicPartition> = joined.assigned.iter().cloned().collect();
        let revoked = self.partitions.states.keys().any(|tp| !new.contains(tp));
        if self.last_join.cooperative && revoked {
            self.commit_before_rebalance().await;
        }
        self.partitions.assign(&joined.assigned, true);
        let now = Instant::now();
        self.positions.due = Some(now);
        let view = self.cluster.view();
        if joined.assigned.iter().any(|tp| view.leader(&tp.topic, tp.partition).is_none()) {
            self.metadata.due = Some(now);
        }
        if self.last_join.cooperative && revoked {
            // What was let go can now be given to others.
            self.rejoin().await;
        }
    }

    /// Takes in fresh metadata: the group rebalances if topics came or grew.
    pub(super) fn metadata_came(&mut self, result: Result<Arc<ClusterView>, ClientError>) -> Result<(), ClientError> {
        self.metadata.under_way = false;
        let view = match result {
            Ok(view) => view,
            Err(e) if e.is_retriable() => {
                self.last_failure = Some(e);
                self.metadata.due = Some(Instant::now() + self.backoff(self.metadata.tries));
                self.metadata.tries += 1;
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        let missing = self.check_topics(&view)?;
        if missing.is_empty() {
            self.metadata.tries = 0;
            self.metadata.due = Some(Instant::now() + self.config.client.metadata_max_age);
        } else {
            if self.metadata.tries == 0 {
                log::warn!(target: "org.apache.kafka.clients.NetworkClient",
                    "{}The metadata response from the cluster reported a recoverable issue: {{{}}}",
                    self.config.client.log_prefix, missing.join(", "));
            }
            self.metadata.due = Some(Instant::now() + self.backoff(self.metadata.tries));
            self.metadata.tries += 1;
        }
        self.rejoin_if_topics_changed(&view);
        self.take_everything(&view);
        Ok(())
    }

    /// Without a group: reads every partition there is of the topics. Partitions that are not to be seen just now stay,
    /// or their positions would be lost.
    fn take_everything(&mut self, view: &ClusterView) {
        if self.group.is_some() {
            return;
        }
        let Some(topics) = self.topics_to_join() else { return };
        let mut wanted: BTreeSet<TopicPartition> = self.partitions.states.keys().cloned().collect();
        let known = wanted.len();
        for topic in topics.iter().filter_map(|name| view.topics.get(name)) {
            wanted.extend(topic.partitions.iter().map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
        }
        if wanted.len() > known {
            self.partitions.assign(&wanted.into_iter().collect::<Vec<_>>(), true);
            self.positions.due = Some(Instant::now());
        }
    }

    /// The subscribed topics that have an error that may pass, as `topic=ERROR`.
    fn check_topics(&self, view: &ClusterView) -> Result<Vec<String>, ClientError> {
        let names = match &self.subscription {
            Subscription::Topics(topics) => topics.clone(),
            Subscription::Assigned => self.partitions.topics(),
            Subscription::None | Subscription::Pattern(_) => Vec::new(),
        };
        let mut missing = Vec::new();
        for name in names {
            let error = view.topics.get(&name).map_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, |t| t.error);
            match error {
                ErrorCode::NONE => {}
                ErrorCode::INVALID_TOPIC_EXCEPTION => {
                    return Err(ClientError::Broker { code: error, message: format!("Invalid topics: [{name}]") });
                }
                ErrorCode::TOPIC_AUTHORIZATION_FAILED => {
                    let message = format!("Not authorized to access topics: [{name}]");
                    return Err(ClientError::Broker { code: error, message });
                }
                code => missing.push(format!("{name}={}", code.name())),
            }
        }
        Ok(missing)
    }

    fn rejoin_if_topics_changed(&mut self, view: &ClusterView) {
        if self.group.as_ref().is_none_or(|g| g.stage != Stage::Member) {
            return;
        }
        let other_topics = self.topics_to_join().is_some_and(|now| now != self.last_join.topics);
        let other_counts = self.last_join.leads_by.as_ref().is_some_and(|counts| {
            counts
                .iter()
                .any(|(t, n)| view.topics.get(t).is_some_and(|topic| topic.partitions.len() as i64 != i64::from(*n)))
        });
        if other_topics || other_counts {
            log::info!(target: CLASS, "{}Request joining group due to: cached metadata has changed",
                self.config.client.log_prefix);
            self.last_join.outdated = true;
        }
    }
}
