//! The terminal as a whole: its modes, its size, the bytes of its keys, and lines on it. However the tool ends, the terminal
//! is as it was before.

use super::screen::{Line, Style};
use crate::terminal::Terminal;
use anyhow::{Context, bail};
use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
    termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr},
};
use std::{env, io, thread};
use tokio::sync::mpsc;

/// The other screen, on which nothing scrolls, without a cursor; and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";
const RESET: &str = "\x1b[0m";
/// How many chunks of keys may wait.
const WAITING_KEYS: usize = 16;
/// How large a terminal counts as that does not tell its size.
const USUAL_SIZE: (usize, usize) = (80, 24);
/// More than this is no terminal's size.
const MOST: usize = 1000;

/// The terminal while it shows a screen.
pub struct FullScreen {
    before: Termios,
    /// What stands there, so that only what changes is written: the way may be a slow one.
    shown: Vec<Line>,
    size: (usize, usize),
    colours: bool,
}

impl FullScreen {
    /// Takes the terminal over.
    ///
    /// Errors: stdin or stdout is none.
    pub fn open(terminal: &mut Terminal) -> anyhow::Result<FullScreen> {
        if !terminal.in_is_screen() || !terminal.out_is_screen() {
            bail!("rkafka top wants a terminal: --once prints what it shows");
        }
        let before = tcgetattr(io::stdin()).context("the terminal cannot be asked for its modes")?;
        let mut raw = before.clone();
        raw.make_raw();
        // From here on the terminal is put back when this is dropped.
        let colours = env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
        let screen = FullScreen { before, shown: Vec::new(), size: (0, 0), colours };
        tcsetattr(io::stdin(), OptionalActions::Now, &raw).context("the terminal cannot be set")?;
        terminal.print(ENTER)?;
        terminal.flush()?;
        Ok(screen)
    }

    /// Columns and rows.
    pub fn size(&self) -> (usize, usize) {
        match tcgetwinsize(io::stdout()) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => {
                (usize::from(size.ws_col).min(MOST), usize::from(size.ws_row).min(MOST))
            }
            _ => USUAL_SIZE,
        }
    }

    /// Shows the lines, the first at the top.
    pub fn draw(&mut self, lines: Vec<Line>, size: (usize, usize), terminal: &mut Terminal) -> io::Result<()> {
        let mut text = String::new();
        if self.size != size {
            text.push_str(RESET);
            text.push_str("\x1b[2J");
            self.shown.clear();
            self.size = size;
        }
        for (number, line) in lines.iter().enumerate() {
            if self.shown.get(number) != Some(line) {
                text.push_str(&format!("\x1b[{};1H{}{}{RESET}", number + 1, self.begin(line.style), line.text));
            }
        }
        for number in lines.len()..self.shown.len() {
            text.push_str(&format!("\x1b[{};1H\x1b[2K", number + 1));
        }
        self.shown = lines;
        terminal.print(text)?;
        terminal.flush()
    }

    fn begin(&self, style: Style) -> &'static str {
        match style {
            Style::Plain => "",
            Style::Title | Style::Columns => "\x1b[1m",
            Style::Selected => "\x1b[7m",
            Style::Alarming if self.colours => "\x1b[31m",
            Style::Alarming => "\x1b[1m",
            Style::Faint => "\x1b[2m",
        }
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let mut terminal = Terminal::new();
        let _ = terminal.print(LEAVE).and_then(|()| terminal.flush());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

/// The bytes that are typed, as they come. The channel ends with the terminal.
pub fn typed() -> io::Result<mpsc::Receiver<Vec<u8>>> {
    let (tell, bytes) = mpsc::channel(WAITING_KEYS);
    // It waits for keys as long as the process lives.
    thread::Builder::new().name("keys".into()).spawn(move || {
        while let Some(bytes) = next() {
            if tell.blocking_send(bytes).is_err() {
                return;
            }
        }
    })?;
    Ok(bytes)
}

/// The next bytes; `None` when no more will come.
fn next() -> Option<Vec<u8>> {
    let stdin = io::stdin();
    loop {
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None) {
            Err(Errno::INTR) => continue,
            Err(_) => return None,
            Ok(_) => {}
        }
        let mut bytes = [0; 256];
        match rustix::io::read(&stdin, &mut bytes) {
            Ok(0) => return None,
            Ok(read) => return Some(bytes[..read].to_vec()),
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}
