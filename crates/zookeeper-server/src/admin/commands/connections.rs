//! `connections`: each connection with its session and latencies.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::connection::ConnectionState;
use crate::figures::connections::{interest, last_operation};
use crate::shared::Shared;

pub fn run(call: &Call<'_>) -> Answer {
    Answer::new("connections", fields(call.shared, true))
}

/// The two lists; in full or without the sessions.
pub fn fields(shared: &Shared, in_full: bool) -> [(&'static str, Json); 2] {
    let state = shared.state.lock();
    let list = |is_secure: bool| {
        let speaks_tls = |conn| state.outboxes.get(conn).is_some_and(|outbox| outbox.tls().is_some());
        let of_kind = state.core.connections.iter().filter(|(conn, _)| speaks_tls(conn) == is_secure);
        Json::List(of_kind.map(|(_, connection)| one(connection, in_full)).collect())
    };
    [("connections", list(false)), ("secure_connections", list(true))]
}

fn one(connection: &ConnectionState, in_full: bool) -> Json {
    let counters = &connection.counters;
    let latency = &counters.latency;
    let mut fields = vec![
        ("remote_socket_address", Json::Text(connection.address.to_string())),
        ("interest_ops", Json::count(interest(connection))),
        ("outstanding_requests", Json::count(connection.pending)),
        ("packets_received", Json::count(counters.received)),
        ("packets_sent", Json::count(counters.sent)),
    ];
    if in_full {
        fields.extend([
            ("session_id", Json::Whole(connection.session)),
            ("last_operation", Json::text(last_operation(connection))),
            ("established", Json::Whole(counters.established_ms)),
            ("session_timeout", Json::count(connection.timeout_ms)),
            ("last_cxid", Json::count(counters.last_cxid)),
            ("last_zxid", Json::Whole(counters.last_zxid)),
            ("last_response_time", Json::Whole(counters.last_response_ms)),
            ("last_latency", Json::Whole(latency.last_ms)),
            ("min_latency", Json::Whole(latency.min_ms())),
            ("avg_latency", Json::Whole(latency.average_ms() as i64)),
            ("max_latency", Json::Whole(latency.max_ms)),
        ]);
    }
    Json::object(fields)
}
