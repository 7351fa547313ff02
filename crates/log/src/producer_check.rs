//! Pure: the rules by which a batch of an idempotent or transactional producer is accepted (`ProducerAppendInfo`).

use super::{
    batch::Batch,
    error::LogError,
    producer_state::{BatchMeta, CompletedTxn, ProducerEntry},
    types::AppendOrigin,
};
use rkafka_base::TopicPartition;
use rkafka_protocol::record::EndMarker;
use std::collections::VecDeque;

/// What one append changes about one producer.
#[derive(Debug)]
pub struct ProducerUpdate {
    pub producer_id: i64,
    /// The producer as it will be; `batches` holds only the new ones.
    pub entry: ProducerEntry,
    /// First offsets of transactions that begin.
    pub started: Vec<i64>,
    pub completed: Vec<CompletedTxn>,
}

impl ProducerUpdate {
    pub fn new(producer_id: i64, known: Option<&ProducerEntry>) -> ProducerUpdate {
        let entry = known.map_or_else(ProducerEntry::unknown, |k| ProducerEntry {
            epoch: k.epoch,
            batches: VecDeque::new(),
            coordinator_epoch: k.coordinator_epoch,
            last_timestamp: k.last_timestamp,
            current_txn_first_offset: k.current_txn_first_offset,
        });
        ProducerUpdate { producer_id, entry, started: Vec::new(), completed: Vec::new() }
    }
}

/// Judges one batch and, if it may be written, notes it in `update`. `known` is the producer before the append.
pub fn check_batch(
    update: &mut ProducerUpdate,
    known: Option<&ProducerEntry>,
    batch: &Batch,
    origin: AppendOrigin,
    partition: &TopicPartition,
) -> Result<(), LogError> {
    if batch.control {
        return match batch.marker {
            Some(marker) => end_transaction(update, batch, marker, origin, partition),
            None => Ok(()),
        };
    }
    check_epoch(update, batch, origin, partition)?;
    if origin == AppendOrigin::Client {
        check_sequence(update, known, batch, partition)?;
    }
    update.entry.set_epoch(batch.producer_epoch);
    update.entry.push_batch(BatchMeta {
        last_sequence: batch.last_sequence(),
        last_offset: batch.last_offset,
        offset_delta: batch.last_offset_delta() as i32,
        timestamp: batch.max_timestamp,
    });
    update.entry.last_timestamp = batch.max_timestamp;
    if update.entry.current_txn_first_offset.is_some() && !batch.transactional {
        return Err(LogError::InvalidTxnState(format!(
            "Expected transactional write from producer {} at offset {} in partition {partition}",
            batch.producer_id, batch.base_offset
        )));
    }
    if update.entry.current_txn_first_offset.is_none() && batch.transactional {
        update.entry.current_txn_first_offset = Some(batch.base_offset);
        update.started.push(batch.base_offset);
    }
    Ok(())
}

fn check_epoch(
    update: &ProducerUpdate,
    batch: &Batch,
    origin: AppendOrigin,
    partition: &TopicPartition,
) -> Result<(), LogError> {
    if batch.producer_epoch >= update.entry.epoch {
        return Ok(());
    }
    let text = format!(
        "Epoch of producer {} at offset {} in {partition} is {}, which is smaller than the last seen epoch {}",
        batch.producer_id, batch.base_offset, batch.producer_epoch, update.entry.epoch
    );
    if origin == AppendOrigin::Replication {
        // The leader has accepted it, so it is history.
        log::warn!(target: "org.apache.kafka.storage.internals.log.ProducerAppendInfo", "{text}");
        return Ok(());
    }
    Err(LogError::InvalidProducerEpoch(text))
}

fn check_sequence(
    update: &ProducerUpdate,
    known: Option<&ProducerEntry>,
    batch: &Batch,
    partition: &TopicPartition,
) -> Result<(), LogError> {
    let (id, at, first) = (batch.producer_id, batch.base_offset, batch.base_sequence);
    if batch.producer_epoch != update.entry.epoch {
        if first != 0 && update.entry.epoch != -1 {
            return Err(LogError::OutOfOrderSequence(format!(
                "Invalid sequence number for new epoch of producer {id} at offset {at} in partition {partition}: {} \
                 (request epoch), {first} (seq. number), {} (current producer epoch)",
                batch.producer_epoch, update.entry.epoch
            )));
        }
        return Ok(());
    }
    // Whose records were all deleted may go on with any number.
    let Some(known) = known.filter(|k| k.epoch != -1) else { return Ok(()) };
    let last = match update.entry.batches.back() {
        Some(new) => new.last_sequence,
        None if batch.producer_epoch == known.epoch => known.last_sequence(),
        None => -1,
    };
    if in_sequence(last, first) {
        return Ok(());
    }
    Err(LogError::OutOfOrderSequence(format!(
        "Out of order sequence number for producer {id} at offset {at} in partition {partition}: {first} (incoming \
         seq. number), {last} (current end sequence number)"
    )))
}

fn in_sequence(last: i32, next: i32) -> bool {
    i64::from(next) == i64::from(last) + 1 || (next == 0 && last == i32::MAX)
}

fn end_transaction(
    update: &mut ProducerUpdate,
    batch: &Batch,
    marker: EndMarker,
    origin: AppendOrigin,
    partition: &TopicPartition,
) -> Result<(), LogError> {
    check_epoch(update, batch, origin, partition)?;
    if update.entry.coordinator_epoch > marker.coordinator_epoch && origin != AppendOrigin::Replication {
        return Err(LogError::CoordinatorFenced(format!(
            "Invalid coordinator epoch for producerId {} at offset {} in partition {partition}: {} (zombie), {} (current)",
            batch.producer_id, batch.base_offset, marker.coordinator_epoch, update.entry.coordinator_epoch
        )));
    }
    if let Some(first_offset) = update.entry.current_txn_first_offset.take() {
        update.completed.push(CompletedTxn {
            producer_id: batch.producer_id,
            first_offset,
            last_offset: batch.last_offset,
            aborted: marker.abort,
        });
    }
    update.entry.set_epoch(batch.producer_epoch);
    update.entry.coordinator_epoch = marker.coordinator_epoch;
    update.entry.last_timestamp = batch.max_timestamp;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        batch::tests::producer_batch,
        producer_state::{Checked, ProducerState},
    };

    fn batch(offset: i64, count: i32, id: i64, epoch: i16, sequence: i32) -> Batch {
        Batch::parse(&producer_batch(offset, 0, count, 1000, 0, (id, epoch, sequence))).unwrap()
    }

    fn push(state: &mut ProducerState, b: &Batch) -> Result<Option<i64>, LogError> {
        let tp = TopicPartition::new("t", 0);
        match state.check(std::slice::from_ref(b), AppendOrigin::Client, &tp)? {
            Checked::Duplicate(d) => Ok(Some(d.first_offset())),
            Checked::New(updates) => {
                state.apply(updates);
                Ok(None)
            }
        }
    }

    #[test]
    fn sequences_follow_and_duplicates_are_found() {
        let mut s = ProducerState::default();
        assert_eq!(push(&mut s, &batch(0, 3, 1, 0, 0)).unwrap(), None);
        assert!(matches!(push(&mut s, &batch(3, 1, 1, 0, 4)), Err(LogError::OutOfOrderSequence(_))));
        for i in 0..6 {
            assert_eq!(push(&mut s, &batch(3 + i, 1, 1, 0, 3 + i as i32)).unwrap(), None);
        }
        for i in 1..6 {
            assert_eq!(push(&mut s, &batch(100, 1, 1, 0, 3 + i as i32)).unwrap(), Some(3 + i));
        }
        // Six batches ago is forgotten, so it is out of order.
        assert!(matches!(push(&mut s, &batch(100, 1, 1, 0, 3)), Err(LogError::OutOfOrderSequence(_))));
        // An unknown producer may begin anywhere; a new epoch begins at 0; an old one is refused.
        assert_eq!(push(&mut s, &batch(9, 1, 2, 5, 77)).unwrap(), None);
        assert!(matches!(push(&mut s, &batch(10, 1, 2, 6, 78)), Err(LogError::OutOfOrderSequence(_))));
        assert_eq!(push(&mut s, &batch(10, 1, 2, 6, 0)).unwrap(), None);
        assert!(matches!(push(&mut s, &batch(11, 1, 2, 5, 78)), Err(LogError::InvalidProducerEpoch(_))));
    }

    #[test]
    fn sequences_wrap_around() {
        let mut s = ProducerState::default();
        assert_eq!(push(&mut s, &batch(0, 2, 1, 0, i32::MAX - 1)).unwrap(), None);
        assert_eq!(push(&mut s, &batch(2, 2, 1, 0, 0)).unwrap(), None);
        assert_eq!(push(&mut s, &batch(9, 2, 1, 0, i32::MAX - 1)).unwrap(), Some(0));
    }

    #[test]
    fn transactions_open_and_end() {
        let tp = TopicPartition::new("t", 0);
        let mut s = ProducerState::default();
        let mut data = batch(10, 5, 1, 0, 0);
        data.transactional = true;
        push(&mut s, &data).unwrap();
        assert_eq!(s.unstable().unwrap().first_offset(10), Some(10));
        assert!(matches!(push(&mut s, &batch(15, 1, 1, 0, 5)), Err(LogError::InvalidTxnState(_))));
        let mut end = batch(15, 1, 1, 0, -1);
        end.control = true;
        end.marker = Some(EndMarker { abort: true, coordinator_epoch: 3 });
        let Checked::New(updates) = s.check(&[end.clone()], AppendOrigin::Coordinator, &tp).unwrap() else { panic!() };
        let aborted = s.apply(updates);
        assert_eq!(
            (aborted[0].first_offset.0, aborted[0].last_offset.0, aborted[0].last_stable_offset.0),
            (10, 15, 16)
        );
        let ended = s.unstable().unwrap();
        assert_eq!((ended.first_offset(15), ended.first_offset(16)), (Some(10), None));
        s.on_high_watermark(16);
        assert_eq!(s.unstable(), None);
        end.marker = Some(EndMarker { abort: true, coordinator_epoch: 2 });
        let fenced = s.check(&[end], AppendOrigin::Coordinator, &tp);
        assert!(matches!(fenced, Err(LogError::CoordinatorFenced(_))));
    }

    #[test]
    fn producers_expire_unless_in_a_transaction() {
        let mut s = ProducerState::default();
        push(&mut s, &batch(0, 1, 1, 0, 0)).unwrap();
        let mut open = batch(1, 1, 2, 0, 0);
        open.transactional = true;
        push(&mut s, &open).unwrap();
        assert_eq!(s.remove_expired(1500, 1000), 0);
        assert_eq!(s.remove_expired(2000, 1000), 1);
        assert_eq!(s.sorted()[0].0, 2);
    }
}
