//! Pure: what is wrong with a command line, in the words of Kafka's tools.

use super::kinds::Opt;
use crate::era::Era;

/// What is wrong with a command line. Displays as Kafka's tools word it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UsageError {
    #[error("{0} is not a recognized option")]
    Unrecognized(String),
    #[error("{typed} is not a recognized option; it may stand for {}", .candidates.join(" or "))]
    Ambiguous { typed: String, candidates: Vec<String> },
    #[error("Option {0} requires an argument")]
    MissingArgument(String),
    #[error("Found multiple arguments for option {0}, but you asked for only one")]
    Multiple(String),
    #[error("Cannot parse argument '{value}' of option {option}")]
    Unparsable { option: String, letter: Option<char>, value: String, kind: &'static str },
    /// A rule of one tool, told without the table of options.
    #[error("{0}")]
    Unusable(String),
    /// A rule of one tool. The table of options follows it on the screen.
    #[error("{0}")]
    Rule(String),
}

impl UsageError {
    /// For the tools that show the table of options behind whatever cannot be read.
    pub fn with_table(self) -> UsageError {
        UsageError::Rule(self.to_string())
    }

    /// For the tools that do so since 4.
    pub fn with_table_since_4(self, era: Era) -> UsageError {
        match era {
            Era::V3_9 => self,
            Era::V4_4 => self.with_table(),
        }
    }

    /// `Missing required argument "[name]"`.
    pub fn missing(option: &dyn Opt) -> UsageError {
        UsageError::Rule(format!("Missing required argument \"[{}]\"", option.name()))
    }

    /// `Missing required option(s) [name]`, as jopt-simple words it for the tools that leave it to that.
    pub fn missing_option(option: &dyn Opt) -> UsageError {
        UsageError::Rule(format!("Missing required option(s) [{}]", option.name()))
    }

    /// `Option "[a]" can't be used with option "[b]"`.
    pub fn conflict(option: &dyn Opt, other: &dyn Opt) -> UsageError {
        UsageError::Rule(format!("Option \"[{}]\" can't be used with option \"[{}]\"", option.name(), other.name()))
    }
}

/// Refuses `option` together with any of `others`, the first that was given.
pub fn refuse_together(option: &dyn Opt, others: &[&dyn Opt]) -> Result<(), UsageError> {
    match others.iter().find(|other| option.is_given() && other.is_given()) {
        Some(other) => Err(UsageError::conflict(option, *other)),
        None => Ok(()),
    }
}
