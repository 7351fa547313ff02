//! Who watches.

use crate::connection::ConnId;
use crate::core::Core;

/// The session of a connection; 0 when it has none.
pub fn session_of(core: &Core, conn: ConnId) -> i64 {
    core.connections.get(&conn).map_or(0, |connection| connection.session)
}
