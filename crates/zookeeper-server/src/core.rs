//! Pure: the server between its sockets and its disk. A request goes in; frames to send, connections to close and log
//! entries to persist come out.
//!
//! A write is prepared against the tree as it will be (`ops`), becomes a transaction with the next zxid and a log entry,
//! and waits in the queue. When the driver says that the entry is on disk ([`Core::persisted`]) it is applied to the
//! database, watches fire, and the reply goes out. Reads are answered at once, unless their connection has a request in
//! the queue: replies of one connection keep the order of its requests.

use core::net::SocketAddr;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::connection::{ConnId, ConnectionState};
use super::database::{Applied, Change, Database};
use super::ops::{self, Prepare, Read, Skip};
use super::pending::{Changes, PendingChanges};
use super::rules::Rules;
use super::sessions::Sessions;
use super::stats::Stats;
use super::watches::Watches;
use super::{acl, log_entry, metrics, reply};
use rkafka_jute::{
    Acl, ErrorTxn, Input, OpCode, Output, Record as _, ReplyHeader, RequestHeader, Txn, TxnDigest, TxnHeader,
    WatcherEvent, ZkError, frame, perms, xid,
};

/// The two clocks, in ms: `wall` is written into nodes, `elapsed` never goes back and drives timeouts.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub wall: i64,
    pub elapsed: i64,
}

/// What the driver must do, in order.
#[derive(Debug)]
pub enum Effect {
    /// Send these bytes (whole frames).
    Send(ConnId, Vec<u8>),
    /// Close when everything before is sent.
    Close(ConnId),
}

/// A transaction for the log.
#[derive(Debug)]
pub struct LogEntry {
    pub zxid: i64,
    /// The entry without checksum and length.
    pub bytes: Vec<u8>,
}

/// A request in the queue.
#[derive(Debug)]
struct Queued {
    /// Who waits for the reply; expiry has nobody.
    conn: Option<ConnId>,
    header: RequestHeader,
    received_ms: i64,
    /// Its bytes, if it is a large request.
    large_bytes: usize,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Apply { header: TxnHeader, txn: Txn },
    Read { body: Vec<u8> },
}

/// All state of a running server except its files and sockets.
#[derive(Debug)]
pub struct Core {
    pub(super) rules: Rules,
    pub(super) database: Database,
    pub(super) sessions: Sessions,
    pub(super) watches: Watches,
    pub(super) connections: BTreeMap<ConnId, ConnectionState>,
    /// The connections of each session that has any.
    pub(super) by_session: HashMap<i64, BTreeSet<ConnId>>,
    pub(super) stats: Stats,
    pending: PendingChanges,
    queue: VecDeque<Queued>,
    /// The zxid of the last prepared transaction.
    prepared_zxid: i64,
    /// Bytes of the request at hand, if it is a large one; of all that are in the queue.
    large_request: usize,
    large_bytes: usize,
    /// When a passed quota was last logged, in ms.
    quota_warned_ms: i64,
    entries: Vec<LogEntry>,
    effects: Vec<Effect>,
    /// How often the effects were taken.
    pub(super) turn: u64,
}

impl Core {
    /// A server that continues from `database`; its sessions get a full timeout to come back.
    pub fn new(rules: Rules, database: Database, now: Now) -> Core {
        let mut sessions = Sessions::new(rules.tick_ms, now.wall);
        for (id, timeout_ms) in &database.sessions {
            sessions.track(*id, *timeout_ms, now.elapsed);
        }
        Core {
            pending: PendingChanges::new(database.tree.digest()),
            prepared_zxid: database.last_zxid,
            large_request: 0,
            large_bytes: 0,
            quota_warned_ms: i64::MIN / 2,
            rules,
            database,
            sessions,
            watches: Watches::default(),
            connections: BTreeMap::new(),
            by_session: HashMap::new(),
            stats: Stats::default(),
            queue: VecDeque::new(),
            entries: Vec::new(),
            effects: Vec::new(),
            turn: 0,
        }
    }

    pub fn connected(&mut self, conn: ConnId, address: SocketAddr, now: Now) {
        self.connections.insert(conn, ConnectionState::new(address, now.wall));
    }

    /// The socket is gone; its session lives on until it expires.
    pub fn disconnected(&mut self, conn: ConnId) {
        self.join_session(conn, 0);
        self.connections.remove(&conn);
        self.watches.remove_connection(conn);
    }

    /// One frame of a client.
    pub fn receive(&mut self, conn: ConnId, bytes: &[u8], now: Now) {
        self.stats.received(bytes.len() + 4);
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.closing {
            return;
        }
        connection.counters.received += 1;
        if !connection.greeted {
            return self.connect(conn, bytes, now);
        }
        let mut input = Input::new(bytes);
        let Ok(header) = RequestHeader::read(&mut input) else { return self.close(conn) };
        match header.op {
            OpCode::AUTH => self.authenticate(conn, header, input),
            OpCode::SASL => self.sasl(conn, header, input),
            _ if self.has_proved_enough(conn, header) => {
                let is_large = self.rules.large_request_threshold.is_some_and(|threshold| bytes.len() > threshold);
                self.large_request = if is_large { bytes.len() } else { 0 };
                self.submit(conn, header, input.rest(), now);
                self.large_request = 0;
            }
            _ => {}
        }
    }

    /// A four-letter word came instead of a frame; nothing else will. Whence it came.
    pub fn word_received(&mut self, conn: ConnId) -> Option<SocketAddr> {
        self.stats.received(4);
        let connection = self.connections.get_mut(&conn)?;
        connection.counters.received += 1;
        connection.closing = true;
        Some(connection.address)
    }

    fn submit(&mut self, conn: ConnId, header: RequestHeader, body: &[u8], now: Now) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let (session, timeout_ms) = (connection.session, connection.timeout_ms);
        // A request of a session that is over is dropped; the connection is about to be closed.
        if !self.sessions.touch(session, timeout_ms, now.elapsed) {
            return;
        }
        if !ops::is_known(header.op) {
            let unimplemented = ReplyHeader { xid: header.xid, zxid: -1, err: ZkError::UNIMPLEMENTED };
            self.send_frame(conn, |output| unimplemented.write(output));
            return self.close(conn);
        }
        self.stats.metrics.add(metrics::REQUESTS_PREPARED, 1);
        if ops::is_write(header.op) {
            self.prepare(Some(conn), session, header, body, now);
        } else {
            self.enqueue_or_serve(Some(conn), header, body, now);
        }
    }

    /// A request that is no transaction waits for those of its connection that are.
    fn enqueue_or_serve(&mut self, conn: Option<ConnId>, header: RequestHeader, body: &[u8], now: Now) {
        let Some(conn) = conn else { return };
        match self.connections.get(&conn) {
            Some(connection) if connection.pending > 0 => {
                self.enqueue(Some(conn), header, Work::Read { body: body.to_vec() }, now);
            }
            _ => self.serve(conn, header, body, now.elapsed, now),
        }
    }

    fn enqueue(&mut self, conn: Option<ConnId>, header: RequestHeader, work: Work, now: Now) {
        if let Some(connection) = conn.and_then(|conn| self.connections.get_mut(&conn)) {
            connection.pending += 1;
        }
        let large_bytes = std::mem::take(&mut self.large_request);
        self.large_bytes += large_bytes;
        self.queue.push_back(Queued { conn, header, received_ms: now.elapsed, large_bytes, work });
    }

    /// Decides what a write does and sends it on its way to the log. Failures take a zxid too, as in ZooKeeper.
    pub(super) fn prepare(&mut self, conn: Option<ConnId>, session: i64, header: RequestHeader, body: &[u8], now: Now) {
        let zxid = self.prepared_zxid + 1;
        assert!(zxid > self.database.last_zxid, "0x{zxid:x} is given out after 0x{:x}", self.database.last_zxid);
        self.prepared_zxid = zxid;
        let ids = conn.and_then(|conn| self.connections.get(&conn)).map(|connection| connection.ids.as_slice());
        let mut prepare = Prepare {
            changes: Changes::begin(&self.database, &mut self.pending),
            sessions: &mut self.sessions,
            rules: &self.rules,
            ids: ids.unwrap_or_default(),
            session,
            zxid,
            time: now.wall,
            now_ms: now.elapsed,
            refused_by_quota: None,
            quota_warned_ms: &mut self.quota_warned_ms,
            skip: Skip::Nothing,
        };
        let outcome = ops::prepare(&mut prepare, header.op, &mut Input::new(body));
        let (changes, skip) = (prepare.changes, prepare.skip);
        if let Some(namespace) = prepare.refused_by_quota {
            self.stats.metrics.refuse_by_quota(&namespace);
        }
        if skip != Skip::Nothing {
            if skip == Skip::EntryAndZxid {
                self.prepared_zxid -= 1;
            }
            return self.enqueue_or_serve(conn, header, body, now);
        }
        let (txn, digest) = match outcome {
            Ok(txn) => (txn, Some(changes.commit(zxid))),
            Err(err) => (Txn::Error(ErrorTxn { err }), None),
        };
        let op = txn.op();
        let txn_header = TxnHeader { client_id: session, cxid: header.xid, zxid, time: now.wall, op };
        let digest = digest.filter(|_| self.rules.digest);
        let digest = digest.map(|tree_digest| TxnDigest { version: super::digest::VERSION, tree_digest });
        self.stats.metrics.add(metrics::SYNC_QUEUED, 1);
        self.entries.push(LogEntry { zxid, bytes: log_entry::encode(&txn_header, &txn, digest) });
        self.enqueue(conn, header, Work::Apply { header: txn_header, txn }, now);
    }

    /// The entries up to `zxid` are on disk: their transactions take effect and are answered.
    pub fn persisted(&mut self, zxid: i64, now: Now) {
        while let Some(queued) = self.queue.front() {
            if matches!(&queued.work, Work::Apply { header, .. } if header.zxid > zxid) {
                return;
            }
            let Some(queued) = self.queue.pop_front() else { return };
            self.large_bytes -= queued.large_bytes;
            if let Some(connection) = queued.conn.and_then(|conn| self.connections.get_mut(&conn)) {
                connection.pending -= 1;
            }
            self.finish(queued, now);
        }
    }

    fn finish(&mut self, queued: Queued, now: Now) {
        let Queued { conn, header: request, received_ms, work, .. } = queued;
        match (work, conn) {
            (Work::Apply { header, txn }, conn) => {
                let applied = self.apply(&header, &txn);
                self.stats.applied(header.zxid, &txn, now.wall - header.time, self.database.tree.digest());
                match (request.op, conn) {
                    (OpCode::CREATE_SESSION, Some(conn)) if applied.err.is_ok() => self.finish_connect(conn, true),
                    (_, Some(conn)) => {
                        self.reply(conn, request, &applied);
                        self.count(conn, request, received_ms, now);
                    }
                    (_, None) => {}
                }
                if request.op == OpCode::CLOSE_SESSION {
                    self.sessions.remove(header.client_id);
                    self.close_session_connections(header.client_id);
                }
            }
            (Work::Read { body }, Some(conn)) => self.serve(conn, request, &body, received_ms, now),
            (Work::Read { .. }, None) => {}
        }
    }

    /// The transaction takes effect, and watches fire.
    fn apply(&mut self, header: &TxnHeader, txn: &Txn) -> Applied {
        let mut changes = Vec::new();
        let last = self.database.last_zxid;
        assert!(
            last < header.zxid && header.zxid <= self.prepared_zxid,
            "0x{:x} is applied after 0x{last:x}",
            header.zxid
        );
        let applied = self.database.apply(header, txn, &mut changes);
        self.pending.applied(header.zxid);
        debug_assert!(
            self.database.tree.has_quiet_changes() || self.pending.came_true(self.database.tree.digest()),
            "0x{:x} has made another tree than was decided: {txn:?}",
            header.zxid
        );
        self.notify(&changes);
        applied
    }

    fn reply(&mut self, conn: ConnId, request: RequestHeader, applied: &Applied) {
        let header = ReplyHeader { xid: request.xid, zxid: self.database.last_zxid, err: reply::error_of(applied) };
        let mut output = Output::with_capacity(64);
        frame::with(&mut output, |output| {
            header.write(output);
            if header.err.is_ok() && request.op != OpCode::CHECK {
                reply::write_body(applied, output);
            }
        });
        self.answer(conn, output);
    }

    /// Fires the watches of these changes.
    fn notify(&mut self, changes: &[Change]) {
        for change in changes {
            let events = self.watches.fire(change);
            self.stats.metrics.fired(&events);
            for (conn, event, acl) in events {
                if self.may_hear(conn, acl) {
                    self.send_event(conn, &event);
                }
            }
        }
    }

    /// Who may not read a node does not hear of it either.
    fn may_hear(&self, conn: ConnId, acl: &[Acl]) -> bool {
        let ids = self.connections.get(&conn).map(|connection| connection.ids.as_slice()).unwrap_or_default();
        self.rules.skip_acl || acl::check(acl, perms::READ, ids, &self.rules.schemes).is_ok()
    }

    fn send_event(&mut self, conn: ConnId, event: &WatcherEvent) {
        let header = ReplyHeader { xid: xid::NOTIFICATION, zxid: -1, err: ZkError::OK };
        let mut output = Output::with_capacity(64);
        frame::with(&mut output, |output| {
            header.write(output);
            event.write(output);
        });
        self.stats.metrics.add(metrics::WATCH_BYTES, frame::content(&output));
        self.push(conn, output);
    }

    /// Answers a read from the applied state. One that came before its session's end is answered also behind it.
    fn serve(&mut self, conn: ConnId, header: RequestHeader, body: &[u8], received_ms: i64, now: Now) {
        if self.is_owed_too_much(conn) {
            return self.close_greedy(conn);
        }
        let Some(connection) = self.connections.get(&conn) else { return };
        let mut read = Read {
            database: &self.database,
            watches: &mut self.watches,
            rules: &self.rules,
            ids: &connection.ids,
            session: connection.session,
            conn,
            events: Vec::new(),
            keeps_body: false,
        };
        let ok = ReplyHeader { xid: header.xid, zxid: self.database.last_zxid, err: ZkError::OK };
        let (mut output, mut in_vain) = (Output::with_capacity(64), 0);
        frame::with(&mut output, |output| {
            let start = output.len();
            ok.write(output);
            if let Err(err) = ops::serve(&mut read, header.op, &mut Input::new(body), output) {
                let body = if read.keeps_body { output.as_slice().get(start + ReplyHeader::LENGTH..) } else { None };
                let body = body.unwrap_or_default().to_vec();
                in_vain = output.len();
                output.truncate(start);
                ReplyHeader { err, ..ok }.write(output);
                output.raw(&body);
            }
        });
        let events = std::mem::take(&mut read.events);
        self.charge(conn, in_vain);
        self.stats.metrics.read(header.op, body, output.as_slice());
        for event in events {
            self.send_event(conn, &event);
        }
        match header.op {
            // As in ZooKeeper, answers to pings count as packets only.
            OpCode::PING => self.push(conn, output),
            _ => self.answer(conn, output),
        }
        self.count(conn, header, received_ms, now);
    }

    fn count(&mut self, conn: ConnId, request: RequestHeader, received_ms: i64, now: Now) {
        let latency_ms = now.elapsed - received_ms;
        self.stats.answered(latency_ms, ops::is_write(request.op));
        if let Some(connection) = self.connections.get_mut(&conn) {
            let counters = &mut connection.counters;
            counters.latency.record(latency_ms);
            counters.last_op = Some(request.op);
            // Pings and their like have numbers of their own.
            if request.xid >= 0 {
                counters.last_cxid = request.xid;
            }
            counters.last_zxid = self.database.last_zxid;
            counters.last_response_ms = now.elapsed;
        }
    }

    /// Sends one frame whose content `fill` writes.
    pub(super) fn send_frame(&mut self, conn: ConnId, fill: impl FnOnce(&mut Output)) {
        let mut output = Output::with_capacity(64);
        frame::with(&mut output, fill);
        self.push(conn, output);
    }

    /// Sends the frame that answers a request.
    fn answer(&mut self, conn: ConnId, frame: Output) {
        self.stats.metrics.add(metrics::RESPONSE_BYTES, frame::content(&frame));
        self.push(conn, frame);
    }

    fn push(&mut self, conn: ConnId, frame: Output) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.counters.sent += 1;
        self.charge(conn, frame.len());
        self.stats.sent(frame::content(&frame) as usize);
        self.effects.push(Effect::Send(conn, frame.into_vec()));
    }

    /// Closes a connection once its replies are out.
    pub(super) fn close(&mut self, conn: ConnId) {
        if let Some(connection) = self.connections.get_mut(&conn).filter(|connection| !connection.closing) {
            connection.closing = true;
            self.effects.push(Effect::Close(conn));
        }
    }

    /// What is to be sent and closed since the last call.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        self.turn += 1;
        std::mem::take(&mut self.effects)
    }

    /// The transactions to persist since the last call, in order.
    pub fn take_entries(&mut self) -> Vec<LogEntry> {
        std::mem::take(&mut self.entries)
    }

    /// Forgets the requests that are not answered yet; returns the last zxid that was given out.
    pub(super) fn forget_queue(&mut self) -> i64 {
        self.queue.clear();
        self.entries.clear();
        self.prepared_zxid
    }

    /// The next transaction is prepared on a tree with `pending` changes, after `zxid`.
    pub(super) fn begin_from(&mut self, pending: PendingChanges, zxid: i64) {
        self.pending = pending;
        self.prepared_zxid = zxid;
    }

    pub fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    /// Whether a large request may be added to those in the queue.
    pub fn takes_large_request(&self, bytes: usize) -> bool {
        self.large_bytes + bytes <= self.rules.large_request_max_bytes
    }

    /// Requests in the queue.
    pub fn outstanding(&self) -> usize {
        self.queue.len()
    }

    /// Requests of one connection in the queue.
    pub fn pending_of(&self, conn: ConnId) -> usize {
        self.connections.get(&conn).map_or(0, |connection| connection.pending)
    }

    pub fn database(&self) -> &Database {
        &self.database
    }
}
