//! Committed offsets of a group, as its member writes and reads them.

use super::{Identity, coordinator};
use crate::{
    ClientError, Cluster,
    admin::{CommittedOffset, commit_topics, committed_offsets, offset_fetch_error, offset_fetch_request},
};
use rkafka_base::TopicPartition;
use rkafka_protocol::{ApiKey, ErrorCode, messages::OffsetCommitRequest};

/// Commits once.
///
/// Errors: retriable ones pass; ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID and FENCED_INSTANCE_ID mean that the partitions may
/// be another member's by now.
pub async fn commit_once(
    cluster: &Cluster,
    identity: &Identity,
    offsets: &[(TopicPartition, CommittedOffset)],
) -> Result<(), ClientError> {
    let connection = coordinator(cluster, identity).await?;
    let request = OffsetCommitRequest {
        group_id: identity.group_id.clone(),
        generation_id_or_member_epoch: identity.generation,
        member_id: identity.member_id.clone(),
        group_instance_id: identity.instance_id.clone(),
        retention_time_ms: -1,
        topics: commit_topics(offsets),
        ..Default::default()
    };
    let response = connection.call(&request).await?;
    let mut codes = response.topics.iter().flat_map(|t| t.partitions.iter().map(|p| ErrorCode(p.error_code)));
    match codes.find(|c| c.is_error()) {
        None => Ok(()),
        Some(code @ (ErrorCode::ILLEGAL_GENERATION | ErrorCode::UNKNOWN_MEMBER_ID)) => Err(ClientError::Broker {
            code,
            message: "Offset commit cannot be completed since the consumer is not part of an active group for auto \
                      partition assignment; it is likely that the consumer was kicked out of the group."
                .to_owned(),
        }),
        Some(code) => Err(ClientError::broker(code, None)),
    }
}

/// What the group has committed for `partitions`; those without are left out.
pub async fn fetch_committed(
    cluster: &Cluster,
    identity: &Identity,
    partitions: &[TopicPartition],
) -> Result<Vec<(TopicPartition, CommittedOffset)>, ClientError> {
    let connection = coordinator(cluster, identity).await?;
    let version = connection.versions().choose(ApiKey::OffsetFetch)?;
    let request = offset_fetch_request(&identity.group_id, Some(partitions), version, true);
    let response = connection.call_at(&request, version).await?;
    offset_fetch_error(&response).ok().map_err(|code| ClientError::broker(code, None))?;
    let mut list = Vec::new();
    for (tp, result) in committed_offsets(response) {
        match result {
            Ok(Some(committed)) => list.push((tp, committed)),
            Ok(None) => {}
            Err(code) => return Err(ClientError::broker(code, None)),
        }
    }
    Ok(list)
}
