//! `cons`: each connection with its session and latencies; and the short form that `stat` lists.

use super::Question;
use crate::connection::ConnectionState;
use crate::figures::connections::{interest, last_operation};

pub fn cons(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let lines = state
            .core
            .connections
            .values()
            .map(|connection| format!("{}{})\n", brief(connection), details(connection)));
        lines.collect::<String>() + "\n"
    })
}

/// ` /127.0.0.1:57070[1](queued=0,recved=358,sent=364`, without the closing bracket.
pub fn brief(connection: &ConnectionState) -> String {
    let counters = &connection.counters;
    format!(
        " /{}[{}](queued={},recved={},sent={}",
        connection.address,
        interest(connection),
        connection.pending,
        counters.received,
        counters.sent
    )
}

fn details(connection: &ConnectionState) -> String {
    if connection.session == 0 {
        return String::new();
    }
    let counters = &connection.counters;
    let cxid = if counters.last_cxid >= 0 { format!(",lcxid=0x{:x}", counters.last_cxid) } else { String::new() };
    format!(
        ",sid=0x{:x},lop={},est={},to={}{cxid},lzxid=0x{:x},lresp={},llat={},minlat={},avglat={},maxlat={}",
        connection.session,
        last_operation(connection),
        counters.established_ms,
        connection.timeout_ms,
        counters.last_zxid,
        counters.last_response_ms,
        counters.latency.last_ms,
        counters.latency.min_ms(),
        counters.latency.average_ms() as i64,
        counters.latency.max_ms,
    )
}
