//! Heartbeats: they keep the member's session and bring the news that the group rebalances.

use super::{CLASS, GroupEvent, Identity, coordinator, send_leave};
use crate::{BrokerConnection, ClientError, Cluster, consumer::config::GroupConfig};
use rkafka_protocol::{ErrorCode, messages::HeartbeatRequest};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, time::Instant};

/// What a heartbeat task needs.
pub struct Heart {
    pub cluster: Cluster,
    pub config: GroupConfig,
    pub identity: Identity,
    pub last_poll: Arc<AtomicU64>,
    pub start: Instant,
    pub events: mpsc::Sender<GroupEvent>,
}

impl Heart {
    /// Beats until the member must join again or has left.
    ///
    /// Errors: membership is over for good.
    pub async fn beat(self) -> Result<(), ClientError> {
        let mut connection: Option<BrokerConnection> = None;
        let mut told = false;
        let retry = self.cluster.config().retry_backoff.first;
        let mut wait = self.config.heartbeat_interval;
        loop {
            tokio::time::sleep(wait).await;
            wait = self.config.heartbeat_interval;
            if self.since_poll() > self.config.max_poll_interval {
                self.give_up().await;
                return Ok(());
            }
            let code = match self.beat_once(&mut connection).await {
                Ok(code) => code,
                Err(e) => {
                    log::debug!(target: CLASS, "{}Heartbeat failed: {e}", self.cluster.config().log_prefix);
                    (connection, wait) = (None, retry);
                    continue;
                }
            };
            let generation = self.identity.generation;
            match code {
                ErrorCode::NONE => {}
                // Heartbeats go on until the user polls and the member joins: the coordinator waits for it that long.
                ErrorCode::REBALANCE_IN_PROGRESS if told => {}
                ErrorCode::REBALANCE_IN_PROGRESS => {
                    told = true;
                    let _ = self.events.send(GroupEvent::Rebalance { generation }).await;
                }
                ErrorCode::NOT_COORDINATOR | ErrorCode::COORDINATOR_NOT_AVAILABLE => (connection, wait) = (None, retry),
                ErrorCode::COORDINATOR_LOAD_IN_PROGRESS => wait = retry,
                ErrorCode::UNKNOWN_MEMBER_ID | ErrorCode::ILLEGAL_GENERATION => {
                    let _ = self.events.send(GroupEvent::Lost { generation, why: code.name().to_owned() }).await;
                    return Ok(());
                }
                _ => return Err(ClientError::broker(code, None)),
            }
        }
    }

    fn since_poll(&self) -> Duration {
        self.start.elapsed().saturating_sub(Duration::from_millis(self.last_poll.load(Ordering::Relaxed)))
    }

    async fn beat_once(&self, connection: &mut Option<BrokerConnection>) -> Result<ErrorCode, ClientError> {
        let connection = match connection {
            Some(c) => c,
            None => connection.insert(coordinator(&self.cluster, &self.identity).await?),
        };
        let request = HeartbeatRequest {
            group_id: self.identity.group_id.clone(),
            generation_id: self.identity.generation,
            member_id: self.identity.member_id.clone(),
            group_instance_id: self.identity.instance_id.clone(),
            ..Default::default()
        };
        Ok(ErrorCode(connection.call(&request).await?.error_code))
    }

    async fn give_up(self) {
        log::warn!(target: CLASS, "{}consumer poll timeout has expired. This means the time between subsequent calls to \
            poll() was longer than the configured max.poll.interval.ms, which typically implies that the poll loop is \
            spending too much time processing messages.", self.cluster.config().log_prefix);
        let _ = send_leave(&self.cluster, &self.identity, "consumer poll timeout has expired.").await;
        let generation = self.identity.generation;
        let _ = self.events.send(GroupEvent::Lost { generation, why: "poll timeout".to_owned() }).await;
    }
}
