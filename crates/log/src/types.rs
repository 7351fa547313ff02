//! Pure: what a log is asked with and what it answers.

use rkafka_base::{LeaderEpoch, Offset, ProducerId, TimestampMs};
use rkafka_protocol::Records;

/// Who wrote the records; decides what is checked (`AppendOrigin`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A producer, through Produce: sequence numbers must follow each other.
    Client,
    /// A coordinator of this broker, or a transaction marker: producer epochs are checked, sequences not.
    Coordinator,
    /// The leader: taken as it is.
    Replication,
}

/// What an append did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The offset of the first record.
    pub first_offset: Offset,
    /// The offset of the last record.
    pub last_offset: Offset,
    /// The largest timestamp of the records, −1 if they carry none.
    pub max_timestamp: TimestampMs,
    /// Where the log starts, for the produce response.
    pub log_start: Offset,
    /// The records were in the log already: nothing was written, and the offsets are those of the first time.
    pub duplicate: bool,
    /// A new segment was begun before these records; the old one waits for its fsync.
    pub rolled: bool,
    /// Bytes of batches that were written.
    pub bytes: usize,
}

/// What a read found: whole batches from the one that holds the start offset on; the last may be cut off.
#[derive(Clone, Debug)]
pub struct ReadData {
    pub records: Records,
    /// The region starts with a batch that is larger than the bytes asked for and was cut off
    /// (`FetchDataInfo.firstEntryIncomplete`); only without `min_one_message`.
    pub first_batch_incomplete: bool,
    /// The base offset of the segment that was read.
    pub segment_base: Offset,
    /// Where in that segment the records lie, in bytes.
    pub position: u64,
}

/// An answer to a question for a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OffsetAndTimestamp {
    pub offset: Offset,
    /// −1 where the question was for an end of the log.
    pub timestamp: TimestampMs,
    /// The leader epoch in which the record was written, if known.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Where a leader epoch ends (`EpochEndOffset`): −1 and −1 if the epoch is newer than all known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochEndOffset {
    /// The greatest known epoch that is not greater than the one asked for.
    pub leader_epoch: LeaderEpoch,
    /// The first offset after it.
    pub end_offset: Offset,
}

impl EpochEndOffset {
    /// "Not known" (`UNDEFINED_EPOCH`, `UNDEFINED_EPOCH_OFFSET`).
    pub const UNDEFINED: EpochEndOffset = EpochEndOffset { leader_epoch: LeaderEpoch::NONE, end_offset: Offset(-1) };
}

/// A transaction that was aborted, as a fetch response with isolation level `read_committed` lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTxn {
    pub producer_id: ProducerId,
    /// The transaction's first record in this partition.
    pub first_offset: Offset,
    /// Its abort marker.
    pub last_offset: Offset,
    /// The last stable offset once the marker was written.
    pub last_stable_offset: Offset,
}

/// The offset of ListOffsets that asks for the log end (the broker narrows it to the high watermark).
pub const LATEST_TIMESTAMP: i64 = -1;
/// Asks for the log start.
pub const EARLIEST_TIMESTAMP: i64 = -2;
/// Asks for the record with the largest timestamp (KIP-734).
pub const MAX_TIMESTAMP: i64 = -3;
/// Asks for the first offset on local disk (KIP-405); without tiered storage the log start.
pub const EARLIEST_LOCAL_TIMESTAMP: i64 = -4;
/// Asks for the last offset in tiered storage (KIP-1005); without tiered storage −1.
pub const LATEST_TIERED_TIMESTAMP: i64 = -5;
