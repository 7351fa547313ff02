//! `config [-c] [-w] [-s]`: the configuration of the ensemble.

use super::{Done, Spec, get::show_data, watch_if};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    ensemble,
    failure::at,
    options::{Given, Known, flag},
};
use rkafka_zookeeper_client::{CONFIG_NODE, ZkClient};

pub const SPEC: Spec = Spec {
    name: "config",
    usage: "[-c] [-w] [-s]",
    known: Some(&Known::free(&[flag("s", "stats"), flag("w", "watch"), flag("c", "client connection string")])),
};

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let (data, stat) = zk.get_config(watch_if(given.has("w"))).await.map_err(at(CONFIG_NODE))?;
    if given.has("c") {
        let text = data.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let client_string = ensemble::client_string(&text);
        answer.line(client_string.as_str());
        answer.set("clientString", client_string);
    } else {
        show_data(data.as_deref(), answer);
    }
    if given.has("s") {
        answer.stat(&stat);
    }
    Ok(())
}
