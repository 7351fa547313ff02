//! `rkafka dev`: ZooKeeper and a broker in one process, for a developer's terminal or one CI job. No files to write
//! first, nothing left behind.

mod child;
mod plan;
mod servers;

use crate::{
    options::clap_command,
    running::{self, Running},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::servers::process::raise_descriptor_limit,
};
use anyhow::Context;
use plan::{DevArgs, Plan};
use rkafka_runtime::{
    logging::{self, Destination},
    shutdown::StopSignals,
    tasks::essential,
};
use rustix::process::Rlimit;
use servers::{Addresses, Servers};
use std::{fs, io, path::Path};

/// An essential task of one of the servers has died, and the log says which.
const DIED: Exit = Exit(essential::EXIT_CODE);

pub const TOOL: Tool = Tool { name: "dev", script: "dev", command: clap_command::<DevArgs>, run, shows: &[] };

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: DevArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let plan = Plan::of(args);
    logging::start(Destination::Stderr, log::LevelFilter::Warn).map_err(anyhow::Error::msg)?;
    let limit = raise_descriptor_limit("rkafka.dev").before;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    essential::end_process_on_death();
    let exit = runtime.block_on(serve(&plan, limit, terminal));
    runtime.shutdown_background();
    exit
}

/// `limit` is the limit of file descriptors that dev itself was started with.
async fn serve(plan: &Plan, limit: Rlimit, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let servers = tokio::select! {
        servers = Servers::start(plan) => servers?,
        signal = signals.wait() => return Ok(Exit(signal.exit_code())),
        () = essential::died() => return Ok(DIED),
    };
    let exit = use_servers(plan, limit, &servers, &mut signals, terminal).await;
    if let Some(path) = &plan.ready_file {
        // What it says is no longer true.
        let _ = fs::remove_file(path);
    }
    match essential::has_died() {
        true => {
            servers.abandon().await;
            Ok(DIED)
        }
        false => {
            servers.stop().await;
            exit
        }
    }
}

/// What happens between the start of the servers and their end. The caller stops them whatever comes of it.
async fn use_servers(
    plan: &Plan,
    limit: Rlimit,
    servers: &Servers,
    signals: &mut StopSignals,
    terminal: &mut Terminal,
) -> anyhow::Result<Exit> {
    let running = Running {
        bootstrap_servers: servers.addresses.bootstrap.clone(),
        zookeeper_connect: servers.addresses.zookeeper.clone(),
    };
    // The other tools find it by that; who names the servers needs it not.
    let _word = running::leave_word(&running).inspect_err(
        |error| log::debug!(target: "rkafka.dev", "other tools will not find these servers by themselves: {error}"),
    );
    if let Some(path) = &plan.ready_file {
        write_ready_file(path, &servers.addresses)?;
    }
    let work = async {
        if plan.command.is_empty() {
            match announce(&servers.addresses, plan, terminal) {
                // Whoever read the first line may be content: servers run until they are told to stop.
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
                Ok(()) | Err(_) => {}
            }
            signals.wait().await;
            return Ok(Exit::OK);
        }
        child::run(&plan.command, &servers.addresses, limit, signals).await
    };
    tokio::select! {
        exit = work => exit,
        () = essential::died() => Ok(DIED),
        reason = servers.failed() => {
            log::error!(target: "rkafka.dev", "the ZooKeeper server has failed: {reason}");
            Ok(Exit::FAILED)
        }
    }
}

fn announce(addresses: &Addresses, plan: &Plan, terminal: &mut Terminal) -> io::Result<()> {
    let topic = plan.topics.first().map_or("test", |t| t.name.as_str());
    terminal.line(format_args!("bootstrap servers: {}", addresses.bootstrap))?;
    terminal.line(format_args!("zookeeper connect: {}", addresses.zookeeper))?;
    terminal.line(format_args!(
        "try: rkafka console-producer --bootstrap-server {} --topic {topic}",
        addresses.bootstrap
    ))?;
    terminal.flush()
}

/// Shell variables, so that a script can wait for the file and then source it. It appears whole or not at all.
fn write_ready_file(path: &Path, addresses: &Addresses) -> anyhow::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".tmp");
    let text = format!("BOOTSTRAP_SERVERS={}\nZOOKEEPER_CONNECT={}\n", addresses.bootstrap, addresses.zookeeper);
    fs::write(&unfinished, text)
        .and_then(|()| fs::rename(&unfinished, path))
        .with_context(|| format!("--ready-file {}: cannot write it", path.display()))
}
