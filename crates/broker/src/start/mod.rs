//! Starting and stopping a broker: an ordered list of named steps, undone in reverse.

mod background;
mod config_changes;
mod controlled_shutdown;
mod in_session;
mod listeners;
mod registration;
mod stepping_aside;
mod steps;
mod undo;

use rkafka_base::BrokerId;
use rkafka_config::broker::BrokerConfig;
use rkafka_runtime::tasks::essential::LAST_ACTS;
use rkafka_zookeeper_client::ZkClient;
use std::{net::SocketAddr, time::Instant};
use tokio::sync::watch;
use undo::Undo;

const LOG: &str = "kafka.server.KafkaServer";

/// A running broker.
pub struct Broker {
    id: BrokerId,
    listeners: Vec<(String, SocketAddr)>,
    undo: Undo,
    zk: ZkClient,
    fatal: watch::Receiver<Option<String>>,
}

impl Broker {
    /// Starts a broker and returns when it answers requests. If a step fails, what was started before it is stopped
    /// again; the error names the cause and the file or property.
    pub async fn start(config: BrokerConfig) -> anyhow::Result<Broker> {
        let began = Instant::now();
        log::info!(target: LOG, "starting");
        let configured_id = config.broker_id;
        let mut undo = Undo::default();
        match steps::run(config, &mut undo).await {
            Ok(up) => {
                log::info!(target: "org.apache.kafka.common.utils.AppInfoParser", "Kafka version: 3.9.1");
                log::info!(target: LOG, "[KafkaServer id={}] started", up.id);
                log::debug!(target: LOG, "[KafkaServer id={}] start took {:?}", up.id, began.elapsed());
                Ok(Broker { id: up.id, listeners: up.listeners, undo, zk: up.zk, fatal: up.fatal })
            }
            Err(error) => {
                log::error!(target: LOG, "[KafkaServer id={configured_id}] Fatal error during KafkaServer startup. Prepare to shutdown: {error:#}");
                undo.run().await;
                Err(error)
            }
        }
    }

    pub fn id(&self) -> BrokerId {
        self.id
    }

    /// The listeners' names and the addresses that they are bound to, in the order of `listeners`.
    pub fn listeners(&self) -> &[(String, SocketAddr)] {
        &self.listeners
    }

    /// Ends when the broker cannot go on because no log dir is left, with the reason. The process is to end then, without
    /// a clean shutdown.
    pub async fn failed(&mut self) -> String {
        loop {
            if let Some(reason) = self.fatal.borrow_and_update().clone() {
                return reason;
            }
            if self.fatal.changed().await.is_err() {
                // Nobody is left who could say so.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Ends the ZooKeeper session and nothing else, for a process that ends because an essential task has died: others need
    /// not wait for the session to expire. What is written no more is recovered at the next start, as after kill -9.
    pub async fn abandon(self) {
        // Whether it was closed or not: the process ends.
        let _ = tokio::time::timeout(LAST_ACTS, self.zk.close()).await;
    }

    /// Stops the broker cleanly: its logs need no recovery at the next start.
    pub async fn shutdown(self) {
        log::info!(target: LOG, "[KafkaServer id={}] shutting down", self.id);
        self.undo.run().await;
        log::info!(target: LOG, "[KafkaServer id={}] shut down completed", self.id);
    }
}
