//! How a tool tells what a client met: Kafka's words, and in the next line what to do.

use super::admin;
use crate::terminal::{Terminal, output::Format};
use anyhow::anyhow;
use rkafka_client::ClientError;
use std::{fmt::Display, io};

/// The error, with its hint below.
pub fn with_hint(error: &ClientError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{error}\n{hint}"),
        None => anyhow!("{error}"),
    }
}

/// Tells a failure as those of Kafka's tools do that print a line for people on stdout (`said`) and log it besides, by
/// `logger`. Under our own names whoever sees both reads it once.
///
/// Errors: those of stdout, but for a reader who has gone: that the tool failed is known all the same.
pub fn tell_and_log(
    said: impl Display,
    logger: &str,
    error: &anyhow::Error,
    terminal: &mut Terminal,
) -> io::Result<()> {
    let hint = admin::hint(error);
    if terminal.format() != Format::Text {
        terminal.tell_failure(format_args!("{error:#}"), hint.as_deref());
        return Ok(());
    }
    if let Err(unsaid) = terminal.line(said).and_then(|()| terminal.flush())
        && unsaid.kind() != io::ErrorKind::BrokenPipe
    {
        return Err(unsaid);
    }
    terminal.note_failure();
    if !terminal.is_brief() {
        log::error!(target: logger, "{error:#}");
    }
    if let Some(hint) = hint {
        terminal.talk(hint);
    }
    Ok(())
}
