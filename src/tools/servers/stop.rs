//! `kafka-server-stop` and `zookeeper-server-stop`: a signal to every such server of this program on this machine.
//!
//! Like Kafka's scripts they do not wait for the end. `--node-id` and `--process-role` narrow the choice by the servers'
//! own settings.

use super::{
    kafka_server_start,
    process::{ServerProcess, running, stop},
};
use crate::{
    options::{Once, UsageError, kafka_command},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::Context;
use clap::Args;
use rkafka_config as config;
use rkafka_config::BrokerConfig;

pub const KAFKA: Tool = Tool {
    name: "kafka-server-stop",
    script: "kafka-server-stop",
    command: kafka_command::<BrokersArgs>,
    run: stop_kafka,
    shows: &[],
};

pub const ZOOKEEPER: Tool = Tool {
    name: "zookeeper-server-stop",
    script: "zookeeper-server-stop",
    command: kafka_command::<ZooKeepersArgs>,
    run: stop_zookeeper,
    shows: &[],
};

const KAFKA_SERVER: &str = "kafka-server-start";
const ZOOKEEPER_SERVER: &str = "zookeeper-server-start";
const STOP_BROKERS: &str = "Stop the brokers of this machine.";
const STOP_ZOOKEEPERS: &str = "Stop the ZooKeeper servers of this machine.";

/// What can be typed for `kafka-server-stop`.
#[derive(Debug, Args)]
#[command(about = STOP_BROKERS)]
struct BrokersArgs {
    #[arg(long, value_name = "id", help = "Only the broker of this id (broker.id).")]
    node_id: Once<i32>,
    #[arg(long, value_name = "role", help = "Only servers of this role; all of rkafka's are brokers.")]
    process_role: Once<String>,
}

/// What can be typed for `zookeeper-server-stop`: nothing of its own.
#[derive(Debug, Args)]
#[command(about = STOP_ZOOKEEPERS)]
struct ZooKeepersArgs {}

/// Which brokers are meant.
#[derive(Debug, PartialEq, Eq)]
struct Chosen {
    id: Option<i32>,
    /// No server here has another role than a broker's.
    brokers: bool,
}

impl Chosen {
    fn of(args: &BrokersArgs) -> Result<Chosen, UsageError> {
        let id = args.node_id.value()?;
        Ok(Chosen { id, brokers: args.process_role.text()?.is_none_or(|role| role == "broker") })
    }

    /// Whether a running broker is meant. Its settings are looked at only if that depends on them; the error says why they
    /// cannot be told.
    fn has(&self, server: &ServerProcess) -> anyhow::Result<bool> {
        match self.id {
            _ if !self.brokers => Ok(false),
            None => Ok(true),
            Some(id) => Ok(broker_id(server)? == id),
        }
    }
}

fn stop_kafka(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<BrokersArgs>()?;
    if !asked.nothing
        && let Some(exit) = call.help_or_version(asked, STOP_BROKERS, terminal)?
    {
        return Ok(exit);
    }
    let chosen = Chosen::of(&args)?;
    let mut servers = running(KAFKA_SERVER)?;
    servers.retain(|server| match chosen.has(server) {
        Ok(is_meant) => is_meant,
        Err(error) => {
            terminal.talk(format_args!("pid {}: its settings cannot be read: {error:#}", server.pid));
            false
        }
    });
    stop(&servers, "No kafka server to stop", terminal)
}

fn stop_zookeeper(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (_, asked) = call.typed::<ZooKeepersArgs>()?;
    if !asked.nothing
        && let Some(exit) = call.help_or_version(asked, STOP_ZOOKEEPERS, terminal)?
    {
        return Ok(exit);
    }
    stop(&running(ZOOKEEPER_SERVER)?, "No zookeeper server to stop", terminal)
}

/// The broker id that a running broker was started with, from its settings; an error if they cannot be told for sure.
fn broker_id(server: &ServerProcess) -> anyhow::Result<i32> {
    let (file, rest) = server.args.split_first().context("it names no settings file")?;
    let place = server.place_of(file).with_context(|| format!("{file}: it is not known in which directory that is"))?;
    let mut properties = config::file::load(place)?;
    kafka_server_start::apply_overrides(rest, &mut properties)?;
    Ok(BrokerConfig::from_properties(file, &properties)?.broker_id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;
    use rustix::process::getpid;
    use std::fs;

    #[test]
    fn which_brokers() {
        let chosen = |line: &str| typed(line).and_then(|args| Chosen::of(&args)).map_err(|error| error.to_string());
        assert_eq!(chosen(""), Ok(Chosen { id: None, brokers: true }));
        assert_eq!(chosen("--node-id 2 --process-role broker"), Ok(Chosen { id: Some(2), brokers: true }));
        assert_eq!(chosen("--process-role controller"), Ok(Chosen { id: None, brokers: false }));
        assert_eq!(chosen("--node-id x"), Err("Cannot parse argument 'x' of option node-id".to_owned()));
    }

    #[test]
    fn who_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let file = "broker.id=1\nzookeeper.connect=z:1\nlog.dirs=/a\n";
        fs::write(folder.path().join("server.properties"), file).unwrap();
        let has = |chosen: &str, started_with: &str| {
            let args = started_with.split(' ').map(str::to_owned).collect();
            let server = ServerProcess { pid: getpid(), args, dir: Some(folder.path().to_path_buf()) };
            Chosen::of(&typed(chosen).unwrap()).unwrap().has(&server)
        };
        for (chosen, started_with, expected) in [
            ("", "server.properties", true),
            ("", "no-such.properties", true),
            ("--node-id 1", "server.properties", true),
            ("--node-id 2", "server.properties", false),
            ("--node-id 2", "server.properties --override broker.id=2", true),
            ("--node-id 1", "server.properties --override broker.id=2", false),
            ("--process-role broker", "server.properties", true),
            ("--process-role broker --node-id 2", "server.properties", false),
            ("--process-role controller", "server.properties", false),
            ("--process-role controller --node-id 1", "server.properties", false),
        ] {
            assert_eq!(has(chosen, started_with).unwrap(), expected, "{chosen} for {started_with}");
        }
        let error = has("--node-id 1", "no-such.properties").unwrap_err();
        assert!(format!("{error:#}").contains("no-such.properties"), "{error:#}");
    }

    /// A relative path means nothing without the directory where it begins, and is not looked for in another one.
    #[test]
    fn settings_that_cannot_be_found() {
        let by_id = Chosen { id: Some(1), brokers: true };
        let server = |args: &[&str]| {
            let args = args.iter().map(|arg| (*arg).to_owned()).collect();
            ServerProcess { pid: getpid(), args, dir: None }
        };
        let error = |args: &[&str]| format!("{:#}", by_id.has(&server(args)).unwrap_err());
        assert_eq!(error(&["server.properties"]), "server.properties: it is not known in which directory that is");
        assert_eq!(error(&[]), "it names no settings file");
    }
}
