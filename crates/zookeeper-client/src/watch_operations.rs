//! Watches that stay, and the end of watches: addWatch and removeWatches.

use super::ZkClient;
use super::operations::Result;
use super::watches::{WatchChange, WatchKind, WatcherType};
use rkafka_jute::{AddWatchRequest, OpCode, Record, RemoveWatchesRequest};

/// What a watch of addWatch is about. It stays when it fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddWatchMode {
    /// The node's data, presence and children.
    Persistent,
    /// The node's data and presence, and those of all nodes below.
    PersistentRecursive,
}

impl ZkClient {
    /// Watches a node, present or not, until the watch is removed. Events come as [`super::WatchedEvent`]s.
    pub async fn add_watch(&self, path: &str, mode: AddWatchMode) -> Result<()> {
        let (mode, kind) = match mode {
            AddWatchMode::Persistent => (0, WatchKind::Persistent),
            AddWatchMode::PersistentRecursive => (1, WatchKind::PersistentRecursive),
        };
        let full = self.full(path);
        let request = AddWatchRequest { path: full.clone(), mode };
        self.call(OpCode::ADD_WATCH, request.to_bytes(), Some(WatchChange::Add(kind, full)), path).await.map(drop)
    }

    /// Removes all watches of a kind from a node; each kind removed is an event. Fails with NoWatcher if there are none.
    /// `local`: forgets them also when the server cannot be asked or refuses.
    pub async fn remove_watches(&self, path: &str, which: WatcherType, local: bool) -> Result<()> {
        let full = self.full(path);
        let request = RemoveWatchesRequest { path: full.clone(), kind: which as i32 };
        let change = WatchChange::Remove { which, path: full, local };
        self.call(OpCode::REMOVE_WATCHES, request.to_bytes(), Some(change), path).await.map(drop)
    }
}
