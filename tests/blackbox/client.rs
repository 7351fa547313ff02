//! One connection to a broker that speaks any version of any API without asking first.

use crate::harness::PATIENCE;
use bytes::Bytes;
use rkafka_protocol::{
    Message, Reader, Records, Request, Writer,
    messages::*,
    record::{BatchBuilder, BatchOptions},
    request_header_version, response_header_version,
};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

pub struct Client {
    stream: TcpStream,
    sent: i32,
    received: i32,
}

impl Client {
    pub fn connect(port: u16) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the broker accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Client { stream, sent: 0, received: 0 }
    }

    /// Sends a request and does not wait for its reply.
    pub fn send<Q: Request>(&mut self, request: &Q, version: i16) {
        self.sent += 1;
        let header_version = request_header_version(Q::KEY, version);
        let header = RequestHeader {
            request_api_key: Q::KEY as i16,
            request_api_version: version,
            correlation_id: self.sent,
            // The first header has no room for a name.
            client_id: Some(if header_version > 0 { "black-box".into() } else { String::new() }),
            ..Default::default()
        };
        let mut writer = Writer::plain();
        header.encode(&mut writer, header_version).expect("a header");
        request.encode(&mut writer, version).unwrap_or_else(|e| panic!("{:?} version {version}: {e}", Q::KEY));
        let body = writer.into_bytes();
        let frame = [&(body.len() as i32).to_be_bytes()[..], &body].concat();
        self.stream.write_all(&frame).expect("sent");
    }

    /// Reads the reply to the oldest unanswered request, which must be nothing but that version of the message.
    pub fn receive<Q: Request>(&mut self, version: i16) -> Q::Response {
        let what = format!("{:?} version {version}", Q::KEY);
        self.received += 1;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).unwrap_or_else(|e| panic!("no answer to {what}: {e}"));
        let mut body = vec![0; u32::from_be_bytes(length) as usize];
        self.stream.read_exact(&mut body).expect("the whole answer");
        let mut reader = Reader::new(Bytes::from(body));
        let header = ResponseHeader::decode(&mut reader, response_header_version(Q::KEY, version)).expect("a header");
        assert_eq!(header.correlation_id, self.received, "{what}");
        let response = Q::Response::decode(&mut reader, version).unwrap_or_else(|e| panic!("{what}: {e}"));
        reader.finish().unwrap_or_else(|e| panic!("{what}: {e}"));
        response
    }

    pub fn ask<Q: Request>(&mut self, request: &Q, version: i16) -> Q::Response {
        self.send(request, version);
        self.receive::<Q>(version)
    }

    /// A request of which no reply is expected was sent.
    pub fn expect_no_reply(&mut self) {
        self.received += 1;
    }

    /// Whether the broker answers with anything at all, rather than close the connection.
    pub fn try_receive(&mut self) -> bool {
        matches!(self.stream.read(&mut [0; 4]), Ok(n) if n > 0)
    }

    /// Waits until the broker closes the connection; fails if it answers instead.
    pub fn expect_closed(&mut self) {
        let mut byte = [0];
        match self.stream.read(&mut byte) {
            Ok(0) => {}
            Err(e) if e.kind() == io::ErrorKind::ConnectionReset => {}
            other => panic!("the connection is not closed: {other:?}"),
        }
    }
}

/// A batch of one record.
pub fn batch() -> Bytes {
    let mut builder = BatchBuilder::new(BatchOptions::default());
    builder.append(1_700_000_000_000.into(), Some(b"k"), Some(b"v"), &[]);
    builder.finish().expect("a batch")
}

/// A produce request of one batch for partition 0 of a topic.
pub fn produce(topic: &str, acks: i16, records: Bytes) -> ProduceRequest {
    use produce_request::{PartitionProduceData, TopicProduceData};
    let data = PartitionProduceData { records: Some(Records::Bytes(records)), ..Default::default() };
    let topic = TopicProduceData { name: topic.into(), partition_data: vec![data], ..Default::default() };
    ProduceRequest { acks, timeout_ms: 1_000, topic_data: vec![topic], ..Default::default() }
}

/// A fetch of partition 0 of a topic, by name and without a session (versions 4 to 12).
pub fn fetch(topic: &str, offset: i64, min_bytes: i32, max_wait_ms: i32) -> FetchRequest {
    use fetch_request::{FetchPartition, FetchTopic};
    let partition = FetchPartition {
        fetch_offset: offset,
        partition_max_bytes: 1 << 20,
        current_leader_epoch: -1,
        last_fetched_epoch: -1,
        ..Default::default()
    };
    let topic = FetchTopic { topic: topic.into(), partitions: vec![partition], ..Default::default() };
    FetchRequest { max_wait_ms, min_bytes, topics: vec![topic], session_epoch: -1, ..Default::default() }
}
