//! `reconfig`: other members for the ensemble.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    answer::Answer,
    ensemble,
    failure::{Failure, at},
    options::{Given, Known, flag, value},
};
use rkafka_config as config;
use rkafka_zookeeper_client::ZkClient;

pub const SPEC: Spec = Spec {
    name: "reconfig",
    usage: "[-s] [-v version] [[-file path] | [-members serverID=host:port1:port2;port3[,...]*]] | \
            [-add serverId=host:port1:port2;port3[,...]]* [-remove serverId[,...]*]",
    known: Some(&Known::free(&[
        flag("s", "stats"),
        value("v", "required current config version"),
        value("file", "path of config file to parse for membership"),
        value("members", "comma-separated list of config strings for non-incremental reconfig"),
        value("add", "comma-separated list of config strings for new servers"),
        value("remove", "comma-separated list of server IDs to remove"),
    ])),
};

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let (by_file, by_members) = (given.has("file"), given.has("members"));
    let (add, remove) = (given.has("add"), given.has("remove"));
    if !by_file && !by_members && !add && !remove {
        return Err(SPEC.help());
    }
    let version = match given.value("v").map(|text| i64::from_str_radix(text, 16)) {
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
    let lower = |name| given.value(name).map(str::to_lowercase);
    let members = match given.value("file") {
        Some(file) => Some(members_of(file)?),
        None => lower("members"),
    };
    let (joining, leaving) = (lower("add"), lower("remove"));
    let changed = zk.reconfigure(joining.as_deref(), leaving.as_deref(), members.as_deref(), version).await;
    let (config, stat) = changed.map_err(at(""))?;
    let config = config.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    answer.line(format!("Committed new configuration:\n{config}"));
    answer.set("config", config);
    if given.has("s") {
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
