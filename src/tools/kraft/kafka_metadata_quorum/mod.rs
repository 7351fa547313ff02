//! `kafka-metadata-quorum`: who votes among the controllers of a KRaft cluster, how far each has come, and who joins and
//! leaves.
//!
//! Texts, layouts and exit codes are those of Apache Kafka 3.9.1 and 4.4.0 (`MetadataQuorumCommand`). It speaks with
//! brokers, which hand the questions on, and with controllers themselves.

mod joining;
mod show;

use crate::{
    access::{admin, failure::with_hint, properties},
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::{
        Argparse, Commands, Flag, Once, Opt, Subcommand, UsageError,
        argparse::{argparse_command, reason},
    },
    terminal::{Terminal, output::Format},
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::{ArgAction::SetTrue, Args};
use joining::Joining;
use rkafka_client::ClientError;
use rkafka_protocol::{ErrorCode, Uuid};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
};
use show::{REPLICATION, STATUS};
use std::{marker::PhantomData, path::Path};

pub const TOOL: Tool = Tool {
    name: "metadata-quorum",
    script: "kafka-metadata-quorum",
    command: || COMMANDS.command(),
    run,
    shows: &[&STATUS, &REPLICATION],
};

const COMMANDS: Commands<Place, Typed> = Commands {
    parser: Argparse {
        program: "kafka-metadata-quorum",
        about: "This tool describes kraft metadata quorum status.",
        required: &[],
        one_of: &[&["bootstrap-server", "bootstrap-controller"]],
    },
    commands: &[
        Subcommand {
            name: "describe",
            about: "Describe the metadata quorum info",
            required: &[],
            one_of: &[],
            command: argparse_command::<Describe>,
            read: |command, args| command.options(args).map(Typed::Describe),
        },
        Subcommand {
            name: "add-controller",
            about: "Add a controller to the KRaft controller cluster",
            required: &[],
            one_of: &[],
            command: argparse_command::<AddController>,
            read: |command, args| command.options(args).map(Typed::Add),
        },
        Subcommand {
            name: "remove-controller",
            about: "Remove a controller from the KRaft controller cluster",
            required: &["controller-id", "controller-directory-id"],
            one_of: &[],
            command: argparse_command::<RemoveController>,
            read: |command, args| command.options(args).map(Typed::Remove),
        },
    ],
    options: PhantomData,
};

/// What can be typed before the command.
#[derive(Debug, Args)]
#[command(about = "Show and change the quorum of a KRaft cluster's controllers")]
struct Place {
    #[arg(long, value_name = "BOOTSTRAP_SERVER", help = "The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "BOOTSTRAP_CONTROLLER", help = "The KRaft controllers, host:port,host:port.")]
    bootstrap_controller: Once<String>,
    #[arg(
        long,
        value_name = "COMMAND_CONFIG",
        help = "A properties file for the admin client; for add-controller, that of the controller."
    )]
    command_config: Once<String>,
}

/// What can be typed after `describe`.
#[derive(Debug, Args)]
struct Describe {
    #[arg(long, action = SetTrue, help = "Who leads, who votes, and how far the slowest is behind.")]
    status: Flag,
    #[arg(long, action = SetTrue, help = "How far each replica of the metadata log has come.")]
    replication: Flag,
    #[arg(long, action = SetTrue, help = "With --replication: how long ago, instead of when.")]
    human_readable: Flag,
}

/// What can be typed after `add-controller`.
#[derive(Debug, Args)]
struct AddController {
    #[arg(long, action = SetTrue, help = "Say what would be done, and do not do it.")]
    dry_run: Flag,
}

/// What can be typed after `remove-controller`.
#[derive(Debug, Args)]
struct RemoveController {
    #[arg(long, short = 'i', value_name = "CONTROLLER_ID", help = "The id of the controller to remove.")]
    controller_id: Once<i32>,
    #[arg(
        long,
        short = 'd',
        value_name = "CONTROLLER_DIRECTORY_ID",
        help = "The directory id of the controller to remove."
    )]
    controller_directory_id: Once<String>,
    #[arg(long, action = SetTrue, help = "Say what would be done, and do not do it.")]
    dry_run: Flag,
    #[arg(
        long,
        action = SetTrue,
        help = "Also have the cluster forget it (needs a cluster of Kafka 4.4)."
    )]
    unregister: Flag,
}

/// A command and what was typed after it.
#[derive(Debug)]
enum Typed {
    Describe(Describe),
    Add(AddController),
    Remove(RemoveController),
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    addresses: String,
    of_controllers: bool,
    admin_file: Option<String>,
    task: Task,
}

#[derive(Debug, PartialEq, Eq)]
enum Task {
    Status,
    Replication { human_readable: bool },
    Add { dry_run: bool },
    Remove { id: i32, directory: Uuid, dry_run: bool, unregister: bool },
}

impl Plan {
    /// Understands the options.
    fn of(place: &Place, typed: &Typed) -> anyhow::Result<Plan> {
        let admin_file = place.command_config.value()?;
        let task = match typed {
            Typed::Describe(args) => match (args.status.is_given(), args.replication.is_given()) {
                (true, true) => {
                    bail!("Only one of --status or --replication should be specified with describe sub-command")
                }
                (false, false) => bail!("One of --status or --replication must be specified with describe sub-command"),
                (true, false) if args.human_readable.is_given() => {
                    bail!("The option --human-readable is only supported along with --replication")
                }
                (true, false) => Task::Status,
                (false, true) => Task::Replication { human_readable: args.human_readable.is_given() },
            },
            Typed::Add(_) if admin_file.is_none() => bail!(
                "You must supply the configuration file of the controller you are adding when using add-controller."
            ),
            Typed::Add(args) => Task::Add { dry_run: args.dry_run.is_given() },
            Typed::Remove(args) => {
                let id: i32 = args.controller_id.required()?;
                if id < 0 {
                    bail!("Invalid negative --controller-id: {id}");
                }
                let text = args.controller_directory_id.required()?;
                let directory = Uuid::parse(&text);
                let directory = directory.ok_or_else(|| {
                    anyhow!("Failed to parse --controller-directory-id: '{text}' is not an id of 22 characters")
                })?;
                let (dry_run, unregister) = (args.dry_run.is_given(), args.unregister.is_given());
                Task::Remove { id, directory, dry_run, unregister }
            }
        };
        let controllers = place.bootstrap_controller.value()?;
        let of_controllers = controllers.is_some();
        let addresses = match controllers {
            Some(controllers) => controllers,
            None => place.bootstrap_server.required()?,
        };
        Ok(Plan { addresses, of_controllers, admin_file, task })
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let ((place, typed), command) = match call.commands_with_help(&COMMANDS, Exit::OK, terminal)? {
        Ok(typed) => typed,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&place, &typed) {
        Ok(plan) => plan,
        Err(error) => match error.downcast_ref::<UsageError>() {
            Some(wrong) => return Ok(call.refuse_command(&COMMANDS, Some(command), reason(wrong), terminal)),
            None => return Err(error),
        },
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let only_shows = matches!(plan.task, Task::Status | Task::Replication { .. });
    let work = execute(&plan, call.era(), terminal);
    let done = if only_shows { block_on_for_reader(work) } else { block_on(work)? };
    match done {
        Ok(()) => Ok(Exit::OK),
        Err(error) => match error.downcast_ref::<ClientError>() {
            Some(client) => Err(with_hint(client)),
            None => Err(error),
        },
    }
}

async fn execute(plan: &Plan, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    if let Some(file) = plan.admin_file.as_deref().filter(|file| !Path::new(file).exists()) {
        bail!("Properties file {file} does not exists!");
    }
    let file = plan.admin_file.as_deref();
    let admin = match plan.of_controllers {
        true => admin::open_controllers(file, &plan.addresses).await?,
        false => admin::open(file, &plan.addresses).await?,
    };
    match &plan.task {
        Task::Status => {
            let cluster = admin.describe_cluster(false).await?;
            let quorum = admin.describe_quorum().await?;
            if terminal.format() != Format::Text {
                return Ok(terminal.show(&STATUS, [show::status_row(cluster.cluster_id.as_deref(), &quorum)?])?);
            }
            terminal.print(show::status(cluster.cluster_id.as_deref().unwrap_or("null"), &quorum, era)?)?;
        }
        Task::Replication { human_readable } => {
            let quorum = admin.describe_quorum().await?;
            if terminal.format() != Format::Text {
                return Ok(terminal.show(&REPLICATION, show::replication_rows(&quorum)?)?);
            }
            let now = human_readable.then(|| SystemClock.now().0);
            terminal.print(show::table(&show::replication(&quorum, now)?))?;
        }
        Task::Add { dry_run } => {
            let joining = Joining::of(&properties::load(file)?)?;
            if !dry_run {
                admin.add_raft_voter(joining.id, joining.directory, &joining.endpoints).await?;
            }
            terminal.line(joining.told(*dry_run))?;
        }
        Task::Remove { id, directory, dry_run, unregister } => {
            let next = format!(
                "To unregister the controller from the cluster, run `kafka-cluster.sh unregister-controller --id {id}`."
            );
            if !dry_run {
                let removed = admin.remove_raft_voter(*id, *directory).await;
                removed.map_err(|error| match is_to_be_unregistered_besides(&error) && *unregister {
                    true => anyhow!("Failed to remove KRaft voter {id}: {error}. {next}"),
                    false => error.into(),
                })?;
            }
            let (done, space) = (if *dry_run { "DRY RUN of removing" } else { "Removed" }, era.pick("  ", " "));
            terminal.line(format_args!("{done}{space}KRaft controller {id} with directory id {directory}"))?;
            if *unregister {
                if !dry_run {
                    let unregistered = admin.unregister_controller(*id).await;
                    unregistered.map_err(|error| anyhow!("Failed to unregister controller {id}: {error}. {next}"))?;
                }
                let done = if *dry_run { "DRY RUN of unregistering" } else { "Unregistered" };
                terminal.line(format_args!("{done} KRaft controller {id}"))?;
            }
        }
    }
    Ok(())
}

/// Whether the controller may be registered all the same.
fn is_to_be_unregistered_besides(error: &ClientError) -> bool {
    let codes = [ErrorCode::UNSUPPORTED_VERSION, ErrorCode::VOTER_NOT_FOUND];
    matches!(error, ClientError::UnsupportedVersion(_)) || error.code().is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let ((place, typed), _) = COMMANDS.read(&args).map_err(|refused| format!("{:?}", refused.why))?;
        Plan::of(&place, &typed).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_meant() {
        let status = plan("--bootstrap-server b describe --status").unwrap();
        assert_eq!((status.task, status.of_controllers), (Task::Status, false));
        let task = plan("--bootstrap-controller c describe --replication --human-readable").unwrap();
        assert_eq!((task.task, task.of_controllers), (Task::Replication { human_readable: true }, true));
        let id = "P_srhY7ATI6j_PzfqstszA";
        let remove = plan(&format!("--bootstrap-server b remove-controller -i 3 -d {id} --dry-run")).unwrap().task;
        assert_eq!(
            remove,
            Task::Remove { id: 3, directory: Uuid::parse(id).unwrap(), dry_run: true, unregister: false }
        );
    }

    #[test]
    fn what_is_wrong() {
        for (line, expected) in [
            ("--bootstrap-server b describe", "One of --status or --replication must be specified"),
            ("--bootstrap-server b describe --status --replication", "Only one of --status or --replication"),
            ("--bootstrap-server b describe --status --human-readable", "The option --human-readable is only"),
            ("--bootstrap-server b add-controller", "You must supply the configuration file"),
            ("--bootstrap-server b remove-controller -i 3 -d x", "Failed to parse --controller-directory-id"),
            ("--bootstrap-server b remove-controller -i -3 -d x", "Invalid negative --controller-id: -3"),
            ("describe --status", "Wrong(\"one of the arguments --bootstrap-server --bootstrap-controller is required"),
        ] {
            let error = plan(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }
}
