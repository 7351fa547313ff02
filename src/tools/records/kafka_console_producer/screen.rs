//! A person at a terminal: a prompt, lines, and an editor with history as soon as an arrow key asks for it.
//!
//! Lines are read as the terminal itself edits them, so what is seen is what Kafka's tool shows, byte for byte, and a pasted
//! text comes in at once. The terminal is told to hand over what has been typed at an ESC, too, which is how arrow keys
//! begin; then the editor takes over with the line as it stands, until it is accepted.

use super::{input::Came, lines::LineBlocks};
use crate::terminal::{Terminal, live};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use rustyline::{DefaultEditor, error::ReadlineError};
use std::io::{self, Read};

/// What a person sees when a line may be typed; Kafka's.
const PROMPT: &str = ">";
/// How many lines can be recalled.
const MAX_HISTORY: usize = 1000;
const ESCAPE: u8 = 0x1b;
/// How long the rest of a key may take after its ESC, in tenths of a second.
const KEY_TENTHS: u8 = 1;
/// A terminal hands over at most 4095 bytes of a line.
const LINE_BYTES: usize = 4096;

/// Standard input and output, both a terminal.
pub struct Screen {
    terminal: Terminal,
    blocks: LineBlocks,
    history: Vec<String>,
    /// The terminal's mode before and during the tool; `None` if it cannot do more than print.
    modes: Option<(Termios, Termios)>,
}

/// What the key after an ESC does to the line.
#[derive(Debug, PartialEq, Eq)]
struct Opened {
    before_cursor: String,
    after_cursor: String,
    /// The line was recalled: the editor's history ends before it.
    recalled: bool,
}

impl Screen {
    /// Prepares the terminal. `TERM` says whether it can do more than print.
    pub fn open() -> Screen {
        let able = std::env::var("TERM").is_ok_and(|name| !matches!(name.as_str(), "" | "dumb" | "cons25" | "emacs"));
        let modes = tcgetattr(io::stdin()).ok().filter(|_| able).map(|before| {
            let mut during = before.clone();
            during.special_codes[SpecialCodeIndex::VEOL] = ESCAPE;
            (before, during)
        });
        if let Some((_, during)) = &modes {
            // Without it, arrow keys only show as ^[[A.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, during);
        }
        Screen { terminal: Terminal::new(), blocks: LineBlocks::default(), history: Vec::new(), modes }
    }

    /// Shows the prompt and waits for lines.
    pub fn next(&mut self) -> anyhow::Result<Came> {
        let _away = live::keep_away();
        self.terminal.print(PROMPT)?;
        self.terminal.flush()?;
        let mut bytes = [0; LINE_BYTES];
        loop {
            let read = read(&mut bytes)?;
            let typed = &bytes[..read];
            if typed.is_empty() {
                return Ok(self.blocks.finish().map_or(Came::End, Came::Last));
            }
            if let (Some((_, during)), Some(line)) = (&self.modes, typed.strip_suffix(&[ESCAPE])) {
                let key = rest_of_key(during)?;
                let line = String::from_utf8_lossy(line).into_owned();
                return self.edit(opened(line, &key, self.history.last()));
            }
            let lines = self.blocks.push(typed);
            if !lines.is_empty() {
                lines.lines().for_each(|line| self.remember(line));
                return Ok(Came::Lines(lines));
            }
        }
    }

    fn edit(&mut self, opened: Opened) -> anyhow::Result<Came> {
        let mut editor = DefaultEditor::new()?;
        let known = self.history.len() - usize::from(opened.recalled);
        for line in &self.history[..known] {
            editor.add_history_entry(line)?;
        }
        // The terminal has shown the line and the ESC.
        self.terminal.print("\r\x1b[K")?;
        self.terminal.flush()?;
        match editor.readline_with_initial(PROMPT, (&opened.before_cursor, &opened.after_cursor)) {
            Ok(line) => {
                self.remember(&line);
                Ok(Came::Lines(line + "\n"))
            }
            Err(ReadlineError::Eof) => Ok(Came::End),
            Err(ReadlineError::Interrupted) => Ok(Came::Interrupt),
            Err(error) => Err(error.into()),
        }
    }

    fn remember(&mut self, line: &str) {
        if line.is_empty() || self.history.last().is_some_and(|last| last == line) {
            return;
        }
        if self.history.len() == MAX_HISTORY {
            self.history.remove(0);
        }
        self.history.push(line.to_owned());
    }
}

fn read(bytes: &mut [u8]) -> io::Result<usize> {
    loop {
        match io::stdin().lock().read(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The bytes that follow an ESC at once.
fn rest_of_key(mode: &Termios) -> io::Result<Vec<u8>> {
    let mut raw = mode.clone();
    raw.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
    raw.special_codes[SpecialCodeIndex::VMIN] = 0;
    raw.special_codes[SpecialCodeIndex::VTIME] = KEY_TENTHS;
    tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
    let mut key = [0; 8];
    let read = read(&mut key);
    tcsetattr(io::stdin(), OptionalActions::Now, mode)?;
    Ok(key[..read?].to_vec())
}

/// How the line stands after the key.
fn opened(line: String, key: &[u8], last: Option<&String>) -> Opened {
    let at = |before: String, after: String| Opened { before_cursor: before, after_cursor: after, recalled: false };
    match (key, last) {
        (b"[A" | b"OA", Some(last)) => {
            Opened { before_cursor: last.clone(), after_cursor: String::new(), recalled: true }
        }
        (b"[D" | b"OD", _) => {
            let cut = line.char_indices().next_back().map_or(0, |(at, _)| at);
            let (before, after) = line.split_at(cut);
            at(before.to_owned(), after.to_owned())
        }
        (b"[H" | b"OH" | b"[1~", _) => at(String::new(), line),
        _ => at(line, String::new()),
    }
}

/// The terminal's mode when the tool started. Puts it back: a signal may end the tool in the middle of a line.
pub struct ModeAtStart(Option<Termios>);

impl ModeAtStart {
    pub fn keep() -> ModeAtStart {
        ModeAtStart(tcgetattr(io::stdin()).ok())
    }
}

impl Drop for ModeAtStart {
    fn drop(&mut self) {
        if let Some(mode) = &self.0 {
            // Nothing can be done about a terminal that is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, mode);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_open_the_editor() {
        let last = "before".to_owned();
        let shown = |key: &[u8], last| {
            let opened = opened("abż".to_owned(), key, last);
            format!("{}|{} {}", opened.before_cursor, opened.after_cursor, opened.recalled)
        };
        assert_eq!(shown(b"[A", Some(&last)), "before| true");
        assert_eq!(shown(b"[A", None), "abż| false");
        assert_eq!(shown(b"[D", Some(&last)), "ab|ż false");
        assert_eq!(shown(b"[H", Some(&last)), "|abż false");
        assert_eq!(shown(b"", Some(&last)), "abż| false");
    }
}
