//! `ls [-s] [-w] [-R] path`: a node's children, or with `-R` all nodes below.

use super::{Done, Spec, watch_if, with_old_watch};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    failure::{Failure, at},
    options::{Given, Known, Opt, flag},
    path, tree,
};
use rkafka_zookeeper_client::ZkClient;

const HELP: Opt = flag("?", "help");
const RECURSE: Opt = flag("R", "recurse");
const STATS: Opt = flag("s", "stat");
const WATCH: Opt = flag("w", "watch");

pub const SPEC: Spec =
    Spec { name: "ls", usage: "[-s] [-w] [-R] path", known: Some(&Known::free(&[HELP, RECURSE, STATS, WATCH])) };

pub async fn run(zk: &ZkClient, given: &Given, words: &[String], answer: &mut Answer) -> Done {
    if given.has(&HELP) {
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
    let watch = watch_if(given.has(&WATCH));
    if given.has(&RECURSE) {
        let paths = tree::by_branch(zk, node, watch).await?;
        answer.print(paths.iter().map(|path| format!("{path}\n")).collect());
        answer.set("paths", paths);
        return Ok(());
    }
    let (mut children, stat) = zk.get_children(node, watch).await.map_err(at(node))?;
    children.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
    answer.line(format!("[{}]", children.join(", ")));
    answer.set("children", children);
    if given.has(&STATS) {
        answer.stat(&stat);
    }
    Ok(())
}
