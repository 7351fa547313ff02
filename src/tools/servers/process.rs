//! What the server tools share: running in the background (`-daemon`), stopping on signals, and finding the servers that
//! run on this machine (the stop tools).

use crate::{
    background,
    terminal::Terminal,
    tool::{Call, Exit},
};
use anyhow::{Context, bail};
use rkafka_runtime::{
    descriptors::{self, Raised},
    shutdown::{StopSignal, StopSignals},
    tasks::essential,
};
use std::{
    env,
    future::Future,
    path::{Path, PathBuf},
};

/// Starts the same tool again in the background when `-daemon` comes first, as Kafka's scripts do: nothing is printed, the
/// output goes to `$LOG_DIR/<out_file>`, and the result is at once 0.
pub fn daemonize(call: &Call<'_>, out_file: &str) -> anyhow::Result<Option<Exit>> {
    match call.args.split_first() {
        Some((first, args)) if first == "-daemon" => {
            background::start(&Call::new(call.tool, args, call.era()), out_file).map(Some)
        }
        _ => Ok(None),
    }
}

/// Runs a server's future on this thread alone, and waits for what it left under way.
pub fn block_on_thread<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    block_on(tokio::runtime::Builder::new_current_thread(), future)
}

/// Lets the process have as many files and connections open as its user allows, and says so in the log of `target`.
pub fn raise_descriptor_limit(target: &str) -> Raised {
    let raised = descriptors::raise_limit();
    let soft = raised.before.current.map_or_else(|| "unlimited".to_owned(), |soft| soft.to_string());
    log::info!(target: target, "This process may have {} file descriptors (the soft limit was {soft})", raised.now);
    raised
}

/// Runs a server's future with so many worker threads.
pub fn block_on_threads<T>(workers: usize, future: impl Future<Output = T>) -> anyhow::Result<T> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(workers);
    block_on(runtime, future)
}

fn block_on<T>(mut threads: tokio::runtime::Builder, future: impl Future<Output = T>) -> anyhow::Result<T> {
    essential::end_process_on_death();
    let runtime = threads.enable_all().build()?;
    let ended = runtime.block_on(future);
    if essential::has_died() {
        // Whatever is under way, nobody waits for it.
        runtime.shutdown_background();
    }
    Ok(ended)
}

/// Why a server is to end.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    Signal(StopSignal),
    /// An essential task has died, and the log says which.
    Died,
}

impl Stop {
    /// Waits for a signal, which is logged as Kafka does, or a death.
    pub async fn wait(signals: &mut StopSignals) -> Stop {
        let signal = tokio::select! {
            signal = signals.wait() => signal,
            () = essential::died() => return Stop::Died,
        };
        log::info!(
            target: "org.apache.kafka.common.utils.LoggingSignalHandler",
            "Terminating process due to signal SIG{}",
            signal.name()
        );
        Stop::Signal(signal)
    }

    /// What the process ends with. A death during the stop for a signal counts, too.
    pub fn exit(self) -> Exit {
        match self {
            Stop::Signal(signal) if !essential::has_died() => Exit(signal.exit_code()),
            Stop::Signal(_) | Stop::Died => Exit(essential::EXIT_CODE),
        }
    }
}

/// Runs `start`; if the server is to end first, says why.
pub async fn start_or_stop<T>(signals: &mut StopSignals, start: impl Future<Output = T>) -> Result<T, Stop> {
    tokio::select! {
        biased;
        stop = Stop::wait(signals) => Err(stop),
        started = start => Ok(started),
    }
}

/// What this program's file is called.
const PROGRAM: &str = "rkafka";

/// A server of this program that runs on this machine.
pub struct ServerProcess {
    pub pid: rustix::process::Pid,
    /// What was typed after the tool's name.
    pub args: Vec<String>,
    /// Its working directory, where relative paths of `args` begin, if that is told.
    pub dir: Option<PathBuf>,
}

impl ServerProcess {
    /// Where a file lies that `args` name; `None` if that depends on a directory that is not told. It is never looked for
    /// below this process's own directory, where another server's may lie.
    pub fn place_of(&self, file: &str) -> Option<PathBuf> {
        let place = self.dir.as_ref().map_or_else(|| PathBuf::from(file), |dir| dir.join(file));
        place.is_absolute().then_some(place)
    }
}

/// The processes that run the tool `script` of a program called like this one (whatever its version).
pub fn running(script: &str) -> anyhow::Result<Vec<ServerProcess>> {
    let found = rkafka_platform::processes(PROGRAM);
    let servers = found.context("cannot list processes")?.into_iter().filter_map(|process| {
        let args = arguments_of(script, &process.words)?;
        Some(ServerProcess { pid: process.pid, args, dir: process.dir })
    });
    Ok(servers.collect())
}

/// The arguments after the tool's name, if the words of a command line call that tool.
fn arguments_of(script: &str, words: &[String]) -> Option<Vec<String>> {
    let is = |word: &String| {
        let name = Path::new(word).file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_suffix(".sh").unwrap_or(name) == script
    };
    let at = words.iter().take(2).position(is)?;
    let args: Vec<String> = words[at + 1..].iter().filter(|word| !word.is_empty()).cloned().collect();
    (args.first().map(String::as_str) != Some("-daemon")).then_some(args)
}

/// Sends `$SIGNAL` (TERM if not set) to all of `servers` and does not wait; says `nothing` when there are none.
pub fn stop(servers: &[ServerProcess], nothing: &str, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    if servers.is_empty() {
        terminal.line(nothing)?;
        return Ok(Exit::FAILED);
    }
    let signal = signal_of(&env::var("SIGNAL").unwrap_or_else(|_| "TERM".to_owned()))?;
    for server in servers {
        let pid = server.pid;
        rustix::process::kill_process(pid, signal).with_context(|| format!("cannot stop process {pid:?}"))?;
    }
    Ok(Exit::OK)
}

fn signal_of(name: &str) -> anyhow::Result<rustix::process::Signal> {
    use rustix::process::Signal;
    let name = name.strip_prefix("SIG").unwrap_or(name);
    Ok(match name {
        "TERM" | "15" => Signal::TERM,
        "INT" | "2" => Signal::INT,
        "HUP" | "1" => Signal::HUP,
        "KILL" | "9" => Signal::KILL,
        "QUIT" | "3" => Signal::QUIT,
        _ => bail!("SIGNAL={name} is not a signal that stops a server (TERM, INT, HUP, QUIT, KILL)"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_of_servers() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let args = |line: &str| arguments_of("kafka-server-start", &words(line));
        assert_eq!(args("/x/rkafka kafka-server-start a.properties").unwrap(), ["a.properties"]);
        assert_eq!(args("/x/bin/kafka-server-start.sh a.properties --override b=c").unwrap().len(), 3);
        assert_eq!(args("rkafka kafka-server-start -daemon a.properties"), None);
        assert_eq!(args("rkafka topics --list"), None);
        assert_eq!(args("vi kafka-server-start.sh"), Some(vec![]), "its program is looked at as well");
    }

    #[test]
    fn files_of_servers() {
        let place = |dir: Option<&str>, file: &str| {
            let pid = rustix::process::getpid();
            let found = ServerProcess { pid, args: Vec::new(), dir: dir.map(PathBuf::from) }.place_of(file);
            found.map(|place| place.display().to_string())
        };
        assert_eq!(place(Some("/srv"), "a.properties").as_deref(), Some("/srv/a.properties"));
        assert_eq!(place(Some("/srv"), "/etc/a.properties").as_deref(), Some("/etc/a.properties"));
        assert_eq!(place(None, "/etc/a.properties").as_deref(), Some("/etc/a.properties"));
        assert_eq!(place(None, "a.properties"), None);
        assert_eq!(place(None, ""), None);
    }

    #[test]
    fn signals() {
        assert_eq!(signal_of("TERM").unwrap(), rustix::process::Signal::TERM);
        assert_eq!(signal_of("SIGKILL").unwrap(), rustix::process::Signal::KILL);
        assert!(signal_of("STOP").is_err());
    }
}
