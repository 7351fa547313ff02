//! Counting anew.

use crate::connection::Counters;
use crate::shared::Shared;

/// Every connection's counters begin anew.
pub fn connections(shared: &Shared) {
    for connection in shared.state.lock().core.connections.values_mut() {
        let counters = &mut connection.counters;
        *counters =
            Counters { established_ms: counters.established_ms, last_zxid: -1, last_cxid: -1, ..Counters::default() };
    }
}

/// The server's counters begin anew.
pub fn server(shared: &Shared) {
    shared.state.lock().core.stats.reset();
}
