//! One fetcher: follows all partitions that one leader leads and that fall to the fetcher's number.
//!
//! The main lane has a fetch session with the leader: its requests name what changed, and wait at the leader for records.
//! Partitions that come while such a request is under way cannot wait for it, since a change of leader would then hold up
//! acks=all for as long as an idle fetch waits; they are fetched over a second lane, outside of the session, until the main
//! lane takes them in.

use super::{
    FetchSettings, FetcherHost, LOG,
    apply::{self, Left, Times},
    inbox::Inbox,
    lane::{Dial, ExchangeError, Lane},
    out_of_range,
    request::{fetch_request, version},
    roster::{Ask, Following, Roster},
    session::FetchMetadata,
};
use crate::fetch_state::{FIRST_BACKOFF_MS, FetchState, Question};
use rkafka_base::{BrokerId, TimestampMs, TopicPartition};
use rkafka_protocol::{
    ErrorCode,
    messages::{FetchResponse, fetch_response::PartitionData},
};
use rkafka_runtime::{clock::Clock, disk_lane::Access};
use std::{
    collections::HashMap,
    convert::Infallible,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a fetch of the second lane waits at the leader, in milliseconds.
const BESIDE_MAX_WAIT_MS: i32 = 50;
/// How often logs are looked at whose start may have moved by itself, in milliseconds.
const LOG_STARTS_INTERVAL_MS: i64 = 500;
/// After how many errors in a row an error is worth a warning: the first ones are usual while a change of leader spreads.
const WARN_AFTER: u32 = 8;
/// Every so many errors the warning is repeated.
const WARN_EVERY: u32 = 64;

/// What was asked of each partition outside of the session.
type Asked = HashMap<TopicPartition, Question>;

/// The task's state.
pub struct ReplicaFetcher {
    settings: Arc<FetchSettings>,
    host: Arc<dyn FetcherHost>,
    clock: Arc<dyn Clock>,
    began: Instant,
    prefix: String,
    inbox: Arc<Inbox>,
    roster: Roster,
    session: FetchMetadata,
    main: Lane,
    beside: Lane,
    asked_beside: Asked,
    /// Failures of the leader as a whole, and until when they keep the fetcher quiet.
    failures: u32,
    quiet_until_ms: i64,
    log_starts_at_ms: i64,
}

impl ReplicaFetcher {
    pub fn new(
        settings: Arc<FetchSettings>,
        (leader, id): (BrokerId, usize),
        host: Arc<dyn FetcherHost>,
        clock: Arc<dyn Clock>,
        inbox: Arc<Inbox>,
    ) -> ReplicaFetcher {
        let dial = Arc::new(Dial::new(&settings, leader, id, Arc::clone(&host)));
        ReplicaFetcher {
            began: clock.monotonic(),
            prefix: dial.config.log_prefix.clone(),
            main: Lane::new(&dial),
            beside: Lane::new(&dial),
            settings,
            host,
            clock,
            inbox,
            roster: Roster::default(),
            session: FetchMetadata::default(),
            asked_beside: Asked::new(),
            failures: 0,
            quiet_until_ms: 0,
            log_starts_at_ms: 0,
        }
    }

    /// Fetches until the task is aborted.
    pub async fn run(mut self) -> Infallible {
        loop {
            self.read_inbox().await;
            let times = self.times();
            let next_wake = self.roster.wake(times.monotonic_ms);
            self.ask(&times);
            let quiet = self.quiet_until_ms - times.monotonic_ms;
            let next_try = (quiet > 0 && !self.roster.is_empty()).then_some(quiet);
            let pause = next_wake.into_iter().chain(next_try).min().unwrap_or(i64::MAX);
            let pause = Duration::from_millis(u64::try_from(pause).unwrap_or(0));
            tokio::select! {
                answer = self.main.arrived() => self.main_answered(answer).await,
                answer = self.beside.arrived() => self.beside_answered(answer).await,
                () = self.inbox.arrived() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn times(&self) -> Times {
        let elapsed = self.clock.monotonic().saturating_duration_since(self.began).as_millis();
        Times {
            now: self.clock.now(),
            // 0 stands for "no wait".
            monotonic_ms: i64::try_from(elapsed).unwrap_or(i64::MAX - 1) + 1,
            max_backoff_ms: self.settings.max_backoff_ms,
        }
    }

    async fn read_inbox(&mut self) {
        let now = self.clock.now();
        let news = self.inbox.take();
        if news.is_empty() {
            return;
        }
        for (name, following) in news {
            match following {
                None => self.roster.unfollow(&name),
                Some(f) => {
                    let state = begin(&f, now).await;
                    self.roster.follow(f, |_| state);
                }
            }
        }
        // The controller has just said that this is the leader: it is worth another try.
        self.quiet_until_ms = 0;
        if self.roster.is_empty() {
            self.main.hang_up();
            self.beside.hang_up();
            self.lost_session();
        }
    }

    /// Sends what there is to ask on the lanes that are free.
    fn ask(&mut self, times: &Times) {
        if self.quiet_until_ms > times.monotonic_ms {
            return;
        }
        if !self.main.is_busy() {
            if self.log_starts_at_ms <= times.monotonic_ms {
                self.log_starts_at_ms = times.monotonic_ms + LOG_STARTS_INTERVAL_MS;
                self.roster.look_for_log_starts();
            }
            if let Some(ask) = self.roster.next(&mut self.session, times.monotonic_ms) {
                let request = self.request(self.session, self.settings.max_wait_ms, &ask);
                self.main.send(request, version(ask.by_id));
            }
        } else if !self.beside.is_busy()
            && let Some(ask) = self.roster.beside(times.monotonic_ms)
        {
            self.asked_beside = ask.wanted.iter().map(|(name, _, params)| (name.clone(), params.question)).collect();
            let max_wait = self.settings.max_wait_ms.min(BESIDE_MAX_WAIT_MS);
            let request = self.request(FetchMetadata::NONE, max_wait, &ask);
            self.beside.send(request, version(ask.by_id));
        }
    }

    fn request(&self, session: FetchMetadata, max_wait_ms: i32, ask: &Ask) -> rkafka_protocol::messages::FetchRequest {
        fetch_request(&self.settings, self.host.broker_epoch(), session.next(), max_wait_ms, ask)
    }

    async fn main_answered(&mut self, answer: Result<FetchResponse, ExchangeError>) {
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                self.lost_session();
                return self.leader_failed(&error.to_string());
            }
        };
        let error = ErrorCode(response.error_code);
        let began_anew = self.session.is_full();
        if !self.session.answered(error, response.session_id) {
            self.roster.leave_session();
            // A session that the leader has forgotten is begun anew at once; anything else takes time to pass.
            if began_anew || !is_about_session(error) {
                self.leader_failed(error.message());
            }
            return;
        }
        self.failures = 0;
        let out_of_range = self.take(response, None).await;
        self.resolve(out_of_range, true).await;
        if self.session.is_full() {
            self.roster.leave_session();
        }
    }

    async fn beside_answered(&mut self, answer: Result<FetchResponse, ExchangeError>) {
        match answer {
            Ok(response) if response.error_code == 0 => {
                let asked = std::mem::take(&mut self.asked_beside);
                let out_of_range = self.take(response, Some(&asked)).await;
                self.resolve(out_of_range, false).await;
            }
            Ok(response) => self.leader_failed(ErrorCode(response.error_code).message()),
            Err(error) => self.leader_failed(&error.to_string()),
        }
    }

    fn lost_session(&mut self) {
        self.session.restart();
        self.roster.leave_session();
    }

    /// The leader as a whole did not answer as it should.
    fn leader_failed(&mut self, reason: &str) {
        let wait = FIRST_BACKOFF_MS.saturating_mul(1 << self.failures.min(20)).min(self.settings.max_backoff_ms);
        self.failures = self.failures.saturating_add(1);
        self.quiet_until_ms = self.times().monotonic_ms + wait.max(1);
        if is_worth_a_warning(self.failures) {
            log::warn!(target: LOG, "{}Error in response for fetch request: {reason}", self.prefix);
        }
    }

    /// Takes in an answer. Gives the partitions whose offset is out of the leader's range.
    async fn take(&mut self, response: FetchResponse, asked: Option<&Asked>) -> Vec<TopicPartition> {
        let times = self.times();
        let mut out_of_range = Vec::new();
        for topic in response.responses {
            let name = match topic.topic_id.is_zero() {
                true => Some(Arc::from(topic.topic.as_str())),
                false => self.roster.name_of(topic.topic_id),
            };
            let Some(name) = name else { continue };
            for data in topic.partitions {
                let name = TopicPartition::new(Arc::clone(&name), data.partition_index);
                let question = asked.map_or_else(|| self.roster.asked(&name), |asked| asked.get(&name).copied());
                let Some(question) = question else { continue };
                let Some(left) = self.answered(&name, question, data, times).await else { continue };
                if matches!(left, Left::AskLogEnd) {
                    out_of_range.push(name);
                } else {
                    self.settle(&name, left);
                }
            }
        }
        out_of_range
    }

    /// Takes in one partition of an answer, on this thread if its disk is quick. `None` if it is not followed.
    async fn answered(
        &mut self,
        name: &TopicPartition,
        question: Question,
        data: PartitionData,
        times: Times,
    ) -> Option<Left> {
        let slot = self.roster.get_mut(name)?;
        let disk = slot.partition.log().disk();
        if let Some(_inside) = disk.enter(Access::Write) {
            return Some(apply::answered(slot, &question, data, &times));
        }
        let mut slot = self.roster.lend(name)?;
        let take_in = move || (apply::answered(&mut slot, &question, data, &times), slot);
        let (left, slot) = disk.run_apart(Access::Write, take_in).await;
        self.roster.put_back(name.clone(), slot);
        Some(left)
    }

    /// Does what is left to do for a partition after an answer.
    fn settle(&mut self, name: &TopicPartition, left: Left) {
        let Some(slot) = self.roster.get_mut(name) else { return };
        match left {
            Left::Failed(reason) if is_worth_a_warning(slot.state.failures()) => {
                log::warn!(target: LOG, "{}Error for partition {name} at offset {}: {reason}", self.prefix, slot.state.offset());
            }
            Left::Failed(_) | Left::Nothing | Left::AskLogEnd => {}
        }
        self.roster.touch(name);
    }

    /// Finds out where the leader's log ends and starts, and follows it there.
    async fn resolve(&mut self, partitions: Vec<TopicPartition>, main: bool) {
        for name in partitions {
            let times = self.times();
            let lane = if main { &mut self.main } else { &mut self.beside };
            let Some(slot) = self.roster.get_mut(&name) else { continue };
            let left = out_of_range::follow(slot, lane, self.settings.broker, &times).await;
            self.settle(&name, left);
        }
    }
}

/// The state in which a partition begins to be followed.
async fn begin(following: &Following, now: TimestampMs) -> FetchState {
    let (partition, epoch) = (Arc::clone(&following.partition), following.leader_epoch);
    let begin = move || apply::begin(&partition, epoch, now);
    following.partition.log().disk().run(Access::Write, begin).await
}

fn is_worth_a_warning(failures: u32) -> bool {
    failures == WARN_AFTER || (failures > 0 && failures.is_multiple_of(WARN_EVERY))
}

fn is_about_session(error: ErrorCode) -> bool {
    matches!(
        error,
        ErrorCode::FETCH_SESSION_ID_NOT_FOUND
            | ErrorCode::INVALID_FETCH_SESSION_EPOCH
            | ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR
    )
}
