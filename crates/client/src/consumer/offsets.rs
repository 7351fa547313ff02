//! Offsets for the user: committing, what is committed, where partitions begin and end.

use super::{Consumer, Event, group};
use crate::{
    Admin, ClientError,
    admin::{CommittedOffset, FoundOffset, OffsetSpec},
    task,
};
use rkafka_base::TopicPartition;
use std::collections::BTreeMap;
use tokio::time::Instant;

impl Consumer {
    /// Commits the positions of all partitions and waits for the answer.
    ///
    /// Errors: no `group.id`; the member was put out of the group meanwhile; `default.api.timeout.ms` ran out.
    pub async fn commit(&mut self) -> Result<(), ClientError> {
        let offsets = self.partitions.positions();
        self.commit_offsets(&offsets).await
    }

    /// Commits the given offsets and waits for the answer.
    pub async fn commit_offsets(&mut self, offsets: &[(TopicPartition, i64)]) -> Result<(), ClientError> {
        let Some(group) = &self.group else {
            return Err(ClientError::State("offsets are committed for a group: set group.id".to_owned()));
        };
        if offsets.is_empty() {
            return Ok(());
        }
        let (identity, offsets) = (group.identity.clone(), committed(offsets));
        let deadline = Instant::now() + self.config.client.default_api_timeout;
        let attempt = || group::commit_once(&self.cluster, &identity, &offsets);
        self.cluster.retrying("offsetCommit", deadline, attempt).await
    }

    /// Commits the positions behind the scenes; the next poll hears how it went.
    pub(super) fn auto_commit(&mut self) {
        let offsets = committed(&self.partitions.positions());
        let Some(group) = self.group.as_ref().filter(|_| !offsets.is_empty()) else {
            self.commit.under_way = false;
            return;
        };
        let (cluster, identity, events) = (self.cluster.clone(), group.identity.clone(), self.events.0.clone());
        let work = async move { group::commit_once(&cluster, &identity, &offsets).await };
        task::spawn("a commit", work, |result| async move {
            let _ = events.send(Event::Committed(result)).await;
        });
    }

    /// What the group has committed; partitions without are left out.
    pub async fn committed(&self, partitions: &[TopicPartition]) -> Result<Vec<(TopicPartition, i64)>, ClientError> {
        let Some(group) = &self.group else {
            return Err(ClientError::State("offsets are committed for a group: set group.id".to_owned()));
        };
        let deadline = Instant::now() + self.config.client.default_api_timeout;
        let attempt = || group::fetch_committed(&self.cluster, &group.identity, partitions);
        let list = self.cluster.retrying("offsetFetch", deadline, attempt).await?;
        Ok(list.into_iter().map(|(tp, c)| (tp, c.offset)).collect())
    }

    /// Offsets by earliest, latest or time.
    pub async fn offsets(
        &self,
        wanted: &[(TopicPartition, OffsetSpec)],
    ) -> Result<BTreeMap<TopicPartition, Result<FoundOffset, ClientError>>, ClientError> {
        Admin::over(self.cluster.clone()).list_offsets(wanted, self.config.read_committed).await
    }
}

fn committed(offsets: &[(TopicPartition, i64)]) -> Vec<(TopicPartition, CommittedOffset)> {
    let one = |(tp, offset): &(TopicPartition, i64)| {
        (tp.clone(), CommittedOffset { offset: *offset, leader_epoch: -1, metadata: String::new() })
    };
    offsets.iter().map(one).collect()
}
