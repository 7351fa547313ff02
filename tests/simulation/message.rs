//! What travels between the parts of a simulated cluster.

use super::disk::Record;
use super::zookeeper::{Answer, Call, SessionId};
use bytes::Bytes;
use rkafka_controller as controller;
use rkafka_protocol::ErrorCode;
use rkafka_protocol::messages::{AlterPartitionRequest, AlterPartitionResponse};
use rkafka_zookeeper_client::EventType;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    Broker(i32),
    Client(usize),
    ZooKeeper,
}

#[derive(Clone, Debug)]
pub struct Envelope {
    pub from: Endpoint,
    pub to: Endpoint,
    /// The process that it is for: a connection does not outlive one.
    pub to_run: u64,
    pub message: Message,
}

#[derive(Clone, Debug)]
pub enum Message {
    /// From the controller.
    Order {
        call: u64,
        message: controller::Message,
    },
    /// The code of the whole, and of each partition that the order named.
    OrderAnswer {
        call: u64,
        code: ErrorCode,
        partitions: Vec<(usize, ErrorCode)>,
    },
    Fetch(Fetch),
    FetchAnswer(FetchAnswer),
    /// Where does the leader's log end?
    AskEnd {
        call: u64,
        partition: usize,
        leader_epoch: i32,
    },
    EndAnswer(EndAnswer),
    Alter {
        call: u64,
        request: AlterPartitionRequest,
    },
    AlterAnswer {
        call: u64,
        response: AlterPartitionResponse,
    },
    Produce(Produce),
    ProduceAnswer {
        call: u64,
        result: Result<i64, ErrorCode>,
    },
    Consume {
        call: u64,
        partition: usize,
        offset: i64,
    },
    ConsumeAnswer {
        call: u64,
        partition: usize,
        offset: i64,
        result: Result<Vec<Record>, ErrorCode>,
    },
    /// A consumer commits where it is.
    Commit {
        call: u64,
        group: String,
        offset: i64,
        /// How many commits had been acknowledged when it was sent.
        after: usize,
    },
    CommitAnswer {
        call: u64,
        code: ErrorCode,
    },
    /// A consumer asks where it was.
    AskOffset {
        call: u64,
        group: String,
    },
    OffsetAnswer {
        call: u64,
        result: Result<i64, ErrorCode>,
    },
    ZkCall {
        session: SessionId,
        token: u64,
        call: Call,
    },
    ZkAnswer {
        session: SessionId,
        token: u64,
        answer: Answer,
    },
    /// From the product's client: on which of its connections, and as which operation on it.
    ZkOperation {
        session: SessionId,
        connection: u64,
        number: u64,
        call: Call,
    },
    ZkResult {
        session: SessionId,
        connection: u64,
        number: u64,
        answer: Answer,
    },
    ZkWatch {
        session: SessionId,
        kind: EventType,
        path: String,
    },
    ZkExpired {
        session: SessionId,
    },
}

/// A follower's fetch of one partition.
#[derive(Clone, Copy, Debug)]
pub struct Fetch {
    pub call: u64,
    pub partition: usize,
    pub replica: i32,
    /// Its registration.
    pub broker_epoch: i64,
    pub leader_epoch: i32,
    pub offset: i64,
    /// The epoch of the last record that the follower has.
    pub last_epoch: i32,
}

#[derive(Clone, Debug)]
pub struct FetchAnswer {
    pub call: u64,
    pub partition: usize,
    pub result: Result<Fetched, ErrorCode>,
}

#[derive(Clone, Copy, Debug)]
pub struct EndAnswer {
    pub call: u64,
    pub partition: usize,
    pub result: Result<i64, ErrorCode>,
}

#[derive(Clone, Debug, Default)]
pub struct Fetched {
    pub watermark: i64,
    /// Where the leader's log parts from the follower's: epoch and end offset.
    pub diverging: Option<(i32, i64)>,
    /// As they lay in the leader's file when they were sent.
    pub records: Bytes,
}

#[derive(Clone, Copy, Debug)]
pub struct Produce {
    pub call: u64,
    pub partition: usize,
    pub value: u64,
    pub acks_all: bool,
}
