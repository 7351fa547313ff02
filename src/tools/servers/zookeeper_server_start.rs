//! `zookeeper-server-start [-daemon] zookeeper.properties`: runs a ZooKeeper server until a signal comes.
//!
//! The log has the lines that scripts wait for. A settings file that cannot be used ends it with 2, everything else
//! that prevents a start with 1, as Apache ZooKeeper does.

use super::process::{Stop, block_on_thread, daemonize, raise_descriptor_limit, start_or_stop};
use crate::{
    access::java_options::system_properties,
    options::{Repeated, kafka_command},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use clap::Args;
use rkafka_config as config;
use rkafka_config::{ConfigError, ZooKeeperConfig, system_properties::SERVER_VARIABLES, zookeeper_doors};
use rkafka_runtime::{
    faults,
    logging::{self, Destination},
    shutdown::StopSignals,
};
use rkafka_zookeeper_server::{AdminServerError, ZooKeeperServer};
use std::{convert::Infallible, fs, time::Duration};

pub const TOOL: Tool = Tool {
    name: "zookeeper-server-start",
    script: "zookeeper-server-start",
    command: kafka_command::<ZooKeeperArgs>,
    run,
    shows: &[],
};

const USAGE: &str = "USAGE: zookeeper-server-start.sh [-daemon] zookeeper.properties";
const MAIN_TARGET: &str = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
const CONFIG_TARGET: &str = "org.apache.zookeeper.server.quorum.QuorumPeerConfig";
/// What Apache ZooKeeper exits with when its settings cannot be used.
const INVALID_CONFIG: Exit = Exit(2);
/// What it exits with when the AdminServer's port is taken.
const NO_ADMIN_SERVER: Exit = Exit(4);
/// How often a changed settings file is looked for.
const LOOK_AT_FILE: Duration = Duration::from_secs(5);

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Run a ZooKeeper server.", override_usage = "zookeeper-server-start [-daemon] zookeeper.properties")]
struct ZooKeeperArgs {
    #[arg(id = "file", value_name = "zookeeper.properties", help = "The settings file.")]
    words: Repeated,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    if let Some(exit) = daemonize(call, "zookeeper.out")? {
        return Ok(exit);
    }
    let (args, asked) = call.typed::<ZooKeeperArgs>()?;
    if asked.help || asked.version {
        return Ok(call.help_or_version(asked, USAGE, terminal)?.unwrap_or(Exit::OK));
    }
    let &[file] = args.words.values().as_slice() else {
        terminal.line(USAGE)?;
        return Ok(Exit::FAILED);
    };
    logging::start(Destination::Stdout, log::LevelFilter::Info).map_err(anyhow::Error::msg)?;
    // In force as long as this stands.
    let _faults = match faults::install_from_environment(MAIN_TARGET) {
        Ok(faults) => faults,
        Err(reason) => {
            log::error!(target: MAIN_TARGET, "Invalid config, exiting abnormally");
            terminal.talk(format_args!("Invalid config, exiting abnormally: {reason}"));
            return Ok(INVALID_CONFIG);
        }
    };
    match load(file) {
        Ok(config) => block_on_thread(serve(config, file))?,
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
    let mut config = ZooKeeperConfig::from_properties(file, &properties)?;
    if let Ok(text) = fs::read_to_string(file) {
        config.doors.given = zookeeper_doors::without_passwords(&text);
    }
    if let Some(levels) = &config.doors.log_levels {
        change_log_levels(file, levels);
    }
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

fn change_log_levels(file: &str, levels: &str) {
    match logging::set_levels(levels) {
        Ok(()) => log::info!(target: MAIN_TARGET, "{file}: rkafka.log.level is {levels}"),
        Err(reason) => log::error!(target: MAIN_TARGET, "{file}: rkafka.log.level: {reason}"),
    }
}

/// Reads `rkafka.log.level` again whenever the settings file has changed. Never ends.
async fn watch_log_levels(file: &str) -> Infallible {
    let changed_at = || fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
    let mut seen = changed_at();
    loop {
        tokio::time::sleep(LOOK_AT_FILE).await;
        let now = changed_at();
        if now == seen {
            continue;
        }
        seen = now;
        // A file that is being written may not be readable yet; the next change brings another look.
        let Ok(properties) = config::file::load(file) else { continue };
        if let Some(levels) = properties.get("rkafka.log.level") {
            change_log_levels(file, levels);
        }
    }
}

/// Runs the server until a signal comes or the disk fails.
async fn serve(config: ZooKeeperConfig, file: &str) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen()?;
    log::info!(target: "org.apache.zookeeper.server.ZooKeeperServerMain", "Starting server");
    raise_descriptor_limit(MAIN_TARGET);
    log::info!(
        target: "org.apache.zookeeper.server.ZooKeeperServer",
        "Created server with tickTime {} ms minSessionTimeout {} ms maxSessionTimeout {} ms clientPortListenBacklog {} \
         datadir {} snapdir {}",
        config.tick_time_ms, config.min_session_timeout_ms, config.max_session_timeout_ms, config.listen_backlog,
        config.data_log_dir.join("version-2").display(), config.data_dir.join("version-2").display()
    );
    let server = match start_or_stop(&mut signals, ZooKeeperServer::start(config)).await {
        Ok(Ok(started)) => started,
        Ok(Err(error)) if error.is::<AdminServerError>() => {
            log::error!(target: MAIN_TARGET, "Unable to start AdminServer, exiting abnormally: {error}");
            return Ok(NO_ADMIN_SERVER);
        }
        Ok(Err(error)) => return Err(error),
        Err(stop) => return Ok(stop.exit()),
    };
    log::info!(target: "org.apache.zookeeper.server.PrepRequestProcessor", "PrepRequestProcessor (sid:0) started, reconfigEnabled=false");
    let stop = tokio::select! {
        stop = Stop::wait(&mut signals) => Some(stop),
        never = watch_log_levels(file) => match never {},
        reason = server.failed() => {
            log::error!(target: MAIN_TARGET, "Stopping: {reason}");
            None
        }
    };
    // After a death nothing is to be trusted: what was answered is in the log, and clients come back to their sessions.
    if !matches!(stop, Some(Stop::Died)) {
        server.shutdown().await;
    }
    Ok(stop.map_or(Exit::FAILED, Stop::exit))
}
