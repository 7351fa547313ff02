//! `ls [-s] [-w] [-R] path`: a node's children, or with `-R` all nodes below.

use super::{Done, Spec, watch_if, with_old_watch};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, flag},
    path, tree,
};
use rkafka_zookeeper_client::ZkClient;

pub const SPEC: Spec = Spec {
    name: "ls",
    usage: "[-s] [-w] [-R] path",
    known: Some(&Known::free(&[flag("?", "help"), flag("R", "recurse"), flag("s", "stat"), flag("w", "watch")])),
};

pub async fn run(zk: &ZkClient, given: &Given, words: &[String], answer: &mut Answer) -> Done {
    if given.has("?") {
        answer.line("usage: ls [options] path");
        for option in SPEC.known.iter().flat_map(|known| known.options) {
            answer.line(format!(" -{}   {}", option.name, option.about));
        }
    }
    let old = with_old_watch(&SPEC, given, words, answer)?;
    let given = old.as_ref().unwrap_or(given);
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    path::check(node).map_err(Failure::new)?;
    answer.set("path", node);
    let watch = watch_if(given.has("w"));
    if given.has("R") {
        let paths = tree::by_branch(zk, node, watch).await?;
        answer.print(paths.iter().map(|path| format!("{path}\n")).collect());
        answer.set("paths", paths);
        return Ok(());
    }
    let (mut children, stat) = zk.get_children(node, watch).await.map_err(at(node))?;
    children.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    answer.line(format!("[{}]", children.join(", ")));
    answer.set("children", children);
    if given.has("s") {
        answer.stat(&stat);
    }
    Ok(())
}
