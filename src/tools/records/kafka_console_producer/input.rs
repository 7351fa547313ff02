//! Where lines come from: a pipe or file in large chunks, or a person at a terminal.

use super::{lines::LineBlocks, screen::Screen};
use crate::terminal::Terminal;
use std::io::{self, Read};

/// How many bytes are read at once.
const CHUNK: usize = 256 << 10;

/// A source of blocks of lines.
pub enum Input {
    Stream { blocks: LineBlocks, chunk: Vec<u8> },
    Screen(Box<Screen>),
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Came {
    /// Lines, each with a `\n` behind it.
    Lines(String),
    /// The last line, without an end.
    Last(String),
    End,
    /// Ctrl-C in the editor, which keeps it from becoming a signal.
    Interrupt,
}

impl Input {
    /// Standard input. As with Kafka's tool there is a prompt only if standard output is a terminal, too.
    pub fn open(terminal: &Terminal) -> Input {
        if terminal.in_is_screen() && terminal.out_is_screen() {
            return Input::Screen(Box::new(Screen::open()));
        }
        Input::Stream { blocks: LineBlocks::default(), chunk: vec![0; CHUNK] }
    }

    /// Waits for the next lines.
    pub fn next(&mut self) -> anyhow::Result<Came> {
        let (blocks, chunk) = match self {
            Input::Screen(screen) => return screen.next(),
            Input::Stream { blocks, chunk } => (blocks, chunk),
        };
        loop {
            let read = match io::stdin().lock().read(chunk) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            if read == 0 {
                return Ok(blocks.finish().map_or(Came::End, Came::Last));
            }
            let lines = blocks.push(&chunk[..read]);
            if !lines.is_empty() {
                return Ok(Came::Lines(lines));
            }
        }
    }
}
