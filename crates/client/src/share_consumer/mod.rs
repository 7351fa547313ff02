//! The share consumer (KIP-932): a member of a share group, whose records go to any member and are acknowledged one by
//! one.
//!
//! [`ShareConsumer::poll`] is the only place where records come in. Tasks talk to brokers meanwhile and report [`Event`]s:
//! at most one request per broker is under way, since requests of a session are counted. What was delivered is locked for
//! this member for a while, so nothing is fetched ahead.

mod acknowledgements;
mod brokers;
mod config;
mod delivered;
mod membership;
mod requests;
mod session;

pub use acknowledgements::AckType;
pub use brokers::Outcome;
pub use config::{AcknowledgementMode, ShareConsumerConfig};
pub use delivered::Delivered;

use crate::{ClientError, ClientKind, Cluster, ClusterView, Properties, Topics, config::warn_unknown, task};
use acknowledgements::Acknowledgements;
use brokers::{Brokers, Findings, Renewed};
use membership::{MemberEvent, Membership};
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{ShareAcknowledgeResponse, ShareFetchResponse},
};
use session::{Acks, IdPartition};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout_at},
};

/// How many reports of tasks may wait for the next poll; there is at most one per broker, and one of the metadata.
const EVENT_QUEUE: usize = 1024;
/// The class that Kafka's log lines about it name.
const CLASS: &str = "org.apache.kafka.clients.consumer.internals.ShareConsumerImpl";

/// What tasks report.
enum Event {
    Fetched(i32, Acks, Result<ShareFetchResponse, ClientError>),
    Acknowledged(i32, Acks, Result<ShareAcknowledgeResponse, ClientError>),
    Metadata(Result<Arc<ClusterView>, ClientError>),
}

/// What was handed out by the last poll.
struct InHand {
    node: i32,
    id: IdPartition,
    partition: TopicPartition,
    /// Those that nobody has acknowledged yet.
    open: BTreeSet<i64>,
    acks: Acknowledgements,
    /// The same records, to be handed out once more where they are renewed.
    records: Delivered,
}

/// A share consumer. Not shared: one task polls it.
pub struct ShareConsumer {
    cluster: Cluster,
    config: Arc<ShareConsumerConfig>,
    topics: Vec<Arc<str>>,
    membership: Option<Membership>,
    assigned: BTreeSet<IdPartition>,
    brokers: Brokers,
    /// Delivered, not handed out: broker, id, records.
    ready: VecDeque<(i32, IdPartition, Delivered)>,
    in_hand: Option<InHand>,
    /// Records whose locks are to begin anew, until the brokers have answered: broker, id, records.
    renewing: Vec<(i32, IdPartition, Delivered)>,
    events: (mpsc::Sender<Event>, mpsc::Receiver<Event>),
    /// When metadata is to be asked for; `None` while that is under way.
    metadata_due: Option<Instant>,
    last_failure: Option<ClientError>,
}

impl ShareConsumer {
    /// A share consumer for the given properties. Unknown ones are warned about.
    pub async fn new(properties: &Properties) -> Result<ShareConsumer, ClientError> {
        let config = ShareConsumerConfig::read(properties)?;
        warn_unknown(ClientKind::Consumer, properties);
        let cluster = Cluster::connect(config.client.clone()).await?;
        Ok(ShareConsumer {
            cluster,
            config: Arc::new(config),
            topics: Vec::new(),
            membership: None,
            assigned: BTreeSet::new(),
            brokers: Brokers::default(),
            ready: VecDeque::new(),
            in_hand: None,
            renewing: Vec::new(),
            events: mpsc::channel(EVENT_QUEUE),
            metadata_due: Some(Instant::now()),
            last_failure: None,
        })
    }

    pub fn config(&self) -> &ShareConsumerConfig {
        &self.config
    }

    /// The last failure that is being retried behind the scenes; tells why nothing comes.
    pub fn last_failure(&self) -> Option<&ClientError> {
        self.last_failure.as_ref()
    }

    /// Joins the group, to read these topics.
    pub fn subscribe(&mut self, topics: &[Arc<str>]) {
        self.topics = topics.to_vec();
        self.membership = Some(Membership::join(self.cluster.clone(), &self.config, topics));
    }

    /// The next records of some partition, or `None` if nothing came within `timeout`. In implicit mode this accepts what
    /// the last poll brought.
    ///
    /// Errors: what cannot be healed by trying again; in explicit mode, records that were not acknowledged.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Option<Delivered>, ClientError> {
        let deadline = Instant::now() + timeout;
        match &self.membership {
            Some(membership) => membership.polled(),
            None => return Err(ClientError::State("Consumer is not subscribed to any topics.".to_owned())),
        }
        self.accept_implicitly();
        self.settle(true)?;
        loop {
            while let Ok(event) = self.events.1.try_recv() {
                self.handle(event)?;
            }
            while let Some(event) = self.membership.as_mut().and_then(|member| member.events.try_recv().ok()) {
                self.handle_member(event)?;
            }
            self.refresh_metadata();
            if let Some((node, id, delivered)) = self.ready.pop_front() {
                // No fetch takes them along before all of this is handed out.
                self.send_acknowledgements();
                return Ok(Some(self.hand_out(node, id, delivered)));
            }
            self.send_fetches();
            if Instant::now() >= deadline {
                return Ok(None);
            }
            self.wait(deadline).await?;
        }
    }

    /// Says what becomes of a record of the last poll.
    ///
    /// Errors: it is none of them; records are acknowledged implicitly.
    pub fn acknowledge(&mut self, partition: &TopicPartition, offset: i64, ack: AckType) -> Result<(), ClientError> {
        if self.config.acknowledgement_mode == AcknowledgementMode::Implicit {
            let text = "Implicit acknowledgement of delivery is being used.";
            return Err(ClientError::State(text.to_owned()));
        }
        let unknown = || ClientError::State("The record cannot be acknowledged.".to_owned());
        let hand = self.in_hand.as_mut().filter(|hand| hand.partition == *partition).ok_or_else(unknown)?;
        if !hand.open.remove(&offset) && !hand.acks.has(offset) {
            return Err(unknown());
        }
        hand.acks.add(offset, ack);
        Ok(())
    }

    /// Sends what has been acknowledged as soon as its broker is free, without waiting for that.
    ///
    /// Errors: what cannot be healed by trying again.
    pub fn commit_async(&mut self) -> Result<(), ClientError> {
        self.accept_implicitly();
        self.settle(false)?;
        self.send_acknowledgements();
        Ok(())
    }

    /// Sends what has been acknowledged and waits for the answers, at most `timeout`. What came of each partition is an
    /// [`Outcome`].
    ///
    /// Errors: no answer in time; what cannot be healed by trying again.
    pub async fn commit(&mut self, timeout: Duration) -> Result<(), ClientError> {
        self.accept_implicitly();
        self.settle(false)?;
        let deadline = Instant::now() + timeout;
        loop {
            let now = Instant::now();
            self.send_acknowledgements();
            if self.brokers.has_nothing_to_tell() {
                return Ok(());
            }
            // A broker that has failed is asked again when its pause is over.
            let retry = self.brokers.next_retry().map(Instant::from_std).filter(|time| *time > now);
            let wake = retry.map_or(deadline, |time| time.min(deadline));
            match timeout_at(wake, self.events.1.recv()).await {
                Ok(Some(event)) => self.handle(event)?,
                Ok(None) => return Ok(()),
                Err(_) if wake < deadline => {}
                Err(_) => {
                    let message = "Timeout expired before the acknowledgements were answered".to_owned();
                    return Err(ClientError::Timeout { message, cause: self.last_failure.clone().map(Box::new) });
                }
            }
        }
    }

    /// What came of acknowledgements since this was last asked.
    pub fn outcomes(&mut self) -> Vec<Outcome> {
        self.brokers.take_outcomes()
    }

    /// Sends what has been acknowledged, ends the sessions, so that what has not been goes to other members at once (also
    /// what would have been accepted by the next poll), and leaves the group.
    ///
    /// Errors: acknowledgements that did not come through. The group is left all the same.
    pub async fn close(&mut self, timeout: Duration) -> Result<(), ClientError> {
        let closed = self.end_sessions(Instant::now() + timeout).await;
        if let Some(membership) = self.membership.take() {
            membership.leave().await;
        }
        closed
    }

    async fn end_sessions(&mut self, deadline: Instant) -> Result<(), ClientError> {
        self.settle(false)?;
        let mut failed = None;
        loop {
            for (node, epoch, acks) in self.brokers.closing() {
                self.acknowledge_at(node, epoch, acks);
            }
            if self.brokers.is_idle() {
                return failed.map_or(Ok(()), Err);
            }
            match timeout_at(deadline, self.events.1.recv()).await {
                // Records that still came are not for this member any more.
                Ok(Some(event)) => {
                    failed = failed.or(self.handle(event).err());
                    self.ready.clear();
                }
                Ok(None) => return Ok(()),
                Err(_) => {
                    let message = "Timeout expired before the share sessions were closed".to_owned();
                    return Err(ClientError::Timeout { message, cause: self.last_failure.clone().map(Box::new) });
                }
            }
        }
    }

    fn hand_out(&mut self, node: i32, id: IdPartition, delivered: Delivered) -> Delivered {
        let (partition, open) = (delivered.partition.clone(), delivered.offsets().clone());
        let (acks, records) = (delivered.gaps(), delivered.retained());
        self.in_hand = Some(InHand { node, id, partition, open, acks, records });
        delivered
    }

    /// In implicit mode, accepts what is in the user's hand.
    fn accept_implicitly(&mut self) {
        if self.config.acknowledgement_mode == AcknowledgementMode::Implicit
            && let Some(hand) = &mut self.in_hand
        {
            for offset in std::mem::take(&mut hand.open) {
                hand.acks.add(offset, AckType::Accept);
            }
        }
    }

    /// Takes what is acknowledged out of the user's hand. `all`: nothing may be left there.
    fn settle(&mut self, all: bool) -> Result<(), ClientError> {
        let Some(hand) = &mut self.in_hand else { return Ok(()) };
        if all && !hand.open.is_empty() {
            let text = "All records must be acknowledged in explicit acknowledgement mode.";
            return Err(ClientError::State(text.to_owned()));
        }
        let acks = std::mem::take(&mut hand.acks);
        let renewals: BTreeSet<i64> = acks.renewals().collect();
        if !renewals.is_empty() {
            self.renewing.push((hand.node, hand.id, hand.records.part(renewals)));
        }
        self.brokers.acknowledge(hand.node, hand.id, hand.partition.clone(), acks);
        if hand.open.is_empty() {
            self.in_hand = None;
        }
        Ok(())
    }

    fn send_fetches(&mut self) {
        let view = self.cluster.view();
        let names: BTreeMap<_, &Arc<str>> = view.topics.values().map(|topic| (topic.id, &topic.name)).collect();
        let mut wanted: BTreeMap<i32, BTreeSet<IdPartition>> = BTreeMap::new();
        let mut missing = false;
        for (id, number) in &self.assigned {
            match names.get(id).and_then(|name| view.leader(name, *number)) {
                Some((leader, _)) => drop(wanted.entry(leader.id).or_default().insert((*id, *number))),
                None => missing = true,
            }
        }
        if missing {
            self.refresh_soon();
        }
        let Some(member_id) = self.membership.as_ref().map(|member| member.member_id().to_owned()) else { return };
        for (node, fetch, acks) in self.brokers.fetches(wanted, Instant::now().into_std()) {
            let (cluster, config) = (self.cluster.clone(), self.config.clone());
            let (member_id, events) = (member_id.clone(), self.events.0.clone());
            let work = async move { requests::fetch(&cluster, node, &config, member_id, fetch).await };
            task::spawn("a share fetch", work, move |result| async move {
                let _ = events.send(Event::Fetched(node, acks, result)).await;
            });
        }
        self.send_acknowledgements_of_others();
    }

    /// Acknowledges at every broker that is free and has something to hear.
    fn send_acknowledgements(&mut self) {
        for (node, epoch, acks) in self.brokers.acknowledgements(Instant::now().into_std(), false) {
            self.acknowledge_at(node, epoch, acks);
        }
    }

    /// Acknowledges at the brokers from which nothing is fetched any more.
    fn send_acknowledgements_of_others(&mut self) {
        for (node, epoch, acks) in self.brokers.acknowledgements(Instant::now().into_std(), true) {
            self.acknowledge_at(node, epoch, acks);
        }
    }

    fn acknowledge_at(&self, node: i32, epoch: i32, acks: Acks) {
        let Some(member_id) = self.membership.as_ref().map(|member| member.member_id().to_owned()) else { return };
        let (cluster, group_id) = (self.cluster.clone(), self.config.group_id.clone());
        let (events, sent) = (self.events.0.clone(), acks.clone());
        let work = async move { requests::acknowledge(&cluster, node, group_id, member_id, epoch, sent).await };
        task::spawn("acknowledgements", work, move |result| async move {
            let _ = events.send(Event::Acknowledged(node, acks, result)).await;
        });
    }

    fn handle(&mut self, event: Event) -> Result<(), ClientError> {
        match event {
            Event::Fetched(node, acks, result) => {
                self.note(result.as_ref().err());
                let found = self.brokers.fetched(node, acks, result, self.retry_at().into_std());
                self.take_renewed();
                let Findings { data, stale, failed } = found?;
                if stale {
                    self.refresh_soon();
                }
                // What came of the other partitions is handed out by the next polls.
                let unreadable = self.take_in(node, data);
                failed.or(unreadable).map_or(Ok(()), Err)?;
            }
            Event::Acknowledged(node, acks, result) => {
                self.note(result.as_ref().err());
                if self.brokers.acknowledged(node, acks, result, self.retry_at().into_std()) {
                    self.refresh_soon();
                }
                self.take_renewed();
            }
            Event::Metadata(result) => {
                self.note(result.as_ref().err());
                match result {
                    Ok(_) => self.metadata_due = Some(Instant::now() + self.config.client.metadata_max_age),
                    Err(error) if error.is_retriable() => self.metadata_due = Some(self.retry_at()),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Records whose locks have begun anew are ready once more; others have lost theirs.
    fn take_renewed(&mut self) {
        for Renewed { id, offsets, done } in self.brokers.take_renewed() {
            for (node, of, records) in std::mem::take(&mut self.renewing) {
                let is_of_it = |offset: &i64| of == id && offsets.contains(offset);
                let (answered, left): (BTreeSet<i64>, BTreeSet<i64>) =
                    records.offsets().iter().copied().partition(is_of_it);
                if done && !answered.is_empty() {
                    self.ready.push_back((node, of, records.part(answered)));
                }
                if !left.is_empty() {
                    self.renewing.push((node, of, records.part(left)));
                }
            }
        }
    }

    fn note(&mut self, failure: Option<&ClientError>) {
        if let Some(error) = failure {
            log::debug!(target: CLASS, "{}{error}", self.config.client.log_prefix);
            self.last_failure = Some(error.clone());
        }
    }

    /// Keeps the records that a fetch brought. A partition that is not known by name any more has gone; what was locked
    /// there is unlocked by time. The first failure is given back; it is no other partition's.
    fn take_in(&mut self, node: i32, data: Vec<brokers::Data>) -> Option<ClientError> {
        let mut failed = None;
        let view = self.cluster.view();
        for brokers::Data { id, records, acquired } in data {
            let Some(topic) = view.topics.values().find(|topic| topic.id == id.0) else { continue };
            let partition = TopicPartition::new(topic.name.clone(), id.1);
            match Delivered::new(partition.clone(), records, acquired, self.config.check_crcs) {
                Err(error) => drop(failed.get_or_insert(error)),
                Ok((delivered, wrong)) => {
                    failed = failed.or(wrong);
                    match delivered.offsets().is_empty() {
                        true => self.brokers.acknowledge(node, id, partition, delivered.gaps()),
                        false => self.ready.push_back((node, id, delivered)),
                    }
                }
            }
        }
        failed
    }

    fn handle_member(&mut self, event: MemberEvent) -> Result<(), ClientError> {
        match event {
            MemberEvent::Assigned(partitions) => self.assigned = partitions,
            MemberEvent::Retrying(error) => self.note(Some(&error)),
            MemberEvent::Failed(error) => {
                let prefix = &self.config.client.log_prefix;
                log::error!(target: membership::CLASS, "{prefix}Membership has come to its end: {error}");
                return Err(error);
            }
        }
        Ok(())
    }

    fn retry_at(&self) -> Instant {
        Instant::now() + self.config.client.retry_backoff.first
    }

    fn refresh_soon(&mut self) {
        let soon = self.retry_at();
        self.metadata_due = self.metadata_due.map(|due| due.min(soon));
    }

    fn refresh_metadata(&mut self) {
        if self.metadata_due.is_none_or(|due| due > Instant::now()) {
            return;
        }
        self.metadata_due = None;
        let (cluster, topics) = (self.cluster.clone(), Topics::Named(self.topics.clone()));
        let events = self.events.0.clone();
        let work = async move { cluster.refresh(&topics).await };
        task::spawn("metadata", work, |result| async move {
            let _ = events.send(Event::Metadata(result)).await;
        });
    }

    /// Waits for a report, for something to fall due, or for `deadline`.
    async fn wait(&mut self, deadline: Instant) -> Result<(), ClientError> {
        let now = Instant::now();
        let due = [self.metadata_due, self.brokers.next_retry().map(Instant::from_std)].into_iter().flatten();
        let wake = due.filter(|time| *time > now).fold(deadline, Instant::min);
        let member_event = async {
            match &mut self.membership {
                Some(membership) => membership.events.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            event = self.events.1.recv() => match event {
                Some(event) => self.handle(event),
                None => Ok(()),
            },
            event = member_event => match event {
                Some(event) => self.handle_member(event),
                None => Err(ClientError::State("The membership has ended".to_owned())),
            },
            () = sleep_until(wake) => Ok(()),
        }
    }
}

/// Whether an error means that leaders or topics are not where they were.
fn is_stale(code: ErrorCode) -> bool {
    [
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::FENCED_LEADER_EPOCH,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::UNKNOWN_TOPIC_ID,
        ErrorCode::INCONSISTENT_TOPIC_ID,
        ErrorCode::LEADER_NOT_AVAILABLE,
        ErrorCode::KAFKA_STORAGE_ERROR,
    ]
    .contains(&code)
}
