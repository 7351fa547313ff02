//! The doors through which tasks and threads begin, so that none dies unseen.
//!
//! What a server cannot do without is [`essential`]: its death ends the process. Everything else is [`watched`]: its panic is
//! one line in the log that names it, and goes on to whoever waits for it.

mod caught;
pub mod essential;
#[cfg(debug_assertions)]
mod faults;
#[cfg(test)]
mod tests;
pub mod watched;

/// The logger.
const LOG: &str = "rkafka.tasks";
