//! Pure: what each broker is asked, has been told, and has answered.

use super::{
    acknowledgements::Acknowledgements,
    is_stale,
    session::{Acks, IdPartition, SessionFetch, ShareSession},
};
use crate::ClientError;
use bytes::Bytes;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode,
    messages::{ShareAcknowledgeResponse, ShareFetchResponse, share_fetch_response::AcquiredRecords},
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Instant,
};

/// How many outcomes are kept for a user who does not ask for them.
const MAX_OUTCOMES: usize = 10_000;

/// What came of acknowledgements of one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub partition: TopicPartition,
    /// Those of records; gaps are not among them.
    pub offsets: Vec<i64>,
    /// Why they did not come through.
    pub error: Option<ClientError>,
}

/// What a fetch brought for one partition.
#[derive(Debug)]
pub struct Data {
    pub id: IdPartition,
    pub records: Bytes,
    pub acquired: Vec<AcquiredRecords>,
}

/// What was found in an answer.
#[derive(Debug, Default)]
pub struct Findings {
    pub data: Vec<Data>,
    /// Leaders or topics are not where they were.
    pub stale: bool,
    /// What the user must hear of a partition, beside what was delivered of others: no authorization, damaged records.
    pub failed: Option<ClientError>,
}

/// One broker.
#[derive(Debug, Default)]
struct Broker {
    session: ShareSession,
    under_way: bool,
    not_before: Option<Instant>,
    /// Whether the last fetches were from it.
    is_wanted: bool,
    /// To be told.
    pending: Acks,
    /// Its last request has been sent.
    ended: bool,
}

/// All brokers that were ever asked.
#[derive(Debug, Default)]
pub struct Brokers {
    brokers: BTreeMap<i32, Broker>,
    names: BTreeMap<IdPartition, TopicPartition>,
    outcomes: VecDeque<Outcome>,
    /// What came of renewals, not asked for yet.
    renewed: Vec<Renewed>,
}

/// What came of renewals of one partition.
#[derive(Debug, PartialEq, Eq)]
pub struct Renewed {
    pub id: IdPartition,
    pub offsets: BTreeSet<i64>,
    /// Whether the locks have begun anew; otherwise they are lost.
    pub done: bool,
}

/// A request that acknowledges: broker, epoch, what.
type Request = (i32, i32, Acks);

impl Brokers {
    /// Has a broker be told.
    pub fn acknowledge(&mut self, node: i32, id: IdPartition, partition: TopicPartition, acks: Acknowledgements) {
        if acks.is_empty() {
            return;
        }
        self.names.insert(id, partition);
        self.brokers.entry(node).or_default().pending.entry(id).or_default().merge(acks);
    }

    /// The fetches to send now, one to each broker that is free, with what it is told by the way.
    pub(crate) fn fetches(
        &mut self,
        mut wanted: BTreeMap<i32, BTreeSet<IdPartition>>,
        now: Instant,
    ) -> Vec<(i32, SessionFetch, Acks)> {
        for node in wanted.keys() {
            self.brokers.entry(*node).or_default();
        }
        let mut fetches = Vec::new();
        let mut lost = Vec::new();
        for (node, broker) in &mut self.brokers {
            let partitions = wanted.remove(node).unwrap_or_default();
            broker.is_wanted = !partitions.is_empty();
            // A broker that keeps a session for nothing hears so, once.
            let leaves = broker.session.has_partitions() && !broker.is_wanted;
            if broker.is_busy(now) || !(broker.is_wanted || leaves) {
                continue;
            }
            // Renewals go by themselves: a fetch that carried them would bring nothing.
            if broker.renews() && broker.session.is_open() {
                continue;
            }
            let mut acks = std::mem::take(&mut broker.pending);
            if !broker.session.is_open() {
                lost.push(std::mem::take(&mut acks));
            }
            let fetch = broker.session.fetch(partitions, &acks);
            broker.under_way = true;
            fetches.push((*node, fetch, acks));
        }
        lost.into_iter().for_each(|acks| self.failed(acks, &no_session()));
        fetches
    }

    /// The acknowledgements to send now by themselves, to brokers that are free: to all, or (`others`) to those from which
    /// nothing is fetched.
    pub(crate) fn acknowledgements(&mut self, now: Instant, others: bool) -> Vec<Request> {
        let mut requests = Vec::new();
        let mut lost = Vec::new();
        for (node, broker) in &mut self.brokers {
            if broker.pending.is_empty() || broker.is_busy(now) || (others && broker.is_wanted && !broker.renews()) {
                continue;
            }
            let acks = std::mem::take(&mut broker.pending);
            if broker.session.is_open() {
                broker.under_way = true;
                requests.push((*node, broker.session.epoch(), acks));
            } else {
                lost.push(acks);
            }
        }
        lost.into_iter().for_each(|acks| self.failed(acks, &no_session()));
        requests
    }

    /// The last requests to brokers that are free: they end the sessions.
    pub fn closing(&mut self) -> Vec<Request> {
        let mut requests = Vec::new();
        let mut lost = Vec::new();
        for (node, broker) in &mut self.brokers {
            if broker.under_way || broker.ended {
                continue;
            }
            broker.ended = true;
            let mut acks = std::mem::take(&mut broker.pending);
            // A lock that is given up with the session is not renewed.
            acks = acks.into_iter().map(|(id, acks)| (id, acks.without_renewals())).collect();
            acks.retain(|_, acks| !acks.is_empty());
            if broker.session.is_open() {
                broker.under_way = true;
                requests.push((*node, broker.session.close(), acks));
            } else {
                lost.push(acks);
            }
        }
        lost.into_iter().for_each(|acks| self.failed(acks, &no_session()));
        requests
    }

    /// Whether no request is under way.
    pub fn is_idle(&self) -> bool {
        self.brokers.values().all(|broker| !broker.under_way)
    }

    /// Whether no acknowledgement waits to be sent, and no request is under way that may carry some.
    pub(crate) fn has_nothing_to_tell(&self) -> bool {
        self.is_idle() && self.brokers.values().all(|broker| broker.pending.is_empty())
    }

    /// When a broker may be asked again after a failure.
    pub(crate) fn next_retry(&self) -> Option<Instant> {
        self.brokers.values().filter(|broker| !broker.under_way).filter_map(|broker| broker.not_before).min()
    }

    pub(crate) fn take_outcomes(&mut self) -> Vec<Outcome> {
        self.outcomes.drain(..).collect()
    }

    /// Takes in an answer to a fetch that carried `acks`.
    ///
    /// Errors: what the user must hear of, and nothing was delivered: no authorization, an unknown group.
    pub fn fetched(
        &mut self,
        node: i32,
        mut acks: Acks,
        result: Result<ShareFetchResponse, ClientError>,
        retry_at: Instant,
    ) -> Result<Findings, ClientError> {
        let code = result.as_ref().ok().map(|response| (response.error_code, response.error_message.clone()));
        if let Some(error) = self.answered(node, result.as_ref().err(), code, retry_at) {
            self.failed(acks, &error);
            let is_session = error.code().is_some_and(is_of_session);
            return if error.is_retriable() || is_session {
                Ok(Findings { stale: true, ..Findings::default() })
            } else {
                Err(error)
            };
        }
        let mut findings = Findings::default();
        for topic in result.map(|response| response.responses).unwrap_or_default() {
            for p in topic.partitions {
                let id = (topic.topic_id, p.partition_index);
                if let Some(acks) = acks.remove(&id) {
                    self.settled(
                        id,
                        &acks,
                        ErrorCode(p.acknowledge_error_code),
                        p.acknowledge_error_message.as_deref(),
                    );
                }
                match ErrorCode(p.error_code) {
                    ErrorCode::NONE => {}
                    code @ (ErrorCode::TOPIC_AUTHORIZATION_FAILED | ErrorCode::CORRUPT_MESSAGE) => {
                        let error = || ClientError::broker(code, p.error_message.as_deref());
                        findings.failed.get_or_insert_with(error);
                    }
                    code => findings.stale |= is_stale(code),
                }
                let records = p.records.as_ref().and_then(|records| records.as_bytes()).cloned().unwrap_or_default();
                if !p.acquired_records.is_empty() {
                    findings.data.push(Data { id, records, acquired: p.acquired_records });
                }
            }
        }
        self.failed(acks, &not_answered());
        Ok(findings)
    }

    /// Takes in an answer to acknowledgements. Whether leaders or topics are not where they were.
    pub fn acknowledged(
        &mut self,
        node: i32,
        mut acks: Acks,
        result: Result<ShareAcknowledgeResponse, ClientError>,
        retry_at: Instant,
    ) -> bool {
        let code = result.as_ref().ok().map(|response| (response.error_code, response.error_message.clone()));
        if let Some(error) = self.answered(node, result.as_ref().err(), code, retry_at) {
            self.failed(acks, &error);
            return true;
        }
        let mut stale = false;
        for topic in result.map(|response| response.responses).unwrap_or_default() {
            for p in topic.partitions {
                let (id, code) = ((topic.topic_id, p.partition_index), ErrorCode(p.error_code));
                stale |= is_stale(code);
                if let Some(acks) = acks.remove(&id) {
                    self.settled(id, &acks, code, p.error_message.as_deref());
                }
            }
        }
        self.failed(acks, &not_answered());
        stale
    }

    /// Moves the session on, or gives it up: then why.
    fn answered(
        &mut self,
        node: i32,
        failure: Option<&ClientError>,
        code: Option<(i16, Option<String>)>,
        retry_at: Instant,
    ) -> Option<ClientError> {
        let broker = self.brokers.entry(node).or_default();
        broker.under_way = false;
        broker.not_before = None;
        let error = match (failure, code) {
            (Some(error), _) => error.clone(),
            (None, Some((code, message))) if code != 0 => ClientError::broker(ErrorCode(code), message.as_deref()),
            _ => {
                if !broker.ended {
                    broker.session.answered();
                }
                return None;
            }
        };
        broker.session.reset();
        broker.not_before = Some(retry_at);
        Some(error)
    }

    fn failed(&mut self, acks: Acks, error: &ClientError) {
        for (id, acks) in acks {
            self.keep(id, &acks, Some(error.clone()));
        }
    }

    fn settled(&mut self, id: IdPartition, acks: &Acknowledgements, code: ErrorCode, message: Option<&str>) {
        self.keep(id, acks, code.is_error().then(|| ClientError::broker(code, message)));
    }

    /// What came of renewals since this was last asked.
    pub(super) fn take_renewed(&mut self) -> Vec<Renewed> {
        std::mem::take(&mut self.renewed)
    }

    fn keep(&mut self, id: IdPartition, acks: &Acknowledgements, error: Option<ClientError>) {
        let offsets: BTreeSet<i64> = acks.renewals().collect();
        if !offsets.is_empty() {
            self.renewed.push(Renewed { id, offsets, done: error.is_none() });
        }
        let offsets = acks.offsets();
        let Some(partition) = self.names.get(&id).cloned().filter(|_| !offsets.is_empty()) else { return };
        if self.outcomes.len() >= MAX_OUTCOMES {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back(Outcome { partition, offsets, error });
    }
}

impl Broker {
    fn is_busy(&self, now: Instant) -> bool {
        self.under_way || self.not_before.is_some_and(|time| time > now)
    }

    /// Whether it is to be told to let locks begin anew.
    fn renews(&self) -> bool {
        self.pending.values().any(|acks| acks.renewals().next().is_some())
    }
}

/// Errors after which a new session begins.
fn is_of_session(code: ErrorCode) -> bool {
    [
        ErrorCode::SHARE_SESSION_NOT_FOUND,
        ErrorCode::INVALID_SHARE_SESSION_EPOCH,
        ErrorCode::SHARE_SESSION_LIMIT_REACHED,
        ErrorCode::UNKNOWN_MEMBER_ID,
    ]
    .contains(&code)
}

fn no_session() -> ClientError {
    ClientError::broker(ErrorCode::INVALID_SHARE_SESSION_EPOCH, None)
}

fn not_answered() -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some("The broker did not answer for this partition"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::share_consumer::AckType;
    use rkafka_protocol::{
        Uuid,
        messages::share_fetch_response::{PartitionData, ShareFetchableTopicResponse},
    };
    use std::time::Duration;

    const BACKOFF: Duration = Duration::from_millis(100);
    const ID: IdPartition = (Uuid([1; 16]), 0);

    fn wanted() -> BTreeMap<i32, BTreeSet<IdPartition>> {
        BTreeMap::from([(5, BTreeSet::from([ID]))])
    }

    fn answer(error_code: i16, acknowledge_error_code: i16) -> ShareFetchResponse {
        let acquired = AcquiredRecords { first_offset: 3, last_offset: 4, delivery_count: 1, ..Default::default() };
        let partition =
            PartitionData { acknowledge_error_code, acquired_records: vec![acquired], ..Default::default() };
        let topic = ShareFetchableTopicResponse { topic_id: ID.0, partitions: vec![partition], ..Default::default() };
        ShareFetchResponse { error_code, responses: vec![topic], ..Default::default() }
    }

    fn accept(brokers: &mut Brokers, offset: i64) {
        let mut acks = Acknowledgements::default();
        acks.add(offset, AckType::Accept);
        brokers.acknowledge(5, ID, TopicPartition::new("t", 0), acks);
    }

    #[test]
    fn one_request_at_a_time_and_acknowledgements_on_the_way() {
        let (mut brokers, now) = (Brokers::default(), Instant::now());
        let (node, fetch, acks) = brokers.fetches(wanted(), now).remove(0);
        assert_eq!((node, fetch.epoch, fetch.send.len(), acks.len()), (5, 0, 1, 0));
        assert!(brokers.fetches(wanted(), now).is_empty());
        let findings = brokers.fetched(5, acks, Ok(answer(0, 0)), now + BACKOFF).unwrap();
        assert_eq!((findings.data.len(), findings.stale), (1, false));
        accept(&mut brokers, 3);
        let (_, fetch, acks) = brokers.fetches(wanted(), now).remove(0);
        assert_eq!((fetch.epoch, acks.len(), fetch.send[&ID].offsets()), (1, 1, vec![3]));
        brokers.fetched(5, acks, Ok(answer(0, 121)), now + BACKOFF).unwrap();
        let outcome = brokers.take_outcomes().remove(0);
        assert_eq!(outcome.offsets, [3]);
        assert_eq!(outcome.error.and_then(|error| error.code()), Some(ErrorCode::INVALID_RECORD_STATE));
        accept(&mut brokers, 4);
        assert!(!brokers.has_nothing_to_tell());
        let (_, epoch, acks) = brokers.closing().remove(0);
        assert_eq!((epoch, acks.len(), brokers.closing().len()), (-1, 1, 0));
    }

    #[test]
    fn renewals_go_by_themselves_and_what_came_of_them_is_told() {
        let (mut brokers, now) = (Brokers::default(), Instant::now());
        let (.., acks) = brokers.fetches(wanted(), now).remove(0);
        brokers.fetched(5, acks, Ok(answer(0, 0)), now + BACKOFF).unwrap();
        let mut acks = Acknowledgements::default();
        acks.add(3, AckType::Renew);
        brokers.acknowledge(5, ID, TopicPartition::new("t", 0), acks);
        assert!(brokers.fetches(wanted(), now).is_empty());
        let (_, _, acks) = brokers.acknowledgements(now, true).remove(0);
        let partition = rkafka_protocol::messages::share_acknowledge_response::PartitionData::default();
        let topic = rkafka_protocol::messages::share_acknowledge_response::ShareAcknowledgeTopicResponse {
            topic_id: ID.0,
            partitions: vec![partition],
            ..Default::default()
        };
        let answer = ShareAcknowledgeResponse { responses: vec![topic], ..Default::default() };
        assert!(!brokers.acknowledged(5, acks, Ok(answer), now));
        assert_eq!(brokers.take_renewed(), [Renewed { id: ID, offsets: BTreeSet::from([3]), done: true }]);
        assert_eq!(brokers.take_outcomes()[0].offsets, [3]);
        assert_eq!(brokers.fetches(wanted(), now).len(), 1);
    }

    /// Each acknowledgement has an outcome, also behind a partition that may not be read.
    #[test]
    fn acknowledgements_are_settled_before_an_error_is_told() {
        let (mut brokers, now) = (Brokers::default(), Instant::now());
        let (.., acks) = brokers.fetches(wanted(), now).remove(0);
        brokers.fetched(5, acks, Ok(answer(0, 0)), now + BACKOFF).unwrap();
        accept(&mut brokers, 3);
        let (.., acks) = brokers.fetches(wanted(), now).remove(0);
        let mut refused = answer(0, 0);
        let code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
        let other = PartitionData { partition_index: 1, error_code: code.0, ..Default::default() };
        refused.responses[0].partitions.insert(0, other);
        let findings = brokers.fetched(5, acks, Ok(refused), now + BACKOFF).unwrap();
        assert_eq!(findings.failed.and_then(|error| error.code()), Some(code));
        let outcomes = brokers.take_outcomes();
        assert_eq!((outcomes.len(), &outcomes[0].error), (1, &None));
    }

    /// They are locked for this member: nobody else gets them for a while.
    #[test]
    fn what_was_delivered_of_others_is_kept_beside_an_error() {
        let (mut brokers, now) = (Brokers::default(), Instant::now());
        let (.., acks) = brokers.fetches(wanted(), now).remove(0);
        let mut refused = answer(0, 0);
        let code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
        let other = PartitionData { partition_index: 1, error_code: code.0, ..Default::default() };
        refused.responses[0].partitions.insert(0, other);
        let findings = brokers.fetched(5, acks, Ok(refused), now + BACKOFF).unwrap();
        assert_eq!(findings.data.len(), 1);
        assert_eq!(findings.failed.and_then(|error| error.code()), Some(code));
    }

    #[test]
    fn a_lost_session_begins_anew_and_loses_what_was_acknowledged() {
        let (mut brokers, now) = (Brokers::default(), Instant::now());
        let (.., acks) = brokers.fetches(wanted(), now).remove(0);
        brokers.fetched(5, acks, Ok(answer(0, 0)), now + BACKOFF).unwrap();
        let (_, fetch, acks) = brokers.fetches(wanted(), now).remove(0);
        assert_eq!(fetch.epoch, 1);
        let lost = answer(ErrorCode::SHARE_SESSION_NOT_FOUND.0, 0);
        assert!(brokers.fetched(5, acks, Ok(lost), now + BACKOFF).unwrap().stale);
        accept(&mut brokers, 3);
        assert!(brokers.fetches(wanted(), now).is_empty(), "not before the backoff is over");
        let (_, fetch, acks) = brokers.fetches(wanted(), now + BACKOFF).remove(0);
        assert_eq!((fetch.epoch, fetch.send.len(), acks.len()), (0, 1, 0));
        assert!(brokers.take_outcomes()[0].error.is_some());
        let refused = answer(ErrorCode::GROUP_AUTHORIZATION_FAILED.0, 0);
        assert!(brokers.fetched(5, acks, Ok(refused), now + BACKOFF).is_err());
    }
}
