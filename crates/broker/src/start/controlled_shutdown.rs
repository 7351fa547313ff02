//! Before a broker stops it hands its leaderships over, so that clients find another leader before this one is gone
//! (`controlled.shutdown.*`). Meanwhile it serves as ever.

use super::LOG;
use crate::{controller_link::ControllerLink, metadata_cache::MetadataCache};
use anyhow::{Context, bail};
use rkafka_base::BrokerId;
use rkafka_config::broker::ControlledShutdownSettings;
use rkafka_protocol::{ErrorCode, messages::ControlledShutdownRequest};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// What handing over needs.
pub struct HandOver {
    pub local: BrokerId,
    pub settings: ControlledShutdownSettings,
    pub link: Arc<ControllerLink>,
    pub metadata: Arc<MetadataCache>,
    pub broker_epoch: Arc<AtomicI64>,
}

impl HandOver {
    /// Asks the controller until it has moved everything that can be moved, or the tries are used up.
    pub async fn run(self) {
        let id = self.local;
        // A broker alone has nobody to hand over to.
        let is_alone = self.metadata.snapshot().brokers.keys().all(|broker| *broker == id);
        if !self.settings.enable || is_alone {
            return;
        }
        log::info!(target: LOG, "[KafkaServer id={id}] Starting controlled shutdown");
        let backoff = Duration::from_millis(u64::try_from(self.settings.retry_backoff_ms).unwrap_or(0));
        for left in (0..self.settings.max_retries).rev() {
            match self.try_once().await {
                Ok(()) => {
                    log::info!(target: LOG, "[KafkaServer id={id}] Controlled shutdown request returned successfully");
                    return;
                }
                Err(error) => log::info!(target: LOG, "[KafkaServer id={id}] {error:#}"),
            }
            if left > 0 {
                tokio::time::sleep(backoff).await;
                log::warn!(target: LOG, "[KafkaServer id={id}] Retrying controlled shutdown after the previous attempt failed...");
            }
        }
        log::warn!(target: LOG, "[KafkaServer id={id}] Proceeding to do an unclean shutdown as all the controlled shutdown attempts failed");
    }

    async fn try_once(&self) -> anyhow::Result<()> {
        let broker_epoch = self.broker_epoch.load(Ordering::Acquire);
        let request = ControlledShutdownRequest { broker_id: self.local.0, broker_epoch, ..Default::default() };
        let response =
            self.link.controlled_shutdown(request).await.context("Error during controlled shutdown, possibly because leader movement took longer than the configured controller.socket.timeout.ms and/or request.timeout.ms")?;
        if let Err(code) = ErrorCode(response.error_code).ok() {
            bail!("Error from controller: {}", code.name());
        }
        if !response.remaining_partitions.is_empty() {
            let names = response.remaining_partitions.iter().map(|p| format!("{}-{}", p.topic_name, p.partition_index));
            bail!("Remaining partitions to move: {}", names.collect::<Vec<_>>().join(","));
        }
        Ok(())
    }
}
