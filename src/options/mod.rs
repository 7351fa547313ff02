//! The options of Kafka's tools: one struct a tool, derived from clap's `Args`, filled the way Kafka's tools read a
//! command line.
//!
//! ```text
//! #[derive(Debug, clap::Args)]
//! #[command(about = "Create, delete, describe, or change a topic.")]
//! pub struct TopicsArgs {
//!     #[arg(long, action = SetTrue, help = "List topics.")]
//!     pub list: Flag,
//!     #[arg(long, value_name = "String: topic", help = "The topic.")]
//!     pub topic: Once<String>,
//! }
//! ```
//!
//! The struct is what was typed: help, completions and manual pages come from it, and no option is asked for by a string.
//! Its fields are [`Flag`], [`Once`] and [`Repeated`] ([`kinds`]), which keep what was typed until somebody reads it,
//! because Kafka's tools complain about a value when they come to it, in their own order. Each tool then has a pure
//! function from what was typed to what is meant.
//!
//! Tools that are not Kafka's have structs with clap's own types, and clap reads them ([`crate::tool::Call::clap`]).

pub mod argparse;
pub mod argv;
pub mod kinds;
pub mod refusal;
pub mod renamed;
pub mod subcommands;
pub mod table;

pub use argparse::{Argparse, argparse_command};
pub use argv::{Asked, kafka_command, order_of, read};
pub use kinds::{Flag, Once, Opt, Repeated};
pub use refusal::{UsageError, refuse_together};
pub use subcommands::{Commands, Subcommand};

/// The heading of options that Kafka's own tool of the name does not have (`help_heading = OWN`): a beginning of their name
/// does not stand for them, so that what was typed for Kafka's means the same here.
pub const OWN: &str = "Options of rkafka's own";

/// A command for one of rkafka's own tools, which clap reads itself.
pub fn clap_command<T: clap::Args>() -> clap::Command {
    T::augment_args(clap::Command::new(env!("CARGO_PKG_NAME")))
}

/// Reads a line of a test, split at blanks.
#[cfg(test)]
pub fn typed<T: clap::Args>(line: &str) -> Result<T, UsageError> {
    let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    read(&args).map(|(options, _)| options)
}
