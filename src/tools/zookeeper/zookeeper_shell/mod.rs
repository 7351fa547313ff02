//! `zookeeper-shell`: ZooKeeper's own shell (zkCli), as Kafka ships it.
//!
//! `zookeeper-shell localhost:2181 ls /` does one command; without a command they come from stdin: from a person, with an
//! editor, or from a pipe, a line each. Commands, options, words, layouts and exit codes are those of
//! ZooKeeper 3.8.4 under Kafka 3.9.1 (`ZooKeeperMainWithTlsSupportForKafka`), and as there a shell that ends without
//! `quit` leaves its session, with its ephemeral nodes, to the session timeout. `--output json` prints an object a line
//! instead.
//!
//! Deciding is pure and apart: [`arguments`], [`words`], [`options`], [`path`], [`events`], [`answer`], [`failure`]. A
//! command ([`commands`]) asks the server and fills an [`answer::Answer`]; [`shell`] prints it.

mod acl_text;
mod answer;
mod arguments;
mod commands;
mod completer;
mod ensemble;
mod events;
mod failure;
mod interactive;
mod options;
mod path;
mod piped;
mod quota;
mod shell;
mod tree;
mod words;

use crate::{
    access::zookeeper_access::ZooKeeperAccess,
    block_on::block_on,
    options::kafka_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use arguments::{Asked, Output, ShellArgs};
use rkafka_runtime::logging;
use rkafka_zookeeper_client::ClientOptions;
use shell::{Settings, Shell};
use std::{io, time::Duration};

pub const TOOL: Tool =
    Tool { name: "zookeeper-shell", script: "zookeeper-shell", command: kafka_command::<ShellArgs>, run, shows: &[] };

/// How long a shell waits for its server before it goes on without: a server of this machine takes 2 ms.
const FIRST_CONNECTION: Duration = Duration::from_millis(200);

const USAGE: &str = "USAGE: zookeeper-shell zookeeper_host:port[/path] [-zk-tls-config-file file] [args...]";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args = match arguments::read(call.args)? {
        Asked::Shell(args) => args,
        Asked::Version => {
            terminal.line(call.era().version())?;
            return Ok(Exit::OK);
        }
        Asked::Nothing => {
            terminal.line(USAGE)?;
            return Ok(Exit::FAILED);
        }
        Asked::Help => {
            call.print_usage(USAGE, terminal);
            terminal.talk(format_args!("\nCommands:\n{}", commands::usage().split_once('\n').unwrap_or_default().1));
            return Ok(Exit::FAILED);
        }
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    for word in &args.unknown {
        terminal.talk(format_args!("{word} is not an option; it is passed over"));
    }
    block_on(serve(args, terminal))?
}

async fn serve(args: ShellArgs, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let ShellArgs { server, command, output, .. } = &args;
    let text = *output == Output::Text;
    let typed_by_a_person = command.is_empty() && terminal.in_is_screen();
    if text {
        terminal.line(format_args!("Connecting to {server}"))?;
        flush(terminal, typed_by_a_person)?;
    }
    let client = client_options(&args)?;
    let settings = Settings { timeout: Duration::from_millis(u64::from(args.timeout_ms)), client, output: *output };
    let mut shell = Shell::start(server, settings)?;
    let at_screen = terminal.in_is_screen() && terminal.out_is_screen();
    if text && command.is_empty() {
        let editor = if at_screen { "enabled" } else { "disabled" };
        terminal.line(format_args!("Welcome to ZooKeeper!\nJLine support is {editor}"))?;
        flush(terminal, typed_by_a_person)?;
    }
    shell.wait_for_server(FIRST_CONNECTION).await;
    let exit = if !command.is_empty() {
        match shell.run(command, terminal).await {
            Err(error) if !is_closed(&error) => return Err(error.into()),
            Ok(()) | Err(_) => shell.exit(),
        }
    } else if at_screen && text {
        interactive::run(&mut shell, terminal).await?
    } else {
        piped::run(&mut shell, terminal).await?;
        shell.exit()
    };
    Ok(Exit(exit))
}

/// A command that was given is done whether anybody looks or not; a person has yet to give one.
fn flush(terminal: &mut Terminal, typed_by_a_person: bool) -> io::Result<()> {
    if typed_by_a_person { terminal.flush() } else { terminal.flush_or_mute() }
}

fn is_closed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

fn client_options(args: &ShellArgs) -> anyhow::Result<ClientOptions> {
    let access = ZooKeeperAccess::read(args.tls_file.as_deref(), args.client_file.as_deref())?;
    Ok(ClientOptions { read_only: args.readonly, ..access.options })
}
