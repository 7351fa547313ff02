//! `kafka-broker-api-versions`: which requests each broker takes, in which versions, and which of them the tools use.
//!
//! Layout and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`BrokerApiVersionsCommand`).

use crate::{
    access::admin,
    block_on::block_on_for_reader,
    era::Era,
    options::{Once, Opt, UsageError, kafka_command},
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use clap::Args;
use rkafka_client::{Admin, BrokerVersions, ClientError, Node};
use rkafka_protocol::{APIS, ApiKey, VersionRange};
use rkafka_runtime::logging;
use serde_json::{Value, json};

pub const TOOL: Tool = Tool {
    name: "broker-api-versions",
    script: "kafka-broker-api-versions",
    command: kafka_command::<VersionsArgs>,
    run,
    shows: &[&VERSIONS],
};

/// An API of a broker.
const VERSIONS: Shape<10> = Shape::rows(
    "broker-api-versions and cluster api-versions",
    [
        Field::integer("id", "The broker's id."),
        Field::text("host", "Its name or IP address."),
        Field::integer("port", "Its port."),
        Field::text("rack", "Where it stands; null if it does not say."),
        Field::integer("apiKey", "The API's number; null if the broker could not be asked."),
        Field::text("apiName", "Its name; null if this version does not know it."),
        Field::integer(
            "minVersion",
            "The lowest version that the broker takes; null if it does not take the API at all.",
        ),
        Field::integer(
            "maxVersion",
            "The highest version that the broker takes; null if it does not take the API at all.",
        ),
        Field::integer("usableVersion", "The version that Kafka's clients use with it; null if there is none."),
        Field::text("error", "Why the broker could not be asked; null if it could."),
    ],
);

const INTRODUCTION: &str = "This tool helps to retrieve broker version information.";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Show which requests the brokers take")]
struct VersionsArgs {
    #[arg(
        long,
        value_name = "String: server(s) to use for bootstrapping",
        help = "REQUIRED: The brokers, host:port,host:port."
    )]
    bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: command config property file", help = "A properties file for the admin client.")]
    command_config: Once<String>,
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    servers: String,
    admin_file: Option<String>,
}

impl Plan {
    /// Understands the options.
    fn of(args: &VersionsArgs) -> Result<Plan, UsageError> {
        if !args.bootstrap_server.is_given() {
            return Err(UsageError::missing(&args.bootstrap_server));
        }
        Ok(Plan { servers: args.bootstrap_server.required()?, admin_file: args.command_config.value()? })
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<VersionsArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let described = async {
        let admin = admin::open(plan.admin_file.as_deref(), &plan.servers).await?;
        describe(&admin, call.era(), terminal).await
    };
    block_on_for_reader(described).map(|()| Exit::OK).map_err(admin::explained)
}

/// Shows what each broker takes; `kafka-cluster api-versions` does the same.
pub(super) async fn describe(admin: &Admin, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut nodes = admin.describe_cluster(false).await?.nodes;
    nodes.sort_by_key(|node| node.id);
    let mut rows = Vec::new();
    for node in nodes {
        let asked = admin.cluster().node(node.id).await.map(|broker| found(broker.versions(), era));
        if asked.is_err() {
            terminal.note_failure();
        }
        if terminal.format() != Format::Text {
            rows.extend(rows_of(&node, asked));
            continue;
        }
        let rack = node.rack.as_deref().unwrap_or("null");
        // Only brokers that are not fenced are described.
        let fenced = era.pick("", " isFenced: false");
        let shown = format!("{} (id: {} rack: {rack}{fenced})", node.address, node.id);
        match asked {
            Ok(apis) => terminal.line(format_args!("{shown} -> {}", table(&apis, era)))?,
            Err(error) => terminal.line(format_args!("{shown} -> ERROR: {error}"))?,
        }
    }
    if terminal.format() != Format::Text {
        terminal.show(&VERSIONS, rows)?;
    }
    Ok(())
}

/// An API that the broker names or that a client may want.
struct Api {
    number: i16,
    /// `None`: of a release to come.
    name: Option<&'static str>,
    offered: Option<VersionRange>,
    /// What the era's clients know of it.
    known: Option<VersionRange>,
}

/// All of them, in the order of their keys.
fn found(versions: &BrokerVersions, era: Era) -> Vec<Api> {
    let mut apis = Vec::new();
    for api in APIS {
        let (name, known) = match (api.key, era) {
            // Since 4.1 it lists more, under another name.
            (ApiKey::ListConfigResources, Era::V3_9) => {
                ("ListClientMetricsResources", Some(VersionRange { min: 0, max: 0 }))
            }
            (key, Era::V3_9) => (key.name(), api.in_3_9),
            (key, Era::V4_4) => (key.name(), api.in_4_4),
        };
        let (number, offered) = (api.key as i16, versions.offered(api.key));
        if offered.is_some() || known.is_some() && is_for_clients(number) {
            apis.push(Api { number, name: Some(name), offered, known });
        }
    }
    // Of releases to come.
    let unknown = versions.unknown().iter();
    apis.extend(unknown.map(|(number, theirs)| Api {
        number: *number,
        name: None,
        offered: Some(*theirs),
        known: None,
    }));
    apis
}

fn rows_of(node: &Node, asked: Result<Vec<Api>, ClientError>) -> Vec<[Value; 10]> {
    let row = |[key, name, min, max, usable, error]: [Value; 6]| {
        let (host, port) = (json!(node.address.host), json!(node.address.port));
        [json!(node.id), host, port, json!(node.rack), key, name, min, max, usable, error]
    };
    let of_api = |api: &Api| {
        let (min, max) = (api.offered.map(|range| range.min), api.offered.map(|range| range.max));
        let usable = api.known.zip(api.offered).and_then(|(ours, theirs)| usable(ours, theirs).ok());
        row([json!(api.number), json!(api.name), json!(min), json!(max), json!(usable), Value::Null])
    };
    match asked {
        Ok(apis) => apis.iter().map(of_api).collect(),
        Err(error) => {
            let [key, name, min, max, usable] = [(); 5].map(|()| Value::Null);
            vec![row([key, name, min, max, usable, json!(error.to_string())])]
        }
    }
}

fn table(apis: &[Api], era: Era) -> String {
    let row = |Api { number, name, offered, known }: &Api| {
        // Of what only brokers with ZooKeeper say to each other 4.4 knows the name.
        let is_past = known.is_none() && era == Era::V4_4 && IN_ZOOKEEPER_MODE.contains(number);
        // The word of Kafka's tool for what it does not know.
        let name = name.filter(|_| is_past || known.is_some()).unwrap_or("UNKNOWN");
        match (offered, known) {
            (Some(theirs), Some(ours)) => format!("{name}({number}): {} [{}]", range(*theirs), use_of(*ours, *theirs)),
            (Some(theirs), None) if is_past => format!("{name}({number}): {} [unusable: node too new]", range(*theirs)),
            (Some(theirs), None) => format!("{name}({number}): {}", range(*theirs)),
            (None, _) => format!("{name}({number}): UNSUPPORTED"),
        }
    };
    format!("(\n\t{}\n)", apis.iter().map(row).collect::<Vec<_>>().join(",\n\t"))
}

fn range(VersionRange { min, max }: VersionRange) -> String {
    if min == max { min.to_string() } else { format!("{min} to {max}") }
}

/// The version of an API that a tool of the era uses. Errors: why there is none.
fn usable(ours: VersionRange, theirs: VersionRange) -> Result<i16, &'static str> {
    if ours.max < theirs.min {
        Err("node too new")
    } else if theirs.max < ours.min {
        Err("node too old")
    } else {
        Ok(ours.max.min(theirs.max))
    }
}

/// What a tool of the era can do with an API.
fn use_of(ours: VersionRange, theirs: VersionRange) -> String {
    match usable(ours, theirs) {
        Ok(version) => format!("usable: {version}"),
        Err(reason) => format!("unusable: {reason}"),
    }
}

/// Whether a broker is told to offer it to clients: not what only controllers and brokers say to each other.
fn is_for_clients(number: i16) -> bool {
    const AMONG_SERVERS: [i16; 16] = [4, 5, 6, 7, 52, 53, 54, 56, 58, 59, 62, 63, 67, 70, 73, 82];
    !AMONG_SERVERS.contains(&number)
}

/// LeaderAndIsr, StopReplica, UpdateMetadata and ControlledShutdown.
const IN_ZOOKEEPER_MODE: [i16; 4] = [4, 5, 6, 7];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;
    use rkafka_client::HostPort;
    use rkafka_protocol::messages::{ApiVersionsResponse, api_versions_response::ApiVersion};

    #[test]
    fn options() {
        let plan = |line: &str| Plan::of(&typed(line).unwrap()).map_err(|error| error.to_string());
        assert_eq!(plan("--command-config f").unwrap_err(), "Missing required argument \"[bootstrap-server]\"");
        assert_eq!(plan("--bootstrap-server b").unwrap().servers, "b");
    }

    #[test]
    fn rows() {
        let api =
            |api_key, min_version, max_version| ApiVersion { api_key, min_version, max_version, ..Default::default() };
        let api_keys = vec![api(0, 0, 5), api(1, 90, 99), api(3, 2, 2), api(999, 1, 4)];
        let listed = BrokerVersions::listed(&ApiVersionsResponse { api_keys, ..Default::default() });
        let apis = found(&listed, Era::V3_9);
        let text = table(&apis, Era::V3_9);
        assert!(
            text.starts_with("(\n\tProduce(0): 0 to 5 [usable: 5],\n\tFetch(1): 90 to 99 [unusable: node too new],"),
            "{text}"
        );
        assert!(text.contains("\tMetadata(3): 2 [usable: 2],\n"), "{text}");
        assert!(
            text.contains("\tListOffsets(2): UNSUPPORTED,\n") && text.ends_with(",\n\tUNKNOWN(999): 1 to 4\n)"),
            "{text}"
        );
        let node = Node { id: 7, address: HostPort::new("h".to_owned(), 9), rack: None };
        let null = Value::Null;
        let rows = rows_of(&node, Ok(apis));
        assert_eq!(rows[0][4..9], [json!(0), json!("Produce"), json!(0), json!(5), json!(5)]);
        assert_eq!(rows[1][4..9], [json!(1), json!("Fetch"), json!(90), json!(99), null.clone()]);
        assert_eq!(rows[2][4..9], [json!(2), json!("ListOffsets"), null.clone(), null.clone(), null.clone()]);
        let failed = rows_of(&node, Err(ClientError::State("gone".to_owned())));
        assert_eq!(failed[0][..5], [json!(7), json!("h"), json!(9), null.clone(), null]);
    }
}
