//! A small model of the server: a map of paths, and what each request does to it, read off ZooKeeper's documentation
//! rather than off our code. It answers with whole frames' contents, events and replies alike.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a client asks for. Paths are absolute.
#[derive(Debug, Clone)]
pub enum Ask {
    Create { path: String, ephemeral: bool, sequential: bool, perms: i32 },
    Delete { path: String, version: i32 },
    SetData { path: String, data: &'static [u8], version: i32 },
    SetAcl { path: String, perms: i32, version: i32 },
    Check { path: String, version: i32 },
    Multi(Vec<Ask>),
    Exists { path: String, watch: bool },
    GetData { path: String, watch: bool },
    GetChildren { path: String, watch: bool },
    AddWatch { path: String, recursive: bool },
    Close,
}

impl Ask {
    pub fn is_write(&self) -> bool {
        use Ask::{AddWatch, Exists, GetChildren, GetData};
        !matches!(self, Exists { .. } | GetData { .. } | GetChildren { .. } | AddWatch { .. })
    }
}

/// Codes of ZooKeeper's `KeeperException`.
const NO_NODE: i32 = -101;
const NO_AUTH: i32 = -102;
const BAD_VERSION: i32 = -103;
const NO_CHILDREN_FOR_EPHEMERALS: i32 = -108;
const NODE_EXISTS: i32 = -110;
const NOT_EMPTY: i32 = -111;
const RUNTIME_INCONSISTENCY: i32 = -2;

pub const CREATE: i32 = 4;
pub const WRITE: i32 = 2;
pub const DELETE: i32 = 8;
pub const ALL: i32 = 31;

/// The fields of a Stat but its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    pub czxid: i64,
    pub mzxid: i64,
    pub pzxid: i64,
    pub version: i32,
    pub cversion: i32,
    pub aversion: i32,
    pub owner: i64,
    pub length: i32,
    pub children: i32,
}

/// What a frame to a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// 1 created, 2 deleted, 3 data changed, 4 children changed.
    Event(i32, String),
    Reply {
        xid: i32,
        zxid: i64,
        answer: Result<Answer, i32>,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Nothing,
    Path(String),
    Stat(Stat),
    Data(Vec<u8>, Stat),
    Children(Vec<String>, Stat),
    /// The parts of a multi; `Err` in all when one failed.
    Parts(Vec<Result<Answer, i32>>),
}

#[derive(Debug, Clone)]
struct Node {
    data: &'static [u8],
    perms: i32,
    owner: i64,
    /// Children ever made.
    made: i32,
    czxid: i64,
    mzxid: i64,
    pzxid: i64,
    version: i32,
    aversion: i32,
}

type Nodes = BTreeMap<String, Node>;

/// One-shot watches by path and connection, and those that stay.
#[derive(Debug, Clone, Default)]
struct Watches {
    data: BTreeSet<(String, u64)>,
    child: BTreeSet<(String, u64)>,
    persistent: BTreeSet<(String, u64)>,
    recursive: BTreeSet<(String, u64)>,
}

#[derive(Debug, Clone)]
struct Queued {
    conn: u64,
    xid: i32,
    zxid: Option<i64>,
    ask: Ask,
}

/// The server as its clients can see it.
#[derive(Debug)]
pub struct Model {
    nodes: Nodes,
    watches: Watches,
    /// The session of each open connection.
    pub sessions: BTreeMap<u64, i64>,
    closing: BTreeSet<u64>,
    queue: VecDeque<Queued>,
    prepared: i64,
    applied: i64,
    said: Vec<(u64, Said)>,
}

fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

fn is_child(path: &str, of: &str) -> bool {
    path != "/" && parent(path) == of
}

fn names(nodes: &Nodes, path: &str) -> Vec<String> {
    let children = nodes.keys().filter(|at| is_child(at, path));
    children.filter_map(|at| at.rsplit('/').next()).map(str::to_owned).collect()
}

fn stat(nodes: &Nodes, path: &str) -> Result<Stat, i32> {
    let node = nodes.get(path).ok_or(NO_NODE)?;
    let children = names(nodes, path).len() as i32;
    let Node { czxid, mzxid, pzxid, version, aversion, owner, .. } = *node;
    let (cversion, length) = (2 * node.made - children, node.data.len() as i32);
    Ok(Stat { czxid, mzxid, pzxid, version, cversion, aversion, owner, length, children })
}

/// A change for the watches: kind of event and path.
type Changes = Vec<(i32, String)>;

/// Does one write, or says why not; what it changed meanwhile is thrown away by the caller then.
fn write(nodes: &mut Nodes, ask: &Ask, session: i64, zxid: i64, changes: &mut Changes) -> Result<Answer, i32> {
    match ask {
        Ask::Create { path, ephemeral, sequential, perms } => {
            let folder = nodes.get(parent(path)).ok_or(NO_NODE)?.clone();
            if folder.perms & CREATE == 0 {
                return Err(NO_AUTH);
            }
            let path = if *sequential { format!("{path}{:010}", folder.made) } else { path.clone() };
            if nodes.contains_key(&path) {
                return Err(NODE_EXISTS);
            }
            if folder.owner != 0 {
                return Err(NO_CHILDREN_FOR_EPHEMERALS);
            }
            let above = nodes.get_mut(parent(&path)).ok_or(NO_NODE)?;
            above.made += 1;
            above.pzxid = zxid;
            let owner = if *ephemeral { session } else { 0 };
            let node = Node {
                data: b"x",
                perms: *perms,
                owner,
                made: 0,
                czxid: zxid,
                mzxid: zxid,
                pzxid: zxid,
                version: 0,
                aversion: 0,
            };
            nodes.insert(path.clone(), node);
            changes.push((1, path.clone()));
            Ok(Answer::Path(path))
        }
        Ask::Delete { path, version } => {
            let folder = nodes.get(parent(path)).ok_or(NO_NODE)?;
            if folder.perms & DELETE == 0 {
                return Err(NO_AUTH);
            }
            let node = nodes.get(path).ok_or(NO_NODE)?;
            if *version != -1 && *version != node.version {
                return Err(BAD_VERSION);
            }
            if !names(nodes, path).is_empty() {
                return Err(NOT_EMPTY);
            }
            remove(nodes, path, zxid, changes);
            Ok(Answer::Nothing)
        }
        Ask::SetData { path, data, version } => {
            let node = nodes.get_mut(path).ok_or(NO_NODE)?;
            permitted(node, WRITE, *version, node.version)?;
            (node.data, node.mzxid) = (data, zxid);
            node.version += 1;
            changes.push((3, path.clone()));
            stat(nodes, path).map(Answer::Stat)
        }
        Ask::SetAcl { path, perms, version } => {
            let node = nodes.get_mut(path).ok_or(NO_NODE)?;
            permitted(node, 16, *version, node.aversion)?;
            node.perms = *perms;
            node.aversion += 1;
            stat(nodes, path).map(Answer::Stat)
        }
        Ask::Check { path, version } => {
            let node = nodes.get(path).ok_or(NO_NODE)?;
            permitted(node, 1, *version, node.version)?;
            Ok(Answer::Nothing)
        }
        Ask::Close => {
            let own: Vec<String> =
                nodes.iter().filter(|(_, node)| node.owner == session).map(|(path, _)| path.clone()).collect();
            own.iter().for_each(|path| remove(nodes, path, zxid, changes));
            Ok(Answer::Nothing)
        }
        Ask::Multi(parts) => Ok(Answer::Parts(multi(nodes, parts, session, zxid, changes))),
        _ => unreachable!("a read"),
    }
}

fn permitted(node: &Node, perm: i32, wanted: i32, version: i32) -> Result<(), i32> {
    match node.perms & perm {
        0 => Err(NO_AUTH),
        _ if wanted != -1 && wanted != version => Err(BAD_VERSION),
        _ => Ok(()),
    }
}

fn remove(nodes: &mut Nodes, path: &str, zxid: i64, changes: &mut Changes) {
    nodes.remove(path);
    if let Some(above) = nodes.get_mut(parent(path)) {
        above.pzxid = zxid;
    }
    changes.push((2, path.to_owned()));
}

fn multi(nodes: &mut Nodes, parts: &[Ask], session: i64, zxid: i64, changes: &mut Changes) -> Vec<Result<Answer, i32>> {
    let (mut trial, mut heard) = (nodes.clone(), Vec::new());
    let mut answers = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        match write(&mut trial, part, session, zxid, &mut heard) {
            Ok(answer) => answers.push(Ok(answer)),
            Err(code) => {
                let after = parts.len() - at - 1;
                return std::iter::repeat_n(0, at)
                    .chain([code])
                    .chain(std::iter::repeat_n(RUNTIME_INCONSISTENCY, after))
                    .map(Err)
                    .collect();
            }
        }
    }
    *nodes = trial;
    changes.append(&mut heard);
    answers
}

impl Model {
    /// A server on which `/t` was just made by transaction `zxid`.
    pub fn new(zxid: i64) -> Model {
        let root =
            Node { data: b"", perms: ALL, owner: 0, made: 0, czxid: 0, mzxid: 0, pzxid: 0, version: 0, aversion: 0 };
        let top = Node { data: b"x", czxid: zxid, mzxid: zxid, pzxid: zxid, ..root.clone() };
        Model {
            nodes: BTreeMap::from([("/".to_owned(), root), ("/t".to_owned(), top)]),
            watches: Watches::default(),
            sessions: BTreeMap::new(),
            closing: BTreeSet::new(),
            queue: VecDeque::new(),
            prepared: zxid,
            applied: zxid,
            said: Vec::new(),
        }
    }

    /// A new session on a new connection; nothing may be in the queue.
    pub fn open(&mut self, conn: u64, session: i64) {
        self.prepared += 1;
        self.applied = self.prepared;
        self.sessions.insert(conn, session);
    }

    /// Whether the connection still takes requests.
    pub fn is_open(&self, conn: u64) -> bool {
        self.sessions.contains_key(&conn) && !self.closing.contains(&conn)
    }

    pub fn ask(&mut self, conn: u64, xid: i32, ask: Ask) {
        let waits = self.queue.iter().any(|queued| queued.conn == conn);
        let zxid = ask.is_write().then(|| {
            self.prepared += 1;
            self.prepared
        });
        if matches!(ask, Ask::Close) {
            self.closing.insert(conn);
        }
        match ask.is_write() || waits {
            true => self.queue.push_back(Queued { conn, xid, zxid, ask }),
            false => self.finish(Queued { conn, xid, zxid, ask }),
        }
    }

    /// Everything asked so far is on disk.
    pub fn persist(&mut self) {
        while let Some(queued) = self.queue.pop_front() {
            self.finish(queued);
        }
    }

    /// What connection `conn` was told since the last look.
    pub fn take(&mut self, conn: u64) -> Vec<Said> {
        let (own, others) = std::mem::take(&mut self.said).into_iter().partition(|(to, _)| *to == conn);
        self.said = others;
        own.into_iter().map(|(_, said)| said).collect()
    }

    /// Everything that can be seen of a node.
    pub fn look(&self, path: &str) -> Option<(Vec<u8>, Stat)> {
        Some((self.nodes.get(path)?.data.to_vec(), stat(&self.nodes, path).ok()?))
    }

    pub fn paths(&self) -> impl Iterator<Item = &String> {
        self.nodes.keys()
    }

    fn finish(&mut self, Queued { conn, xid, zxid, ask }: Queued) {
        let answer = match zxid {
            Some(zxid) => {
                let mut changes = Vec::new();
                let answer = write(&mut self.nodes, &ask, self.sessions[&conn], zxid, &mut changes);
                self.applied = zxid;
                changes.iter().for_each(|(kind, path)| self.fire(*kind, path));
                answer
            }
            None => self.read(conn, &ask),
        };
        self.said.push((conn, Said::Reply { xid, zxid: self.applied, answer }));
        if matches!(ask, Ask::Close) {
            self.sessions.remove(&conn);
            self.closing.remove(&conn);
            let Watches { data, child, persistent, recursive } = &mut self.watches;
            [data, child, persistent, recursive].into_iter().for_each(|table| table.retain(|(_, to)| *to != conn));
        }
    }

    fn read(&mut self, conn: u64, ask: &Ask) -> Result<Answer, i32> {
        match ask {
            Ask::Exists { path, watch } => {
                if *watch {
                    self.watches.data.insert((path.clone(), conn));
                }
                stat(&self.nodes, path).map(Answer::Stat)
            }
            Ask::GetData { path, watch } => {
                let (data, stat) = self.look(path).ok_or(NO_NODE)?;
                if *watch {
                    self.watches.data.insert((path.clone(), conn));
                }
                Ok(Answer::Data(data, stat))
            }
            Ask::GetChildren { path, watch } => {
                let stat = stat(&self.nodes, path)?;
                if *watch {
                    self.watches.child.insert((path.clone(), conn));
                }
                Ok(Answer::Children(names(&self.nodes, path), stat))
            }
            Ask::AddWatch { path, recursive } => {
                let table = if *recursive { &mut self.watches.recursive } else { &mut self.watches.persistent };
                table.insert((path.clone(), conn));
                Ok(Answer::Nothing)
            }
            _ => unreachable!("a write"),
        }
    }

    /// Tells whoever watches: of one change a connection hears each kind of event on a path once.
    fn fire(&mut self, kind: i32, path: &str) {
        let Watches { data, child, persistent, recursive } = &mut self.watches;
        let conns: Vec<u64> = self.sessions.keys().copied().collect();
        for conn in conns {
            let take = |table: &mut BTreeSet<(String, u64)>, path: &str| table.remove(&(path.to_owned(), conn));
            let stays = persistent.contains(&(path.to_owned(), conn));
            let mut above = path;
            let mut below = recursive.contains(&(path.to_owned(), conn));
            while above != "/" {
                above = parent(above);
                below |= recursive.contains(&(above.to_owned(), conn));
            }
            let mut hears = stays || below;
            hears |= take(data, path);
            if kind == 2 {
                hears |= take(child, path);
            }
            if hears {
                self.said.push((conn, Said::Event(kind, path.to_owned())));
            }
            let folder = parent(path);
            if kind != 3 && (take(child, folder) | persistent.contains(&(folder.to_owned(), conn))) {
                self.said.push((conn, Said::Event(4, folder.to_owned())));
            }
        }
    }
}
