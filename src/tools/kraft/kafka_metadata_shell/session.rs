//! Line after line: from a person, with an editor, history and the tab key, or from a pipe or a file.

use super::{commands, shell::Shell, words};
use crate::terminal::Terminal;
use anyhow::bail;
use rustix::termios::tcgetwinsize;
use rustyline::{
    Config, Context, Editor, Helper,
    completion::{Completer, Pair},
    error::ReadlineError,
    highlight::Highlighter,
    hint::Hinter,
    history::MemHistory,
    validate::Validator,
};
use std::{
    cell::RefCell,
    io::{self, BufRead, Read},
    rc::Rc,
};

const PROMPT: &str = ">> ";
/// How many lines the arrow keys bring back.
const MAX_HISTORY: usize = 500;
/// The longest line that is taken, in bytes.
const MAX_LINE: u64 = 1024 * 1024;

/// Does what is typed until `exit` or the end.
pub fn run(shell: Shell<'_>, terminal: &mut Terminal) -> anyhow::Result<()> {
    terminal.line("[ Kafka Metadata Shell ]")?;
    match terminal.in_is_screen() && terminal.out_is_screen() {
        true => typed(shell, terminal),
        false => piped(shell, terminal),
    }
}

fn typed(shell: Shell<'_>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let shell = Rc::new(RefCell::new(shell));
    let config = Config::builder().max_history_size(MAX_HISTORY)?.build();
    let history = MemHistory::with_config(&config);
    let mut editor = Editor::<ShellCompleter<'_>, MemHistory>::with_history(config, history)?;
    editor.set_helper(Some(ShellCompleter { shell: shell.clone() }));
    loop {
        terminal.flush()?;
        let line = match editor.readline(PROMPT) {
            Ok(line) => line,
            Err(ReadlineError::Interrupted) => {
                terminal.line("^C")?;
                continue;
            }
            Err(ReadlineError::Eof) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        editor.add_history_entry(line.as_str())?;
        let width = tcgetwinsize(io::stdout()).map(|size| usize::from(size.ws_col)).ok().filter(|width| *width > 0);
        if execute(&mut shell.borrow_mut(), &line, width, terminal)? {
            return Ok(());
        }
    }
}

fn piped(mut shell: Shell<'_>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut input = io::stdin().lock();
    loop {
        terminal.print(PROMPT)?;
        terminal.flush()?;
        let mut line = Vec::new();
        let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if read as u64 == MAX_LINE && line.last() != Some(&b'\n') {
            bail!("a line on stdin has more than {MAX_LINE} bytes: no command is as long");
        }
        let line = String::from_utf8_lossy(&line);
        if execute(&mut shell, line.trim_end_matches(['\n', '\r']), None, terminal)? {
            return Ok(());
        }
    }
}

/// Does one line; whether it was the last one.
fn execute(shell: &mut Shell<'_>, line: &str, width: Option<usize>, terminal: &mut Terminal) -> io::Result<bool> {
    shell.remember(line);
    let answer = shell.execute(&words::split(line), true, width);
    terminal.print(answer.text)?;
    Ok(answer.ended)
}

/// Completes commands, and paths of nodes.
struct ShellCompleter<'a> {
    shell: Rc<RefCell<Shell<'a>>>,
}

impl Completer for ShellCompleter<'_> {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..at).unwrap_or_default();
        let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let (earlier, word) = before.split_at(start);
        let names = || {
            let names = commands::ALL.iter().map(|spec| spec.name).filter(|name| name.starts_with(word));
            names.map(|name| format!("{name} ")).collect()
        };
        let found: Vec<String> = match earlier.split_whitespace().next() {
            None | Some("man") => names(),
            Some("cat" | "cd" | "find" | "ls" | "tree") => self.shell.borrow().completions(word),
            Some(_) => Vec::new(),
        };
        let pair = |text: String| Pair { display: text.trim_end().to_owned(), replacement: text };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl Hinter for ShellCompleter<'_> {
    type Hint = String;
}

impl Highlighter for ShellCompleter<'_> {}
impl Validator for ShellCompleter<'_> {}
impl Helper for ShellCompleter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        era::Era,
        tools::kraft::kafka_metadata_shell::{image::Image, tree::View},
    };

    #[test]
    fn commands_and_paths() {
        let image = Image::default();
        let shell = Shell::new(View { image: &image, era: Era::V3_9 });
        let completer = ShellCompleter { shell: Rc::new(RefCell::new(shell)) };
        let history = MemHistory::new();
        for (line, start, wanted) in [
            ("c", 0, vec!["cat ", "cd "]),
            ("ls /im", 3, vec!["/image/"]),
            ("cat /local/v", 4, vec!["/local/version "]),
            ("man h", 4, vec!["help ", "history "]),
            ("pwd x", 4, vec![]),
        ] {
            let (at, found) = completer.complete(line, line.len(), &Context::new(&history)).unwrap();
            let found: Vec<&str> = found.iter().map(|pair| pair.replacement.as_str()).collect();
            assert_eq!((at, found), (start, wanted), "{line}");
        }
    }
}
