//! `kafka-metadata-shell`: the metadata of a cluster that KRaft controls as a tree to look around in, made from a snapshot or
//! a segment of its log.
//!
//! Commands, nodes, layouts and exit codes are those of Apache Kafka 3.9.1 and 4.4.0 (`MetadataShell`). What Kafka's waits
//! for without end, a file without a record to show, is shown as empty here. Files are read, never written.

mod args;
mod columns;
mod commands;
mod glob;
mod image;
mod load;
mod registrations;
mod session;
mod shell;
mod tree;
mod words;

use crate::{
    era::Era,
    options::{argparse::argparse_command, argparse::reason},
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::bail;
use args::ShellArgs;
use serde_json::json;
use shell::{Row, Shell};
use std::path::Path;
use tree::View;

pub const TOOL: Tool = Tool {
    name: "metadata-shell",
    script: "kafka-metadata-shell",
    command: argparse_command::<ShellArgs>,
    run,
    shows: &[&NODES],
};

const NODES: Shape<3> = Shape::rows(
    "metadata-shell ls, find, tree, cat",
    [
        Field::text("path", "Where the node stands, from the root on: /image/topics/byName/orders."),
        Field::boolean("isDirectory", "Whether others stand below it."),
        Field::text("value", "What it says; null for a directory."),
    ],
);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (parser, era) = (args::parser(call.era()), call.era());
    if call.args.is_empty() {
        return match era {
            Era::V3_9 => bail!("{NO_FILE}"),
            Era::V4_4 => Ok(call.refuse(&parser, "argument --snapshot/-s is required", terminal)),
        };
    }
    let typed = match call.argparse::<ShellArgs>(&parser, terminal)? {
        Ok(typed) => typed,
        Err(exit) => return Ok(exit),
    };
    let snapshot = match typed.snapshot.text() {
        Ok(Some(snapshot)) => Path::new(snapshot),
        Ok(None) => bail!("{NO_FILE}"),
        Err(wrong) => return Ok(call.refuse(&parser, reason(&wrong), terminal)),
    };
    let words: Vec<String> = typed.command.values().into_iter().map(str::to_owned).collect();
    let _lock = load::lock(snapshot)?;
    if words.is_empty() && terminal.format() == Format::Text {
        terminal.line("Loading...")?;
        terminal.flush()?;
    }
    let loaded = load::load(snapshot)?;
    for told in &loaded.passed_over {
        terminal.talk(told);
        terminal.note_failure();
    }
    let mut shell = Shell::new(View { image: &loaded.image, era });
    match (words.is_empty(), terminal.format()) {
        (true, Format::Text) => {
            terminal.line("Starting...")?;
            session::run(shell, terminal)?;
        }
        (false, Format::Text) => terminal.print(shell.execute(&words, false, None).text)?,
        (true, _) => bail!("--output shows what a command finds: name one, such as: tree /image"),
        (false, _) => return show(&shell, &words, terminal),
    }
    Ok(Exit::OK)
}

const NO_FILE: &str = "--snapshot is missing: name a .checkpoint or .log file of __cluster_metadata-0";

/// Shows the nodes for a program. What is not there is a failure then, which it is not for Kafka's shell.
fn show(shell: &Shell<'_>, words: &[String], terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (rows, wrong) = match shell.rows(words) {
        Ok(found) => found,
        Err(reason) => bail!("{reason}"),
    };
    let rows =
        rows.into_iter().map(|Row { path, is_directory, value }| [json!(path), json!(is_directory), json!(value)]);
    terminal.show(&NODES, rows)?;
    for told in &wrong {
        terminal.talk(told);
    }
    Ok(if wrong.is_empty() { Exit::OK } else { Exit::FAILED })
}
