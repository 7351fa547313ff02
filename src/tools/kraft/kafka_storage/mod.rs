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
    feature_levels::{self, Known, KnownLevel},
    options::{UsageError, argparse::reason},
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::bail;
use args::{COMMANDS, Typed};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    random,
};
use serde_json::json;
use std::io;

pub const TOOL: Tool = Tool {
    name: "storage",
    script: "kafka-storage",
    command: || COMMANDS.command(),
    run,
    shows: &[&info::STORAGE, &KNOWN, &MADE],
};

/// Levels of features that belong together.
const KNOWN: Shape<3> = feature_levels::shape("storage version-mapping and feature-dependencies");

const MADE: Shape<1> = Shape::single("storage random-uuid", [Field::text("uuid", "An id that nobody has yet.")]);

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
            let found = info::look(&format::node(&args.config.required()?)?);
            match terminal.format() {
                Format::Text => terminal.print(found.text())?,
                _ => terminal.show(&info::STORAGE, [found.row()])?,
            }
            return Ok(if found.problems.is_empty() { Exit::OK } else { Exit::FAILED });
        }
        Typed::Format(args) => {
            args.check()?;
            let node = format::node(&args.config.required()?)?;
            format::Plan::of(args, node, random::uuid(), era)?.run(SystemClock.now(), terminal)?;
        }
        Typed::Mapping(args) => known(&feature_levels::mapping(args.release_version.text()?, era)?, terminal)?,
        Typed::Dependencies(args) => {
            if let Some(text) = args.feature.values().into_iter().find(|text| !text.contains('=')) {
                bail!("Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')");
            }
            known(&feature_levels::dependencies(&args.feature.values())?, terminal)?;
        }
        Typed::RandomUuid(_) => match terminal.format() {
            Format::Text => terminal.line(random::uuid())?,
            _ => terminal.show(&MADE, [[json!(random::uuid().to_string())]])?,
        },
    }
    Ok(Exit::OK)
}

fn known(known: &Known, terminal: &mut Terminal) -> io::Result<()> {
    match terminal.format() {
        Format::Text => terminal.print(&known.text),
        _ => terminal.show(&KNOWN, known.levels.iter().map(KnownLevel::row)),
    }
}
