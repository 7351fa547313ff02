//! `redo cmdno`: a line that was typed before, once more.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{answer::Answer, failure::Failure, options::Given, shell::Shell, words};

pub const SPEC: Spec = Spec { name: "redo", usage: "cmdno", known: None };

pub async fn run(shell: &mut Shell, given: &Given, answer: &mut Answer) -> Done {
    let Some(number) = given.word(1) else { return Ok(()) };
    let number: i64 =
        number.parse().map_err(|_| Failure::new(format!("redo must be followed by a number, not {number}")))?;
    // The last line is this redo itself.
    let before = shell.history.len().saturating_sub(1);
    let line = usize::try_from(number).ok().filter(|number| *number < before).and_then(|n| shell.history.get(n));
    let line = line.cloned().ok_or_else(|| Failure::new("Command index out of range"))?;
    let words = words::split(&line);
    if words.first().is_some_and(|name| name == SPEC.name) {
        return Err(Failure::new("No redoing redos"));
    }
    if let Some(last) = shell.history.last_mut() {
        *last = line;
    }
    if let Err(failure) = Box::pin(super::process(shell, &words, answer)).await {
        // Told, but redo itself has done what it should.
        answer.talk(failure.message);
    }
    Ok(())
}
