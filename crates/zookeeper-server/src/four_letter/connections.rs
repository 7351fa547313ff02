//! `cons`: each connection with its session and latencies; and the short form that `stat` lists.

use super::Question;
use crate::connection::ConnectionState;
use rkafka_jute::OpCode;

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

/// What Java's selector waits for: 1 to read; 0 for a connection that is not read any more.
pub fn interest(connection: &ConnectionState) -> i32 {
    i32::from(!connection.closing)
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

/// ZooKeeper's four letters for the last operation.
pub fn last_operation(connection: &ConnectionState) -> &'static str {
    connection.counters.last_op.map_or("NA", short_name)
}

fn short_name(op: OpCode) -> &'static str {
    match op {
        OpCode::PING => "PING",
        OpCode::CREATE_SESSION => "SESS",
        OpCode::CLOSE_SESSION => "CLOS",
        OpCode::CREATE | OpCode::CREATE2 | OpCode::CREATE_CONTAINER | OpCode::CREATE_TTL => "CREA",
        OpCode::DELETE | OpCode::DELETE_CONTAINER => "DELE",
        OpCode::SET_DATA => "SETD",
        OpCode::GET_DATA => "GETD",
        OpCode::SET_ACL => "SETA",
        OpCode::GET_ACL => "GETA",
        OpCode::GET_CHILDREN | OpCode::GET_CHILDREN2 => "GETC",
        OpCode::GET_ALL_CHILDREN_NUMBER => "GETACN",
        OpCode::GET_EPHEMERALS => "GETE",
        OpCode::EXISTS => "EXIS",
        OpCode::SYNC => "SYNC",
        OpCode::CHECK => "CHEC",
        OpCode::MULTI => "MULT",
        OpCode::MULTI_READ => "MLTR",
        OpCode::SET_WATCHES => "SETW",
        OpCode::SET_WATCHES2 => "STW2",
        OpCode::ADD_WATCH => "ADDW",
        OpCode::CHECK_WATCHES => "CHKW",
        OpCode::REMOVE_WATCHES => "REMW",
        OpCode::RECONFIG => "RECO",
        OpCode::WHO_AM_I => "HOMI",
        _ => "NA",
    }
}
