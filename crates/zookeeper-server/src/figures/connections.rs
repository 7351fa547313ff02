//! What is shown of a connection in another form than it has.

use crate::connection::ConnectionState;
use rkafka_jute::OpCode;

/// What Java's selector waits for: 1 to read; 0 for a connection that is not read any more.
pub fn interest(connection: &ConnectionState) -> i32 {
    i32::from(!connection.closing)
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
