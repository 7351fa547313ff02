//! Pure: Produce requests, and what to do with a batch when its answer has come.

use super::{
    batch::{QueuedBatch, Sent},
    config::ProducerConfig,
};
use crate::ClientError;
use rkafka_base::TopicPartition;
use rkafka_protocol::{
    ErrorCode, Records,
    messages::{
        ProduceRequest, ProduceResponse,
        produce_request::{PartitionProduceData, TopicProduceData},
        produce_response::PartitionProduceResponse,
    },
    record::Codec,
};
use std::{collections::BTreeMap, sync::Arc};

/// The first version that carries batches of magic 2; before it magic 1, and magic 0 in the first two.
const BATCHES_SINCE: i16 = 3;
/// The first version that allows zstd (KIP-110).
const ZSTD_SINCE: i16 = 7;

/// What becomes of a batch.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Done(Sent),
    /// Send it again; `refresh`: the metadata may be out of date.
    Retry {
        why: ClientError,
        refresh: bool,
    },
    /// Too large: send it in pieces.
    Split,
    /// Not written, as the broker had not got what comes before it.
    Behind,
    /// Not written, as the broker has lost what came before it.
    Lost(ClientError),
    Failed(ClientError),
}

/// The request for `batches`, which all go to one broker.
///
/// Errors: the broker is too old for the codec.
pub fn request(
    batches: &mut [QueuedBatch],
    config: &ProducerConfig,
    version: i16,
) -> Result<ProduceRequest, ClientError> {
    if config.compression == Codec::Zstd && version < ZSTD_SINCE {
        return Err(ClientError::UnsupportedVersion("The broker is too old for zstd: it needs 2.1".to_owned()));
    }
    let mut topics: BTreeMap<Arc<str>, Vec<PartitionProduceData>> = BTreeMap::new();
    for batch in batches {
        let bytes = match version {
            BATCHES_SINCE.. => batch.seal(),
            2 => batch.seal_as(1),
            _ => batch.seal_as(0),
        };
        let bytes = bytes
            .map_err(|e| ClientError::State(format!("The batch for {} cannot be written: {e}", batch.partition)))?;
        let data = PartitionProduceData {
            index: batch.partition.partition,
            records: Some(Records::Bytes(bytes)),
            ..Default::default()
        };
        topics.entry(batch.partition.topic.clone()).or_default().push(data);
    }
    let topic = |(name, partition_data): (Arc<str>, Vec<_>)| TopicProduceData {
        name: name.to_string(),
        partition_data,
        ..Default::default()
    };
    Ok(ProduceRequest {
        transactional_id: config.transactional_id.clone(),
        acks: config.acks as i16,
        timeout_ms: i32::try_from(config.client.request_timeout.as_millis()).unwrap_or(i32::MAX),
        topic_data: topics.into_iter().map(topic).collect(),
        ..Default::default()
    })
}

/// An answer's results, to be taken out one by one; without an answer everything is written.
pub struct Results(Result<Option<BTreeMap<TopicPartition, PartitionProduceResponse>>, ClientError>);

/// Sorts an answer by partition; `None` with acks=0.
pub fn by_partition(result: Result<Option<ProduceResponse>, ClientError>) -> Results {
    let sorted = |response: ProduceResponse| {
        let topics = response.responses.into_iter().flat_map(|t| {
            let name: Arc<str> = t.name.into();
            t.partition_responses.into_iter().map(move |p| (TopicPartition::new(name.clone(), p.index), p))
        });
        topics.collect()
    };
    Results(result.map(|response| response.map(sorted)))
}

impl Results {
    /// The result for a partition; an answer without it is as bad as none.
    pub fn take(&mut self, partition: &TopicPartition) -> Result<PartitionProduceResponse, ClientError> {
        match &mut self.0 {
            Ok(None) => Ok(PartitionProduceResponse { base_offset: -1, log_append_time_ms: -1, ..Default::default() }),
            Ok(Some(results)) => results.remove(partition).ok_or_else(|| {
                let message = format!("The broker's answer leaves out {partition}");
                ClientError::Broker { code: ErrorCode::UNKNOWN_SERVER_ERROR, message }
            }),
            Err(e) => Err(e.clone()),
        }
    }
}

/// Decides about a batch. `behind`: an earlier batch of its partition failed or has yet to be answered, so that the broker
/// refuses the number of this one (`OUT_OF_ORDER_SEQUENCE_NUMBER`, or `UNKNOWN_PRODUCER_ID` before 2.5) whatever is in it.
pub fn outcome(
    batch: &QueuedBatch,
    result: Result<PartitionProduceResponse, ClientError>,
    behind: bool,
    config: &ProducerConfig,
) -> Outcome {
    let may_retry = batch.attempts <= config.retries;
    let answer = match result {
        Ok(answer) => answer,
        Err(why) if why.is_retriable() && may_retry => return Outcome::Retry { why, refresh: true },
        Err(why) => return Outcome::Failed(why),
    };
    let code = ErrorCode(answer.error_code);
    let why = || explain(code, &answer);
    match code {
        ErrorCode::NONE => Outcome::Done(Sent { offset: answer.base_offset, append_time: answer.log_append_time_ms }),
        // An earlier attempt had arrived.
        ErrorCode::DUPLICATE_SEQUENCE_NUMBER => Outcome::Done(Sent { offset: -1, append_time: -1 }),
        ErrorCode::MESSAGE_TOO_LARGE if batch.count > 1 => Outcome::Split,
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER | ErrorCode::UNKNOWN_PRODUCER_ID if batch.number.is_some() => {
            match behind {
                true => Outcome::Behind,
                // The epoch is the coordinator's: the transaction has to be aborted.
                false if config.transactional_id.is_some() => Outcome::Failed(why()),
                false if may_retry => Outcome::Lost(why()),
                false => Outcome::Failed(why()),
            }
        }
        // CORRUPT_MESSAGE counts as retriable for consumers; a batch does not heal, but the way to the broker may.
        code if code.is_retriable() && may_retry => Outcome::Retry { why: why(), refresh: is_about_leaders(code) },
        _ => Outcome::Failed(why()),
    }
}

fn is_about_leaders(code: ErrorCode) -> bool {
    [
        ErrorCode::NOT_LEADER_OR_FOLLOWER,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::LEADER_NOT_AVAILABLE,
        ErrorCode::FENCED_LEADER_EPOCH,
        ErrorCode::KAFKA_STORAGE_ERROR,
        ErrorCode::NETWORK_EXCEPTION,
        ErrorCode::UNKNOWN_TOPIC_ID,
    ]
    .contains(&code)
}

/// The broker's words: its own text, or that of the first record that it complains about.
fn explain(code: ErrorCode, answer: &PartitionProduceResponse) -> ClientError {
    let of_record = answer.record_errors.first().and_then(|r| r.batch_index_error_message.as_deref());
    ClientError::broker(code, answer.error_message.as_deref().or(of_record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Properties,
        producer::batch::{BatchFormat, Number, ProducerIdentity},
    };
    use rkafka_base::{ProducerEpoch, ProducerId};
    use rkafka_protocol::record::Codec;
    use std::time::Instant;

    fn decide(code: ErrorCode, count: i32, behind: bool) -> Outcome {
        let given = Properties::from([("bootstrap.servers".to_owned(), "h:1".to_owned())]);
        let format = BatchFormat { codec: Codec::None, level: None, transactional: false };
        let mut batch = QueuedBatch::new(1, TopicPartition::new("t", 0), Instant::now(), format);
        (batch.count, batch.attempts) = (count, 1);
        let by = ProducerIdentity { id: ProducerId(9), epoch: ProducerEpoch(0) };
        batch.number = Some(Number { by, sequence: 3 });
        let answer = PartitionProduceResponse { error_code: code.0, base_offset: 5, ..Default::default() };
        outcome(&batch, Ok(answer), behind, &ProducerConfig::read(&given).unwrap())
    }

    #[test]
    fn outcomes() {
        assert!(matches!(decide(ErrorCode::NONE, 1, false), Outcome::Done(Sent { offset: 5, .. })));
        assert!(matches!(decide(ErrorCode::NOT_LEADER_OR_FOLLOWER, 1, false), Outcome::Retry { refresh: true, .. }));
        assert!(matches!(decide(ErrorCode::NOT_ENOUGH_REPLICAS, 1, false), Outcome::Retry { refresh: false, .. }));
        assert_eq!(decide(ErrorCode::MESSAGE_TOO_LARGE, 2, false), Outcome::Split);
        assert!(matches!(decide(ErrorCode::MESSAGE_TOO_LARGE, 1, false), Outcome::Failed(_)));
        assert!(matches!(decide(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, 1, true), Outcome::Behind));
        assert!(matches!(decide(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, 1, false), Outcome::Lost(_)));
        assert!(matches!(
            decide(ErrorCode::DUPLICATE_SEQUENCE_NUMBER, 1, false),
            Outcome::Done(Sent { offset: -1, .. })
        ));
    }
}
