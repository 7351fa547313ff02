//! Pure: from what was typed to what is to be shown.

use super::{
    args::DumpArgs,
    decoder::{Class, Contents},
};
use crate::{
    era::Era,
    options::{Flag, Once, Opt, UsageError},
};

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    pub files: Vec<String>,
    /// Go through the records.
    pub deep: bool,
    /// What they hold, if they are to be shown; an unknown class is complained about at the first log.
    pub contents: Option<Result<Contents, UsageError>>,
    pub skip_metadata: bool,
    pub index: IndexMode,
    /// Looked at when an index is met.
    pub max_message_size: Result<i32, UsageError>,
    /// Looked at when a log is met.
    pub max_bytes: Result<i32, UsageError>,
}

/// What is done with an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexMode {
    Print,
    Verify,
    Sanity,
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &DumpArgs, era: Era) -> Result<Plan, UsageError> {
        // As Java splits a text: what is empty at its end is dropped.
        let files = args.files.required()?;
        let files = files.trim_end_matches(',').split(',').map(str::to_owned).collect();
        let contents = contents(args, era);
        let index = match (args.index_sanity_check.is_given(), args.verify_index_only.is_given()) {
            (true, _) => IndexMode::Sanity,
            (false, true) => IndexMode::Verify,
            (false, false) => IndexMode::Print,
        };
        Ok(Plan {
            files,
            deep: args.deep_iteration.is_given() || contents.is_some(),
            contents,
            skip_metadata: args.skip_record_metadata.is_given(),
            index,
            max_message_size: number(&args.max_message_size),
            max_bytes: number(&args.max_bytes),
        })
    }
}

fn number(option: &Once<i32>) -> Result<i32, UsageError> {
    Ok(option.value()?.unwrap_or(i32::MAX))
}

fn contents(args: &DumpArgs, era: Era) -> Option<Result<Contents, UsageError>> {
    let topics: [(&Flag, Contents); 5] = [
        (&args.offsets_decoder, Contents::Offsets),
        (&args.transaction_log_decoder, Contents::Transactions(era)),
        (&args.cluster_metadata_decoder, Contents::Metadata),
        (&args.remote_log_metadata_decoder, Contents::RemoteLog),
        (&args.share_group_state_decoder, Contents::ShareState),
    ];
    if let Some((_, contents)) = topics.into_iter().find(|(flag, _)| flag.is_given()) {
        return Some(Ok(contents));
    }
    let classes: [&dyn Opt; 3] = [&args.print_data_log, &args.value_decoder_class, &args.key_decoder_class];
    classes.iter().any(|option| option.is_given()).then(|| {
        let class = |option: &Once<String>| Class::parse(option.text()?.unwrap_or_default());
        Ok(Contents::Plain { value: class(&args.value_decoder_class)?, key: class(&args.key_decoder_class)? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: DumpArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args, Era::V3_9).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_shown() {
        let shown = |line: &str| {
            let plan = plan(&format!("--files a.log {line}")).unwrap();
            (plan.deep, plan.contents.map(|contents| format!("{:?}", contents.unwrap())))
        };
        let plain = Some("Plain { key: Text, value: Text }".to_owned());
        assert_eq!(shown(""), (false, None));
        assert_eq!(shown("--deep-iteration"), (true, None));
        assert_eq!(shown("--print-data-log"), (true, plain.clone()));
        assert_eq!(shown("--value-decoder-class"), (true, plain));
        let long = "--value-decoder-class org.apache.kafka.tools.api.LongDecoder";
        assert_eq!(shown(long).1, Some("Plain { key: Text, value: Long }".into()));
        assert_eq!(shown("--transaction-log-decoder --offsets-decoder").1, Some("Offsets".into()));
        assert_eq!(shown("--share-group-state-decoder").1, Some("ShareState".into()));
    }

    #[test]
    fn files_and_sizes() {
        assert_eq!(plan("--print-data-log").unwrap_err(), "Missing required argument \"[files]\"");
        let plan = |line: &str| plan(line).unwrap();
        assert_eq!(plan("--files a.log,b.index,").files, ["a.log", "b.index"]);
        assert_eq!(plan("--files a").max_bytes, Ok(i32::MAX));
        assert_eq!(plan("--files a --max-message-size 7").max_message_size, Ok(7));
        let wrong = plan("--files a --max-bytes x").max_bytes.unwrap_err();
        assert_eq!(wrong.to_string(), "Cannot parse argument 'x' of option max-bytes");
        for (line, mode) in [
            ("", IndexMode::Print),
            ("--verify-index-only", IndexMode::Verify),
            ("--verify-index-only --index-sanity-check", IndexMode::Sanity),
        ] {
            assert_eq!(plan(&format!("--files a {line}")).index, mode);
        }
    }
}
