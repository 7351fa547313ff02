//! What the sender has to know beside what its batches come to: the metadata, and its identity.

use super::{Event, IdentityState, Sender};
use crate::{
    ClientError, Cluster, ClusterView, Topics,
    producer::{Idempotence, batch::ProducerIdentity},
    task,
};
use rkafka_base::{ProducerEpoch, ProducerId};
use rkafka_protocol::{ApiKey, ErrorCode, messages::InitProducerIdRequest};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

impl Sender {
    pub(super) fn refresh_soon(&mut self) {
        let soon = Instant::now() + self.config.client.retry_backoff.first;
        self.metadata_due = Some(self.metadata_due.map_or(soon, |due| due.min(soon)));
    }

    pub(super) fn ask_for_metadata(&mut self) {
        let due = self.metadata_due.is_some_and(|due| due <= Instant::now());
        if self.metadata_asked || !(self.shared.accumulator.lock().take_fresh() || due) {
            return;
        }
        let topics = self.shared.accumulator.lock().topics();
        (self.metadata_asked, self.metadata_due) = (true, None);
        let (cluster, events) = (self.cluster.clone(), self.events.0.clone());
        let work = async move { cluster.refresh(&Topics::Named(topics)).await };
        task::spawn("metadata", work, |result| async move {
            let _ = events.send(Event::Metadata(result)).await;
        });
    }

    pub(super) fn metadata_came(&mut self, result: Result<Arc<ClusterView>, ClientError>) {
        self.metadata_asked = false;
        let wait = match result {
            Ok(view) => {
                let mut accumulator = self.shared.accumulator.lock();
                let topics = accumulator.topics();
                topics.iter().for_each(|t| accumulator.update_topic(t, view.topics.get(t)));
                let unknown = topics.iter().filter(|t| accumulator.partition_count(t) == 0);
                let error = |t: &Arc<str>| view.topics.get(t).map_or("UNKNOWN_TOPIC_OR_PARTITION", |t| t.error.name());
                let unknown: Vec<String> = unknown.map(|t| format!("{t}={}", error(t))).collect();
                drop(accumulator);
                match unknown.is_empty() {
                    true => {
                        self.warned_of_topics.over(|_| true);
                        self.config.client.metadata_max_age
                    }
                    false => {
                        self.warn_of_topics(unknown.join(", "));
                        self.config.client.retry_backoff.first
                    }
                }
            }
            Err(e) => {
                if !e.is_retriable() {
                    self.shared.give_up(&e, false);
                }
                *self.shared.last_failure.lock() = Some(e);
                self.config.client.retry_backoff.first
            }
        };
        self.metadata_due = Some(Instant::now() + wait);
        self.shared.progress();
    }

    /// In particular, that a topic is being made by the way.
    fn warn_of_topics(&mut self, list: String) {
        if let Some(times) = self.warned_of_topics.came(list.clone(), Instant::now()) {
            log::warn!(target: "org.apache.kafka.clients.NetworkClient",
                "{}The metadata response from the cluster reported a recoverable issue: {{{list}}}{times}",
                self.config.client.log_prefix);
        }
    }

    pub(super) fn ask_for_identity(&mut self) {
        if self.identity != IdentityState::Wanted || self.identity_due > Instant::now() {
            return;
        }
        // Nobody needs it before there is something to send.
        if !self.shared.accumulator.lock().is_used() {
            return;
        }
        self.identity = IdentityState::Asked;
        let (cluster, events) = (self.cluster.clone(), self.events.0.clone());
        task::spawn("a producer id", async move { ask_identity(&cluster).await }, |result| async move {
            let _ = events.send(Event::Identity(result)).await;
        });
    }

    pub(super) fn identity_came(&mut self, result: Result<Option<ProducerIdentity>, ClientError>) {
        match result {
            Ok(Some(new)) => self.identity = IdentityState::Known(new),
            Ok(None) if self.config.idempotence == Idempotence::IfPossible => self.identity = IdentityState::Unused,
            Ok(None) => {
                let text =
                    "The broker is too old for an idempotent producer (it needs 0.11): set enable.idempotence=false";
                self.shared.give_up(&ClientError::UnsupportedVersion(text.to_owned()), false);
            }
            Err(e) if !e.is_retriable() => self.shared.give_up(&e, false),
            Err(e) => {
                *self.shared.last_failure.lock() = Some(e);
                self.identity = IdentityState::Wanted;
                self.identity_due =
                    Instant::now() + self.config.client.retry_backoff.first.max(Duration::from_millis(1));
            }
        }
    }
}

/// Asks for an id. `None`: the broker does not know idempotent producers.
async fn ask_identity(cluster: &Cluster) -> Result<Option<ProducerIdentity>, ClientError> {
    let connection = cluster.any().await?;
    let Ok(version) = connection.versions().choose(ApiKey::InitProducerId) else { return Ok(None) };
    let request =
        InitProducerIdRequest { transactional_id: None, transaction_timeout_ms: i32::MAX, ..Default::default() };
    let response = connection.call_at(&request, version).await?;
    ErrorCode(response.error_code).ok().map_err(|code| ClientError::broker(code, None))?;
    let (id, epoch) = (ProducerId(response.producer_id), ProducerEpoch(response.producer_epoch));
    Ok(Some(ProducerIdentity { id, epoch }))
}
