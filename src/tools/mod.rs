//! The tools by area: a file or folder each, named after Kafka's script, and one table for all.
//!
//! # How a tool is added
//! 1. `src/tools/AREA/kafka_get_offsets.rs` (or a folder): a struct of its options ([`crate::options`]), a pure function
//!    from what was typed to what is meant (`Plan::of`), `run`, and `pub const TOOL: Tool`.
//! 2. A row in [`TOOLS`]. Dispatch, `rkafka --help`, completions, manual pages and launchers follow from it
//!    (`UPDATE=1 cargo test --test generated` rewrites the committed files).
//! 3. What it can show for a program in [`Tool::shows`], and examples in [`crate::examples`] or in its own `after_help`.
//!
//! `run` reads its options with [`crate::tool::Call::typed`], as Kafka's tools read them, answers `--help` and `--version`
//! with [`crate::tool::Call::help_or_version`], and then does two things apart: from options to what is meant, and doing
//! it. Async work runs in [`crate::block_on`]. Everything printed goes through [`crate::terminal::Terminal`].
//!
//! A returned [`crate::options::UsageError::Rule`] is printed with the table of options, any other error as one line; both
//! end with 1. When the reader of stdout has gone, a tool that only shows something ends quietly with 0, at once; one that
//! changes something does so all the same. Only `main` exits.

pub mod cluster;
pub mod configs;
pub mod copying;
pub mod files;
pub mod groups;
pub mod kraft;
pub mod mirror;
pub mod own;
pub mod partitions;
pub mod performance;
pub mod records;
pub mod schema;
pub mod security;
pub mod servers;
pub mod streams;
pub mod topics;
pub mod transactions;
pub mod verifiable;
pub mod waiting;
pub mod watching;
pub mod zookeeper;

use crate::{examples, invocation, prepare, tool::Tool};
use clap::Command;

/// Every tool, sorted by name.
pub const TOOLS: &[Tool] = &[
    security::kafka_acls::TOOL,
    waiting::rkafka_await::TOOL,
    cluster::kafka_broker_api_versions::TOOL,
    configs::kafka_client_metrics::TOOL,
    cluster::kafka_cluster::TOOL,
    own::complete::TOOL,
    own::completions::TOOL,
    configs::kafka_configs::TOOL,
    records::kafka_console_consumer::TOOL,
    records::kafka_console_producer::TOOL,
    records::kafka_console_share_consumer::TOOL,
    groups::kafka_consumer_groups::TOOL,
    performance::kafka_consumer_perf_test::TOOL,
    own::context::TOOL,
    copying::rkafka_copy::TOOL,
    security::kafka_delegation_tokens::TOOL,
    partitions::kafka_delete_records::TOOL,
    own::dev::TOOL,
    watching::doctor::TOOL,
    files::kafka_dump_log::TOOL,
    performance::kafka_e2e_latency::TOOL,
    cluster::kafka_features::TOOL,
    topics::kafka_get_offsets::TOOL,
    groups::kafka_groups::TOOL,
    servers::kafka_server_start::TOOL,
    servers::stop::KAFKA,
    partitions::kafka_leader_election::TOOL,
    own::link::TOOL,
    copying::rkafka_load::TOOL,
    cluster::kafka_log_dirs::TOOL,
    own::man::TOOL,
    kraft::kafka_metadata_quorum::TOOL,
    kraft::kafka_metadata_shell::TOOL,
    copying::rkafka_mirror::TOOL,
    mirror::kafka_mirror_maker::TOOL,
    performance::kafka_producer_perf_test::TOOL,
    partitions::kafka_reassign_partitions::TOOL,
    topics::kafka_replica_verification::TOOL,
    own::run_class::TOOL,
    copying::rkafka_save::TOOL,
    schema::schema_registry::TOOL,
    performance::kafka_share_consumer_perf_test::TOOL,
    groups::kafka_share_groups::TOOL,
    kraft::kafka_storage::TOOL,
    streams::kafka_streams_application_reset::TOOL,
    groups::kafka_streams_groups::TOOL,
    watching::top::TOOL,
    topics::kafka_topics::TOOL,
    transactions::kafka_transactions::TOOL,
    verifiable::kafka_verifiable_consumer::TOOL,
    verifiable::kafka_verifiable_producer::TOOL,
    verifiable::kafka_verifiable_share_consumer::TOOL,
    zookeeper::zookeeper_security_migration::TOOL,
    servers::zookeeper_server_start::TOOL,
    servers::stop::ZOOKEEPER,
    zookeeper::zookeeper_shell::TOOL,
];

/// All tools as one clap command: the source of completions and of the manual.
pub fn whole_command() -> Command {
    let tools = TOOLS.iter().map(|tool| {
        let command = described(tool);
        if tool.script == tool.name { command } else { command.visible_alias(tool.script) }
    });
    Command::new("rkafka")
        .about("Apache Kafka's broker, ZooKeeper server and shell tools in one binary")
        .disable_help_subcommand(true)
        .version(env!("CARGO_PKG_VERSION"))
        .subcommands(tools)
}

/// A tool's command under our own name, with the options that all tools understand, and examples.
pub fn described(tool: &Tool) -> Command {
    described_as(tool, tool.name)
}

/// A tool's command as it is when `word` calls it: under Kafka's own names fewer options are common to all.
pub fn described_as(tool: &Tool, word: &'static str) -> Command {
    let command = invocation::arguments_of((tool.command)().name(word), prepare::understood(tool, word));
    match (command.get_after_help().is_some(), examples::text(tool.name)) {
        (false, Some(text)) => command.after_help(text),
        _ => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Flag;
    use clap::ArgAction;
    use std::any::TypeId;

    /// A `Flag` with another action compiles, takes a value, and is never given.
    #[test]
    fn flags_take_no_value_and_nothing_else_does_so() {
        for tool in TOOLS {
            let mut command = (tool.command)();
            command.build();
            for arg in command.get_arguments() {
                let kind = arg.get_value_parser().type_id();
                let is_flag = kind == TypeId::of::<Flag>() || kind == TypeId::of::<bool>();
                let sets_true = matches!(arg.get_action(), ArgAction::SetTrue);
                assert_eq!(is_flag, sets_true, "--{} of {}", arg.get_id(), tool.name);
            }
        }
    }

    #[test]
    fn tools_are_sorted_and_their_options_are_sound() {
        assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
        whole_command().debug_assert();
    }
}
