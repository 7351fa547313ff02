//! `kafka-dump-log`: what stands in a broker's files: segments, their indexes, snapshots of producers and of KRaft.
//!
//! Layouts, texts and exit codes are those of Apache Kafka 3.9.1 (`DumpLogSegments`). The files are usually damaged, so
//! nothing here believes them: whatever bytes they hold, the tool shows what can be shown, says what is wrong, and ends.
//! `DefaultDecoder`, which in Java shows where an object lies, shows bytes in hexadecimal.

mod args;
mod decoder;
mod findings;
mod indexes;
mod json;
mod log_file;
mod named;
mod plan;
mod producers;
mod remote_text;
mod sink;
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
use sink::Sink;
use std::{env, fs, io};

pub const TOOL: Tool = Tool {
    name: "dump-log",
    script: "kafka-dump-log",
    command: kafka_command::<DumpArgs>,
    run,
    shows: &[&sink::DUMPED],
};

const INTRODUCTION: &str = "This tool helps to parse a log file and dump its contents to the console, useful for debugging \
                            a seemingly corrupt log segment.";

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<DumpArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args, call.era())?;
    let mut found = Findings::default();
    let mut sink = Sink::begin(terminal)?;
    let dumped = plan.files.iter().try_for_each(|file| dump(&Named::new(file), &plan, &mut found, &mut sink));
    sink.end()?;
    dumped?;
    for line in found.lines(call.era()) {
        terminal.talk(line);
    }
    Ok(Exit::OK)
}

fn dump(named: &Named, plan: &Plan, found: &mut Findings, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    sink.say(format_args!("Dumping {}", named.path))?;
    match named.kind()? {
        Kind::Log => log_file::dump(named, plan, found, sink)?,
        Kind::Offsets => indexes::dump_offsets(named, plan, found, sink)?,
        Kind::Times => indexes::dump_times(named, plan, found, sink)?,
        Kind::Producers => {
            let bytes = fs::read(&named.path).with_context(|| named.path.clone())?;
            match producers::snapshot(&bytes) {
                Ok(producers) => {
                    for producer in producers {
                        sink.thing(&named.path, "producer", &producer, || producer.value())?;
                    }
                }
                Err(reason) => sink.terminal.talk(reason),
            }
        }
        Kind::Aborted => dump_aborted(named, sink)?,
        Kind::Unknown => sink.terminal.talk(format_args!("Ignoring unknown file {}", named.path)),
    }
    Ok(())
}

fn dump_aborted(named: &Named, sink: &mut Sink<'_>) -> anyhow::Result<()> {
    named.base_offset()?;
    let bytes = match fs::read(&named.path) {
        // A segment without aborted transactions has no such file, and Kafka's tool shows it as empty.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = "does not exist: no transaction was aborted in its segment";
            sink.terminal.talk(format_args!("{} {text}", named.path));
            return Ok(());
        }
        read => read.with_context(|| named.path.clone())?,
    };
    let (transactions, unknown) = producers::aborted(&bytes);
    if let Some(version) = unknown {
        // Kafka's tool reads all before it shows any.
        bail!(
            "Unexpected aborted transaction version {version} in transaction index {}, current version is 0",
            whole_path(named)?
        );
    }
    for transaction in transactions {
        sink.thing(&named.path, "abortedTransaction", &transaction, || transaction.value())?;
    }
    Ok(())
}

/// A file's path from the root, `.` and `..` in it as they were typed, which is how Java shows it.
fn whole_path(named: &Named) -> anyhow::Result<String> {
    if named.path.starts_with('/') {
        return Ok(named.path.clone());
    }
    let here = env::current_dir().context("the working directory cannot be told")?;
    Ok(format!("{}/{}", here.display(), named.path))
}
