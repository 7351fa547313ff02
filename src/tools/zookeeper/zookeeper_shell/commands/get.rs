//! `get [-s] [-w] path`: a node's data.

use super::{Done, Spec, watch_if, with_old_watch};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, flag},
    path,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rkafka_zookeeper_client::ZkClient;
use serde_json::Value;

const STATS: Opt = flag("s", "stats");
const WATCH: Opt = flag("w", "watch");

pub const SPEC: Spec = Spec { name: "get", usage: "[-s] [-w] path", known: Some(&Known::free(&[STATS, WATCH])) };

pub async fn run(zk: &ZkClient, given: &Given, words: &[String], answer: &mut Answer) -> Done {
    if given.len() < 2 {
        return Err(SPEC.help());
    }
    let old = with_old_watch(&SPEC, given, words, answer)?;
    let given = old.as_ref().unwrap_or(given);
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    path::check(node).map_err(Failure::new)?;
    let (data, stat) = zk.get_data(node, watch_if(given.has(&WATCH))).await.map_err(at(node))?;
    answer.set("path", node);
    show_data(data.as_deref(), answer);
    if given.has(&STATS) {
        answer.stat(&stat);
    }
    Ok(())
}

/// Data as text, `null` where there is none at all. JSON that holds other bytes than text has them in Base64, too.
pub fn show_data(data: Option<&[u8]>, answer: &mut Answer) {
    let text = data.map(String::from_utf8_lossy);
    answer.line(text.as_deref().unwrap_or("null"));
    answer.set("data", text.map_or(Value::Null, |text| text.into()));
    if let Some(bytes) = data.filter(|bytes| std::str::from_utf8(bytes).is_err()) {
        answer.set("dataBase64", STANDARD.encode(bytes));
    }
}
