//! Commands from a pipe or a file, one a line, until it ends or says `quit`.

use super::shell::Shell;
use crate::{terminal::Terminal, terminal::closed_output::closed_output};
use std::{io, pin::pin};
use tokio::io::{AsyncBufReadExt, BufReader};

/// The longest line that is taken; data of a node may stand in it.
const MAX_LINE: usize = 16 * 1024 * 1024;

/// Does what stdin says. Events are shown when they come, also while the next line is awaited.
///
/// When nobody is left to read the answers, the commands that stand in a pipe or a file are done all the same, as Apache's
/// shell does them, whose standard output swallows its errors. A person who types would never be heard of again: that ends.
pub async fn run(shell: &mut Shell, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut input = BufReader::new(tokio::io::stdin());
    let mut line = Vec::new();
    let (mut closed, mut muted) = (pin!(closed_output()), false);
    // Those that came before the first line.
    unheard(shell.print_events(terminal), terminal)?;
    unheard(terminal.flush(), terminal)?;
    while !shell.ended {
        tokio::select! {
            biased;
            () = &mut closed, if !muted => {
                if terminal.in_is_screen() {
                    return Ok(());
                }
                terminal.mute();
                muted = true;
            }
            read = next_line(&mut input, &mut line) => {
                if !read? {
                    break;
                }
                let text = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                let done = shell.execute(text.trim_end_matches(['\n', '\r']), terminal).await;
                unheard(done, terminal)?;
            }
            told = shell.next_event() => {
                unheard(shell.print_event(&told, terminal), terminal)?;
                unheard(terminal.flush(), terminal)?;
            }
        }
    }
    unheard(shell.print_events(terminal), terminal)
}

/// Answers that nobody reads are no failure.
fn unheard(written: io::Result<()>, terminal: &mut Terminal) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            terminal.mute();
            Ok(())
        }
        written => Ok(written?),
    }
}

/// Reads on to the end of a line; false when there is none. What was read so far stays in `line` if this is cancelled.
async fn next_line(input: &mut BufReader<tokio::io::Stdin>, line: &mut Vec<u8>) -> anyhow::Result<bool> {
    loop {
        let bytes = input.fill_buf().await?;
        if bytes.is_empty() {
            return Ok(!line.is_empty());
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(bytes.len(), |end| end + 1);
        line.extend_from_slice(&bytes[..taken]);
        input.consume(taken);
        if line.len() > MAX_LINE {
            anyhow::bail!("a line has more than {MAX_LINE} bytes");
        }
        if end.is_some() {
            return Ok(true);
        }
    }
}
