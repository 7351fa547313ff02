//! Pure: what becomes of the session and its watches, told as ZooKeeper's shell tells it.

use rkafka_zookeeper_client::{EventType, ZkEvent};
use serde_json::{Value, json};

/// One event on its way to the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    state: &'static str,
    kind: &'static str,
    path: Option<String>,
}

impl Told {
    /// The end of a session that was asked for.
    pub const CLOSED: Told = Told { state: "Closed", kind: "None", path: None };

    /// `read_only`: whether the server at the other end only reads.
    pub fn of(event: ZkEvent, read_only: bool) -> Told {
        let state = |state| Told { state, kind: "None", path: None };
        match event {
            ZkEvent::Connected if read_only => state("ConnectedReadOnly"),
            ZkEvent::Connected => state("SyncConnected"),
            ZkEvent::Disconnected => state("Disconnected"),
            ZkEvent::Expired { .. } => state("Expired"),
            ZkEvent::SaslAuthenticated => state("SaslAuthenticated"),
            ZkEvent::AuthFailed { .. } => state("AuthFailed"),
            ZkEvent::Watch(event) => Told { state: "SyncConnected", kind: name(event.kind), path: Some(event.path) },
        }
    }

    /// Four lines, the first and third empty.
    pub fn text(&self) -> String {
        let path = self.path.as_deref().unwrap_or("null");
        format!("\nWATCHER::\n\nWatchedEvent state:{} type:{} path:{path}\n", self.state, self.kind)
    }

    pub fn json(&self) -> Value {
        json!({ "event": self.kind, "state": self.state, "path": self.path })
    }
}

fn name(kind: EventType) -> &'static str {
    match kind {
        EventType::None => "None",
        EventType::NodeCreated => "NodeCreated",
        EventType::NodeDeleted => "NodeDeleted",
        EventType::NodeDataChanged => "NodeDataChanged",
        EventType::NodeChildrenChanged => "NodeChildrenChanged",
        EventType::DataWatchRemoved => "DataWatchRemoved",
        EventType::ChildWatchRemoved => "ChildWatchRemoved",
        EventType::PersistentWatchRemoved => "PersistentWatchRemoved",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_zookeeper_client::WatchedEvent;

    #[test]
    fn as_zookeepers_shell_shows_them() {
        let connected = Told::of(ZkEvent::Connected, false).text();
        assert_eq!(connected, "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:None path:null\n");
        let watch = ZkEvent::Watch(WatchedEvent { kind: EventType::NodeDeleted, path: "/a".into() });
        let watch = Told::of(watch, false);
        assert_eq!(watch.text(), "\nWATCHER::\n\nWatchedEvent state:SyncConnected type:NodeDeleted path:/a\n");
        assert_eq!(watch.json().to_string(), r#"{"event":"NodeDeleted","path":"/a","state":"SyncConnected"}"#);
    }
}
