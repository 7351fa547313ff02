//! `kafka-configs`: show and change the settings of topics, brokers, their loggers, users, clients, IP addresses, client
//! metrics and groups.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0. With `--zookeeper` it writes what brokers read when they start:
//! SCRAM credentials, and settings of brokers that do not run.
//!
//! [`args`] is what can be typed, [`rules`] what goes together, [`plan`] what is meant; the other files do it.

mod alter;
mod args;
mod broker_settings;
mod describe;
mod plan;
mod quotas;
mod rules;
mod zookeeper;

use crate::{
    access::secrets::{HIDDEN, is_secret},
    access::{admin, properties},
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::{UsageError, kafka_command, order_of},
    terminal::{self, Terminal},
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use args::ConfigsArgs;
use plan::{Alteration, Connection, Entities, Plan, Task};
use rkafka_runtime::logging;
use std::{net::ToSocketAddrs, time::Duration};

pub const TOOL: Tool = Tool {
    name: "configs",
    script: "kafka-configs",
    command: kafka_command::<ConfigsArgs>,
    run,
    shows: &[&describe::SETTINGS, &quotas::QUOTAS],
};

fn introduction(era: Era) -> String {
    let last = era.pick("ip or client-metrics", "ip, client-metrics or group");
    format!("This tool helps to manipulate and describe entity config for a topic, client, user, broker, {last}")
}

/// How long one question may take, as in Kafka's tool.
const TIMEOUT: Duration = Duration::from_secs(30);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<ConfigsArgs>()?;
    if let Some(exit) = call.help_or_version(asked, &introduction(call.era()), terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args, &order_of::<ConfigsArgs>(call.args)?, call.era())?;
    check_addresses(&plan.entities)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let only_shows = matches!(plan.task, Task::Describe { .. });
    let work = async { finish(execute(plan, call.era(), terminal).await, call, terminal) };
    if only_shows { block_on_for_reader(work) } else { block_on(work)? }
}

/// An IP address may be given by a name.
fn check_addresses(entities: &Entities) -> Result<(), UsageError> {
    let unknown = |name: &&String| !name.is_empty() && (name.as_str(), 0).to_socket_addrs().is_err();
    match entities.names.iter().find(unknown).filter(|_| entities.kind() == "ips") {
        Some(name) => Err(UsageError::Unusable(format!(
            "The entity name for ips must be a valid IP or resolvable host, but it is: {name}"
        ))),
        None => Ok(()),
    }
}

async fn execute(plan: Plan, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let Plan { connection, entities, task } = plan;
    match connection {
        Connection::ZooKeeper { connect, tls_file } => {
            terminal.say("Warning: --zookeeper is deprecated and will be removed in a future version of Kafka.")?;
            terminal.say("Use --bootstrap-server instead to specify a broker to connect to.")?;
            zookeeper::run(&connect, tls_file.as_deref(), &entities, task, terminal).await
        }
        Connection::Kafka { door, admin_file } => {
            let admin = door.open(admin_file.as_deref()).await?;
            let timeout = admin.cluster().config().default_api_timeout.min(TIMEOUT);
            let admin = admin.with_timeout(timeout);
            match task {
                Task::Describe { all } => describe::run(&admin, &entities, all, era, terminal).await,
                Task::Alter(changes) => {
                    let changes = with_file(changes, era, terminal)?;
                    alter::run(&admin, &entities, &changes, era, terminal).await
                }
            }
        }
    }
}

/// The changes with those of `--add-config-file`.
fn with_file(mut changes: Alteration, era: Era, terminal: &mut Terminal) -> anyhow::Result<Alteration> {
    if changes.file.is_some() {
        changes.added.extend(properties::load_alone(changes.file.as_deref())?);
        plan::check_keys(changes.added.keys())?;
    }
    if let Some(version) = changes.added.get("message.format.version").filter(|_| era == Era::V3_9) {
        terminal.say(format_args!(
            "WARNING: The configuration message.format.version={version} is specified. This configuration will be \
             ignored if the version is newer than the inter.broker.protocol.version specified in the broker or if the \
             inter.broker.protocol.version is 3.0 or newer. This configuration is deprecated and it will be removed in \
             Apache Kafka 4.0."
        ))?;
    }
    Ok(changes)
}

/// What Kafka's tool does with a failure: the command as it was typed, then why it failed.
fn finish(result: anyhow::Result<()>, call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Err(error) = result else { return Ok(Exit::OK) };
    if terminal::is_closed_pipe(&error) || error.is::<UsageError>() {
        return Err(error);
    }
    terminal.talk(format_args!("Error while executing config command with args '{}'", shown(call.args)));
    terminal.tell_failure(format_args!("{error:#}"), admin::hint(&error).as_deref());
    Ok(Exit::FAILED)
}

/// The words that were typed, but for settings among which there is a password: a file of errors is no place for it.
fn shown(args: &[String]) -> String {
    // Options may be shortened, but a file's name is no secret.
    let is_added = |word: &str| word.len() > "--add".len() && "--add-config".starts_with(word);
    let mut words = Vec::with_capacity(args.len());
    let mut is_value = false;
    for word in args {
        let joined = word.split_once('=').filter(|(name, _)| is_added(name));
        words.push(match joined {
            _ if is_value && is_secret(word) => HIDDEN.to_owned(),
            Some((name, value)) if is_secret(value) => format!("{name}={HIDDEN}"),
            _ => word.clone(),
        });
        is_value = !is_value && is_added(word);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn passwords_are_not_told() {
        let of = |line: &str| shown(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(
            of("--alter --add-config SCRAM-SHA-256=[iterations=4096] --entity-name u"),
            "--alter --add-config [hidden] --entity-name u"
        );
        assert_eq!(of("--add-c=a.Password=x,b=y --alter"), "--add-c=[hidden] --alter");
        assert_eq!(of("--add-config-file secret --add-config=k=v"), "--add-config-file secret --add-config=k=v");
        assert_eq!(of("--add-config retention.ms=abc --alter"), "--add-config retention.ms=abc --alter");
        assert_eq!(of("--add-config --add-config=secret x"), "--add-config [hidden] x");
    }

    #[test]
    fn every_setting_that_kafka_hides_is_hidden() {
        let sensitive = rkafka_config::broker_table::BROKER.iter().filter(|setting| setting.is_sensitive());
        let told: Vec<_> =
            sensitive.map(|setting| setting.name).filter(|name| !crate::access::secrets::is_secret(name)).collect();
        assert_eq!(told, Vec::<&str>::new());
    }
}
