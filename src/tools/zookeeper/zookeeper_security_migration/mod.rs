//! `zookeeper-security-migration`: gives Kafka's nodes in ZooKeeper to the brokers alone, or to everybody again.
//!
//! What it sets, and in which words it speaks, is what Apache Kafka 3.9.1 does (`ZkSecurityMigrator`). Brokers must be
//! known to ZooKeeper when their nodes are theirs alone: by SASL, or by a TLS certificate. So must this tool.

mod migrate;
mod paths;

use crate::{
    access::zookeeper_access::ZooKeeperAccess,
    block_on::block_on,
    options::{Flag, Once, Opt, UsageError, kafka_command},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::{ArgAction::SetTrue, Args};
use rkafka_runtime::logging;
use rkafka_zookeeper_client::{ZkClient, ZkConnect, ZkOptions};
use std::time::Duration;

pub const TOOL: Tool = Tool {
    name: "zookeeper-security-migration",
    script: "zookeeper-security-migration",
    command: kafka_command::<MigrationArgs>,
    run,
    shows: &[],
};

const INTRODUCTION: &str = "ZooKeeper Migration Tool Help. This tool updates the ACLs of znodes as part of the process of \
                            setting up ZooKeeper authentication.";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Protect Kafka's nodes in ZooKeeper, or open them.")]
struct MigrationArgs {
    #[arg(
        long = "zookeeper.acl",
        value_name = "String",
        help = "Whether Kafka's nodes in ZooKeeper become secure (the brokers' alone) or unsecure (everybody's): 'secure' \
                or 'unsecure'."
    )]
    acl: Once<String>,
    #[arg(
        long = "zookeeper.connect",
        value_name = "String",
        help = "The ZooKeeper servers, comma separated host:port pairs, and a chroot.",
        default_value = "localhost:2181"
    )]
    connect: Once<String>,
    #[arg(
        long = "zookeeper.session.timeout",
        value_name = "Integer",
        help = "The session timeout in ms.",
        default_value = "30000"
    )]
    session_timeout_ms: Once<u32>,
    #[arg(
        long = "zookeeper.connection.timeout",
        value_name = "Integer",
        help = "How long ZooKeeper may take to answer first, in ms.",
        default_value = "30000"
    )]
    connection_timeout_ms: Once<u32>,
    #[arg(
        long = "enable.path.check",
        action = SetTrue,
        help = "Stop, before anything is changed below the root, if a root of Kafka's is missing."
    )]
    path_check: Flag,
    #[arg(
        long,
        value_name = "String: ZooKeeper TLS configuration",
        help = "A properties file with the zookeeper.ssl settings of this client, and zookeeper.clientCnxnSocket."
    )]
    zk_tls_config_file: Once<String>,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    secure: bool,
    connect: ZkConnect,
    session_timeout: Duration,
    connection_timeout: Duration,
    /// End if a root is missing.
    check: bool,
}

impl Plan {
    /// Understands the options, but for the file.
    fn of(args: &MigrationArgs) -> anyhow::Result<Plan> {
        let secure = match args.acl.text()? {
            Some("secure") => true,
            Some("unsecure") => false,
            _ => return Err(UsageError::Rule(INTRODUCTION.into()).into()),
        };
        let millis =
            |option: &Once<u32>| anyhow::Ok(Duration::from_millis(u64::from(option.value()?.unwrap_or_default())));
        Ok(Plan {
            secure,
            connect: args.connect.text()?.unwrap_or_default().parse()?,
            session_timeout: millis(&args.session_timeout_ms)?,
            connection_timeout: millis(&args.connection_timeout_ms)?,
            check: args.path_check.is_given(),
        })
    }

    fn zookeeper(&self, access: ZooKeeperAccess) -> ZkOptions {
        let mut to = ZkOptions::new(self.connect.clone(), self.session_timeout);
        to.connect_timeout = self.connection_timeout;
        to.max_in_flight = migrate::MAX_AT_ONCE;
        to.client = access.options;
        to.create_chroot = false;
        to
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<MigrationArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let access = ZooKeeperAccess::read(args.zk_tls_config_file.text()?, None)?;
    // As in Kafka's tool, this comes before a look at the other options.
    must_be_known(&access, terminal)?;
    let plan = Plan::of(&args)?;
    let to = plan.zookeeper(access);
    block_on(async {
        let client = ZkClient::open(to).await?;
        let migrated = migrate::run(&client, plan.secure, plan.check, terminal).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> anyhow::Result<Plan> {
        Plan::of(&typed(line)?)
    }

    #[test]
    fn what_is_meant() {
        let secure = plan("--zookeeper.acl secure").unwrap();
        assert!(secure.secure && !secure.check);
        assert_eq!(secure.session_timeout, Duration::from_secs(30));
        let open = plan("--zookeeper.acl=unsecure --zookeeper.session.timeout 5 --enable.path.check").unwrap();
        assert!(!open.secure && open.check);
        assert_eq!(
            (open.session_timeout, open.connection_timeout),
            (Duration::from_millis(5), Duration::from_secs(30))
        );
    }

    #[test]
    fn what_is_refused() {
        for (line, message) in [
            ("--zookeeper.acl maybe", INTRODUCTION),
            ("--enable.path.check", INTRODUCTION),
            (
                "--zookeeper.acl secure --zookeeper.session.timeout x",
                "Cannot parse argument 'x' of option zookeeper.session.timeout",
            ),
        ] {
            assert_eq!(plan(line).unwrap_err().to_string(), message, "{line}");
        }
    }
}
