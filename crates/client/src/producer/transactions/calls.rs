//! What the user of a transactional producer calls, in the order of Kafka's `KafkaProducer`.

use super::{
    GroupMetadata,
    coordinator::{Failure, TransactionCalls},
    state::{End, Protocol, Step, TransactionManager},
    verdict::Call,
};
use crate::{ClientError, Producer, admin::CommittedOffset};
use rkafka_base::TopicPartition;
use tokio::time::Instant;

impl Producer {
    fn transactions<T>(&self, call: impl FnOnce(&mut TransactionManager) -> T) -> Result<T, ClientError> {
        let mut accumulator = self.shared.accumulator.lock();
        if let Some(why) = accumulator.failed.clone() {
            return Err(why);
        }
        match accumulator.transactions.as_mut() {
            Some(transactions) => Ok(call(transactions)),
            None => {
                let text = "this producer writes without transactions: it has no transactional.id";
                Err(ClientError::State(text.to_owned()))
            }
        }
    }

    fn coordinator(&self) -> TransactionCalls {
        TransactionCalls {
            cluster: self.cluster.clone(),
            config: self.config.clone(),
            transactional_id: self.config.transactional_id.clone().unwrap_or_default(),
        }
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.config.max_block
    }

    /// Takes note of why a call has failed.
    fn note(&self, call: Call, failure: Failure) -> ClientError {
        if let Failure::Final(why) = &failure
            && let Err(worse) = self.transactions(|t| t.failed(call, why))
        {
            return worse;
        }
        // A call whose time is over can be made again. Of the others, the state tells best.
        let is_final = matches!(failure, Failure::Final(_));
        let told = self.transactions(|t| t.discards()).ok().flatten();
        let why = failure.into_error();
        self.shared.wake.notify_one();
        told.filter(|_| is_final).unwrap_or(why)
    }

    /// Gets the producer's id from the transaction coordinator, once, before the first transaction: another producer of the
    /// same `transactional.id` is fenced, what it had open is aborted. Waits for `max.block.ms` at most.
    ///
    /// Errors: no transactional.id; the brokers refuse it, or have no transactions. After a timeout it can be called again.
    pub async fn init_transactions(&self) -> Result<(), ClientError> {
        self.transactions(TransactionManager::begin_init)??;
        match self.coordinator().init(None, self.deadline()).await {
            Ok(granted) => self.transactions(|t| t.initialized(granted)),
            Err(failure) => Err(self.note(Call::InitProducerId, failure)),
        }
    }

    /// Opens a transaction: what is sent from now on belongs to it.
    ///
    /// Errors: one is open, or the producer was fenced.
    pub fn begin_transaction(&self) -> Result<(), ClientError> {
        self.transactions(TransactionManager::begin)?
    }

    /// Commits offsets of a group with the transaction: they count when it is committed, and never if it is aborted
    /// (AddOffsetsToTxn, TxnOffsetCommit).
    ///
    /// Errors: the group has gone on without the member, or the producer was fenced.
    pub async fn send_offsets_to_transaction(
        &self,
        offsets: &[(TopicPartition, CommittedOffset)],
        group: &GroupMetadata,
    ) -> Result<(), ClientError> {
        if offsets.is_empty() {
            return self.transactions(|t| t.check_send())?;
        }
        let (identity, protocol) = self.transactions(|t| t.begin_offsets().map(|i| (i, t.protocol())))??;
        let (coordinator, deadline) = (self.coordinator(), self.deadline());
        if protocol == Protocol::Explicit {
            let added = coordinator.add_offsets(identity, &group.group_id, deadline).await;
            added.map_err(|failure| self.note(Call::AddOffsets, failure))?;
        }
        self.transactions(TransactionManager::offsets_added)?;
        let committed = coordinator.commit_offsets((identity, protocol), offsets, group, deadline).await;
        committed.map_err(|failure| self.note(Call::CommitOffsets, failure))
    }

    /// Sends what is left, and commits the transaction. Whoever is told `Ok` knows that readers will see all of it.
    ///
    /// Errors: a record was not written or offsets were refused: the transaction can only be aborted. After a timeout
    /// (`max.block.ms`) nobody knows: it is called again, or the producer is given up.
    pub async fn commit_transaction(&self) -> Result<(), ClientError> {
        self.end_transaction(End::Commit).await
    }

    /// Aborts the transaction: what waits is not sent, and what was sent is never seen by readers of what is committed.
    ///
    /// Errors: the producer was fenced. After a timeout it can be called again.
    pub async fn abort_transaction(&self) -> Result<(), ClientError> {
        self.end_transaction(End::Abort).await
    }

    async fn end_transaction(&self, end: End) -> Result<(), ClientError> {
        self.transactions(|t| t.begin_end(end))??;
        self.flush().await?;
        let (coordinator, deadline) = (self.coordinator(), self.deadline());
        let mut progress = self.shared.progress.subscribe();
        loop {
            match self.transactions(TransactionManager::next_step)?? {
                Step::Done => return Ok(()),
                Step::Wait => {
                    if progress.changed().await.is_err() {
                        self.alive()?;
                    }
                }
                Step::EndTxn(identity, end) => {
                    let protocol = self.transactions(|t| t.protocol())?;
                    match coordinator.end((identity, protocol), end, deadline).await {
                        Ok(next) => self.transactions(|t| t.ended(next))?,
                        Err(Failure::Final(why)) => drop(self.transactions(|t| t.end_failed(&why))?),
                        Err(Failure::OutOfTime(why)) => return Err(why),
                    }
                }
                Step::Bump(identity) => match coordinator.init(Some(identity), deadline).await {
                    Ok(granted) => self.transactions(|t| t.bumped(granted))?,
                    Err(failure) => return Err(self.note(Call::InitProducerId, failure)),
                },
            }
        }
    }

    /// Whether a transaction is open, or not wholly ended.
    pub fn is_in_transaction(&self) -> bool {
        self.transactions(|t| t.is_open()).unwrap_or(false)
    }
}
