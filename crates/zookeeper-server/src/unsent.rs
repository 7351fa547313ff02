//! Pure: how much one client may ask for at a time, and that it lives while it takes it.

use super::connection::ConnId;
use super::core::{Core, Now};

/// A connection with this many bytes of replies from one turn is closed before it is answered any more. Only reads that
/// were sent behind a write come that far: they are all answered in the turn in which the write is on disk.
const MAX_UNSENT: usize = 64 * 1024 * 1024;

impl Core {
    /// Counts bytes that were written for a connection in this turn, be it for an answer that was refused in the end:
    /// the work was the same.
    pub(super) fn charge(&mut self, conn: ConnId, bytes: usize) {
        let before = self.unsent_of(conn);
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.unsent = (self.turn, before + bytes);
        }
    }

    /// The bytes written for one connection since the effects were last taken.
    pub fn unsent_of(&self, conn: ConnId) -> usize {
        let of_this_turn = self.connections.get(&conn).filter(|connection| connection.unsent.0 == self.turn);
        of_this_turn.map_or(0, |connection| connection.unsent.1)
    }

    pub(super) fn is_owed_too_much(&self, conn: ConnId) -> bool {
        self.unsent_of(conn) > MAX_UNSENT
    }

    pub(super) fn close_greedy(&mut self, conn: ConnId) {
        if self.connections.get(&conn).is_some_and(|connection| !connection.closing) {
            log::warn!(
                target: "org.apache.zookeeper.server.NIOServerCnxn",
                "Closing a connection that asks for more than {MAX_UNSENT} bytes of replies at once"
            );
        }
        self.close(conn);
    }

    /// The client takes what it has asked for, so it lives, also while its requests and pings are not read.
    pub fn is_taking(&mut self, conn: ConnId, now: Now) {
        if let Some(connection) = self.connections.get(&conn) {
            self.sessions.touch(connection.session, connection.timeout_ms, now.elapsed);
        }
    }
}
