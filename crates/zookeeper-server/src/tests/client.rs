//! A server in memory and clients that speak to it in frames.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::connection::ConnId;
use crate::core::{Core, Effect, LogEntry, Now};
use crate::database::Database;
use crate::rules::Rules;
use rkafka_jute::{
    Acl, ConnectRequest, ConnectResponse, CreateRequest, DeleteRequest, ExistsRequest, GetChildrenRequest,
    GetDataRequest, Input, MultiOp, MultiRequest, OpCode, Output, Record, ReplyHeader, RequestHeader, SetDataRequest,
    WatcherEvent, ZkError,
};

/// A core whose disk is a vector.
pub struct Server {
    pub core: Core,
    pub log: Vec<LogEntry>,
    /// Frames that clients have been sent, without their lengths.
    pub sent: Vec<(u64, Vec<u8>)>,
    pub closed: Vec<u64>,
    pub now_ms: i64,
    next_xid: i32,
}

impl Server {
    pub fn new() -> Server {
        Server::with(Rules { extended_types: true, ..Rules::default() }, Database::default())
    }

    pub fn with(rules: Rules, database: Database) -> Server {
        let core = Core::new(rules, database, Now { wall: 1_700_000_000_000, elapsed: 0 });
        Server { core, log: Vec::new(), sent: Vec::new(), closed: Vec::new(), now_ms: 0, next_xid: 1 }
    }

    pub fn now(&self) -> Now {
        Now { wall: 1_700_000_000_000 + self.now_ms, elapsed: self.now_ms }
    }

    /// Takes what the core produced.
    pub fn collect(&mut self) {
        self.log.extend(self.core.take_entries());
        for effect in self.core.take_effects() {
            match effect {
                Effect::Send(conn, bytes) => self.sent.push((conn.0, bytes[4..].to_vec())),
                Effect::Close(conn) => self.closed.push(conn.0),
            }
        }
    }

    /// Everything logged so far is on disk.
    pub fn persist(&mut self) {
        self.collect();
        let last = self.log.last().map_or(0, |entry| entry.zxid);
        self.core.persisted(last, self.now());
        self.collect();
    }

    /// Opens a connection without a session.
    pub fn accept(&mut self, conn: u64) {
        let address: SocketAddr = "127.0.0.1:40000".parse().unwrap();
        self.core.connected(ConnId(conn), address, self.now());
    }

    pub fn frame(&mut self, conn: u64, bytes: &[u8]) {
        let now = self.now();
        self.core.receive(ConnId(conn), bytes, now);
    }

    /// A new session on connection `conn`.
    pub fn connect(&mut self, conn: u64) -> ConnectResponse {
        self.reconnect(conn, ConnectRequest { timeout_ms: 10_000, ..ConnectRequest::default() })
    }

    pub fn reconnect(&mut self, conn: u64, request: ConnectRequest) -> ConnectResponse {
        self.accept(conn);
        let request = ConnectRequest { read_only: Some(false), ..request };
        self.frame(conn, &request.to_bytes());
        self.persist();
        ConnectResponse::from_bytes(&self.take(conn).pop().unwrap()).unwrap()
    }

    /// The frames that `conn` was sent since the last look.
    pub fn take(&mut self, conn: u64) -> Vec<Vec<u8>> {
        let (own, others) = std::mem::take(&mut self.sent).into_iter().partition(|(to, _)| *to == conn);
        self.sent = others;
        own.into_iter().map(|(_, bytes)| bytes).collect()
    }

    /// Sends a request and does not wait.
    pub fn send(&mut self, conn: u64, op: OpCode, body: &impl Record) -> i32 {
        let xid = self.next_xid;
        self.next_xid += 1;
        let mut output = Output::new();
        RequestHeader { xid, op }.write(&mut output);
        body.write(&mut output);
        self.frame(conn, output.as_slice());
        xid
    }

    /// Sends a request, makes it durable, and returns the events before the reply and the reply.
    pub fn call(&mut self, conn: u64, op: OpCode, body: &impl Record) -> (Vec<WatcherEvent>, Result<Vec<u8>, ZkError>) {
        let xid = self.send(conn, op, body);
        self.persist();
        let mut events = Vec::new();
        for frame in self.take(conn) {
            let mut input = Input::new(&frame);
            let header = ReplyHeader::read(&mut input).unwrap();
            if header.xid == -1 {
                events.push(WatcherEvent::read(&mut input).unwrap());
            } else {
                assert_eq!(header.xid, xid);
                return (events, header.err.ok().map(|()| input.rest().to_vec()));
            }
        }
        panic!("no reply");
    }

    pub fn ask<T: Record>(&mut self, conn: u64, op: OpCode, body: &impl Record) -> Result<T, ZkError> {
        self.call(conn, op, body).1.map(|bytes| T::from_bytes(&bytes).unwrap())
    }

    pub fn create(&mut self, conn: u64, path: &str, flags: i32) -> Result<String, ZkError> {
        self.ask(conn, OpCode::CREATE, &create(path, flags))
    }
}

pub fn create(path: &str, flags: i32) -> CreateRequest {
    CreateRequest { path: path.into(), data: Some(Bytes::from_static(b"x")), acl: Acl::open(), flags }
}

pub fn delete(path: &str) -> DeleteRequest {
    DeleteRequest { path: path.into(), version: -1 }
}

pub fn set(path: &str, data: &'static [u8], version: i32) -> SetDataRequest {
    SetDataRequest { path: path.into(), data: Some(Bytes::from_static(data)), version }
}

pub fn get(path: &str, watch: bool) -> GetDataRequest {
    GetDataRequest { path: path.into(), watch }
}

pub fn exists(path: &str, watch: bool) -> ExistsRequest {
    ExistsRequest { path: path.into(), watch }
}

pub fn children(path: &str, watch: bool) -> GetChildrenRequest {
    GetChildrenRequest { path: path.into(), watch }
}

pub fn multi(ops: Vec<MultiOp>) -> MultiRequest {
    MultiRequest { ops }
}
