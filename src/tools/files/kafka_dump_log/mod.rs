//! `kafka-dump-log`: what stands in a broker's files: segments, their indexes, snapshots of producers and of KRaft.
//!
//! Layouts, texts and exit codes are those of Apache Kafka 3.9.1 (`DumpLogSegments`). The files are usually damaged, so
//! nothing here believes them: whatever bytes they hold, the tool shows what can be shown, says what is wrong, and ends.
//! `DefaultDecoder`, which in Java shows where an object lies, shows bytes in hexadecimal.

mod args;
mod decoder;
mod facts;
mod findings;
mod indexes;
mod json;
mod log_file;
mod named;
mod plan;
mod producers;
mod remote_text;
mod segment;
mod transaction_text;

use crate::{
    options::kafka_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, bail};
use args::DumpArgs;
use findings::Findings;
use named::{Kind, Named};
use plan::Plan;
use std::{env, fs, io};

pub const TOOL: Tool =
    Tool { name: "dump-log", script: "kafka-dump-log", command: kafka_command::<DumpArgs>, run, shows: &[] };

const INTRODUCTION: &str = "This tool helps to parse a log file and dump its contents to the console, useful for debugging \
                            a seemingly corrupt log segment.";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<DumpArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    let mut found = Findings::default();
    for file in &plan.files {
        dump(&Named::new(file), &plan, &mut found, terminal)?;
    }
    for line in found.lines(call.era()) {
        terminal.talk(line);
    }
    Ok(Exit::OK)
}

fn dump(named: &Named, plan: &Plan, found: &mut Findings, terminal: &mut Terminal) -> anyhow::Result<()> {
    terminal.line(format_args!("Dumping {}", named.path))?;
    match named.kind()? {
        Kind::Log => log_file::dump(named, plan, found, terminal.data())?,
        Kind::Offsets => indexes::dump_offsets(named, plan, found, terminal.data())?,
        Kind::Times => indexes::dump_times(named, plan, found, terminal.data())?,
        Kind::Producers => {
            let bytes = fs::read(&named.path).with_context(|| named.path.clone())?;
            match producers::snapshot(&bytes) {
                Ok(lines) => print(lines, terminal)?,
                Err(reason) => terminal.talk(reason),
            }
        }
        Kind::Aborted => dump_aborted(named, terminal)?,
        Kind::Unknown => terminal.talk(format_args!("Ignoring unknown file {}", named.path)),
    }
    Ok(())
}

fn dump_aborted(named: &Named, terminal: &mut Terminal) -> anyhow::Result<()> {
    named.base_offset()?;
    let bytes = match fs::read(&named.path) {
        // A segment without aborted transactions has no such file, and Kafka's tool shows it as empty.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            terminal.talk(format_args!("{} does not exist: no transaction was aborted in its segment", named.path));
            return Ok(());
        }
        read => read.with_context(|| named.path.clone())?,
    };
    let (lines, unknown) = producers::aborted(&bytes);
    if let Some(version) = unknown {
        // Kafka's tool reads all before it shows any.
        bail!(
            "Unexpected aborted transaction version {version} in transaction index {}, current version is 0",
            whole_path(named)?
        );
    }
    print(lines, terminal)?;
    Ok(())
}

fn print(lines: Vec<String>, terminal: &mut Terminal) -> io::Result<()> {
    lines.iter().try_for_each(|line| terminal.line(line))
}

/// A file's path from the root, `.` and `..` in it as they were typed, which is how Java shows it.
fn whole_path(named: &Named) -> anyhow::Result<String> {
    if named.path.starts_with('/') {
        return Ok(named.path.clone());
    }
    let here = env::current_dir().context("the working directory cannot be told")?;
    Ok(format!("{}/{}", here.display(), named.path))
}
