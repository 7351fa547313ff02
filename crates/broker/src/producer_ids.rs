//! Producer ids for this broker, out of blocks that the controller hands out once each (`RPCProducerIdManager`).

use crate::controller_link::{ControllerLink, LinkError};
use rkafka_base::BrokerId;
use rkafka_protocol::{ErrorCode, messages::AllocateProducerIdsRequest};
use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;

/// How long one request for an id may wait for the controller; the client asks again after that.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is no block.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NoProducerId {
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error("the controller refuses: {}", .0.name())]
    Refused(ErrorCode),
}

/// What is left of the current block.
pub struct ProducerIds {
    link: Arc<ControllerLink>,
    local: BrokerId,
    broker_epoch: Arc<AtomicI64>,
    /// Held while a block is fetched, so that one request to the controller serves all who wait.
    block: Mutex<Range<i64>>,
}

impl ProducerIds {
    pub fn new(link: Arc<ControllerLink>, local: BrokerId, broker_epoch: Arc<AtomicI64>) -> ProducerIds {
        ProducerIds { link, local, broker_epoch, block: Mutex::new(0..0) }
    }

    /// An id that nobody has had.
    pub async fn next(&self) -> Result<i64, NoProducerId> {
        let mut block = self.block.lock().await;
        loop {
            match block.next() {
                Some(id) => return Ok(id),
                None => *block = self.fetch().await?,
            }
        }
    }

    async fn fetch(&self) -> Result<Range<i64>, NoProducerId> {
        let broker_epoch = self.broker_epoch.load(Ordering::Acquire);
        let request = AllocateProducerIdsRequest { broker_id: self.local.0, broker_epoch, ..Default::default() };
        let response = self.link.allocate_producer_ids(request, PATIENCE).await?;
        ErrorCode(response.error_code).ok().map_err(NoProducerId::Refused)?;
        let first = response.producer_id_start;
        match first.checked_add(i64::from(response.producer_id_len)) {
            Some(end) if first >= 0 && end > first => Ok(first..end),
            _ => Err(NoProducerId::Refused(ErrorCode::UNKNOWN_SERVER_ERROR)),
        }
    }
}
