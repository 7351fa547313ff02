//! Pure: what `kafka-transactions` shows: tables as Kafka's tool lays them out, and rows for programs.

use super::Candidate;
use crate::{
    partition_json,
    pretty_table::pretty,
    terminal::output::{Field, Shape},
};
use rkafka_client::admin::{PartitionProducer, TransactionDescription, TransactionListing};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A transactional id of the list.
pub const LISTED: Shape<4> = Shape::rows(
    "transactions list",
    [
        Field::text("transactionalId", "The transactional id."),
        Field::integer("coordinator", "The id of the broker that coordinates it."),
        Field::integer("producerId", "Its producer's id."),
        Field::text("transactionState", "`Empty`, `Ongoing`, `CompleteCommit` and so on."),
    ],
);

/// A transactional id.
pub const DESCRIBED: Shape<9> = Shape::single(
    "transactions describe",
    [
        Field::integer("coordinatorId", "The id of the broker that coordinates it."),
        Field::text("transactionalId", "The transactional id."),
        Field::integer("producerId", "Its producer's id."),
        Field::integer("producerEpoch", "Its producer's epoch."),
        Field::text("transactionState", "`Empty`, `Ongoing`, `CompleteCommit` and so on."),
        Field::integer("transactionTimeoutMs", "How long a transaction may be open, in ms."),
        Field::integer("currentTransactionStartTimeMs", "When it began, in ms since 1970; null while none is open."),
        Field::integer("transactionDurationMs", "For how long it has been open, in ms; null while none is open."),
        Field::list("topicPartitions", "The partitions in it: objects with `topic` and `partition`."),
    ],
);

/// A producer of a partition.
pub const PRODUCERS: Shape<6> = Shape::rows(
    "transactions describe-producers",
    [
        Field::integer("producerId", "The producer's id."),
        Field::integer("producerEpoch", "Its epoch."),
        Field::integer(
            "latestCoordinatorEpoch",
            "The coordinator's epoch at its last transaction's end; null before one.",
        ),
        Field::integer("lastSequence", "The sequence number of its last record; −1 if that is not known."),
        Field::integer("lastTimestamp", "The timestamp of its last batch, in ms since 1970."),
        Field::integer("currentTransactionStartOffset", "Where its open transaction begins; null while none is open."),
    ],
);

/// A transaction that nobody will end.
pub const HANGING: Shape<8> = Shape::rows(
    "transactions find-hanging",
    [
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("producerId", "The producer's id."),
        Field::integer("producerEpoch", "Its epoch."),
        Field::integer("coordinatorEpoch", "The coordinator's epoch at its last transaction's end; null before one."),
        Field::integer("startOffset", "Where the transaction begins."),
        Field::integer("lastTimestamp", "The timestamp of the producer's last batch, in ms since 1970."),
        Field::integer("durationMinutes", "For how long it has been open, in minutes."),
    ],
);

/// The rows of the list.
pub fn listed(found: &BTreeMap<i32, Vec<TransactionListing>>) -> Vec<[Value; 4]> {
    let row = |broker: i32, listed: &TransactionListing| {
        let (id, state) = (json!(listed.transactional_id), json!(listed.transaction_state));
        [id, json!(broker), json!(listed.producer_id), state]
    };
    found.iter().flat_map(|(broker, listed)| listed.iter().map(move |listed| row(*broker, listed))).collect()
}

/// The row of `describe`; `now` in ms since 1970.
pub fn description_row(id: &str, found: &TransactionDescription, now: i64) -> [Value; 9] {
    [
        json!(found.coordinator),
        json!(id),
        json!(found.producer_id),
        json!(found.producer_epoch),
        json!(found.state),
        json!(found.timeout_ms),
        json!(found.started_ms),
        json!(found.started_ms.map(|started| now.saturating_sub(started))),
        partition_json::list(&found.partitions),
    ]
}

/// A number that is negative where it is not known.
fn known(number: impl Into<i64>) -> Option<i64> {
    Some(number.into()).filter(|number| *number >= 0)
}

/// A row of `describe-producers`.
pub fn producer_row(producer: &PartitionProducer) -> [Value; 6] {
    [
        json!(producer.producer_id),
        json!(producer.producer_epoch),
        json!(known(producer.coordinator_epoch)),
        json!(producer.last_sequence),
        json!(producer.last_timestamp),
        json!(known(producer.current_txn_start_offset)),
    ]
}

fn minutes(producer: &PartitionProducer, now: i64) -> i64 {
    now.saturating_sub(producer.last_timestamp) / 60_000
}

/// A row of `find-hanging`; `now` in ms since 1970.
pub(super) fn hanging_row(Candidate { partition, producer }: &Candidate, now: i64) -> [Value; 8] {
    [
        json!(&*partition.topic),
        json!(partition.partition),
        json!(producer.producer_id),
        json!(producer.producer_epoch),
        json!(known(producer.coordinator_epoch)),
        json!(producer.current_txn_start_offset),
        json!(producer.last_timestamp),
        json!(minutes(producer, now)),
    ]
}

/// The table of `list`.
pub fn listing(found: &BTreeMap<i32, Vec<TransactionListing>>) -> String {
    let row = |broker: &i32, transaction: &TransactionListing| {
        vec![
            transaction.transactional_id.clone(),
            broker.to_string(),
            transaction.producer_id.to_string(),
            transaction.transaction_state.clone(),
        ]
    };
    let rows: Vec<_> =
        found.iter().flat_map(|(broker, listed)| listed.iter().map(move |listed| row(broker, listed))).collect();
    pretty(&["TransactionalId", "Coordinator", "ProducerId", "TransactionState"], &rows)
}

/// The table of `describe`; `now` in ms since 1970.
pub fn description(id: &str, found: &TransactionDescription, now: i64) -> String {
    let none = || "None".to_owned();
    let partitions: Vec<String> = found.partitions.iter().map(ToString::to_string).collect();
    let row = vec![
        found.coordinator.to_string(),
        id.to_owned(),
        found.producer_id.to_string(),
        found.producer_epoch.to_string(),
        found.state.clone(),
        found.timeout_ms.to_string(),
        found.started_ms.map_or_else(none, |started| started.to_string()),
        found.started_ms.map_or_else(none, |started| now.saturating_sub(started).to_string()),
        partitions.join(","),
    ];
    let header = [
        "CoordinatorId",
        "TransactionalId",
        "ProducerId",
        "ProducerEpoch",
        "TransactionState",
        "TransactionTimeoutMs",
        "CurrentTransactionStartTimeMs",
        "TransactionDurationMs",
        "TopicPartitions",
    ];
    pretty(&header, &[row])
}

/// The table of `describe-producers`.
pub fn producers(found: &[PartitionProducer]) -> String {
    let start = |offset: i64| if offset < 0 { "None".to_owned() } else { offset.to_string() };
    let row = |producer: &PartitionProducer| {
        vec![
            producer.producer_id.to_string(),
            producer.producer_epoch.to_string(),
            producer.coordinator_epoch.max(-1).to_string(),
            producer.last_sequence.to_string(),
            producer.last_timestamp.to_string(),
            start(producer.current_txn_start_offset),
        ]
    };
    let header = [
        "ProducerId",
        "ProducerEpoch",
        "LatestCoordinatorEpoch",
        "LastSequence",
        "LastTimestamp",
        "CurrentTransactionStartOffset",
    ];
    pretty(&header, &found.iter().map(row).collect::<Vec<_>>())
}

/// The table of `find-hanging`; `now` in ms since 1970.
pub(super) fn hanging(found: &[Candidate], now: i64) -> String {
    let row = |Candidate { partition, producer }: &Candidate| {
        vec![
            partition.topic.to_string(),
            partition.partition.to_string(),
            producer.producer_id.to_string(),
            producer.producer_epoch.to_string(),
            producer.coordinator_epoch.max(-1).to_string(),
            producer.current_txn_start_offset.to_string(),
            producer.last_timestamp.to_string(),
            minutes(producer, now).to_string(),
        ]
    };
    let header = [
        "Topic",
        "Partition",
        "ProducerId",
        "ProducerEpoch",
        "CoordinatorEpoch",
        "StartOffset",
        "LastTimestamp",
        "Duration(min)",
    ];
    pretty(&header, &found.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Apache Kafka 3.9.1 prints.
    #[test]
    fn layout() {
        let transaction = TransactionListing {
            transactional_id: "tx39".into(),
            producer_id: 1000,
            transaction_state: "CompleteCommit".into(),
            ..Default::default()
        };
        let row = [json!("tx39"), json!(0), json!(1000), json!("CompleteCommit")];
        assert_eq!(listed(&BTreeMap::from([(0, vec![transaction.clone()])])), [row]);
        assert_eq!(
            listing(&BTreeMap::from([(0, vec![transaction])])),
            "TransactionalId\tCoordinator\tProducerId\tTransactionState\t\n\
             tx39           \t0          \t1000      \tCompleteCommit  \t\n"
        );
        let found = TransactionDescription {
            coordinator: 0,
            state: "CompleteCommit".into(),
            producer_id: 1000,
            producer_epoch: 0,
            timeout_ms: 60000,
            started_ms: Some(1_795_810_092_821),
            partitions: Vec::new(),
        };
        assert!(description("tx39", &found, 1_795_810_098_156).ends_with(
            "\n0            \ttx39           \t1000      \t0            \tCompleteCommit  \t60000               \t1795810092821 \
             \x20              \t5335                 \t               \t\n"
        ));
        assert_eq!(
            description_row("tx39", &found, 1_795_810_098_156)[5..8],
            [json!(60000), json!(1_795_810_092_821_i64), json!(5335)]
        );
        let closed = TransactionDescription { started_ms: None, ..found };
        assert_eq!(description_row("tx39", &closed, 9)[6..8], [Value::Null, Value::Null]);
        let producer = PartitionProducer { producer_id: 7, current_txn_start_offset: -1, ..Default::default() };
        assert_eq!(producer_row(&producer)[5], Value::Null);
        assert!(producers(&[producer]).ends_with("\tNone                         \t\n"));
    }
}
