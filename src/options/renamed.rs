//! Pure: options that got a new name (KIP-1147 gave the tools one name for one thing). Both names mean the same at all
//! times; Kafka 4.4's tools warn of the old ones, and refuse a line with both.

use super::{kinds::Opt, refusal::UsageError};
use crate::era::Era;

/// The words in which a tool warns of an old name (the first) in favour of a new one.
pub type Words = fn(&str, &str) -> String;

/// What tools of 4.4 say of the old names on the line, a sentence each; of each pair, the old one comes first. Nothing in
/// 3.9, which has only those.
pub fn warnings(era: Era, words: Words, renamed: &[(&dyn Opt, &dyn Opt)]) -> Vec<String> {
    match era {
        Era::V3_9 => Vec::new(),
        Era::V4_4 => renamed
            .iter()
            .filter(|(old, _)| old.is_given())
            .map(|(old, new)| words(&format!("--{}", old.name()), &format!("--{}", new.name())))
            .collect(),
    }
}

/// The words of most tools.
pub fn has_been_deprecated(old: &str, new: &str) -> String {
    format!("Option {old} has been deprecated and will be removed in a future version. Use {new} instead.")
}

/// Refuses the first of `pairs` of which both options were typed, as the console tools word it.
pub fn refuse_both(pairs: &[(&dyn Opt, &dyn Opt)]) -> Result<(), UsageError> {
    match pairs.iter().find(|(one, other)| one.is_given() && other.is_given()) {
        Some((one, other)) => {
            let text = format!("Options --{} and --{} cannot be specified together.", one.name(), other.name());
            Err(UsageError::Rule(text))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Once, typed};
    use clap::Args;

    #[derive(Debug, Args)]
    struct Example {
        #[arg(long = "admin.config")]
        old: Once<String>,
        #[arg(long = "command-config")]
        new: Once<String>,
    }

    #[test]
    fn old_names() {
        let warned = |era, line: &str| {
            let Example { old, new } = typed(line).unwrap();
            warnings(era, has_been_deprecated, &[(&old, &new)])
        };
        assert_eq!(
            warned(Era::V4_4, "--admin.config a"),
            [
                "Option --admin.config has been deprecated and will be removed in a future version. Use --command-config \
                 instead."
            ]
        );
        assert!(warned(Era::V4_4, "--command-config a").is_empty());
        assert!(warned(Era::V3_9, "--admin.config a").is_empty());
    }

    #[test]
    fn both_names() {
        let refused = |line: &str| {
            let Example { old, new } = typed(line).unwrap();
            refuse_both(&[(&new, &old)]).map_err(|error| error.to_string())
        };
        assert_eq!(refused("--admin.config a"), Ok(()));
        let both = refused("--admin.config a --command-config b").unwrap_err();
        assert_eq!(both, "Options --command-config and --admin.config cannot be specified together.");
    }
}
