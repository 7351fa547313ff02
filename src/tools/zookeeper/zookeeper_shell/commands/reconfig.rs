//! `reconfig`: other members for the ensemble.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    ensemble,
    failure::{Failure, at},
    options::{Given, Known, Opt, flag, value},
};
use rkafka_config as config;
use rkafka_zookeeper_client::ZkClient;

const STATS: Opt = flag("s", "stats");
const VERSION: Opt = value("v", "required current config version");
const FILE: Opt = value("file", "path of config file to parse for membership");
const MEMBERS: Opt = value("members", "comma-separated list of config strings for non-incremental reconfig");
const ADD: Opt = value("add", "comma-separated list of config strings for new servers");
const REMOVE: Opt = value("remove", "comma-separated list of server IDs to remove");

pub const SPEC: Spec = Spec {
    name: "reconfig",
    usage: "[-s] [-v version] [[-file path] | [-members serverID=host:port1:port2;port3[,...]*]] | \
            [-add serverId=host:port1:port2;port3[,...]]* [-remove serverId[,...]*]",
    known: Some(&Known::free(&[STATS, VERSION, FILE, MEMBERS, ADD, REMOVE])),
};

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let (by_file, by_members) = (given.has(&FILE), given.has(&MEMBERS));
    let (add, remove) = (given.has(&ADD), given.has(&REMOVE));
    if !by_file && !by_members && !add && !remove {
        return Err(SPEC.help());
    }
    let version = match given.value(&VERSION).map(|text| i64::from_str_radix(text, 16)) {
        None => -1,
        Some(Ok(version)) => version,
        Some(Err(_)) => return Err(Failure::new("-v must be followed by a long (configuration version)")),
    };
    if (by_file || by_members) && (add || remove) {
        return Err(Failure::new(
            "Can't use -file or -members together with -add or -remove (mixing incremental and non-incremental modes is \
             not allowed)",
        ));
    }
    if by_file && by_members {
        return Err(Failure::new("Can't use -file and -members together (conflicting non-incremental modes)"));
    }
    let lower = |option: &Opt| given.value(option).map(str::to_lowercase);
    let members = match given.value(&FILE) {
        Some(file) => Some(members_of(file)?),
        None => lower(&MEMBERS),
    };
    let (joining, leaving) = (lower(&ADD), lower(&REMOVE));
    let changed = zk.reconfigure(joining.as_deref(), leaving.as_deref(), members.as_deref(), version).await;
    let (config, stat) = changed.map_err(at(""))?;
    let config = config.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    answer.line(format!("Committed new configuration:\n{config}"));
    answer.set("config", config);
    if given.has(&STATS) {
        answer.stat(&stat);
    }
    Ok(())
}

fn members_of(file: &str) -> Result<String, Failure> {
    let failed = |reason: String| Failure::new(format!("Error processing {file}: {reason}"));
    let properties = config::file::load(file).map_err(|error| failed(error.to_string()))?;
    let entries = properties.effective();
    ensemble::members(entries.iter().map(|(key, entry)| (*key, entry.value.as_str()))).map_err(failed)
}
