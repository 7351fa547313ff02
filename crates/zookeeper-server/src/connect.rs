//! Pure: how sessions begin, move, prove identities and end.

use bytes::Bytes;

use super::auth::{self, Origin};
use super::connection::ConnId;
use super::core::{Core, Now};
use super::{metrics, password};
use rkafka_jute::{
    AuthPacket, ConnectRequest, ConnectResponse, CreateSessionTxn, Input, OpCode, PASSWORD_LENGTH, Record as _,
    ReplyHeader, RequestHeader, ZkError,
};

const TARGET: &str = "org.apache.zookeeper.server.ZooKeeperServer";
/// How many sessions are ended without letting others have the core in between.
const EXPIRED_AT_ONCE: usize = 100;

impl Core {
    /// The first frame of a connection.
    pub(super) fn connect(&mut self, conn: ConnId, bytes: &[u8], now: Now) {
        let Ok(request) = ConnectRequest::from_bytes(bytes) else { return self.close(conn) };
        self.stats.metrics.add(metrics::CONNECTION_REQUESTS, 1);
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if request.last_zxid_seen > self.database.last_zxid {
            log::info!(
                target: TARGET,
                "Refusing session(0x{:x}) request for client {} as it has seen zxid 0x{:x} our last zxid is 0x{:x} \
                 client must try another server",
                request.session_id, connection.address, request.last_zxid_seen, self.database.last_zxid
            );
            return self.close(conn);
        }
        connection.greeted = true;
        connection.knows_read_only = request.read_only.is_some();
        connection.timeout_ms =
            request.timeout_ms.clamp(self.rules.min_session_timeout_ms, self.rules.max_session_timeout_ms);
        let timeout_ms = connection.timeout_ms;
        if request.session_id == 0 {
            self.create_session(conn, timeout_ms, now);
        } else {
            self.reopen_session(conn, &request, timeout_ms, now);
        }
    }

    fn create_session(&mut self, conn: ConnId, timeout_ms: i32, now: Now) {
        let session = self.sessions.take_id();
        self.join_session(conn, session);
        let header = RequestHeader { xid: 0, op: OpCode::CREATE_SESSION };
        self.prepare(Some(conn), session, header, &CreateSessionTxn { timeout: timeout_ms }.to_bytes(), now);
    }

    fn reopen_session(&mut self, conn: ConnId, request: &ConnectRequest, timeout_ms: i32, now: Now) {
        let session = request.session_id;
        self.stats.metrics.add(metrics::CONNECTION_REVALIDATIONS, 1);
        if request.password.as_deref() != Some(password::of_session(session).as_slice()) {
            // The id alone takes the session from nobody: everybody may read it, as the owner of ephemeral nodes.
            let Some(connection) = self.connections.get(&conn) else { return };
            log::warn!(target: TARGET, "Incorrect password from {} for session 0x{session:x}", connection.address);
            return self.finish_connect(conn, false);
        }
        self.close_session_connections(session);
        self.join_session(conn, session);
        let is_alive = self.sessions.touch(session, timeout_ms, now.elapsed);
        self.finish_connect(conn, is_alive);
    }

    /// Answers the connect request.
    pub(super) fn finish_connect(&mut self, conn: ConnId, is_valid: bool) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let read_only = connection.knows_read_only.then_some(false);
        let (session, address) = (connection.session, connection.address);
        let response = match is_valid {
            true => ConnectResponse {
                protocol_version: 0,
                timeout_ms: connection.timeout_ms,
                session_id: session,
                password: Some(Bytes::copy_from_slice(&password::of_session(session))),
                read_only,
            },
            false => ConnectResponse {
                password: Some(Bytes::from_static(&[0; PASSWORD_LENGTH])),
                read_only,
                ..ConnectResponse::default()
            },
        };
        connection.established = is_valid;
        self.send_frame(conn, |output| response.write(output));
        if is_valid {
            let timeout_ms = response.timeout_ms;
            log::debug!(target: TARGET, "Established session 0x{session:x} with negotiated timeout {timeout_ms} for client {address}");
        } else {
            log::info!(target: TARGET, "Invalid session 0x{session:x} for client {address}, probably expired");
            self.close(conn);
        }
    }

    /// Closes every connection of the session.
    pub(super) fn close_session_connections(&mut self, session: i64) {
        let of_session = self.by_session.get(&session).cloned().unwrap_or_default();
        for conn in of_session {
            // The old connection hears nothing more of the session that it lost.
            self.watches.remove_connection(conn);
            self.close(conn);
        }
    }

    /// From now on the connection belongs to `session`; to none if that is 0.
    pub(super) fn join_session(&mut self, conn: ConnId, session: i64) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let before = std::mem::replace(&mut connection.session, session);
        if let Some(connections) = self.by_session.get_mut(&before) {
            connections.remove(&conn);
            if connections.is_empty() {
                self.by_session.remove(&before);
            }
        }
        if session != 0 {
            self.by_session.entry(session).or_default().insert(conn);
        }
    }

    pub(super) fn authenticate(&mut self, conn: ConnId, header: RequestHeader, mut input: Input<'_>) {
        let Ok(packet) = AuthPacket::read(&mut input) else { return self.close(conn) };
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let origin = Origin { address: connection.address.ip(), certificate: connection.certificate.as_deref() };
        let (schemes, super_digest) = (&self.rules.schemes, self.rules.super_digest.as_deref());
        let proved = match packet.auth.as_deref() {
            // ZooKeeper's digest provider throws at a null.
            None if packet.scheme == "digest" => None,
            proof => auth::authenticate(schemes, &packet.scheme, proof.unwrap_or_default(), origin, super_digest),
        };
        let err = if proved.is_some() { ZkError::OK } else { ZkError::AUTH_FAILED };
        proved.into_iter().flatten().for_each(|id| connection.add_id(id));
        self.send_frame(conn, |output| ReplyHeader { xid: header.xid, zxid: 0, err }.write(output));
        if !err.is_ok() {
            self.stats.auth_failures += 1;
            let schemes = &self.rules.schemes;
            match schemes.find(&packet.scheme) {
                Some(_) => log::warn!(target: TARGET, "Authentication failed for scheme: {}", packet.scheme),
                None => log::warn!(
                    target: TARGET, "No authentication provider for scheme: {} has {}", packet.scheme, schemes.names()
                ),
            }
            self.close(conn);
        }
    }

    /// When a session may expire next, in ms of the server's clock.
    pub fn next_expiry(&self) -> Option<i64> {
        self.sessions.next_expiry()
    }

    /// Ends the sessions whose clients have been silent for too long, a slice of them at a time: while
    /// [`Core::next_expiry`] lies in the past there are more. A whole cluster's clients may have gone at once.
    pub fn expire_sessions(&mut self, now: Now) {
        for (session, timeout_ms) in self.sessions.expired(now.elapsed, EXPIRED_AT_ONCE) {
            log::info!(target: TARGET, "Expiring session 0x{session:x}, timeout of {timeout_ms}ms exceeded");
            self.stats.metrics.add(metrics::STALE_SESSIONS, 1);
            self.prepare(None, session, RequestHeader { xid: 0, op: OpCode::CLOSE_SESSION }, &[], now);
        }
    }

    /// Deletes containers that lost their last child, and nodes whose time to live is over.
    pub fn delete_containers(&mut self, now: Now) {
        for path in
            super::ops::delete_container::candidates(&self.database, now.wall, self.rules.container_max_never_used_ms)
        {
            log::info!(target: "org.apache.zookeeper.server.ContainerManager", "Attempting to delete candidate container: {path}");
            self.prepare(None, 0, RequestHeader { xid: 0, op: OpCode::DELETE_CONTAINER }, path.as_bytes(), now);
        }
    }
}
