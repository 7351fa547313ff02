//! Exactly once: records and how far the copy is go into the target in one transaction. Whoever is killed has left one that
//! was not committed: readers of what is committed never see it, and who goes on begins where the last one has ended.

use super::Sink;
use crate::{access::failure::with_hint, tools::copying::sink::note::Note};
use anyhow::{Context, anyhow};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, Properties, producer::GroupMetadata};
use rkafka_protocol::{ApiKey, ErrorCode};
use std::time::Duration;

/// How often a transaction is committed; so much later than without one is a record seen.
pub const COMMIT_EVERY: Duration = Duration::from_millis(200);
/// How long a transaction may take to be aborted when all is over.
const ABORT: Duration = Duration::from_secs(10);
/// What the brokers of a cluster that has transactions offer.
const NEEDED: [ApiKey; 4] =
    [ApiKey::AddPartitionsToTxn, ApiKey::AddOffsetsToTxn, ApiKey::TxnOffsetCommit, ApiKey::EndTxn];

/// Where a copy stands with its transaction.
pub enum Transaction {
    /// There are none.
    Unused,
    Closed,
    Open,
    /// It holds all that it is to hold, the progress with it, and may be committed already.
    Committing(Vec<(TopicPartition, Note)>),
}

/// Whether the cluster has transactions.
pub async fn has_transactions(admin: &Admin) -> anyhow::Result<bool> {
    let connection = admin.cluster().any().await.map_err(|error| with_hint(&error))?;
    Ok(NEEDED.iter().all(|api| connection.versions().offered(*api).is_some()))
}

/// Has a producer write in transactions, and give up when the transaction's time is over: what is not through then cannot be
/// committed any more.
pub(super) fn configure(properties: &mut Properties, id: &str, patience: Duration) {
    let given = |name: &str, default: u128| properties.get(name).and_then(|ms| ms.parse().ok()).unwrap_or(default);
    let least = given("request.timeout.ms", 30_000) + given("linger.ms", 0);
    let most = given("transaction.timeout.ms", 60_000).min(patience.as_millis()).max(least);
    let most = most.min(i32::MAX as u128).to_string();
    for (name, value) in
        [("transactional.id", id.to_owned()), ("delivery.timeout.ms", most.clone()), ("max.block.ms", most)]
    {
        properties.insert(name.to_owned(), value);
    }
}

impl Sink {
    /// Whether records and progress are written together.
    pub fn is_exactly_once(&self) -> bool {
        !matches!(self.transaction, Transaction::Unused)
    }

    /// Records can be written from here on.
    pub(super) fn begin_transaction(&mut self) -> anyhow::Result<()> {
        if matches!(self.transaction, Transaction::Closed) {
            self.producer.begin_transaction().map_err(|error| with_hint(&error))?;
            self.transaction = Transaction::Open;
        }
        Ok(())
    }

    /// Commits what was written, and how far that is. Broken off in the middle, the next call goes on.
    pub(super) async fn commit_transaction(&mut self) -> anyhow::Result<()> {
        if !matches!(self.transaction, Transaction::Committing(_)) {
            self.producer.flush().await.map_err(|error| with_hint(&error))?;
            self.take_in()?;
            let changed = self.changed();
            if changed.is_empty() && matches!(self.transaction, Transaction::Closed) {
                return Ok(());
            }
            self.begin_transaction()?;
            let group = GroupMetadata::without_members(self.options.group.as_deref().unwrap_or_default());
            let offsets = Sink::offsets(&changed);
            let sent = self.producer.send_offsets_to_transaction(&offsets, &group).await;
            sent.map_err(|error| with_hint(&error))
                .with_context(|| format!("progress, in the group {}", group.group_id))?;
            self.transaction = Transaction::Committing(changed);
        }
        self.producer.commit_transaction().await.map_err(|error| with_hint(&error))?;
        if let Transaction::Committing(changed) = std::mem::replace(&mut self.transaction, Transaction::Closed) {
            self.are_stored(changed);
        }
        Ok(())
    }

    /// Aborts what is open after a failure, so that readers need not wait for its time to be over, and says what the failure
    /// means: a leader only knows that somebody's epoch is old, the coordinator why.
    pub async fn give_up(&mut self, failure: anyhow::Error) -> anyhow::Error {
        if !self.is_exactly_once() {
            return failure;
        }
        let was_open = self.producer.is_in_transaction();
        match tokio::time::timeout(ABORT, self.producer.abort_transaction()).await {
            Ok(Err(why)) if why.code() == Some(ErrorCode::PRODUCER_FENCED) => {
                anyhow!(
                    "{why}\nNothing of the last transaction counts, and this copy ends; the newer one goes on with it."
                )
            }
            _ if !was_open => failure,
            Ok(Ok(())) => anyhow!(
                "{failure:#}\nThe last transaction does not count; started again, the copy goes on where that began."
            ),
            _ => anyhow!(
                "{failure:#}\nWhether the last transaction counts is not known; started again, the copy goes on where the last \
                 one that counts has ended."
            ),
        }
    }
}
