//! Pure: putting another database in place of the running one (AdminServer's `restore`).

use super::core::{Core, Now};
use super::database::Database;
use super::pending::PendingChanges;
use super::quota;
use super::sessions::Sessions;
use super::watches::Watches;

impl Core {
    /// Serves `database` from now on and returns its zxid, which is above every one that was ever given out, so that
    /// clients come back. Every connection is closed: clients resume the sessions that `database` knows and set their
    /// watches anew. Writes not yet applied are forgotten; who waits for their answers learns that the connection is lost.
    ///
    /// It is durable when a snapshot of it is: the log holds the transactions of the replaced database.
    pub fn restore(&mut self, mut database: Database, now: Now) -> i64 {
        quota::set_up(&mut database);
        database.last_zxid = database.last_zxid.max(self.forget_queue());
        for conn in self.connections.keys().copied().collect::<Vec<_>>() {
            self.close(conn);
        }
        self.watches = Watches::default();
        let mut sessions = Sessions::continuing(&self.sessions);
        for (id, timeout_ms) in &database.sessions {
            sessions.track(*id, *timeout_ms, now.elapsed);
        }
        self.sessions = sessions;
        let zxid = database.last_zxid;
        self.begin_from(PendingChanges::new(database.tree.digest()), zxid);
        self.database = database;
        zxid
    }
}
