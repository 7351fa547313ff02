//! A person at a terminal: a prompt that shows the session, an editor with history and the tab key, events above it.

use super::{completer::ShellCompleter, shell::Shell};
use crate::terminal::Terminal;
use anyhow::anyhow;
use rkafka_runtime::lock::{Mutex, Rank};
use rustyline::{Config, Editor, ExternalPrinter, error::ReadlineError, history::MemHistory};
use std::{sync::Arc, thread};
use tokio::{runtime::Handle, sync::mpsc};

/// How many lines can be recalled. They are not kept in a file: credentials stand in some.
const MAX_HISTORY: usize = 1000;
/// How a shell ends that Ctrl-C ends, as programs do that the signal kills.
const INTERRUPTED: u8 = 130;

enum Typed {
    Line(String),
    End,
    Interrupt,
    Failed(ReadlineError),
}

/// Asks for commands until `quit`, Ctrl-D or Ctrl-C. Returns the exit code.
pub async fn run(shell: &mut Shell, terminal: &mut Terminal) -> anyhow::Result<u8> {
    let client = Arc::new(Mutex::new(Rank::ShellSession, shell.client().clone()));
    let config = Config::builder().max_history_size(MAX_HISTORY)?.build();
    let history = MemHistory::with_config(&config);
    let mut editor = Editor::<ShellCompleter, MemHistory>::with_history(config, history)?;
    editor.set_helper(Some(ShellCompleter::new(Handle::current(), client.clone())));
    let mut above_prompt = editor.create_external_printer()?;
    let (prompts, wanted) = std::sync::mpsc::channel::<String>();
    let (typed, mut lines) = mpsc::channel(1);
    thread::Builder::new().name("editor".into()).spawn(move || edit(editor, &wanted, &typed))?;
    while !shell.ended {
        shell.print_events(terminal)?;
        terminal.flush()?;
        prompts.send(shell.prompt()).map_err(|_| anyhow!("the line editor has ended"))?;
        let line = loop {
            tokio::select! {
                line = lines.recv() => break line,
                told = shell.next_event() => {
                    if let Some(text) = shell.event_text(&told) {
                        above_prompt.print(text)?;
                    }
                }
            }
        };
        match line {
            Some(Typed::Line(line)) => shell.execute(&line, terminal).await?,
            Some(Typed::Interrupt) => return Ok(INTERRUPTED),
            Some(Typed::Failed(error)) => return Err(error.into()),
            Some(Typed::End) | None => break,
        }
        *client.lock() = shell.client().clone();
    }
    shell.print_events(terminal)?;
    Ok(shell.exit())
}

/// The editor blocks: it has a thread of its own.
fn edit(
    mut editor: Editor<ShellCompleter, MemHistory>,
    wanted: &std::sync::mpsc::Receiver<String>,
    typed: &mpsc::Sender<Typed>,
) {
    while let Ok(prompt) = wanted.recv() {
        let line = match editor.readline(&prompt) {
            Ok(line) => {
                // A line that cannot be recalled can still be typed again.
                let _ = editor.add_history_entry(line.as_str());
                Typed::Line(line)
            }
            Err(ReadlineError::Eof) => Typed::End,
            Err(ReadlineError::Interrupted) => Typed::Interrupt,
            Err(error) => Typed::Failed(error),
        };
        if typed.blocking_send(line).is_err() {
            break;
        }
    }
}
