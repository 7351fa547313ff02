//! Pure: what the server knows about one client connection.

use core::net::SocketAddr;

use super::auth::address_text;
use super::stats::Latency;
use rkafka_jute::{Id, OpCode};
use rkafka_security::sasl::ServerExchange;

/// A connection of this process's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// One client connection.
#[derive(Debug)]
pub struct ConnectionState {
    pub address: SocketAddr,
    /// 0 until the session is established.
    pub session: i64,
    pub timeout_ms: i32,
    /// The connect request was seen; nothing but requests may follow.
    pub greeted: bool,
    /// The session is established: requests may be served.
    pub established: bool,
    /// The client sends (and expects) the readOnly field.
    pub knows_read_only: bool,
    /// No more requests are read; it closes when its replies are out.
    pub closing: bool,
    pub ids: Vec<Id>,
    /// The exchange by which the client proves who it is.
    pub sasl: Option<Box<ServerExchange>>,
    /// The subject of the client's certificate.
    pub certificate: Option<String>,
    /// Requests waiting in the server's queue.
    pub pending: usize,
    /// The bytes sent to it in one of the core's turns.
    pub unsent: (u64, usize),
    pub counters: Counters,
}

/// What `cons` and `stat` show of a connection.
#[derive(Debug, Default)]
pub struct Counters {
    pub established_ms: i64,
    pub received: u64,
    pub sent: u64,
    pub last_op: Option<OpCode>,
    pub last_cxid: i32,
    pub last_zxid: i64,
    pub last_response_ms: i64,
    pub latency: Latency,
}

impl ConnectionState {
    pub fn new(address: SocketAddr, now_ms: i64) -> ConnectionState {
        ConnectionState {
            address,
            session: 0,
            timeout_ms: 0,
            greeted: false,
            established: false,
            knows_read_only: true,
            closing: false,
            ids: vec![Id::new("ip", &address_text(address.ip()))],
            sasl: None,
            certificate: None,
            pending: 0,
            unsent: (0, 0),
            counters: Counters { established_ms: now_ms, last_zxid: -1, last_cxid: -1, ..Counters::default() },
        }
    }

    /// Adds a proved identity once.
    pub fn add_id(&mut self, id: Id) {
        if !self.ids.contains(&id) {
            self.ids.push(id);
        }
    }
}
