//! The commands of the shell, one file each, and the table of all.
//!
//! Names, options, words and exit codes are those of Apache ZooKeeper 3.8.4's shell.

mod add_auth;
mod add_watch;
mod close;
mod config;
mod connect;
mod create;
mod delete;
mod delete_all;
mod delquota;
mod get;
mod get_acl;
mod get_all_children_number;
mod get_ephemerals;
mod history;
mod listquota;
mod ls;
mod print_watches;
mod quit;
mod reconfig;
mod redo;
mod remove_watches;
mod set;
mod set_acl;
mod setquota;
mod stat;
mod sync;
mod version;
mod whoami;

use super::{
    answer::Answer,
    failure::Failure,
    options::{Given, Known, Opt},
    shell::Shell,
};
use rkafka_zookeeper_client::Watch;

type Done = Result<(), Failure>;

/// A command: its name, what follows it, and its options; [`None`] for the commands that read their words themselves.
pub struct Spec {
    pub name: &'static str,
    pub usage: &'static str,
    pub known: Option<&'static Known>,
}

impl Spec {
    /// What is printed when the words make no sense.
    fn help(&self) -> Failure {
        Failure::new(format!("{} {}", self.name, self.usage))
    }
}

/// All commands, sorted as ZooKeeper's shell lists them.
pub const ALL: &[&Spec] = &[
    &add_watch::SPEC,
    &add_auth::SPEC,
    &close::SPEC,
    &config::SPEC,
    &connect::SPEC,
    &create::SPEC,
    &delete::SPEC,
    &delete_all::SPEC,
    &delquota::SPEC,
    &get::SPEC,
    &get_acl::SPEC,
    &get_all_children_number::SPEC,
    &get_ephemerals::SPEC,
    &history::SPEC,
    &listquota::SPEC,
    &ls::SPEC,
    &print_watches::SPEC,
    &quit::SPEC,
    &reconfig::SPEC,
    &redo::SPEC,
    &remove_watches::SPEC,
    &set::SPEC,
    &set_acl::SPEC,
    &setquota::SPEC,
    &stat::SPEC,
    &sync::SPEC,
    &version::SPEC,
    &whoami::SPEC,
];

/// The list of commands that follows on an unknown one.
pub fn usage() -> String {
    let mut text = "ZooKeeper -server host:port [-zk-tls-config-file <file>] cmd args".to_owned();
    for spec in ALL {
        text.push_str(&format!("\n\t{} {}", spec.name, spec.usage));
    }
    text
}

/// Does what `words` say; the first is the command.
pub async fn process(shell: &mut Shell, words: &[String], answer: &mut Answer) -> Done {
    let name = words.first().map(String::as_str).unwrap_or_default();
    let Some(spec) = ALL.iter().find(|spec| spec.name == name) else {
        answer.talk(usage());
        return Err(Failure::not_found(name));
    };
    let of_shell = Given::unread(words);
    match name {
        "quit" => return quit::run(shell).await,
        "redo" => redo::run(shell, &of_shell, answer).await?,
        "history" => history::run(shell, answer),
        "printwatches" => print_watches::run(shell, &of_shell, answer),
        "connect" => connect::run(shell, &of_shell).await?,
        _ => {}
    }
    if !shell.client().state().is_alive() {
        answer.line("Not connected");
        return Ok(());
    }
    let given = match spec.known {
        Some(known) => Given::parse(known, words).map_err(Failure::new)?,
        None => of_shell,
    };
    ask(shell, name, &given, words, answer).await
}

/// The commands that ask a server.
async fn ask(shell: &mut Shell, name: &str, given: &Given, words: &[String], answer: &mut Answer) -> Done {
    let zk = shell.client();
    match name {
        "close" => {
            shell.close().await;
            Ok(())
        }
        "addauth" => add_auth::run(zk, given).await,
        "addWatch" => add_watch::run(zk, given).await,
        "config" => config::run(zk, given, answer).await,
        "create" => create::run(zk, given, answer).await,
        "delete" => delete::run(zk, given, answer).await,
        "deleteall" => delete_all::run(zk, given, answer).await,
        "delquota" => delquota::run(zk, given, answer).await,
        "get" => get::run(zk, given, words, answer).await,
        "getAcl" => get_acl::run(zk, given, answer).await,
        "getAllChildrenNumber" => get_all_children_number::run(zk, given, answer).await,
        "getEphemerals" => get_ephemerals::run(zk, given, answer).await,
        "listquota" => listquota::run(zk, given, answer).await,
        "ls" => ls::run(zk, given, words, answer).await,
        "reconfig" => reconfig::run(zk, given, answer).await,
        "removewatches" => remove_watches::run(zk, given).await,
        "set" => set::run(zk, given, answer).await,
        "setAcl" => set_acl::run(zk, given, answer).await,
        "setquota" => setquota::run(zk, given, answer).await,
        "stat" => stat::run(zk, given, words, answer).await,
        "sync" => sync::run(zk, given, answer).await,
        "version" => version::run(given, answer),
        "whoami" => whoami::run(zk, answer).await,
        _ => Ok(()),
    }
}

fn watch_if(wanted: bool) -> Watch {
    if wanted { Watch::Yes } else { Watch::No }
}

/// The number behind a command's `-v`, −1 if there is none.
fn version_of(given: &Given, version: &Opt) -> Result<i32, Failure> {
    match given.value(version) {
        None => Ok(-1),
        Some(text) => {
            text.parse().map_err(|_| Failure::new(format!("-v must be followed by a version number, not {text}")))
        }
    }
}

/// For `get`, `ls` and `stat`: a third word once meant a watch. It still does, as an option in its place.
fn with_old_watch(spec: &Spec, given: &Given, words: &[String], answer: &mut Answer) -> Result<Option<Given>, Failure> {
    let (Some(known), true) = (spec.known, given.len() > 2) else { return Ok(None) };
    let mut words = words.to_vec();
    if let Some(third) = words.get_mut(2) {
        *third = "-w".to_owned();
    }
    let (name, new) = (spec.name, if spec.name == "get" { "[-s] [-w]" } else { "[-w]" });
    answer.talk(format!("'{name} path [watch]' has been deprecated. Please use '{name} {new} path' instead."));
    Given::parse(known, &words).map(Some).map_err(Failure::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_sorted_and_their_usage_is_told() {
        assert!(ALL.is_sorted_by_key(|spec| spec.name));
        let usage = usage();
        assert!(usage.contains("\n\tcreate [-s] [-e] [-c] [-t ttl] path [data] [acl]\n"), "{usage}");
        assert!(usage.ends_with("\n\twhoami "), "{usage}");
    }
}
