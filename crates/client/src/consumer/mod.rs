//! The consumer: reads partitions that it was given, or that its group shares out.
//!
//! [`Consumer::poll`] is the only place where anything changes. Tasks talk to brokers meanwhile and report [`Event`]s;
//! `poll` takes them in, hands out what was fetched ([`Fetched`], whole batches, nothing copied) and sends the next
//! fetches before it returns, so that the network works while the user does.

mod config;
mod fetch_session;
mod fetched;
mod fetcher;
mod group;
mod offsets;
mod partitions;
mod positions;
mod subscription;

pub use config::{ConsumerConfig, GroupConfig, OffsetReset};
pub(crate) use fetched::ReadRules;
pub use fetched::{Fetched, FetchedBatch};
pub(crate) use group::decode_assignment;

use super::{
    ClientError, ClientKind, Cluster, ClusterView, Properties, Topics, admin::OffsetSpec, config::warn_unknown, task,
};
use fetcher::Fetcher;
use group::{Group, GroupEvent};
use partitions::Partitions;
use positions::{Lookup, Position};
use rkafka_base::TopicPartition;
use rkafka_protocol::messages::FetchResponse;
use std::{sync::Arc, time::Duration};
use subscription::{LastJoin, Subscription};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

/// How many reports of tasks may wait for the next poll; there is at most one per broker and kind.
const EVENT_QUEUE: usize = 1024;

/// What tasks report to `poll`.
enum Event {
    Fetched(i32, Result<FetchResponse, ClientError>),
    Metadata(Result<Arc<ClusterView>, ClientError>),
    Positions(Result<Vec<Position>, ClientError>),
    Committed(Result<(), ClientError>),
}

/// One kind of background work: at most one at a time, not before a time.
struct Chore {
    under_way: bool,
    due: Option<Instant>,
    tries: u32,
}

impl Chore {
    fn new(due: Option<Instant>) -> Chore {
        Chore { under_way: false, due, tries: 0 }
    }

    /// Whether it is to be started now; if so it counts as under way.
    fn start(&mut self, now: Instant) -> bool {
        let start = !self.under_way && self.due.is_some_and(|d| d <= now);
        self.under_way |= start;
        start
    }
}

/// A consumer. Not shared: one task polls it.
pub struct Consumer {
    cluster: Cluster,
    config: Arc<ConsumerConfig>,
    subscription: Subscription,
    partitions: Partitions,
    fetcher: Fetcher,
    group: Option<Group>,
    events: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    metadata: Chore,
    positions: Chore,
    commit: Chore,
    last_join: LastJoin,
    last_failure: Option<ClientError>,
}

impl Consumer {
    /// A consumer for the given properties. Unknown ones are warned about.
    pub async fn new(properties: &Properties) -> Result<Consumer, ClientError> {
        warn_unknown(ClientKind::Consumer, properties);
        Consumer::with_config(ConsumerConfig::read(properties)?).await
    }

    pub async fn with_config(config: ConsumerConfig) -> Result<Consumer, ClientError> {
        let cluster = Cluster::connect(config.client.clone()).await?;
        let group = config.group.clone().map(|g| Group::new(cluster.clone(), g));
        let commit_due = config.auto_commit_interval.map(|every| Instant::now() + every);
        Ok(Consumer {
            cluster,
            config: Arc::new(config),
            subscription: Subscription::None,
            partitions: Partitions::default(),
            fetcher: Fetcher::default(),
            group,
            events: mpsc::channel(EVENT_QUEUE),
            metadata: Chore::new(None),
            positions: Chore::new(None),
            commit: Chore::new(commit_due),
            last_join: LastJoin::default(),
            last_failure: None,
        })
    }

    pub fn config(&self) -> &ConsumerConfig {
        &self.config
    }

    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The last failure that is being retried behind the scenes; tells why nothing comes.
    pub fn last_failure(&self) -> Option<&ClientError> {
        self.last_failure.as_ref()
    }

    /// Reads the given partitions, without a group's help. Positions of partitions that stay are kept.
    pub fn assign(&mut self, partitions: &[TopicPartition]) {
        self.subscription = Subscription::Assigned;
        self.partitions.assign(partitions, true);
        self.metadata.due = Some(Instant::now());
        self.positions.due = Some(Instant::now());
    }

    /// The partitions that are read now.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.partitions.states.keys().cloned().collect()
    }

    /// Goes on at `offset`. Errors: the partition is not assigned.
    pub fn seek(&mut self, partition: &TopicPartition, offset: i64) -> Result<(), ClientError> {
        assigned(self.partitions.seek(partition, offset), partition)
    }

    /// Goes on at the earliest or latest record, or at a time. Errors: the partition is not assigned.
    pub fn seek_to(&mut self, partition: &TopicPartition, spec: OffsetSpec) -> Result<(), ClientError> {
        self.positions.due = Some(Instant::now());
        assigned(self.partitions.reset(partition, Some(spec)), partition)
    }

    /// The offset of the next record to be handed out; `None` until it is known.
    pub fn position(&self, partition: &TopicPartition) -> Option<i64> {
        self.partitions.states.get(partition)?.position
    }

    /// One past the last record that can be read, as the last fetch had it.
    pub fn high_watermark(&self, partition: &TopicPartition) -> Option<i64> {
        self.partitions.states.get(partition)?.high_watermark
    }

    /// Stops (or resumes) to fetch a partition. Errors: it is not assigned.
    pub fn pause(&mut self, partition: &TopicPartition, paused: bool) -> Result<(), ClientError> {
        let state = self.partitions.states.get_mut(partition);
        assigned(state.map(|s| s.paused = paused).is_some(), partition)
    }

    /// The next fetched records of some partition, or `None` if nothing came within `timeout`. The partition's position
    /// is past them when this returns. The result may hold no record to be seen (control batches).
    ///
    /// Errors: what cannot be healed by trying again.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Option<Fetched>, ClientError> {
        let deadline = Instant::now() + timeout;
        if self.subscription == Subscription::None {
            let text = "Consumer is not subscribed to any topics or assigned any partitions";
            return Err(ClientError::State(text.to_owned()));
        }
        if let Some(group) = &self.group {
            group.polled();
        }
        loop {
            while let Ok(event) = self.events.1.try_recv() {
                self.handle(event)?;
            }
            self.group_step().await?;
            self.start_chores();
            let fetched = self.fetcher.take(&mut self.partitions);
            let leaderless = self.fetcher.send(&self.cluster, &self.config, &self.partitions, &self.events.0);
            if leaderless && self.metadata.tries == 0 {
                self.refresh_soon();
            }
            if fetched.is_some() {
                return Ok(fetched);
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            self.wait(deadline).await?;
        }
    }

    /// Waits for a report, for the next chore to fall due, or for `deadline`.
    async fn wait(&mut self, deadline: Instant) -> Result<(), ClientError> {
        let chores = [&self.metadata, &self.positions, &self.commit].into_iter();
        let due = chores.filter(|c| !c.under_way).filter_map(|c| c.due);
        let retries = [self.fetcher.next_retry(), self.partitions.next_retry()].into_iter().flatten();
        let now = Instant::now();
        let wake = due.chain(retries.map(Instant::from_std)).filter(|t| *t > now).fold(deadline, Instant::min);
        let group_event = async {
            match &mut self.group {
                Some(group) => group.event().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = self.events.1.recv() => match event {
                Some(event) => self.handle(event),
                None => Ok(()),
            },
            event = group_event => match event {
                Some(event) => self.handle_group(event).await,
                None => Ok(()),
            },
            () = sleep_until(wake) => Ok(()),
        }
    }

    fn handle(&mut self, event: Event) -> Result<(), ClientError> {
        match event {
            Event::Fetched(node, result) => {
                if let Err(e) = &result {
                    self.last_failure = Some(e.clone());
                }
                let findings = self.fetcher.answered(node, result, &mut self.partitions, &self.config)?;
                if findings.refresh_metadata {
                    self.refresh_soon();
                }
                if self.partitions.states.values().any(|s| s.position.is_none()) {
                    self.positions.due.get_or_insert(Instant::now());
                }
                Ok(())
            }
            Event::Metadata(result) => self.metadata_came(result),
            Event::Positions(result) => self.positions_came(result),
            Event::Committed(result) => {
                self.commit.under_way = false;
                if let Err(e) = result {
                    log::warn!(target: group::CLASS, "{}Asynchronous auto-commit of offsets failed: {e}",
                        self.config.client.log_prefix);
                }
                Ok(())
            }
        }
    }

    fn positions_came(&mut self, result: Result<Vec<Position>, ClientError>) -> Result<(), ClientError> {
        self.positions.under_way = false;
        match result {
            Ok(found) => {
                found.into_iter().for_each(|(tp, era, offset)| self.partitions.found(&tp, era, offset));
                self.positions.tries = 0;
            }
            Err(e) if e.is_retriable() => self.last_failure = Some(e),
            Err(e) => return Err(e),
        }
        let missing = self.partitions.states.values().any(|s| s.position.is_none());
        self.positions.due = missing.then(|| Instant::now() + self.backoff(self.positions.tries));
        self.positions.tries += u32::from(missing);
        Ok(())
    }

    fn backoff(&self, tries: u32) -> Duration {
        self.config.client.retry_backoff.wait(tries, fastrand::f64())
    }

    /// Asks for metadata after the backoff, unless that is due sooner.
    fn refresh_soon(&mut self) {
        let soon = Instant::now() + self.backoff(self.metadata.tries);
        self.metadata.due = Some(self.metadata.due.map_or(soon, |due| due.min(soon)));
    }

    fn start_chores(&mut self) {
        let now = Instant::now();
        if self.metadata.start(now) {
            let topics = self.topics_of_interest();
            let (cluster, events) = (self.cluster.clone(), self.events.0.clone());
            let work = async move { cluster.refresh(&topics).await };
            task::spawn("metadata", work, |result| async move {
                let _ = events.send(Event::Metadata(result)).await;
            });
        }
        if self.may_look_up_positions() && self.positions.start(now) {
            let asked = self.partitions.states.iter().filter(|(_, s)| s.position.is_none());
            let questions = asked.map(|(tp, s)| (tp.clone(), s.era, s.reset)).collect();
            let (cluster, config) = (self.cluster.clone(), self.config.clone());
            let lookup = Lookup { cluster, config, identity: self.group.as_ref().map(|g| g.identity.clone()) };
            let events = self.events.0.clone();
            task::spawn("positions", lookup.run(questions), |result| async move {
                let _ = events.send(Event::Positions(result)).await;
            });
        }
        if self.commit.start(now) {
            self.commit.due = self.config.auto_commit_interval.map(|every| now + every);
            self.auto_commit();
        }
    }

    /// The first metadata gives the leaders, which saves the lookup from asking again.
    fn may_look_up_positions(&self) -> bool {
        let view = self.cluster.view();
        self.partitions.states.keys().all(|tp| view.topics.contains_key(&tp.topic))
    }

    fn topics_of_interest(&self) -> Topics {
        match &self.subscription {
            Subscription::Pattern(_) => Topics::All,
            Subscription::Topics(topics) => Topics::Named(topics.clone()),
            Subscription::None | Subscription::Assigned => Topics::Named(self.partitions.topics()),
        }
    }

    /// Commits, if that is on, and leaves the group. A commit that fails is logged, as Kafka's consumer does: the next
    /// member reads some records again.
    pub async fn close(mut self) -> Result<(), ClientError> {
        let auto_commit = self.config.auto_commit_interval.is_some() && !self.partitions.states.is_empty();
        if auto_commit && let Err(e) = self.commit().await {
            let prefix = &self.config.client.log_prefix;
            log::warn!(target: group::CLASS, "{prefix}Synchronous auto-commit of offsets failed: {e}");
        }
        if let Some(group) = &mut self.group {
            group.leave("the consumer is being closed").await;
        }
        Ok(())
    }
}

fn assigned(is: bool, partition: &TopicPartition) -> Result<(), ClientError> {
    if is { Ok(()) } else { Err(ClientError::State(format!("No current assignment for partition {partition}"))) }
}
