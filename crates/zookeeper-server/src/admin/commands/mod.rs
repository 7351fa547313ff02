//! The commands, one file for each or for a few of a kind.

mod configuration;
mod connections;
mod dirs;
mod dump;
mod environment;
mod hash;
mod initial_configuration;
mod last_snapshot;
mod log_level;
mod lone;
mod monitor;
mod resets;
pub mod restore;
pub mod shed_connections;
pub mod snapshot;
mod stats;
mod system_properties;
mod trace_mask;
mod watches;

use super::{Answer, Call};
use crate::shared::Shared;

/// How a command is run.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Answered at once.
    Look(fn(&Call<'_>) -> Answer),
    /// The answer may be long, and takes its time: it is made apart from the connections, one at a time.
    List(fn(&Shared) -> Answer),
    Snapshot,
    Restore,
    Shed,
}

/// One command.
#[derive(Clone, Copy)]
pub(super) struct Command {
    /// The name that answers carry, then others.
    names: &'static [&'static str],
    /// Only for who has all rights on the root node.
    pub wants_permission: bool,
    pub run: Run,
}

impl Command {
    pub fn find(name: &str) -> Option<&'static Command> {
        COMMANDS.iter().find(|command| command.names.contains(&name))
    }

    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// Whether it changes the server and so wants POST.
    pub(crate) fn is_post(&self) -> bool {
        matches!(self.run, Run::Restore | Run::Shed)
    }
}

const fn look(names: &'static [&'static str], look: fn(&Call<'_>) -> Answer) -> Command {
    Command { names, wants_permission: false, run: Run::Look(look) }
}

const fn list(names: &'static [&'static str], list: fn(&Shared) -> Answer) -> Command {
    Command { names, wants_permission: false, run: Run::List(list) }
}

const fn guarded(names: &'static [&'static str], run: Run) -> Command {
    Command { names, wants_permission: true, run }
}

/// Every command, sorted by name.
pub(super) const COMMANDS: &[Command] = &[
    look(&["configuration", "conf", "config"], configuration::run),
    look(&["connection_stat_reset", "crst"], resets::connections),
    look(&["connections", "cons"], connections::run),
    look(&["dirs"], dirs::run),
    list(&["dump"], dump::run),
    look(&["environment", "env", "envi"], environment::run),
    look(&["get_trace_mask", "gtmk"], trace_mask::get),
    look(&["hash"], hash::run),
    look(&["initial_configuration", "icfg"], initial_configuration::run),
    look(&["is_read_only", "isro"], lone::is_read_only),
    look(&["last_snapshot", "lsnp"], last_snapshot::run),
    look(&["leader", "lead"], lone::leader),
    look(&["log_level"], log_level::run),
    look(&["monitor", "mntr"], monitor::run),
    look(&["observer_connection_stat_reset", "orst"], resets::observers),
    look(&["observers", "obsr"], lone::observers),
    guarded(&["restore", "rest"], Run::Restore),
    look(&["ruok"], lone::ruok),
    look(&["server_stats", "srvr"], stats::server_stats),
    look(&["set_trace_mask", "stmk"], trace_mask::set),
    guarded(&["shed_connections", "shed"], Run::Shed),
    guarded(&["snapshot", "snap"], Run::Snapshot),
    look(&["stat_reset", "srst"], resets::server),
    look(&["stats", "stat"], stats::stats),
    look(&["system_properties", "sysp"], system_properties::run),
    look(&["voting_view"], lone::voting_view),
    look(&["watch_summary", "wchs"], watches::summary),
    list(&["watches", "wchc"], watches::by_session),
    list(&["watches_by_path", "wchp"], watches::by_path),
    look(&["zabstate"], lone::zabstate),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_by_all_their_names() {
        assert!(COMMANDS.is_sorted_by_key(Command::name));
        assert_eq!(Command::find("envi").map(Command::name), Some("environment"));
        assert!(Command::find("snap").is_some_and(|command| command.wants_permission && !command.is_post()));
        assert!(Command::find("").is_none());
    }
}
