//! `zookeeper-server-start [-daemon] zookeeper.properties`: runs a ZooKeeper server until a signal comes.
//!
//! The log has the lines that scripts wait for. A settings file that cannot be used ends it with 2, everything else
//! that prevents a start with 1, as Apache ZooKeeper does.

use super::{
    block_on,
    flags::kafka_command,
    java_options::system_properties,
    server_process::{daemonize, log_signal, start_or_signal},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use crate::{
    config::{self, ConfigError, ZooKeeperConfig, system_properties::SERVER_VARIABLES},
    runtime::{
        logging::{self, Destination},
        shutdown::StopSignals,
    },
    zookeeper::server::ZooKeeperServer,
};
use clap::{Arg, Command};

pub const TOOL: Tool = Tool { name: "zookeeper-server-start", script: "zookeeper-server-start", command, run };

const USAGE: &str = "USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties";
const MAIN_TARGET: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
const CONFIG_TARGET: &str = "org.apache.zookeeper.server.quorum.QuorumPeerConfig";
/// What Apache ZooKeeper exits with when its settings cannot be used.
const INVALID_CONFIG: Exit = Exit(2);

fn command() -> Command {
    kafka_command("zookeeper-server-start", "Run a ZooKeeper server.")
        .override_usage("zookeeper-server-start [-daemon] zookeeper.properties")
        .arg(Arg::new("file").value_name("zookeeper.properties").help("The settings file."))
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    if let Some(exit) = daemonize(call, "zookeeper.out")? {
        return Ok(exit);
    }
    let options = call.options()?;
    if options.has("help") || options.has("version") {
        return Ok(call.help_or_version(&options, USAGE, terminal)?.unwrap_or(Exit::OK));
    }
    let [file] = options.words() else {
        terminal.line(USAGE)?;
        return Ok(Exit::FAILED);
    };
    logging::start(Destination::Stdout, log::LevelFilter::Info).map_err(anyhow::Error::msg)?;
    match load(file) {
        Ok(config) => block_on(serve(config))?,
        Err(error) => {
            log::error!(target: MAIN_TARGET, "Invalid config, exiting abnormally");
            terminal.talk(format_args!("Invalid config, exiting abnormally: {error}"));
            Ok(INVALID_CONFIG)
        }
    }
}

/// Reads the settings and logs what Apache ZooKeeper logs of them.
fn load(file: &str) -> Result<ZooKeeperConfig, ConfigError> {
    log::info!(target: CONFIG_TARGET, "Reading configuration from: {file}");
    let mut properties = config::file::load(file)?;
    system_properties(SERVER_VARIABLES).add_to(&mut properties)?;
    let config = ZooKeeperConfig::from_properties(file, &properties)?;
    config.warnings.iter().for_each(|warning| log::warn!(target: CONFIG_TARGET, "{file}: {warning}"));
    match config.has_client_port {
        true => log::info!(target: CONFIG_TARGET, "clientPortAddress is {}", config.client_address),
        false => log::info!(target: CONFIG_TARGET, "clientPort is not set"),
    }
    match config.security.secure_address {
        Some(address) => log::info!(target: CONFIG_TARGET, "secureClientPortAddress is {address}"),
        None => log::info!(target: CONFIG_TARGET, "secureClientPort is not set"),
    }
    log::info!(target: "org.apache.zookeeper.server.DatadirCleanupManager", "autopurge.snapRetainCount set to {}", config.snapshots_to_retain);
    log::info!(target: "org.apache.zookeeper.server.DatadirCleanupManager", "autopurge.purgeInterval set to {}", config.purge_interval_hours);
    log::warn!(target: MAIN_TARGET, "Either no config or no quorum defined in config, running in standalone mode");
    Ok(config)
}

/// Runs the server until a signal comes or the disk fails.
async fn serve(config: ZooKeeperConfig) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    log::info!(target: "org.apache.zookeeper.server.ZooKeeperServerMain", "Starting server");
    log::info!(
        target: "org.apache.zookeeper.server.ZooKeeperServer",
        "Created server with tickTime {} ms minSessionTimeout {} ms maxSessionTimeout {} ms clientPortListenBacklog {} \
         datadir {} snapdir {}",
        config.tick_time_ms, config.min_session_timeout_ms, config.max_session_timeout_ms, config.listen_backlog,
        config.data_log_dir.join("version-2").display(), config.data_dir.join("version-2").display()
    );
    let server = match start_or_signal(&mut signals, ZooKeeperServer::start(config)).await {
        Ok(started) => started?,
        Err(signal) => return Ok(Exit(signal.exit_code())),
    };
    log::info!(target: "org.apache.zookeeper.server.PrepRequestProcessor", "PrepRequestProcessor (sid:0) started, reconfigEnabled=false");
    let exit = tokio::select! {
        signal = signals.wait() => {
            log_signal(signal);
            Exit(signal.exit_code())
        }
        reason = server.failed() => {
            log::error!(target: MAIN_TARGET, "Stopping: {reason}");
            Exit::FAILED
        }
    };
    server.shutdown().await;
    Ok(exit)
}
