//! A ZooKeeper of one server in memory: nodes with versions, ephemeral nodes of sessions, one-shot watches, and
//! transactions that are applied in full or not at all.
//!
//! It decides at once; that its answers are late, or lost with a session's connection, is the network's business.

use rkafka_zookeeper_client::EventType;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub type SessionId = u64;

#[derive(Clone, Debug)]
pub struct Node {
    pub data: Vec<u8>,
    pub version: i32,
    /// The transaction that created the node.
    pub czxid: i64,
    /// The session whose end removes the node.
    pub owner: Option<SessionId>,
}

/// One change, or one condition, of a transaction.
#[derive(Clone, Debug)]
pub enum Op {
    Create {
        path: String,
        data: Vec<u8>,
        ephemeral: bool,
    },
    Set {
        path: String,
        data: Vec<u8>,
        /// −1 for any.
        version: i32,
    },
    Delete {
        path: String,
        version: i32,
    },
    Check {
        path: String,
        version: i32,
    },
}

#[derive(Clone, Debug)]
pub enum Call {
    Multi(Vec<Op>),
    /// Watches a node that is there.
    Get {
        path: String,
        watch: bool,
    },
    /// Watches a node that is there, or that is to come.
    Exists {
        path: String,
        watch: bool,
    },
    Children {
        path: String,
        watch: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    BadVersion,
    NodeExists,
    NoNode,
    NotEmpty,
}

#[derive(Clone, Debug)]
pub enum Answer {
    /// The version of each operation's node, and the transaction's number.
    Done {
        versions: Vec<i32>,
        zxid: i64,
    },
    /// Which operation was refused, and why.
    Refused {
        at: usize,
        path: String,
        why: Refusal,
    },
    Node(Option<Node>),
    Children(Vec<String>),
    /// The connection broke; whether the call was carried out is not known.
    ConnectionLost,
    SessionExpired,
}

#[derive(Debug, Default)]
struct Session {
    /// When its client was heard of last, in true time.
    heard_ms: i64,
    /// Watches that have fired, in order.
    fired: VecDeque<(EventType, String)>,
    /// The connection of the product's client, and how many operations have come on it.
    connection: (u64, u64),
}

#[derive(Debug, Default)]
pub struct ZooKeeper {
    nodes: BTreeMap<String, Node>,
    sessions: BTreeMap<SessionId, Session>,
    next_session: SessionId,
    zxid: i64,
    node_watches: BTreeMap<String, BTreeSet<SessionId>>,
    child_watches: BTreeMap<String, BTreeSet<SessionId>>,
}

impl ZooKeeper {
    pub fn node(&self, path: &str) -> Option<&Node> {
        self.nodes.get(path)
    }

    pub fn open_session(&mut self, now_ms: i64) -> SessionId {
        self.next_session += 1;
        self.sessions.insert(self.next_session, Session { heard_ms: now_ms, ..Session::default() });
        self.next_session
    }

    pub fn is_open(&self, session: SessionId) -> bool {
        self.sessions.contains_key(&session)
    }

    pub fn heard_of(&mut self, session: SessionId, now_ms: i64) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.heard_ms = now_ms;
        }
    }

    /// The sessions that were silent for longer than `timeout_ms`.
    pub fn silent(&self, now_ms: i64, timeout_ms: i64) -> Vec<SessionId> {
        let silent = self.sessions.iter().filter(|(_, session)| now_ms - session.heard_ms > timeout_ms);
        silent.map(|(id, _)| *id).collect()
    }

    /// Ends a session: its ephemeral nodes go in one transaction, and others' watches on them fire.
    pub fn end_session(&mut self, session: SessionId) {
        self.sessions.remove(&session);
        for watchers in self.node_watches.values_mut().chain(self.child_watches.values_mut()) {
            watchers.remove(&session);
        }
        self.zxid += 1;
        let owned = self.nodes.iter().filter(|(_, node)| node.owner == Some(session));
        for path in owned.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            self.remove(&path);
        }
    }

    /// The next watch that fired for a session and was not delivered yet.
    pub fn take_fired(&mut self, session: SessionId) -> Option<(EventType, String)> {
        self.sessions.get_mut(&session)?.fired.pop_front()
    }

    /// A watch that fired was not delivered.
    pub fn fire_again(&mut self, session: SessionId, event: (EventType, String)) {
        if let Some(session) = self.sessions.get_mut(&session) {
            session.fired.push_front(event);
        }
    }

    pub fn sessions_with_fired(&self) -> Vec<SessionId> {
        self.sessions.iter().filter(|(_, s)| !s.fired.is_empty()).map(|(id, _)| *id).collect()
    }

    /// Whether an operation of the product's client is the next one of its connection: after one that got lost a server
    /// reads no others, and of a connection that its client has given up none at all.
    pub fn takes(&mut self, session: SessionId, connection: u64, number: u64) -> bool {
        let Some(session) = self.sessions.get_mut(&session) else { return false };
        let (known, next) = session.connection;
        let is_next = connection == known && number == next || connection > known && number == 0;
        if is_next {
            session.connection = (connection, number + 1);
        }
        is_next
    }

    /// Writes a node without a session; for what was there before the simulation begins.
    pub fn prepare(&mut self, path: &str, data: Vec<u8>) {
        self.zxid += 1;
        self.nodes.insert(path.into(), Node { data, version: 0, czxid: self.zxid, owner: None });
    }

    pub fn call(&mut self, session: SessionId, call: &Call) -> Answer {
        if !self.is_open(session) {
            return Answer::SessionExpired;
        }
        match call {
            Call::Multi(ops) => self.multi(session, ops),
            Call::Get { path, watch } | Call::Exists { path, watch } => {
                let node = self.nodes.get(path).cloned();
                if *watch && (node.is_some() || matches!(call, Call::Exists { .. })) {
                    self.node_watches.entry(path.clone()).or_default().insert(session);
                }
                Answer::Node(node)
            }
            Call::Children { path, .. } if !self.nodes.contains_key(path) => {
                Answer::Refused { at: 0, path: path.clone(), why: Refusal::NoNode }
            }
            Call::Children { path, watch } => {
                if *watch {
                    self.child_watches.entry(path.clone()).or_default().insert(session);
                }
                Answer::Children(self.children(path))
            }
        }
    }

    fn children(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let below = self.nodes.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
        below
            .filter_map(|(name, _)| name.strip_prefix(&prefix))
            .filter(|n| !n.contains('/'))
            .map(str::to_owned)
            .collect()
    }

    fn multi(&mut self, session: SessionId, ops: &[Op]) -> Answer {
        self.zxid += 1;
        // A transaction is checked against what its earlier operations have done; undone if one is refused.
        let mut undo: Vec<(String, Option<Node>)> = Vec::new();
        let mut versions = Vec::new();
        for (at, op) in ops.iter().enumerate() {
            match self.check(op) {
                Ok(()) => {}
                Err(why) => {
                    for (path, node) in undo.into_iter().rev() {
                        match node {
                            Some(node) => self.nodes.insert(path, node),
                            None => self.nodes.remove(&path),
                        };
                    }
                    return Answer::Refused { at, path: path_of(op).to_owned(), why };
                }
            }
            undo.push((path_of(op).to_owned(), self.nodes.get(path_of(op)).cloned()));
            versions.push(self.carry_out(session, op));
        }
        for op in ops {
            self.fire_for(op);
        }
        Answer::Done { versions, zxid: self.zxid }
    }

    fn check(&self, op: &Op) -> Result<(), Refusal> {
        let node = self.nodes.get(path_of(op));
        match op {
            Op::Create { path, .. } => {
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                if !parent.is_empty() && !self.nodes.contains_key(parent) {
                    return Err(Refusal::NoNode);
                }
                if node.is_some() { Err(Refusal::NodeExists) } else { Ok(()) }
            }
            Op::Set { version, .. } | Op::Delete { version, .. } | Op::Check { version, .. } => match node {
                None => Err(Refusal::NoNode),
                Some(node) if *version != -1 && node.version != *version => Err(Refusal::BadVersion),
                Some(_) if matches!(op, Op::Delete { .. }) && !self.children(path_of(op)).is_empty() => {
                    Err(Refusal::NotEmpty)
                }
                Some(_) => Ok(()),
            },
        }
    }

    fn carry_out(&mut self, session: SessionId, op: &Op) -> i32 {
        match op {
            Op::Create { path, data, ephemeral } => {
                let owner = ephemeral.then_some(session);
                self.nodes.insert(path.clone(), Node { data: data.clone(), version: 0, czxid: self.zxid, owner });
                0
            }
            Op::Set { path, data, .. } => self.nodes.get_mut(path).map_or(-1, |node| {
                node.data.clone_from(data);
                node.version += 1;
                node.version
            }),
            Op::Delete { path, .. } => {
                self.nodes.remove(path);
                -1
            }
            Op::Check { version, .. } => *version,
        }
    }

    fn remove(&mut self, path: &str) {
        if self.nodes.remove(path).is_some() {
            self.fire_for(&Op::Delete { path: path.to_owned(), version: -1 });
        }
    }

    fn fire_for(&mut self, op: &Op) {
        let path = path_of(op);
        let kind = match op {
            Op::Create { .. } => EventType::NodeCreated,
            Op::Set { .. } => EventType::NodeDataChanged,
            Op::Delete { .. } => EventType::NodeDeleted,
            Op::Check { .. } => return,
        };
        let mut watchers = self.node_watches.remove(path).unwrap_or_default();
        if kind == EventType::NodeDeleted {
            watchers.extend(self.child_watches.remove(path).unwrap_or_default());
        }
        let mut fired: Vec<_> = watchers.into_iter().map(|session| (session, kind, path)).collect();
        if kind != EventType::NodeDataChanged
            && let Some((parent, _)) = path.rsplit_once('/')
        {
            let watchers = self.child_watches.remove(parent).unwrap_or_default();
            fired.extend(watchers.into_iter().map(|session| (session, EventType::NodeChildrenChanged, parent)));
        }
        for (session, kind, path) in fired {
            if let Some(session) = self.sessions.get_mut(&session) {
                session.fired.push_back((kind, path.to_owned()));
            }
        }
    }
}

pub fn path_of(op: &Op) -> &str {
    match op {
        Op::Create { path, .. } | Op::Set { path, .. } | Op::Delete { path, .. } | Op::Check { path, .. } => path,
    }
}
