//! Pure: writes batches of magic 2.
//!
//! Records go straight into the one buffer that becomes the batch; the header in front of them is filled in at the end.

use super::varint::{Varints, put_varint, varint_len, varlong_len};
use super::{Attributes, BatchHeader, Codec, Header, RecordError, TimestampType, V2_HEADER, codec, patch};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs};

/// What a batch says besides its records.
#[derive(Clone, Debug)]
pub struct BatchOptions {
    pub codec: Codec,
    /// The codec's level; its own default if `None`.
    pub level: Option<i32>,
    pub base_offset: Offset,
    pub leader_epoch: LeaderEpoch,
    pub producer_id: ProducerId,
    pub producer_epoch: ProducerEpoch,
    pub base_sequence: i32,
    pub transactional: bool,
    pub control: bool,
    /// The append time of every record, if the broker sets the timestamps.
    pub append_time: Option<TimestampMs>,
}

impl Default for BatchOptions {
    fn default() -> BatchOptions {
        BatchOptions {
            codec: Codec::None,
            level: None,
            base_offset: Offset(0),
            leader_epoch: LeaderEpoch::NONE,
            producer_id: ProducerId::NONE,
            producer_epoch: ProducerEpoch(-1),
            base_sequence: -1,
            transactional: false,
            control: false,
            append_time: None,
        }
    }
}

/// A batch being written.
#[derive(Debug)]
pub struct BatchBuilder {
    options: BatchOptions,
    /// Room for the header, then the records, uncompressed.
    buf: Vec<u8>,
    count: i32,
    last_offset_delta: i32,
    base_timestamp: i64,
    max_timestamp: i64,
}

impl BatchBuilder {
    pub fn new(options: BatchOptions) -> BatchBuilder {
        BatchBuilder::with_capacity(options, 0)
    }

    /// Reserves `capacity` bytes for the whole batch at once.
    pub fn with_capacity(options: BatchOptions, capacity: usize) -> BatchBuilder {
        let mut buf = Vec::with_capacity(capacity.max(V2_HEADER));
        buf.resize(V2_HEADER, 0);
        BatchBuilder { options, buf, count: 0, last_offset_delta: -1, base_timestamp: -1, max_timestamp: -1 }
    }

    /// The batch's size so far in bytes, header included, before compression.
    pub fn size(&self) -> usize {
        self.buf.len()
    }

    /// How many records are in.
    pub fn count(&self) -> i32 {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The offset after the last record.
    pub fn next_offset(&self) -> Offset {
        self.options.base_offset.plus(i64::from(self.last_offset_delta) + 1)
    }

    /// The largest timestamp so far, or the append time; −1 without any.
    pub fn max_timestamp(&self) -> TimestampMs {
        self.options.append_time.unwrap_or(TimestampMs(self.max_timestamp))
    }

    /// Appends a record at the next offset.
    #[inline]
    pub fn append(&mut self, timestamp: TimestampMs, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) {
        self.put(self.last_offset_delta.wrapping_add(1), timestamp.0, key, value, headers);
    }

    /// Appends a record at `offset`, which is past the last record's and within an int32 of the base offset.
    ///
    /// # Errors
    /// [`RecordError::Malformed`] for another offset; the batch is as before.
    pub fn append_at(
        &mut self,
        offset: Offset,
        timestamp: TimestampMs,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[Header],
    ) -> Result<(), RecordError> {
        let delta = i32::try_from(offset.0 - self.options.base_offset.0);
        let delta = delta.ok().filter(|delta| *delta > self.last_offset_delta);
        let delta = delta.ok_or(RecordError::Malformed("an offset does not fit into the batch"))?;
        self.put(delta, timestamp.0, key, value, headers);
        Ok(())
    }

    #[inline]
    fn put(&mut self, delta: i32, timestamp: i64, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) {
        if self.count == 0 {
            self.base_timestamp = timestamp;
        }
        self.max_timestamp = self.max_timestamp.max(timestamp);
        let timestamp_delta = timestamp.wrapping_sub(self.base_timestamp);
        let key_len = key.map_or(-1, |key| key.len() as i32);
        let value_len = value.map_or(-1, |value| value.len() as i32);
        let body = 1
            + varlong_len(timestamp_delta)
            + varint_len(delta)
            + field_len(key_len)
            + field_len(value_len)
            + headers_len(headers);
        let start = self.buf.len();
        self.buf.reserve(body + 5);
        let mut head = Varints::<32>::new();
        head.varint(body as i32);
        head.byte(0);
        head.varlong(timestamp_delta);
        head.varint(delta);
        head.varint(key_len);
        if let Some(key) = key {
            self.buf.extend_from_slice(head.bytes());
            self.buf.extend_from_slice(key);
            head = Varints::new();
        }
        head.varint(value_len);
        self.buf.extend_from_slice(head.bytes());
        self.buf.extend_from_slice(value.unwrap_or_default());
        put_headers(&mut self.buf, headers);
        debug_assert_eq!(self.buf.len() - start, varint_len(body as i32) + body, "a record is as long as it says");
        debug_assert!(delta > self.last_offset_delta, "offsets ascend: {delta} after {}", self.last_offset_delta);
        self.last_offset_delta = delta;
        self.count += 1;
    }

    /// How large the batch would be with this record, before compression. An upper bound.
    pub fn size_with(&self, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) -> usize {
        self.size() + record_size_bound(key, value, headers)
    }

    /// Sets the idempotent producer's place of this batch; a producer knows it only when it sends.
    pub fn set_producer(&mut self, id: ProducerId, epoch: ProducerEpoch, base_sequence: i32) {
        self.options.producer_id = id;
        self.options.producer_epoch = epoch;
        self.options.base_sequence = base_sequence;
    }

    /// Sets every record's timestamp to the broker's time of append, or takes that back.
    pub(crate) fn set_append_time(&mut self, append_time: Option<TimestampMs>) {
        self.options.append_time = append_time;
    }

    /// Compresses the records and fills in the header.
    ///
    /// # Errors
    /// [`RecordError::TooMuchData`] if the batch is longer than an int32 can say; what the codec finds.
    pub fn finish(self) -> Result<Bytes, RecordError> {
        let BatchBuilder { options, mut buf, .. } = self;
        if i32::try_from(buf.len()).is_err() {
            return Err(RecordError::TooMuchData { limit: i32::MAX as usize });
        }
        if options.codec != Codec::None {
            let mut compressed = Vec::with_capacity(buf.len() / 2 + V2_HEADER);
            compressed.resize(V2_HEADER, 0);
            codec::compress(options.codec, options.level, &buf[V2_HEADER..], &mut compressed)?;
            buf = compressed;
        }
        let length = i32::try_from(buf.len() - super::ENTRY_PREFIX)
            .map_err(|_| RecordError::TooMuchData { limit: i32::MAX as usize })?;
        let attributes = Attributes::default()
            .with_codec(options.codec)
            .with_transactional(options.transactional)
            .with_control(options.control)
            .with_timestamp_type(match options.append_time {
                Some(_) => TimestampType::LogAppendTime,
                None => TimestampType::CreateTime,
            });
        let max_timestamp = options.append_time.map_or(self.max_timestamp, |time| time.0);
        let head = &mut buf[..V2_HEADER];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            head[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(&options.base_offset.0.to_be_bytes());
        put(&length.to_be_bytes());
        put(&options.leader_epoch.0.to_be_bytes());
        put(&[2]);
        put(&[0; 4]);
        put(&attributes.0.to_be_bytes());
        put(&self.last_offset_delta.to_be_bytes());
        put(&self.base_timestamp.to_be_bytes());
        put(&max_timestamp.to_be_bytes());
        put(&options.producer_id.0.to_be_bytes());
        put(&options.producer_epoch.0.to_be_bytes());
        put(&options.base_sequence.to_be_bytes());
        put(&self.count.to_be_bytes());
        assert_eq!(at, V2_HEADER, "the header is full");
        patch::checksum(&mut buf);
        debug_assert!(
            BatchHeader::parse(&buf)
                .is_ok_and(|header| header.is_some_and(|h| h.size == buf.len() && h.count == self.count)),
            "a batch of {} records is read as it is written",
            self.count
        );
        Ok(Bytes::from(buf))
    }
}

/// The most bytes that a record takes in a batch of magic 2, before compression.
#[inline]
pub fn record_size_bound(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[Header]) -> usize {
    // Size, attributes, timestamp delta, offset delta, lengths of key and value.
    5 + 1 + 10 + 5 + 5 + 5 + key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len) + headers_len(headers)
}

fn field_len(len: i32) -> usize {
    varint_len(len) + len.max(0) as usize
}

#[inline]
fn headers_len(headers: &[Header]) -> usize {
    let one = |header: &Header| {
        field_len(header.key.len() as i32) + field_len(header.value.as_ref().map_or(-1, |v| v.len() as i32))
    };
    varint_len(headers.len() as i32) + headers.iter().map(one).sum::<usize>()
}

#[inline]
fn put_headers(buf: &mut Vec<u8>, headers: &[Header]) {
    put_varint(buf, headers.len() as i32);
    for header in headers {
        put_varint(buf, header.key.len() as i32);
        buf.extend_from_slice(&header.key);
        match &header.value {
            Some(value) => {
                put_varint(buf, value.len() as i32);
                buf.extend_from_slice(value);
            }
            None => put_varint(buf, -1),
        }
    }
}
