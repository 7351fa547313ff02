//! `whoami`: who the server takes this session for.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{answer::Answer, failure::at};
use rkafka_zookeeper_client::ZkClient;
use serde_json::json;

pub const SPEC: Spec = Spec { name: "whoami", usage: "", known: None };

pub async fn run(zk: &ZkClient, answer: &mut Answer) -> Done {
    let infos = zk.who_am_i().await.map_err(at(""))?;
    answer.line("Auth scheme: User");
    for info in &infos {
        answer.line(format!("{}: {}", info.auth_scheme, info.user));
    }
    let json: Vec<_> = infos.iter().map(|info| json!({ "scheme": info.auth_scheme, "user": info.user })).collect();
    answer.set("identities", json);
    Ok(())
}
