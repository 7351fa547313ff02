//! `addauth scheme auth`: says who this session is.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    failure::at,
    options::{Given, Known},
};
use rkafka_zookeeper_client::ZkClient;

pub const SPEC: Spec = Spec { name: "addauth", usage: "scheme auth", known: Some(&Known::NONE) };

pub async fn run(zk: &ZkClient, given: &Given) -> Done {
    let scheme = given.word(1).ok_or_else(|| SPEC.help())?;
    let auth = given.word(2).unwrap_or_default().as_bytes().to_vec();
    // A refusal is an event, which comes when it comes.
    zk.add_auth(scheme, auth).await.map_err(at(""))
}
