//! The background task of a client: one session, wherever it is connected at the moment.
//!
//! Requests are sent as they come, up to a limit in flight, and answered in order. When a server is lost the session
//! moves to the next one with its id and password, sets its watches again and repeats, in order, what had not been
//! answered; a write may then have been applied before, which its sender learns as NodeExists or BadVersion. The task
//! declares nothing expired by itself: only a server knows.

use super::call::{Call, CallError, MAX_ANSWER};
use super::connection::{Received, ServerConnection};
use super::event::{WatchedEvent, ZkEvent};
use super::login::{self, Login, auth_packet};
use super::losses::Losses;
use super::watches::{WatchChange, WatchTable, watch_kind};
use super::{Shared, ZkOptions};
use anyhow::bail;
use bytes::Bytes;
use rkafka_jute::{
    Buffer, ConnectRequest, ConnectResponse, EventType, Input, OpCode, Record, ReplyHeader, WatcherEvent, ZkError, xid,
};
use rustls::ClientConfig;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, sleep_until};

/// The first and the longest pause after all servers have failed.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(1000));
/// How long the first round of attempts waits for each server's answer; doubled for every further round.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);
/// How long a server may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) enum Command {
    Call(Call),
    AddAuth {
        scheme: String,
        auth: Bytes,
    },
    /// Begins a new session after the last one has expired; ignored while there is one.
    NewSession,
}

/// How the service of one connection ended.
enum End {
    Lost(anyhow::Error),
    /// The client closed the session, or nobody holds the client any more, or its credentials were refused.
    Closed,
}

/// What a server has given to the session.
#[derive(Default)]
struct Identity {
    id: i64,
    password: Buffer,
}

pub(super) struct ClientSession {
    pub(super) options: ZkOptions,
    tls: Option<Arc<ClientConfig>>,
    shared: Arc<Shared>,
    pub(super) commands: mpsc::Receiver<Command>,
    identity: Identity,
    /// The negotiated timeout, or the wanted one before the first connection.
    timeout: Duration,
    last_zxid: i64,
    next_xid: i32,
    next_server: usize,
    watches: WatchTable,
    pub(super) auth: Vec<(String, Bytes)>,
    /// Calls that must be sent (again) before new ones are taken.
    pub(super) waiting: VecDeque<Call>,
    in_flight: VecDeque<(i32, Call)>,
    losses: Losses,
    /// What the losses' times are counted from.
    began: Instant,
}

impl ClientSession {
    pub fn new(
        options: ZkOptions,
        tls: Option<Arc<ClientConfig>>,
        shared: Arc<Shared>,
        commands: mpsc::Receiver<Command>,
    ) -> ClientSession {
        ClientSession {
            tls,
            timeout: options.session_timeout,
            next_server: fastrand::usize(..),
            auth: options.client.auth.clone(),
            options,
            shared,
            commands,
            identity: Identity::default(),
            last_zxid: 0,
            next_xid: 1,
            watches: WatchTable::default(),
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            losses: Losses::default(),
            began: Instant::now(),
        }
    }

    pub async fn run(mut self) {
        while let Some(connection) = self.connect().await {
            self.shared.connected(self.identity.id);
            if self.options.client.sasl.is_some() {
                self.shared.publish(ZkEvent::SaslAuthenticated);
            }
            let connected = Instant::now();
            let End::Lost(cause) = self.serve(connection).await else { break };
            let loss = self.losses.note(connected.elapsed(), self.began.elapsed());
            if let Some(unsaid) = loss.say {
                let more = if unsaid == 0 { String::new() } else { format!(", after {unsaid} more such losses") };
                log::warn!(target: "org.apache.zookeeper.ClientCnxn",
                    "Session 0x{:x}: the server is lost ({cause:#}), trying the next one{more}", self.identity.id);
            }
            self.lost();
            if !loss.pause.is_zero() && self.pause(loss.pause, true).await.is_none() {
                break;
            }
        }
        if !self.shared.auth_failed() {
            self.shared.publish(ZkEvent::Disconnected);
        }
        self.fail_all(|| CallError::Closed);
    }

    /// Finds a server that takes the session; `None` when the client is closed meanwhile.
    async fn connect(&mut self) -> Option<ServerConnection> {
        let mut backoff = BACKOFF.0;
        let mut patience = FIRST_PATIENCE;
        loop {
            for _ in 0..self.options.connect.servers.len() {
                match self.try_next_server(patience).await {
                    Ok((mut connection, response)) if response.timeout_ms > 0 => {
                        self.accept(response);
                        let xid = self.next_xid;
                        self.next_xid = xid.checked_add(login::REQUESTS).unwrap_or(1);
                        match connection.log_in(xid, self.options.client.sasl.as_ref(), self.timeout).await {
                            Ok(Login::Proved) => return Some(connection),
                            Ok(Login::Refused) => {
                                self.refused_auth("sasl".to_owned());
                                return None;
                            }
                            Err(error) => self.shared.failed(error),
                        }
                    }
                    Ok(_) => {
                        self.expired();
                        self.wait_for_new_session().await?;
                    }
                    Err(error) => self.shared.failed(error),
                }
            }
            if !self.options.repeat {
                self.fail_unanswered();
            }
            self.pause(backoff, false).await?;
            backoff = (backoff * 2).min(BACKOFF.1);
            patience = patience.saturating_mul(2);
        }
    }

    /// Waits for the server's answer at most for its share of the session timeout, and at most for `patience`: a server
    /// that is still starting may take a connection and never answer on it.
    async fn try_next_server(&mut self, patience: Duration) -> anyhow::Result<(ServerConnection, ConnectResponse)> {
        let servers = &self.options.connect.servers;
        let server = &servers[self.next_server % servers.len()];
        self.next_server = self.next_server.wrapping_add(1);
        let request = ConnectRequest {
            protocol_version: 0,
            last_zxid_seen: self.last_zxid,
            timeout_ms: i32::try_from(self.options.session_timeout.as_millis()).unwrap_or(i32::MAX),
            session_id: self.identity.id,
            password: Some(self.identity.password.clone().unwrap_or_else(|| Bytes::from_static(&[0; 16]))),
            read_only: Some(self.options.client.read_only),
        };
        let share = self.timeout / u32::try_from(servers.len()).unwrap_or(u32::MAX);
        ServerConnection::open(server, self.tls.as_ref(), &request, share.min(patience).max(Duration::from_secs(1)))
            .await
    }

    fn accept(&mut self, response: ConnectResponse) {
        self.shared.set_read_only(response.read_only == Some(true));
        self.identity = Identity { id: response.session_id, password: response.password };
        self.timeout = Duration::from_millis(u64::try_from(response.timeout_ms).unwrap_or(1));
    }

    fn expired(&mut self) {
        log::warn!(target: "org.apache.zookeeper.ClientCnxn",
            "Unable to reconnect to ZooKeeper service, session 0x{:x} has expired", self.identity.id);
        let session = std::mem::take(&mut self.identity).id;
        self.timeout = self.options.session_timeout;
        self.last_zxid = 0;
        self.watches.clear();
        self.fail_all(|| CallError::Expired);
        self.shared.publish(ZkEvent::Expired { session });
    }

    /// Puts unanswered calls back in front of the waiting ones, in their order, unless they are not to be repeated.
    fn lost(&mut self) {
        if !self.options.repeat {
            self.fail_unanswered();
        }
        while let Some((_, call)) = self.in_flight.pop_back() {
            if let Some(call) = call.lost() {
                self.waiting.push_front(call);
            }
        }
        self.shared.publish(ZkEvent::Disconnected);
    }

    fn fail_unanswered(&mut self) {
        let in_flight: Vec<Call> =
            self.in_flight.drain(..).map(|(_, call)| call).chain(self.waiting.drain(..)).collect();
        for call in in_flight {
            self.finish(call, ZkError::CONNECTION_LOSS, Bytes::new());
        }
    }

    fn fail_all(&mut self, error: impl Fn() -> CallError) {
        for (_, call) in self.in_flight.drain(..) {
            call.answer(Err(error()));
        }
        for call in self.waiting.drain(..) {
            call.answer(Err(error()));
        }
    }

    async fn serve(&mut self, mut connection: ServerConnection) -> End {
        self.reintroduce(&mut connection);
        loop {
            self.send_waiting(&mut connection);
            if let Err(error) = connection.flush().await {
                return End::Lost(error);
            }
            let ping_at = connection.last_sent + self.timeout / 3;
            let lost_at = connection.last_heard + self.timeout * 2 / 3;
            tokio::select! {
                filled = connection.fill() => match self.receive(&mut connection, filled) {
                    Ok(true) => {}
                    Ok(false) => return End::Closed,
                    Err(error) => return End::Lost(error),
                },
                command = self.commands.recv(), if self.has_room() => {
                    match command {
                        Some(command) => self.take(&mut connection, command),
                        None => return self.close(connection).await,
                    }
                }
                () = sleep_until(ping_at) => connection.enqueue(xid::PING, OpCode::PING, &[]),
                () = sleep_until(lost_at) => {
                    return End::Lost(anyhow::anyhow!("nothing heard for {} ms", connection.last_heard.elapsed().as_millis()));
                }
            }
        }
    }

    /// Tells a server what the session knew before: who the client is and what it watches.
    fn reintroduce(&mut self, connection: &mut ServerConnection) {
        for (scheme, auth) in &self.auth {
            connection.enqueue(xid::AUTH, OpCode::AUTH, &auth_packet(scheme, auth));
        }
        for (op, request) in self.watches.restore(self.last_zxid) {
            connection.enqueue(xid::SET_WATCHES, op, &request);
        }
    }

    /// Takes a command and, as long as the limit allows, those that wait behind it: they travel in one write.
    fn take(&mut self, connection: &mut ServerConnection, command: Command) {
        let mut next = Some(command);
        while let Some(command) = next {
            match command {
                Command::Call(call) => self.waiting.push_back(call),
                Command::AddAuth { scheme, auth } => {
                    connection.enqueue(xid::AUTH, OpCode::AUTH, &auth_packet(&scheme, &auth));
                    self.auth.push((scheme, auth));
                }
                Command::NewSession => {}
            }
            next = if self.has_room() { self.commands.try_recv().ok() } else { None };
        }
    }

    fn has_room(&self) -> bool {
        self.in_flight.len() + self.waiting.len() < self.options.max_in_flight
    }

    /// Sends what waits, as far as the limit allows; a long request goes alone.
    fn send_waiting(&mut self, connection: &mut ServerConnection) {
        while self.in_flight.len() < self.options.max_in_flight {
            let next_is_long = self.waiting.front().is_some_and(Call::is_long);
            let is_alone = next_is_long || self.in_flight.back().is_some_and(|(_, call)| call.is_long());
            if is_alone && !self.in_flight.is_empty() {
                return;
            }
            let Some(call) = self.waiting.pop_front() else { return };
            self.send(connection, call);
        }
    }

    fn send(&mut self, connection: &mut ServerConnection, call: Call) {
        let xid = self.next_xid;
        self.next_xid = self.next_xid.checked_add(1).unwrap_or(1);
        connection.enqueue(xid, call.op, &call.body);
        self.in_flight.push_back((xid, call));
    }

    /// Handles the frames that have come; false when the session is closed.
    fn receive(&mut self, connection: &mut ServerConnection, filled: anyhow::Result<usize>) -> anyhow::Result<bool> {
        if filled? == 0 {
            bail!("it closed the connection");
        }
        while let Some(received) = connection.next_received()? {
            let frame = match received {
                Received::Frame(frame) => frame,
                Received::Overlong { head, size } => {
                    self.overlong(&head, size)?;
                    continue;
                }
            };
            let mut input = Input::new(&frame);
            let header = ReplyHeader::read(&mut input)?;
            let body = frame.slice(frame.len() - input.remaining()..);
            match header.xid {
                xid::PING | xid::SET_WATCHES => {}
                xid::NOTIFICATION => self.notify(WatcherEvent::from_bytes(&body)?),
                xid::AUTH if header.err.is_ok() => {}
                xid::AUTH => {
                    let last = self.auth.last().map(|(scheme, _)| scheme.clone());
                    self.refused_auth(last.unwrap_or_default());
                    return Ok(false);
                }
                _ => {
                    if header.zxid > 0 {
                        self.last_zxid = header.zxid;
                    }
                    if !self.reply(header, body)? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    fn notify(&mut self, event: WatcherEvent) {
        self.watches.fired(&event);
        if let Some(kind) = EventType::from_i32(event.kind) {
            self.tell(kind, &event.path);
        }
    }

    fn tell(&self, kind: EventType, full_path: &str) {
        if let Some(path) = without_chroot(&self.options.connect.chroot, full_path) {
            self.shared.publish(ZkEvent::Watch(WatchedEvent { kind, path: path.to_owned() }));
        }
    }

    /// The end of the session: to go on without the credentials would be to act as somebody else. A server does not
    /// name the auth packet that it refuses; with one scheme, the usual case, it is the last one.
    fn refused_auth(&mut self, scheme: String) {
        self.fail_all(|| CallError::Code(ZkError::AUTH_FAILED));
        self.shared.publish(ZkEvent::AuthFailed { scheme });
    }

    /// Answers the oldest call; false when that was the close of the session.
    fn reply(&mut self, header: ReplyHeader, body: Bytes) -> anyhow::Result<bool> {
        let call = self.oldest(header.xid)?;
        let closed = call.is_close();
        self.finish(call, header.err, body);
        Ok(!closed)
    }

    /// Fails the oldest call, whose answer is too long to be read. The connection goes on.
    fn overlong(&mut self, head: &[u8], size: usize) -> anyhow::Result<()> {
        let header = ReplyHeader::read(&mut Input::new(head))?;
        self.oldest(header.xid)?.answer(Err(CallError::AnswerTooLarge { size, limit: MAX_ANSWER }));
        self.last_zxid = self.last_zxid.max(header.zxid);
        Ok(())
    }

    /// Takes the oldest call, which must be the one that is answered.
    fn oldest(&mut self, answered: i32) -> anyhow::Result<Call> {
        let Some((xid, call)) = self.in_flight.pop_front() else {
            bail!("it sent a reply that nobody waits for (xid {answered})");
        };
        if xid != answered {
            self.in_flight.push_front((xid, call));
            bail!("it answered request {answered} while {xid} was due");
        }
        Ok(call)
    }

    fn finish(&mut self, mut call: Call, err: ZkError, body: Bytes) {
        let err = match call.watch.take() {
            Some(change) => self.change_watches(call.op, change, err),
            None => err,
        };
        call.answer(err.ok().map(|()| body).map_err(CallError::Code));
    }

    /// Does what the outcome of a call means for the watches; returns how the call ended.
    fn change_watches(&mut self, op: OpCode, change: WatchChange, err: ZkError) -> ZkError {
        match change {
            WatchChange::Read(path) => {
                if let Some(kind) = watch_kind(op, err) {
                    self.watches.add(kind, path);
                }
            }
            WatchChange::Add(kind, path) if err.is_ok() => self.watches.add(kind, path),
            WatchChange::Remove { which, path, local } if local || err.is_ok() => {
                let told = self.watches.remove(which, &path);
                for kind in &told {
                    self.tell(*kind, &path);
                }
                return if told.is_empty() { ZkError::NO_WATCHER } else { ZkError::OK };
            }
            WatchChange::Add(..) | WatchChange::Remove { .. } => {}
        }
        err
    }

    /// Ends the session in good order: its ephemeral nodes go at once, not only when it expires.
    async fn close(&mut self, mut connection: ServerConnection) -> End {
        let (reply, _unused) = oneshot::channel();
        let Ok(farewell) = Call::new(OpCode::CLOSE_SESSION, Vec::new(), None, reply) else { return End::Closed };
        self.send(&mut connection, farewell);
        let goodbye = async {
            connection.flush().await?;
            loop {
                let filled = connection.fill().await;
                if !self.receive(&mut connection, filled)? {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::select! {
            _ = goodbye => {}
            () = sleep(CLOSE_TIMEOUT) => {}
        }
        End::Closed
    }
}

/// The path as the client's user knows it; `None` outside the chroot.
fn without_chroot<'a>(chroot: &str, path: &'a str) -> Option<&'a str> {
    match path.strip_prefix(chroot)? {
        "" => Some("/"),
        rest => Some(rest),
    }
}
