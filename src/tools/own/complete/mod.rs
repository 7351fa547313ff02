//! `rkafka complete`: what the shells' completion scripts ask: which words may stand at the cursor.
//!
//! The scripts of [`super::completions`] are a few lines each; everything is decided here, from the tools' own options and,
//! where an option wants the name of a topic, a group, a broker or a principal, from the cluster that the command would
//! ask. A cluster that does not answer in time has no names: no word is said of it.

mod live;
mod suggest;

use super::completions::Shell;
use crate::{
    contexts,
    options::clap_command,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use clap::Args;
use suggest::{Suggestion, Wanted, Words};

pub const TOOL: Tool =
    Tool { name: "complete", script: "complete", command: clap_command::<CompleteArgs>, run, shows: &[] };

/// What says to a script that names of files may follow.
const FILES: &str = "__files__";
/// How many words are told at most: more are no help at a prompt.
const MAX_WORDS: usize = 2000;

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Tell a shell's completion which words may follow.", trailing_var_arg = true)]
struct CompleteArgs {
    #[arg(value_name = "SHELL", help = "Whose rules the answer follows")]
    shell: Shell,
    #[arg(
        value_name = "WORD",
        num_args = 0..,
        allow_hyphen_values = true,
        help = "The command line up to the cursor, the program first; the last word is the one to be completed"
    )]
    words: Vec<String>,
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: CompleteArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let words = match args.shell {
        Shell::Bash => suggest::rejoined(&args.words),
        Shell::Zsh | Shell::Fish => args.words,
    };
    let Some(words) = Words::of(&words) else { return Ok(Exit::OK) };
    let wanted = words.wanted();
    let found = match &wanted {
        Wanted::Files => return Ok(terminal.line(FILES).map(|()| Exit::OK)?),
        Wanted::Words(suggestions) => suggestions.clone(),
        Wanted::Contexts => {
            let names = contexts::read().map(|contexts| contexts.names()).unwrap_or_default();
            names.into_iter().map(Suggestion::plain).collect()
        }
        Wanted::OfCluster(kind) => live::names(*kind, &words).into_iter().map(Suggestion::plain).collect(),
    };
    for suggestion in words.fitting(&found).into_iter().take(MAX_WORDS) {
        match args.shell {
            Shell::Bash if !suggest::is_plain_in_bash(&suggestion.word) => {}
            // Bash has broken the word at its last '=' or ':'.
            Shell::Bash => terminal.line(suggest::behind_break(&suggestion.word, words.current))?,
            Shell::Zsh => terminal.line(suggestion.for_zsh())?,
            Shell::Fish => terminal.line(format_args!("{}\t{}", suggestion.word, suggestion.about))?,
        }
    }
    Ok(Exit::OK)
}
