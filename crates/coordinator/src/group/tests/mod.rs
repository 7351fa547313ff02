//! The group coordinator's rules, tried on shards that write to a log in memory under a clock that the test turns.

mod driver;
mod golden;
mod offsets;
mod rebalances;
mod rig;
mod simulation;
mod statics;

use rkafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;

fn rig_protocol(like: &JoinGroupRequestProtocol, name: &str) -> JoinGroupRequestProtocol {
    JoinGroupRequestProtocol { name: name.to_owned(), ..like.clone() }
}
