//! The last messages over all partitions, by time: what `--tail` shows first.
//!
//! Each partition is read from so many offsets before its end. Where offsets have no message (transactions, compaction) and
//! too few came, the part before that is read, twice as long each time.

use super::{bounds::Log, formatter::Shown};
use bytes::Bytes;
use rkafka_base::TopicPartition;
use rkafka_client::{
    ClientError,
    consumer::{Consumer, Fetched},
};
use rkafka_protocol::record::{
    Batch, BatchBuilder, BatchOptions, Header, MAX_DECOMPRESSED, OpenBatch, RecordError, TimestampType,
};
use std::{collections::BTreeMap, time::Duration};

/// The most bytes of messages that are held.
const MAX_BYTES: usize = 512 << 20;
/// How long one poll waits; positions are looked at in between.
const POLL: Duration = Duration::from_millis(500);

/// Where a message stands among all: by time, then by place.
type Place = (i64, TopicPartition, i64);

/// A message that may be among the last.
#[derive(Debug)]
struct Kept {
    /// A batch of its own.
    batch: Bytes,
    timestamp_type: Option<TimestampType>,
}

/// The latest messages so far.
#[derive(Debug)]
pub struct Tail {
    wanted: u64,
    kept: BTreeMap<Place, Kept>,
    bytes: usize,
}

/// A part of a partition that is to be looked at.
#[derive(Clone, Debug)]
struct Window {
    earliest: i64,
    from: i64,
    before: i64,
    /// How many messages were found in it and behind it.
    found: u64,
}

impl Tail {
    /// Reads the last `wanted` messages before the ends of the logs. May be dropped at any wait.
    ///
    /// Errors: what cannot be healed by trying again; they take too much memory.
    pub async fn read(
        consumer: &mut Consumer,
        wanted: u64,
        logs: &[(TopicPartition, Log)],
    ) -> Result<Tail, ClientError> {
        let mut tail = Tail { wanted, kept: BTreeMap::new(), bytes: 0 };
        let back = i64::try_from(wanted).unwrap_or(i64::MAX);
        let window = |log: &Log| {
            let from = log.latest.saturating_sub(back).max(log.earliest);
            Window { earliest: log.earliest, from, before: log.latest, found: 0 }
        };
        let mut windows: BTreeMap<TopicPartition, Window> =
            logs.iter().map(|(partition, log)| (partition.clone(), window(log))).collect();
        loop {
            windows.retain(|_, window| window.from < window.before);
            if windows.is_empty() {
                return Ok(tail);
            }
            tail.read_windows(consumer, &mut windows).await?;
            windows.retain(|_, window| window.found < wanted);
            windows.values_mut().for_each(Window::step_back);
        }
    }

    async fn read_windows(
        &mut self,
        consumer: &mut Consumer,
        windows: &mut BTreeMap<TopicPartition, Window>,
    ) -> Result<(), ClientError> {
        let partitions: Vec<TopicPartition> = windows.keys().cloned().collect();
        consumer.assign(&partitions);
        for (partition, window) in &*windows {
            consumer.seek(partition, window.from)?;
            consumer.pause(partition, false)?;
        }
        let mut left = partitions;
        while !left.is_empty() {
            if let Some(fetched) = consumer.poll(POLL).await?
                && let Some(window) = windows.get_mut(&fetched.partition)
            {
                self.take(fetched, window)?;
            }
            for partition in &left {
                if is_past(consumer, windows, partition) {
                    consumer.pause(partition, true)?;
                }
            }
            left.retain(|partition| !is_past(consumer, windows, partition));
        }
        Ok(())
    }

    fn take(&mut self, mut fetched: Fetched, window: &mut Window) -> Result<(), ClientError> {
        let partition = fetched.partition.clone();
        while let Some(batch) = fetched.next_batch() {
            let batch = batch?;
            let timestamp_type = (batch.magic() > 0).then(|| batch.timestamp_type());
            for record in batch.records() {
                let record = record.map_err(|error| unreadable(&partition, &error))?;
                if record.offset.0 >= window.before {
                    return Ok(());
                }
                window.found += 1;
                let shown = Shown {
                    topic: &partition.topic,
                    partition: partition.partition,
                    timestamp_type,
                    delivery: None,
                    record,
                };
                self.keep(&partition, &shown)?;
            }
        }
        Ok(())
    }

    /// Keeps a message if it is among the latest.
    fn keep(&mut self, partition: &TopicPartition, shown: &Shown<'_>) -> Result<(), ClientError> {
        let record = &shown.record;
        let place = (record.timestamp.0, partition.clone(), record.offset.0);
        let is_full = self.kept.len() as u64 >= self.wanted;
        if is_full && self.kept.first_key_value().is_some_and(|(first, _)| *first > place) {
            return Ok(());
        }
        let mut builder = BatchBuilder::new(BatchOptions { base_offset: record.offset, ..BatchOptions::default() });
        let copy = Bytes::copy_from_slice;
        let headers = record.headers.iter().map(|(key, value)| Header { key: copy(key), value: value.map(copy) });
        builder.append(record.timestamp, record.key, record.value, &headers.collect::<Vec<_>>());
        let batch = builder.finish().map_err(|error| unreadable(partition, &error))?;
        self.bytes += batch.len();
        self.kept.insert(place, Kept { batch, timestamp_type: shown.timestamp_type });
        while self.kept.len() as u64 > self.wanted {
            if let Some((_, dropped)) = self.kept.pop_first() {
                self.bytes -= dropped.batch.len();
            }
        }
        if self.bytes > MAX_BYTES {
            let (count, limit) = (self.kept.len(), MAX_BYTES >> 20);
            return Err(ClientError::State(format!(
                "The last {count} messages take more than {limit} MiB: choose a smaller --tail, or read --from a place"
            )));
        }
        Ok(())
    }

    /// Hands the messages out in the order of time.
    ///
    /// Errors: a message cannot be read back.
    pub fn take_next(&mut self) -> Result<Option<TailRecord>, ClientError> {
        let Some(((_, partition, _), kept)) = self.kept.pop_first() else { return Ok(None) };
        self.bytes -= kept.batch.len();
        let open = Batch::parse(&kept.batch).and_then(|batch| batch.open(MAX_DECOMPRESSED));
        let open = open.map_err(|error| unreadable(&partition, &error))?;
        Ok(Some(TailRecord { partition, open, timestamp_type: kept.timestamp_type }))
    }
}

/// One of the last messages.
#[derive(Debug)]
pub struct TailRecord {
    partition: TopicPartition,
    open: OpenBatch,
    timestamp_type: Option<TimestampType>,
}

impl TailRecord {
    /// The message. Errors: it cannot be read back.
    pub fn shown(&self) -> Result<Shown<'_>, ClientError> {
        let record = self.open.records().next().unwrap_or(Err(RecordError::Malformed("a batch has no record")));
        let record = record.map_err(|error| unreadable(&self.partition, &error))?;
        let (topic, partition, timestamp_type) =
            (&*self.partition.topic, self.partition.partition, self.timestamp_type);
        Ok(Shown { topic, partition, timestamp_type, delivery: None, record })
    }
}

impl Window {
    /// The part before it, twice as long as all so far.
    fn step_back(&mut self) {
        let length = (self.before - self.from).saturating_mul(2);
        self.before = self.from;
        self.from = self.from.saturating_sub(length).max(self.earliest);
    }
}

fn is_past(consumer: &Consumer, windows: &BTreeMap<TopicPartition, Window>, partition: &TopicPartition) -> bool {
    let position = consumer.position(partition);
    let before = windows.get(partition).map(|window| window.before);
    position.zip(before).is_some_and(|(position, before)| position >= before)
}

fn unreadable(partition: &TopicPartition, error: &RecordError) -> ClientError {
    ClientError::State(format!("{partition}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::{Offset, TimestampMs};

    fn keep(tail: &mut Tail, partition: i32, offset: i64, time: i64) {
        let mut builder = BatchBuilder::new(BatchOptions { base_offset: Offset(offset), ..BatchOptions::default() });
        let headers = [Header { key: "h".into(), value: None }];
        builder.append(TimestampMs(time), None, Some(format!("{partition}:{offset}").as_bytes()), &headers);
        let open = Batch::parse(&builder.finish().unwrap()).unwrap().open(1 << 20).unwrap();
        let record = open.records().next().unwrap().unwrap();
        let at = TopicPartition::new("t", partition);
        let timestamp_type = Some(TimestampType::CreateTime);
        tail.keep(&at, &Shown { topic: "t", partition, timestamp_type, delivery: None, record }).unwrap();
    }

    #[test]
    fn the_last_ones_in_order_of_time() {
        let mut tail = Tail { wanted: 3, kept: BTreeMap::new(), bytes: 0 };
        for (partition, offset, time) in [(1, 5, 30), (0, 7, 10), (1, 6, 20), (0, 8, 30), (0, 9, 5)] {
            keep(&mut tail, partition, offset, time);
        }
        let mut seen = Vec::new();
        while let Some(one) = tail.take_next().unwrap() {
            let record = one.shown().unwrap().record;
            let value = String::from_utf8_lossy(record.value.unwrap()).into_owned();
            seen.push((value, record.offset.0, record.timestamp.0, record.headers.len()));
        }
        assert_eq!(seen, [("1:6".into(), 6, 20, 1), ("0:8".into(), 8, 30, 1), ("1:5".into(), 5, 30, 1)]);
        assert_eq!(tail.bytes, 0);
    }

    #[test]
    fn windows_grow() {
        let mut window = Window { earliest: 5, from: 90, before: 100, found: 0 };
        let mut steps = Vec::new();
        for _ in 0..4 {
            window.step_back();
            steps.push((window.from, window.before));
        }
        assert_eq!(steps, [(70, 90), (30, 70), (5, 30), (5, 5)]);
    }
}
