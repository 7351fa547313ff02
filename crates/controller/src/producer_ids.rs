//! Pure: AllocateProducerIds: blocks of producer ids, each given to one broker and never twice.

use super::cluster::Cluster;
use super::event::{Write, WriteResult};
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::{AllocateProducerIdsRequest, AllocateProducerIdsResponse};
use rkafka_registry::ProducerIdBlock;

fn check(cluster: &Cluster, request: &AllocateProducerIdsRequest) -> Result<(), ErrorCode> {
    match cluster.brokers.get(&request.broker_id) {
        None => Err(ErrorCode::BROKER_ID_NOT_REGISTERED),
        Some(broker) if broker.epoch != request.broker_epoch => Err(ErrorCode::STALE_BROKER_EPOCH),
        Some(_) => Ok(()),
    }
}

/// The block after `latest`, for the broker that asks.
pub fn writes(
    cluster: &Cluster,
    request: &AllocateProducerIdsRequest,
    latest: Option<ProducerIdBlock>,
    expected_version: i32,
) -> Vec<Write> {
    if check(cluster, request).is_err() {
        return Vec::new();
    }
    let block = ProducerIdBlock::following(latest, request.broker_id);
    block.map(|block| Write::SetProducerIds { block, expected_version }).into_iter().collect()
}

/// The reply; `None` if the node has changed and must be read again.
pub fn reply(
    cluster: &Cluster,
    request: &AllocateProducerIdsRequest,
    written: &[(Write, WriteResult)],
) -> Option<AllocateProducerIdsResponse> {
    let refuse = |code: ErrorCode| AllocateProducerIdsResponse { error_code: code.0, ..Default::default() };
    if let Err(code) = check(cluster, request) {
        return Some(refuse(code));
    }
    match written.first() {
        Some((Write::SetProducerIds { block, .. }, WriteResult::Done(_))) => Some(AllocateProducerIdsResponse {
            producer_id_start: block.first,
            producer_id_len: i32::try_from(block.last - block.first + 1).unwrap_or(0),
            ..Default::default()
        }),
        Some((_, WriteResult::Conflict)) => None,
        // All 64-bit ids are used up, or the node is gone.
        _ => Some(refuse(ErrorCode::UNKNOWN_SERVER_ERROR)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world_for_tests::World;

    #[test]
    fn a_block_is_given_to_a_registered_broker_once() {
        let world = World::with_live(&[(1, 7)]);
        let request =
            |broker_id, broker_epoch| AllocateProducerIdsRequest { broker_id, broker_epoch, ..Default::default() };
        let latest = Some(ProducerIdBlock { broker_id: 0, first: 0, last: 999 });
        let writes = writes(&world.cluster, &request(1, 7), latest, 4);
        let Some(write @ Write::SetProducerIds { block, expected_version: 4 }) = writes.first() else { panic!() };
        assert_eq!((block.first, block.last, block.broker_id), (1000, 1999, 1));
        let done = reply(&world.cluster, &request(1, 7), &[(write.clone(), WriteResult::Done(5))]).unwrap();
        assert_eq!((done.error_code, done.producer_id_start, done.producer_id_len), (0, 1000, 1000));
        assert_eq!(reply(&world.cluster, &request(1, 7), &[(write.clone(), WriteResult::Conflict)]), None);
        let code = |request| reply(&world.cluster, &request, &[]).unwrap().error_code;
        assert_eq!(code(request(2, 7)), ErrorCode::BROKER_ID_NOT_REGISTERED.0);
        assert_eq!(code(request(1, 6)), ErrorCode::STALE_BROKER_EPOCH.0);
    }
}
