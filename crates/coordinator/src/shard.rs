//! Pure: what the state machine of one partition looks like from outside: inputs and a clock value go in, replies and
//! records to persist come out.

use bytes::Bytes;
use rkafka_base::Offset;
use rkafka_protocol::ErrorCode;

/// The clock value that comes with every input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970-01-01 UTC, for what is written into records.
    pub wall_ms: i64,
    /// Milliseconds of a clock that never goes back, for timers.
    pub mono_ms: i64,
}

/// Names a request whose reply is still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Names an append whose outcome is still to come. Unique within its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriteId(pub u64);

/// One record of the coordinator's log; no value is a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    pub key: Bytes,
    pub value: Option<Bytes>,
}

/// Records to append as one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub id: WriteId,
    pub records: Vec<LogRecord>,
    /// The batch's base sequence. Kafka writes −1, and 0 on offset commits, both without a producer id.
    pub base_sequence: i32,
}

/// What happens to a shard.
#[derive(Debug)]
pub enum Input<R> {
    /// A request; its reply carries the same ticket, now or with a later input.
    Request(Ticket, R),
    /// The outcome of a write: the offset of its first record, or why it failed.
    Written(WriteId, Result<Offset, ErrorCode>),
    /// Time has passed: [`Shard::next_deadline`] is due.
    Tick,
}

/// What a shard wants done.
#[derive(Debug)]
pub struct Effects<P> {
    pub replies: Vec<(Ticket, P)>,
    /// Appends in the order in which they must reach the log.
    pub writes: Vec<Write>,
}

impl<P> Default for Effects<P> {
    fn default() -> Effects<P> {
        Effects { replies: Vec::new(), writes: Vec::new() }
    }
}

/// The state machine of one partition.
pub trait Shard: Send + Sized + 'static {
    type Request: Send + 'static;
    type Reply: Send + 'static;

    /// Decides and applies one input.
    fn handle(&mut self, input: Input<Self::Request>, now: Now) -> Effects<Self::Reply>;

    /// The monotonic time in milliseconds of the next [`Input::Tick`] that it needs.
    fn next_deadline(&self) -> Option<i64>;

    /// The partition has another leader: answers everybody who still waits.
    fn unload(self) -> Effects<Self::Reply>;

    /// The reply to a request that cannot reach the shard, because the partition is led elsewhere or is loading.
    fn refuse(request: Self::Request, code: ErrorCode) -> Self::Reply;
}

/// Rebuilds a shard from its log, record by record in log order.
pub trait Loader: Send + 'static {
    type Shard: Shard;

    /// One record. `batch` is the base offset of its batch.
    fn record(&mut self, batch: BatchFacts, record: LogRecord);

    /// An end-of-transaction marker.
    fn marker(&mut self, producer_id: i64, committed: bool);

    /// The shard as of the end of the log.
    fn finish(self, now: Now) -> (Self::Shard, Effects<<Self::Shard as Shard>::Reply>);
}

/// What a loader needs to know of the batch around a record.
#[derive(Clone, Copy, Debug)]
pub struct BatchFacts {
    pub base_offset: Offset,
    /// The producer's id if the batch belongs to a transaction.
    pub transaction: Option<i64>,
}
