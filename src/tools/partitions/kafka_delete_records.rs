//! `kafka-delete-records`: deletes the records of partitions before an offset.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1 (`DeleteRecordsCommand`).

use super::json_partitions;
use crate::{
    access::admin,
    block_on::block_on,
    java_order,
    options::{Once, Opt, UsageError, kafka_command},
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use rkafka_base::TopicPartition;
use rkafka_client::ClientError;
use rkafka_runtime::logging;
use serde_json::{Value, json};

pub const TOOL: Tool = Tool {
    name: "delete-records",
    script: "kafka-delete-records",
    command: kafka_command::<DeleteArgs>,
    run,
    shows: &[&DELETED],
};

/// What became of a partition.
const DELETED: Shape<4> = Shape::rows(
    "delete-records",
    [
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("lowWatermark", "The first offset that is left; null if records could not be deleted."),
        Field::text("error", "Why records could not be deleted; null if they have been."),
    ],
);

const INTRODUCTION: &str = "This tool helps to delete records of the given partitions down to the specified offset.";
/// The logger of Kafka's client.
const LOGGER: &str = "org.apache.kafka.clients.admin.internals.DeleteRecordsHandler";

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Delete the records of partitions before an offset")]
struct DeleteArgs {
    #[arg(
        long,
        value_name = "String: server(s) to use for bootstrapping",
        help = "REQUIRED: The brokers, host:port,host:port."
    )]
    bootstrap_server: Once<String>,
    #[arg(
        long,
        value_name = "String: command config property file path",
        help = "A properties file for the admin client."
    )]
    command_config: Once<String>,
    #[arg(
        long,
        value_name = "String: Offset json file path",
        help = "REQUIRED: A JSON file with partitions and offsets.",
        long_help = "REQUIRED: A JSON file with the first offset to keep of each partition, or -1 to keep none:\n\
                     {\"partitions\":\n  [{\"topic\": \"foo\", \"partition\": 1, \"offset\": 1}],\n \"version\":1\n}"
    )]
    offset_json_file: Once<String>,
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    servers: String,
    admin_file: Option<String>,
    offsets_file: String,
}

impl Plan {
    /// Understands the options.
    fn of(args: &DeleteArgs) -> Result<Plan, UsageError> {
        let required: [&dyn Opt; 2] = [&args.bootstrap_server, &args.offset_json_file];
        if let Some(missing) = required.into_iter().find(|option| !option.is_given()) {
            return Err(UsageError::missing(missing));
        }
        Ok(Plan {
            servers: args.bootstrap_server.required()?,
            admin_file: args.command_config.value()?,
            offsets_file: args.offset_json_file.required()?,
        })
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<DeleteArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    block_on(delete(&plan, terminal))?.map(|()| Exit::OK).map_err(admin::explained)
}

async fn delete(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = admin::open(plan.admin_file.as_deref(), &plan.servers).await?;
    let file = &plan.offsets_file;
    let text = std::fs::read_to_string(file).with_context(|| format!("Unable to read file {file}"))?;
    let offsets = offsets(&text)?;
    terminal.say("Executing records delete operation")?;
    terminal.flush()?;
    let mut results: Vec<_> = admin.delete_records(&offsets).await?.into_iter().collect();
    java_order::sort_by_partition(&mut results, java_order::UNSIZED, |(partition, _)| partition);
    if results.iter().any(|(_, result)| result.is_err()) {
        terminal.note_failure();
    }
    if terminal.format() != Format::Text {
        return Ok(terminal.show(&DELETED, results.iter().map(row))?);
    }
    terminal.line("Records delete operation completed:")?;
    for (partition, result) in results {
        match result {
            Ok(start) => terminal.line(format_args!("partition: {partition}\tlow_watermark: {start}"))?,
            Err(error) => {
                if let Some(code) = error.code() {
                    log::error!(target: LOGGER,
                        "DeleteRecords request for topic partition {partition} failed due to an unexpected error {}",
                        code.name());
                }
                terminal.line(format_args!("partition: {partition}\terror: {error}"))?;
            }
        }
    }
    Ok(())
}

fn row((partition, result): &(TopicPartition, Result<i64, ClientError>)) -> [Value; 4] {
    let (start, error) = (result.as_ref().ok(), result.as_ref().err().map(ToString::to_string));
    [json!(&*partition.topic), json!(partition.partition), json!(start), json!(error)]
}

/// The first offset to keep of each partition.
fn offsets(text: &str) -> anyhow::Result<Vec<(TopicPartition, i64)>> {
    let mut offsets = Vec::new();
    for (partition, entry) in json_partitions::read(text)? {
        let Some(offset) = entry.get("offset").and_then(serde_json::Value::as_i64) else {
            bail!("The partition {partition} has no offset, or one that is no number");
        };
        offsets.push((partition, offset));
    }
    let twice = json_partitions::repeated(offsets.iter().map(|(partition, _)| partition));
    if !twice.is_empty() {
        let names: Vec<String> = twice.iter().map(ToString::to_string).collect();
        bail!("Offset json file contains duplicate topic partitions: {}", names.join(","));
    }
    Ok(offsets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    #[test]
    fn what_must_be_given() {
        let plan = |line: &str| Plan::of(&typed(line).unwrap()).map_err(|error| error.to_string());
        assert_eq!(plan("--offset-json-file f").unwrap_err(), "Missing required argument \"[bootstrap-server]\"");
        assert_eq!(plan("--bootstrap-server b").unwrap_err(), "Missing required argument \"[offset-json-file]\"");
        assert_eq!(plan("--bootstrap-server b --offset-json-file f").unwrap().offsets_file, "f");
    }

    #[test]
    fn offset_files() {
        let of = |list: &str| offsets(&format!("{{\"partitions\":[{list}]}}")).map_err(|error| error.to_string());
        let one = r#"{"topic":"t","partition":0,"offset":-1}"#;
        assert_eq!(of(one).unwrap(), [(TopicPartition::new("t", 0), -1)]);
        let twice = of(&format!("{one},{one}")).unwrap_err();
        assert_eq!(twice, "Offset json file contains duplicate topic partitions: t-0");
        assert!(of(r#"{"topic":"t","partition":0}"#).unwrap_err().starts_with("The partition t-0 has no offset"));
    }
}
