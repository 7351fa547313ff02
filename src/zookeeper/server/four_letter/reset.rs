//! `crst` and `srst`: start counting anew.

use super::Question;
use crate::zookeeper::server::connection::Counters;
use crate::zookeeper::server::stats::Stats;

pub fn crst(question: &Question<'_>) -> String {
    question.with_state(|state| {
        for connection in state.core.connections.values_mut() {
            let counters = &mut connection.counters;
            *counters = Counters { established_ms: counters.established_ms, last_zxid: -1, ..Counters::default() };
        }
    });
    "Connection stats reset.\n".to_owned()
}

pub fn srst(question: &Question<'_>) -> String {
    question.with_state(|state| state.core.stats = Stats::default());
    "Server stats reset.\n".to_owned()
}
