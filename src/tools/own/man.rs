//! `rkafka man DIR`: manual pages, made from the tools' own options.

use crate::{
    launcher::is_kafka_script,
    options::clap_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::{TOOLS, described_as, whole_command},
};
use anyhow::Context;
use clap::{Args, Command};
use clap_mangen::Man;
use std::{fs, path::Path};

pub const TOOL: Tool = Tool { name: "man", script: "man", command: clap_command::<ManArgs>, run, shows: &[] };

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Write manual pages.")]
struct ManArgs {
    #[arg(value_name = "DIR", help = "The directory for the pages; man -l shows one")]
    dir: String,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: ManArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let dir = Path::new(&args.dir);
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    for (name, page) in pages()? {
        let path = dir.join(name);
        fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Exit::OK)
}

/// The pages by file name: one for `rkafka`, one for each tool, under Kafka's own name where it has one.
pub fn pages() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut whole = whole_command();
    let mut pages = vec![("rkafka.1".to_owned(), page(whole.clone())?)];
    whole.build();
    for tool in TOOLS {
        if is_kafka_script(tool.script) {
            pages.push((format!("{}.1", tool.script), page(described_as(tool, tool.script))?));
        } else if let Some(command) = whole.find_subcommand(tool.name) {
            pages.push((format!("rkafka-{}.1", tool.name), page(command.clone())?));
        }
    }
    Ok(pages)
}

fn page(command: Command) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    // Without a date: a page changes when its tool does.
    Man::new(command).date("").source("rkafka").manual("Kafka").render(&mut text)?;
    Ok(text)
}
