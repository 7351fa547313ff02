//! `kafka-server-start [-daemon] server.properties [--override property=value]...`: runs a broker until a signal comes.

use super::process::{Stop, block_on_threads, daemonize, raise_descriptor_limit, start_or_stop};
use crate::{
    options::{Opt, Repeated, UsageError, kafka_command, read},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use clap::{ArgAction::Append, Args};
use rkafka_broker::Broker;
use rkafka_config as config;
use rkafka_config::{BrokerConfig, definition::Kind, properties::Properties};
use rkafka_runtime::{
    disk_lane::LaneWidth,
    faults,
    logging::{self, Destination},
    shutdown::StopSignals,
};

pub const TOOL: Tool = Tool {
    name: "kafka-server-start",
    script: "kafka-server-start",
    command: kafka_command::<BrokerArgs>,
    run,
    shows: &[],
};

/// The usage line of Kafka's script.
const SCRIPT_USAGE: &str = "USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*";
/// The usage line of the class behind it.
const USAGE: &str = "USAGE: java [options] kafka.Kafka server.properties [--override property=value]*";
/// The logger of Kafka's main class.
const LOGGER: &str = "kafka.Kafka$";

/// What can be typed behind the settings file, which always comes first.
#[derive(Debug, Args)]
#[command(
    about = "Run a broker.",
    override_usage = "kafka-server-start [-daemon] server.properties [--override property=value]..."
)]
struct BrokerArgs {
    #[arg(id = "file", value_name = "server.properties", help = "The settings file.")]
    words: Repeated,
    #[arg(
        long = "override",
        action = Append,
        value_name = "String",
        help = "A setting that counts in place of the file's: property=value."
    )]
    overrides: Repeated,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    if let Some(exit) = daemonize(call, "kafkaServer.out")? {
        return Ok(exit);
    }
    let Some((file, rest)) = call.args.split_first() else {
        terminal.talk(SCRIPT_USAGE);
        return Ok(Exit::FAILED);
    };
    let asked = |option: &str| call.args.iter().any(|arg| arg == option);
    if asked("--help") || asked("--version") {
        let (_, asked) = call.typed::<BrokerArgs>()?;
        return Ok(call.help_or_version(asked, USAGE, terminal)?.unwrap_or(Exit::FAILED));
    }
    logging::start(Destination::Stdout, log::LevelFilter::Info).map_err(anyhow::Error::msg)?;
    // In force as long as this stands.
    let _faults = match faults::install_from_environment(LOGGER) {
        Ok(faults) => faults,
        Err(reason) => {
            log::error!(target: LOGGER, "Exiting Kafka due to fatal exception: {reason}");
            return Ok(Exit::FAILED);
        }
    };
    match load(file, rest) {
        Ok(config) => block_on_threads(workers(&config), serve(config))?,
        Err(error) if error.is::<UsageError>() => Err(error),
        Err(error) => {
            log::error!(target: LOGGER, "Exiting Kafka due to fatal exception: {error:#}");
            Ok(Exit::FAILED)
        }
    }
}

/// One a core for sockets, or as many as the file says, and those that may hang in the way to a disk.
fn workers(config: &BrokerConfig) -> usize {
    let given = config.settings.given("num.network.threads").map(|_| config.network.num_network_threads);
    LaneWidth::workers_for(given, config.log_dirs.len())
}

/// Runs the broker until a signal comes, or it cannot go on.
async fn serve(config: BrokerConfig) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    log::info!(
        target: "org.apache.kafka.common.utils.LoggingSignalHandler",
        "Registered signal handlers for TERM, INT, HUP"
    );
    raise_descriptor_limit(LOGGER);
    log::info!(target: "kafka.server.KafkaConfig", "KafkaConfig values: {}", values(&config));
    config.warnings.iter().for_each(|warning| log::warn!(target: "kafka.server.KafkaConfig", "{warning}"));
    let mut broker = match start_or_stop(&mut signals, Broker::start(config)).await {
        Ok(Ok(broker)) => broker,
        Ok(Err(_)) => {
            // The broker has logged the cause.
            log::error!(target: LOGGER, "Exiting Kafka due to fatal exception during startup.");
            return Ok(Exit::FAILED);
        }
        Err(stop) => return Ok(stop.exit()),
    };
    let stop = tokio::select! {
        stop = Stop::wait(&mut signals) => stop,
        // The broker has logged the cause. Nothing can be written any more, so there is nothing to close cleanly.
        _ = broker.failed() => return Ok(Exit::FAILED),
    };
    match stop {
        Stop::Signal(_) => broker.shutdown().await,
        Stop::Died => broker.abandon().await,
    }
    Ok(stop.exit())
}

/// Every setting in force, one a line, as Kafka logs them at the start.
fn values(config: &BrokerConfig) -> String {
    let mut text = String::with_capacity(16 * 1024);
    for definition in config.settings.definitions() {
        let value = match config.settings.text(definition.name) {
            Some(_) if definition.is_sensitive() => "[hidden]".to_owned(),
            Some(list) if definition.kind == Kind::List => format!("[{}]", list.replace(',', ", ")),
            value => value.unwrap_or_else(|| "null".to_owned()),
        };
        text.push_str("\n\t");
        text.push_str(definition.name);
        text.push_str(" = ");
        text.push_str(&value);
    }
    text
}

/// Reads the file and the options after it.
fn load(file: &str, rest: &[String]) -> anyhow::Result<BrokerConfig> {
    let mut properties = config::file::load(file)?;
    apply_overrides(rest, &mut properties)?;
    Ok(BrokerConfig::from_properties(file, &properties)?)
}

/// Sets what `--override property=value` says; without `=` the value is empty, as Kafka has it.
pub fn apply_overrides(args: &[String], properties: &mut Properties) -> Result<(), UsageError> {
    let (args, _) = read::<BrokerArgs>(args)?;
    if args.words.is_given() {
        return Err(UsageError::Rule(format!("Found non argument parameters: {}", args.words.values().join(","))));
    }
    for pair in args.overrides.values() {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        properties.set(key, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_count_in_place_of_the_file() {
        let mut properties = Properties::parse(b"broker.id=1\nlog.dirs=/a").unwrap();
        let args = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        apply_overrides(&args("--override broker.id=6 --override=log.dirs=/b=c --override x"), &mut properties)
            .unwrap();
        let get = |key| properties.get(key);
        assert_eq!((get("broker.id"), get("log.dirs"), get("x")), (Some("6"), Some("/b=c"), Some("")));
        let error = apply_overrides(&args("foo bar"), &mut properties).unwrap_err();
        assert_eq!(error.to_string(), "Found non argument parameters: foo,bar");
    }
}
