//! `kafka-cluster`: the cluster's id, its brokers' addresses and versions, and how a broker that is gone is forgotten.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`ClusterTool`), with the commands of 4.4.

use super::kafka_broker_api_versions;
use crate::{
    access::{admin::Door, failure::with_hint},
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::{
        Argparse, Commands, Flag, Once, Opt, Subcommand, UsageError,
        argparse::{argparse_command, reason},
        renamed::{has_been_deprecated, warnings},
    },
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::{ArgAction::SetTrue, Args, Command};
use rkafka_client::{Admin, ClientError, admin::BrokerEndpoint};
use rkafka_runtime::logging;
use serde_json::{Value, json};
use std::marker::PhantomData;

pub const TOOL: Tool =
    Tool { name: "cluster", script: "kafka-cluster", command, run, shows: &[&CLUSTER_ID, &ENDPOINTS] };

/// Which cluster it is.
const CLUSTER_ID: Shape<1> =
    Shape::single("cluster cluster-id", [Field::text("clusterId", "The cluster's id; null before Kafka 0.10.1.")]);

/// A broker's address.
const ENDPOINTS: Shape<6> = Shape::rows(
    "cluster list-endpoints",
    [
        Field::integer("id", "The broker's id."),
        Field::text("host", "Its name or IP address."),
        Field::integer("port", "Its port."),
        Field::text("rack", "Where it stands; null if it does not say."),
        Field::text("state", "`unfenced`, or `fenced`: it is registered, but not at work."),
        Field::text("endpointType", "`broker`."),
    ],
);

const ONE_ADDRESS: &[&[&str]] = &[&["bootstrap-server", "bootstrap-controller"]];

const COMMANDS: Commands<NoOptions, Typed> = Commands {
    parser: Argparse { program: "kafka-cluster", about: "The Kafka cluster tool.", required: &[], one_of: &[] },
    commands: &[
        Subcommand {
            name: "cluster-id",
            about: "Get information about the ID of a cluster.",
            required: &[],
            one_of: ONE_ADDRESS,
            command: argparse_command::<Place>,
            read: |command, args| command.options(args).map(Typed::ClusterId),
        },
        Subcommand {
            name: "unregister",
            about: "Unregister a broker.",
            required: &["id"],
            one_of: ONE_ADDRESS,
            command: argparse_command::<OfNode>,
            read: |command, args| command.options(args).map(Typed::Unregister),
        },
        Subcommand {
            name: "unregister-controller",
            about: "Unregister a controller.",
            required: &["id"],
            one_of: ONE_ADDRESS,
            command: argparse_command::<OfNode>,
            read: |command, args| command.options(args).map(Typed::UnregisterController),
        },
        Subcommand {
            name: "list-endpoints",
            about: "List the addresses of the brokers.",
            required: &[],
            one_of: ONE_ADDRESS,
            command: argparse_command::<Endpoints>,
            read: |command, args| command.options(args).map(Typed::ListEndpoints),
        },
        Subcommand {
            name: "api-versions",
            about: "Show which requests the brokers take.",
            required: &[],
            one_of: ONE_ADDRESS,
            command: argparse_command::<Place>,
            read: |command, args| command.options(args).map(Typed::ApiVersions),
        },
    ],
    options: PhantomData,
};

/// What can be typed before the command.
#[derive(Debug, Args)]
#[command(about = "Show a cluster's id and brokers, or unregister a broker")]
struct NoOptions {}

/// Where the cluster is.
#[derive(Debug, Args)]
struct Place {
    #[arg(long, short = 'b', value_name = "BOOTSTRAP_SERVER", help = "The brokers, host:port,host:port.")]
    bootstrap_server: Once<String>,
    #[arg(long, short = 'C', value_name = "BOOTSTRAP_CONTROLLER", help = "KRaft controllers instead of brokers.")]
    bootstrap_controller: Once<String>,
    #[arg(long, value_name = "CONFIG", help = "The old name of --command-config.")]
    config: Once<String>,
    #[arg(long, short = 'c', value_name = "COMMAND_CONFIG", help = "A properties file for the admin client.")]
    command_config: Once<String>,
}

/// What can be typed after `unregister` and `unregister-controller`.
#[derive(Debug, Args)]
struct OfNode {
    #[command(flatten)]
    place: Place,
    #[arg(long, short = 'i', value_name = "ID", help = "The ID of the node to unregister.")]
    id: Once<i32>,
}

/// What can be typed after `list-endpoints`.
#[derive(Debug, Args)]
struct Endpoints {
    #[command(flatten)]
    place: Place,
    #[arg(long, action = SetTrue, help = "Also the brokers that are fenced (brokers of 4.0 and later).")]
    include_fenced_brokers: Flag,
}

/// A command and what was typed after it.
#[derive(Debug)]
enum Typed {
    ClusterId(Place),
    Unregister(OfNode),
    UnregisterController(OfNode),
    ListEndpoints(Endpoints),
    ApiVersions(Place),
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Lines of which the user is to hear first.
    notices: Vec<String>,
    door: Door,
    admin_file: Option<String>,
    task: Task,
}

#[derive(Debug, PartialEq, Eq)]
enum Task {
    ClusterId,
    Unregister { broker: i32 },
    UnregisterController { controller: i32 },
    ListEndpoints { include_fenced: bool },
    ApiVersions,
}

impl Plan {
    /// Understands the options.
    fn of(typed: &Typed, era: Era) -> anyhow::Result<Plan> {
        let (place, task) = match typed {
            Typed::ClusterId(place) => (place, Task::ClusterId),
            Typed::ApiVersions(place) => (place, Task::ApiVersions),
            Typed::Unregister(args) => (&args.place, Task::Unregister { broker: args.id.required()? }),
            Typed::ListEndpoints(args) => {
                let include_fenced = args.include_fenced_brokers.is_given();
                if include_fenced && args.place.bootstrap_controller.is_given() {
                    bail!("The option --include-fenced-brokers is only supported with --bootstrap-server option");
                }
                (&args.place, Task::ListEndpoints { include_fenced })
            }
            Typed::UnregisterController(args) => {
                (&args.place, Task::UnregisterController { controller: args.id.required()? })
            }
        };
        if place.config.is_given() && place.command_config.is_given() {
            bail!("--config and --command-config cannot be specified together.");
        }
        let door = match place.bootstrap_controller.value()? {
            Some(controllers) => Door::Controllers(controllers),
            None => Door::Brokers(place.bootstrap_server.required()?),
        };
        let notices = warnings(era, has_been_deprecated, &[(&place.config, &place.command_config)]);
        Ok(Plan { notices, door, admin_file: place.command_config.value_or(&place.config)?, task })
    }
}

fn command() -> Command {
    COMMANDS.command()
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let ((NoOptions {}, typed), at) = match call.commands(&COMMANDS, terminal)? {
        Ok(typed) => typed,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&typed, call.era()) {
        Ok(plan) => plan,
        Err(error) => match error.downcast_ref::<UsageError>() {
            Some(wrong) => return Ok(call.refuse_command(&COMMANDS, Some(at), reason(wrong), terminal)),
            None => return Err(error),
        },
    };
    for notice in &plan.notices {
        terminal.talk(notice);
    }
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    match plan.task {
        Task::Unregister { .. } | Task::UnregisterController { .. } => block_on(unregister(&plan, terminal))??,
        _ => block_on_for_reader(show(&plan, terminal))?,
    }
    Ok(Exit::OK)
}

async fn open(plan: &Plan) -> anyhow::Result<Admin> {
    plan.door.open(plan.admin_file.as_deref()).await
}

async fn unregister(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = open(plan).await?;
    let (what, id, result) = match plan.task {
        Task::Unregister { broker } => ("Broker", broker, admin.unregister_broker(broker).await),
        Task::UnregisterController { controller } => {
            ("Controller", controller, admin.unregister_controller(controller).await)
        }
        Task::ClusterId | Task::ListEndpoints { .. } | Task::ApiVersions => return Ok(()),
    };
    match result {
        Ok(()) => terminal.say(format_args!("{what} {id} is no longer registered."))?,
        Err(ClientError::UnsupportedVersion(_)) => {
            let what = what.to_lowercase();
            terminal.say_failure(format_args!("The target cluster does not support the {what} unregistration API."))?;
        }
        Err(error) => return Err(with_hint(&error)),
    }
    Ok(())
}

async fn show(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = open(plan).await?;
    match plan.task {
        Task::ListEndpoints { include_fenced } => match admin.broker_endpoints(include_fenced).await {
            Ok(nodes) if terminal.format() == Format::Text => terminal.print(table(&nodes, &plan.door))?,
            Ok(nodes) => terminal.show(&ENDPOINTS, nodes.iter().map(|node| row(node, kind(&plan.door))))?,
            // Kafka's tool ends well here, too.
            Err(ClientError::UnsupportedVersion(why)) => terminal.say_failure(why)?,
            Err(error) => return Err(with_hint(&error)),
        },
        Task::ApiVersions => kafka_broker_api_versions::describe(&admin, Era::V4_4, terminal).await?,
        Task::ClusterId | Task::Unregister { .. } | Task::UnregisterController { .. } => {
            match admin.describe_cluster(false).await.map_err(|error| with_hint(&error))?.cluster_id {
                id if terminal.format() != Format::Text => terminal.show(&CLUSTER_ID, [[json!(id)]])?,
                Some(id) => terminal.line(format_args!("Cluster ID: {id}"))?,
                None => terminal.line("No cluster ID found. The Kafka version is probably too old.")?,
            }
        }
    }
    Ok(())
}

fn state(broker: &BrokerEndpoint) -> &'static str {
    if broker.fenced { "fenced" } else { "unfenced" }
}

/// What kind of nodes they are.
fn kind(door: &Door) -> &'static str {
    match door {
        Door::Brokers(_) => "broker",
        Door::Controllers(_) => "controller",
    }
}

fn row(broker: &BrokerEndpoint, kind: &str) -> [Value; 6] {
    let (node, state) = (&broker.node, state(broker));
    let address = &node.address;
    [json!(node.id), json!(address.host), json!(address.port), json!(node.rack), json!(state), json!(kind)]
}

/// The table of `list-endpoints`. The column of the racks is as wide as the longest rack, whatever its title needs.
fn table(nodes: &[BrokerEndpoint], door: &Door) -> String {
    let has_state = matches!(door, Door::Brokers(_));
    let hosts = nodes.iter().map(|node| node.node.address.host.len()).max().unwrap_or(100);
    let racks = nodes.iter().filter_map(|node| Some(node.node.rack.as_ref()?.len())).max().unwrap_or(10);
    let row = |id: &str, host: &str, port: &str, rack: &str, state: &str, kind: &str| {
        // Only brokers can be fenced.
        let state = if has_state { format!(" {state:<10}") } else { String::new() };
        format!("{id:<10} {host:<hosts$} {port:<10} {rack:<racks$}{state} {kind:<15}\n")
    };
    let mut text = row("ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE");
    for endpoint in nodes {
        let (node, state) = (&endpoint.node, state(endpoint));
        let (id, port) = (node.id.to_string(), node.address.port.to_string());
        text.push_str(&row(&id, &node.address.host, &port, node.rack.as_deref().unwrap_or("null"), state, kind(door)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_client::{HostPort, Node};

    fn plan(line: &str) -> Result<Plan, String> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let ((_, typed), _) = COMMANDS.read(&args).map_err(|refused| format!("{:?}", refused.why))?;
        Plan::of(&typed, Era::V4_4).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_meant() {
        let task = |line: &str| plan(line).unwrap().task;
        assert_eq!(task("cluster-id -b b"), Task::ClusterId);
        assert_eq!(plan("cluster-id -C c").unwrap().door, Door::Controllers("c".to_owned()));
        assert_eq!(task("api-versions -b b"), Task::ApiVersions);
        assert_eq!(task("unregister --bootstrap-server b -i 3"), Task::Unregister { broker: 3 });
        assert_eq!(task("unregister-controller -b b -i 3"), Task::UnregisterController { controller: 3 });
        assert_eq!(task("list-endpoints -b b --incl"), Task::ListEndpoints { include_fenced: true });
        for (line, notices) in
            [("cluster-id -b b -c f", 0), ("cluster-id -b b --config f", 1), ("cluster-id -b b --command-config f", 0)]
        {
            let plan = plan(line).unwrap();
            assert_eq!((plan.admin_file.as_deref(), plan.notices.len()), (Some("f"), notices), "{line}");
        }
    }

    #[test]
    fn what_is_refused() {
        let refused = |line: &str| plan(line).unwrap_err();
        let neither = "one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required";
        assert!(refused("cluster-id").contains(neither));
        assert!(
            refused("list-endpoints -C c --include-fenced-brokers").starts_with("The option --include-fenced-brokers")
        );
        assert!(refused("cluster-id -b b --config f -c g").contains("--config and --command-config cannot be"));
        assert_eq!(refused("unregister -b b -i x"), "Cannot parse argument 'x' of option id");
    }

    /// What Apache Kafka 4.4.0 prints.
    #[test]
    fn layout() {
        let node = Node { id: 0, address: HostPort::new("localhost".to_owned(), 9092), rack: None };
        let nodes = [BrokerEndpoint { node, fenced: false }];
        assert_eq!(
            table(&nodes, &Door::Controllers("c".to_owned())),
            "ID         HOST      PORT       RACK       ENDPOINT_TYPE  \n\
             0          localhost 9092       null       controller     \n"
        );
        assert_eq!(
            table(&nodes, &Door::Brokers("b".to_owned())),
            "ID         HOST      PORT       RACK       STATE      ENDPOINT_TYPE  \n\
             0          localhost 9092       null       unfenced   broker         \n"
        );
    }
}
