//! What the sender of a transactional producer does beside: names partitions to the coordinator, and lets go of what waits
//! when the transaction is lost.

use super::{Event, Sender};
use crate::{
    ClientError,
    negotiate::own_range,
    producer::{
        batch::ProducerIdentity,
        transactions::{
            coordinator::{Failure, IMPLICIT_PRODUCE, TransactionCalls},
            state::Protocol,
        },
    },
    task,
};
use rkafka_protocol::{ApiKey, VersionRange};
use tokio::time::Instant;

impl Sender {
    /// Who sends batches now; `None` while no transaction is open.
    pub(super) fn sends_as(&self) -> Option<ProducerIdentity> {
        self.shared.accumulator.lock().transactions.as_ref()?.sends_as()
    }

    /// The versions of Produce that mean what this producer means.
    pub(super) fn produce_range(&self) -> VersionRange {
        let own = own_range(ApiKey::Produce);
        if self.config.transactional_id.is_none() {
            return own;
        }
        match self.shared.accumulator.lock().transactions.as_ref().map(|transactions| transactions.protocol()) {
            Some(Protocol::Implicit) => IMPLICIT_PRODUCE,
            _ => own,
        }
    }

    /// What waits for a transaction that is lost is told so.
    pub(super) fn discard(&mut self) {
        if self.config.transactional_id.is_none() {
            return;
        }
        let discarded = self.shared.accumulator.lock().discard();
        if let Some((why, batches)) = discarded {
            batches.into_iter().for_each(|batch| self.fail(batch, why.clone()));
        }
    }

    /// Names the partitions to which batches wait to go; one request at a time.
    pub(super) fn ask_for_partitions(&mut self) {
        let Some(id) = self.config.transactional_id.clone() else { return };
        let asked = self.shared.accumulator.lock().transactions.as_mut().and_then(|t| t.partitions_to_add());
        let Some((identity, partitions)) = asked else { return };
        let coordinator =
            TransactionCalls { cluster: self.cluster.clone(), config: self.config.clone(), transactional_id: id };
        let (shared, events) = (self.shared.clone(), self.events.0.clone());
        let deadline = Instant::now() + self.config.delivery_timeout;
        let work = async move {
            let is_moot = || shared.accumulator.lock().transactions.as_ref().is_none_or(|t| t.discards().is_some());
            let added = coordinator.add_partitions(identity, &partitions, deadline, is_moot).await;
            added.map_err(Failure::into_error)
        };
        task::spawn("the partitions of a transaction", work, |result| async move {
            let _ = events.send(Event::PartitionsAdded(result)).await;
        });
    }

    pub(super) fn partitions_added(&mut self, result: Result<(), ClientError>) {
        if let Err(why) = &result {
            *self.shared.last_failure.lock() = Some(why.clone());
        }
        if let Some(transactions) = &mut self.shared.accumulator.lock().transactions {
            transactions.partitions_added(result);
        }
        self.shared.progress();
    }
}
