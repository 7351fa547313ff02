//! `kafka-broker-api-versions`: which requests each broker takes, in which versions, and which of them the tools use.
//!
//! Layout and exit codes are those of Apache Kafka 3.9.1, or 4.4.0 (`BrokerApiVersionsCommand`).

use crate::{
    access::admin,
    block_on::block_on_for_reader,
    era::Era,
    options::{Once, Opt, UsageError, kafka_command},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::anyhow;
use clap::Args;
use rkafka_client::{Admin, BrokerVersions};
use rkafka_protocol::{APIS, ApiKey, VersionRange};
use rkafka_runtime::logging;

pub const TOOL: Tool = Tool {
    name: "broker-api-versions",
    script: "kafka-broker-api-versions",
    command: kafka_command::<VersionsArgs>,
    run,
    shows: &[],
};

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
    for node in nodes {
        let rack = node.rack.as_deref().unwrap_or("null");
        // Only brokers that are not fenced are described.
        let fenced = era.pick("", " isFenced: false");
        let shown = format!("{} (id: {} rack: {rack}{fenced})", node.address, node.id);
        match admin.cluster().node(node.id).await {
            Ok(broker) => terminal.line(format_args!("{shown} -> {}", table(broker.versions(), era)))?,
            Err(error) => terminal.line(format_args!("{shown} -> ERROR: {error}"))?,
        }
    }
    Ok(())
}

/// Every API that the broker names or that a client may want, in the order of their keys.
fn table(versions: &BrokerVersions, era: Era) -> String {
    let mut rows = Vec::new();
    for api in APIS {
        let number = api.key as i16;
        let (name, known) = match (api.key, era) {
            // Since 4.1 it lists more, under another name.
            (ApiKey::ListConfigResources, Era::V3_9) => {
                ("ListClientMetricsResources", Some(VersionRange { min: 0, max: 0 }))
            }
            (key, Era::V3_9) => (key.name(), api.in_3_9),
            (key, Era::V4_4) => (key.name(), api.in_4_4),
        };
        match (versions.offered(api.key), known) {
            // Of what only brokers with ZooKeeper say to each other 4.4 knows the name.
            (Some(theirs), None) if era == Era::V4_4 && IN_ZOOKEEPER_MODE.contains(&number) => {
                rows.push(format!("{name}({number}): {} [unusable: node too new]", range(theirs)));
            }
            (Some(theirs), Some(ours)) => {
                rows.push(format!("{name}({number}): {} [{}]", range(theirs), use_of(ours, theirs)));
            }
            (Some(theirs), None) => rows.push(format!("UNKNOWN({number}): {}", range(theirs))),
            (None, Some(_)) if is_for_clients(number) => rows.push(format!("{name}({number}): UNSUPPORTED")),
            (None, _) => {}
        }
    }
    // Of releases to come.
    rows.extend(versions.unknown().iter().map(|(number, theirs)| format!("UNKNOWN({number}): {}", range(*theirs))));
    format!("(\n\t{}\n)", rows.join(",\n\t"))
}

fn range(VersionRange { min, max }: VersionRange) -> String {
    if min == max { min.to_string() } else { format!("{min} to {max}") }
}

/// What a tool of the era can do with an API.
fn use_of(ours: VersionRange, theirs: VersionRange) -> String {
    if ours.max < theirs.min {
        "unusable: node too new".to_owned()
    } else if theirs.max < ours.min {
        "unusable: node too old".to_owned()
    } else {
        format!("usable: {}", ours.max.min(theirs.max))
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
        let text = table(&BrokerVersions::listed(&ApiVersionsResponse { api_keys, ..Default::default() }), Era::V3_9);
        assert!(
            text.starts_with("(\n\tProduce(0): 0 to 5 [usable: 5],\n\tFetch(1): 90 to 99 [unusable: node too new],"),
            "{text}"
        );
        assert!(text.contains("\tMetadata(3): 2 [usable: 2],\n"), "{text}");
        assert!(
            text.contains("\tListOffsets(2): UNSUPPORTED,\n") && text.ends_with(",\n\tUNKNOWN(999): 1 to 4\n)"),
            "{text}"
        );
    }
}
