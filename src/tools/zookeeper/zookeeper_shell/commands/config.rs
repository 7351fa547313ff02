//! `config [-c] [-w] [-s]`: the configuration of the ensemble.

use super::{Done, Spec, get::show_data, watch_if};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    ensemble,
    failure::at,
    options::{Given, Known, Opt, flag},
};
use rkafka_zookeeper_client::{CONFIG_NODE, ZkClient};

const STATS: Opt = flag("s", "stats");
const WATCH: Opt = flag("w", "watch");
const CLIENT_STRING: Opt = flag("c", "client connection string");

pub const SPEC: Spec =
    Spec { name: "config", usage: "[-c] [-w] [-s]", known: Some(&Known::free(&[STATS, WATCH, CLIENT_STRING])) };

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let (data, stat) = zk.get_config(watch_if(given.has(&WATCH))).await.map_err(at(CONFIG_NODE))?;
    if given.has(&CLIENT_STRING) {
        let text = data.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let client_string = ensemble::client_string(&text);
        answer.line(client_string.as_str());
        answer.set("clientString", client_string);
    } else {
        show_data(data.as_deref(), answer);
    }
    if given.has(&STATS) {
        answer.stat(&stat);
    }
    Ok(())
}
