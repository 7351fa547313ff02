//! `zookeeper-security-migration`: gives Kafka's nodes in ZooKeeper to the brokers alone, or to everybody again.
//!
//! What it sets, and in which words it speaks, is what Apache Kafka 3.9.1 does (`ZkSecurityMigrator`). Brokers must be
//! known to ZooKeeper when their nodes are theirs alone: by SASL, or by a TLS certificate. So must this tool.

mod migrate;
mod paths;

use crate::{
    access::zookeeper_access::ZooKeeperAccess,
    options::argv::{Options, UsageError},
    options::flags::{flag, kafka_command, value},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::Command;
use rkafka_runtime::logging;
use rkafka_zookeeper_client::{ZkClient, ZkConnect, ZkOptions};
use std::time::Duration;

pub const TOOL: Tool =
    Tool { name: "zookeeper-security-migration", script: "zookeeper-security-migration", command, run };

const INTRODUCTION: &str = "ZooKeeper Migration Tool Help. This tool updates the ACLs of znodes as part of the process of \
                            setting up ZooKeeper authentication.";

fn command() -> Command {
    kafka_command("zookeeper-security-migration", "Protect Kafka's nodes in ZooKeeper, or open them.")
        .arg(value(
            "zookeeper.acl",
            "String",
            "Whether Kafka's nodes in ZooKeeper become secure (the brokers' alone) or unsecure (everybody's): 'secure' \
             or 'unsecure'.",
        ))
        .arg(
            value(
                "zookeeper.connect",
                "String",
                "The ZooKeeper servers, comma separated host:port pairs, and a chroot.",
            )
            .default_value("localhost:2181"),
        )
        .arg(value("zookeeper.session.timeout", "Integer", "The session timeout in ms.").default_value("30000"))
        .arg(
            value("zookeeper.connection.timeout", "Integer", "How long ZooKeeper may take to answer first, in ms.")
                .default_value("30000"),
        )
        .arg(flag(
            "enable.path.check",
            "Stop, before anything is changed below the root, if a root of Kafka's is missing.",
        ))
        .arg(value(
            "zk-tls-config-file",
            "String: ZooKeeper TLS configuration",
            "A properties file with the zookeeper.ssl settings of this client, and zookeeper.clientCnxnSocket.",
        ))
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let options = call.options()?;
    if let Some(exit) = call.help_or_version(&options, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let access = ZooKeeperAccess::read(options.value("zk-tls-config-file")?, None)?;
    must_be_known(&access, terminal)?;
    let secure = match options.value("zookeeper.acl")? {
        Some("secure") => true,
        Some("unsecure") => false,
        _ => return Err(UsageError::Rule(INTRODUCTION.into()).into()),
    };
    let to = zookeeper(&options, access)?;
    let check = options.has("enable.path.check");
    crate::block_on::block_on(async {
        let client = ZkClient::open(to).await?;
        let migrated = migrate::run(&client, secure, check, terminal).await;
        // What was set is set; a session that cannot be closed ends by its timeout.
        let _ = client.close().await;
        migrated
    })?
}

/// Nodes for their creator alone can only be set by somebody whom ZooKeeper knows.
fn must_be_known(access: &ZooKeeperAccess, terminal: &mut Terminal) -> anyhow::Result<()> {
    if access.has_identity() {
        return Ok(());
    }
    match &access.jaas_file {
        None => terminal.talk(
            "ERROR: No JAAS configuration file has been specified and no TLS client certificate has been specified. \
             Please make sure that you set the system property java.security.auth.login.config or provide a ZooKeeper \
             client TLS configuration via --zk-tls-config-file <filename> identifying at least \
             zookeeper.ssl.client.enable, zookeeper.clientCnxnSocket, and zookeeper.ssl.keystore.location",
        ),
        Some(file) => terminal
            .line(format_args!("ERROR: Security isn't enabled, most likely the file isn't set properly: {file}"))?,
    }
    bail!("Incorrect configuration")
}

fn zookeeper(options: &Options, access: ZooKeeperAccess) -> anyhow::Result<ZkOptions> {
    let connect: ZkConnect = options.value("zookeeper.connect")?.unwrap_or_default().parse()?;
    let millis = |name| anyhow::Ok(Duration::from_millis(u64::from(options.parsed::<u32>(name)?.unwrap_or_default())));
    let mut to = ZkOptions::new(connect, millis("zookeeper.session.timeout")?);
    to.connect_timeout = millis("zookeeper.connection.timeout")?;
    to.max_in_flight = migrate::MAX_AT_ONCE;
    to.client = access.options;
    to.create_chroot = false;
    Ok(to)
}
