//! `rkafka man DIR`: manual pages, made from the tools' own options.

use crate::{
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::TOOLS,
};
use anyhow::Context;
use clap::{Arg, Command};
use clap_mangen::Man;
use std::{fs, path::Path};

pub const TOOL: Tool = Tool { name: "man", script: "man", command, run };

fn command() -> Command {
    Command::new("man")
        .about("Write manual pages.")
        .arg(Arg::new("dir").required(true).value_name("DIR").help("The directory for the pages; man -l shows one"))
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let matches = match call.clap_matches(terminal) {
        Ok(matches) => matches,
        Err(exit) => return Ok(exit),
    };
    let dir = matches.get_one::<String>("dir").map(Path::new).unwrap_or(Path::new("."));
    fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    for (name, page) in pages()? {
        let path = dir.join(name);
        fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(Exit::OK)
}

/// The pages by file name: one for `rkafka`, one for each tool, under Kafka's own name where it has one.
pub fn pages() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut whole = crate::tools::whole_command();
    let mut pages = vec![("rkafka.1".to_owned(), page(whole.clone())?)];
    whole.build();
    for tool in TOOLS {
        if crate::launcher::is_kafka_script(tool.script) {
            pages.push((format!("{}.1", tool.script), page((tool.command)().name(tool.script))?));
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
