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
use clap::Args;
use rkafka_config as config;
use rkafka_config::BrokerConfig;

pub const KAFKA: Tool = Tool {
    name: "kafka-server-stop",
    script: "kafka-server-stop",
    command: kafka_command::<BrokersArgs>,
    run: stop_kafka,
};

pub const ZOOKEEPER: Tool = Tool {
    name: "zookeeper-server-stop",
    script: "zookeeper-server-stop",
    command: kafka_command::<ZooKeepersArgs>,
    run: stop_zookeeper,
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

    fn has(&self, server: &ServerProcess) -> bool {
        self.brokers && self.id.is_none_or(|id| broker_id(server) == Some(id))
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
    servers.retain(|server| chosen.has(server));
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

/// The broker id that a running broker was started with, from its settings; `None` if they cannot be told for sure.
fn broker_id(server: &ServerProcess) -> Option<i32> {
    let (file, rest) = server.args.split_first()?;
    let mut properties = config::file::load(server.place_of(file)?).ok()?;
    kafka_server_start::apply_overrides(rest, &mut properties).ok()?;
    BrokerConfig::from_properties(file, &properties).ok().map(|config| config.broker_id.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    #[test]
    fn which_brokers() {
        let chosen = |line: &str| typed(line).and_then(|args| Chosen::of(&args)).map_err(|error| error.to_string());
        assert_eq!(chosen(""), Ok(Chosen { id: None, brokers: true }));
        assert_eq!(chosen("--node-id 2 --process-role broker"), Ok(Chosen { id: Some(2), brokers: true }));
        assert_eq!(chosen("--process-role controller"), Ok(Chosen { id: None, brokers: false }));
        assert_eq!(chosen("--node-id x"), Err("Cannot parse argument 'x' of option node-id".to_owned()));
    }
}
