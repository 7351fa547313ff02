//! `kafka-server-stop` and `zookeeper-server-stop`: a signal to every such server of this program on this machine.
//!
//! Like Kafka's scripts they do not wait for the end. `--node-id` and `--process-role` narrow the choice by the servers'
//! own settings.

use super::process::{ServerProcess, running, stop};
use crate::{
    options::flags::{kafka_command, value},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use clap::Command;
use rkafka_config as config;
use rkafka_config::BrokerConfig;

pub const KAFKA: Tool =
    Tool { name: "kafka-server-stop", script: "kafka-server-stop", command: kafka_server_stop, run: stop_kafka };

pub const ZOOKEEPER: Tool = Tool {
    name: "zookeeper-server-stop",
    script: "zookeeper-server-stop",
    command: zookeeper_server_stop,
    run: stop_zookeeper,
};

fn kafka_server_stop() -> Command {
    kafka_command("kafka-server-stop", "Stop the brokers of this machine.")
        .arg(value("node-id", "id", "Only the broker of this id (broker.id)."))
        .arg(value("process-role", "role", "Only servers of this role; all of rkafka's are brokers."))
}

fn zookeeper_server_stop() -> Command {
    kafka_command("zookeeper-server-stop", "Stop the ZooKeeper servers of this machine.")
}

fn stop_kafka(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let options = call.options()?;
    if !options.is_empty()
        && let Some(exit) = call.help_or_version(&options, "Stop the brokers of this machine.", terminal)?
    {
        return Ok(exit);
    }
    let id = options.parsed::<i32>("node-id")?;
    let role = options.value("process-role")?;
    let mut servers = running(KAFKA_SERVER)?;
    servers
        .retain(|server| role.is_none_or(|role| role == "broker") && id.is_none_or(|id| broker_id(server) == Some(id)));
    stop(&servers, "No kafka server to stop", terminal)
}

fn stop_zookeeper(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let options = call.options()?;
    if !options.is_empty()
        && let Some(exit) = call.help_or_version(&options, "Stop the ZooKeeper servers of this machine.", terminal)?
    {
        return Ok(exit);
    }
    stop(&running(ZOOKEEPER_SERVER)?, "No zookeeper server to stop", terminal)
}

const KAFKA_SERVER: &str = "kafka-server-start";
const ZOOKEEPER_SERVER: &str = "zookeeper-server-start";

/// The broker id that a running broker was started with, from its settings.
fn broker_id(server: &ServerProcess) -> Option<i32> {
    let (file, rest) = server.args.split_first()?;
    let mut properties = config::file::load(server.dir.join(file)).ok()?;
    super::kafka_server_start::apply_overrides(rest, &mut properties).ok()?;
    BrokerConfig::from_properties(file, &properties).ok().map(|config| config.broker_id.0)
}
