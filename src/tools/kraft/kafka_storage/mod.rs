//! `kafka-storage`: formats the log dirs of a KRaft cluster's nodes, and shows whose they are.
//!
//! Texts, files and exit codes are those of Apache Kafka 3.9.1 (`StorageTool`), with the commands that 4.4 has besides.
//! Nodes of 3.9 and of 4.4 start from what `format` writes.

mod args;
mod checkpoint;
mod format;
mod info;
mod node;
mod scram;
mod voters;

use crate::{
    era::Era,
    feature_levels,
    options::{UsageError, argparse::reason},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::bail;
use args::{COMMANDS, Typed};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    random,
};

pub const TOOL: Tool =
    Tool { name: "storage", script: "kafka-storage", command: || COMMANDS.command(), run, shows: &[] };

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let ((_, typed), command) = match call.commands_with_help(&COMMANDS, Exit::OK, terminal)? {
        Ok(typed) => typed,
        Err(exit) => return Ok(exit),
    };
    match execute(&typed, call.era(), terminal) {
        Ok(exit) => Ok(exit),
        Err(error) => match error.downcast_ref::<UsageError>() {
            Some(wrong) => Ok(call.refuse_command(&COMMANDS, Some(command), reason(wrong), terminal)),
            None => Err(error),
        },
    }
}

fn execute(typed: &Typed, era: Era, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    match typed {
        Typed::Info(args) => {
            let (text, problems) = info::show(&format::node(&args.config.required()?)?);
            terminal.print(text)?;
            return Ok(if problems == 0 { Exit::OK } else { Exit::FAILED });
        }
        Typed::Format(args) => {
            args.check()?;
            let node = format::node(&args.config.required()?)?;
            format::Plan::of(args, node, random::uuid(), era)?.run(SystemClock.now(), terminal)?;
        }
        Typed::Mapping(args) => terminal.print(feature_levels::mapping(args.release_version.text()?, era)?.text)?,
        Typed::Dependencies(args) => {
            if let Some(text) = args.feature.values().into_iter().find(|text| !text.contains('=')) {
                bail!("Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')");
            }
            terminal.print(feature_levels::dependencies(&args.feature.values())?.text)?;
        }
        Typed::RandomUuid(_) => terminal.line(random::uuid())?,
    }
    Ok(Exit::OK)
}
