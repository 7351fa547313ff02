//! What can be typed for `kafka-streams-application-reset`, and what is meant by it.

use crate::options::{Flag, Once, Opt, Repeated, UsageError, refuse_together};
use clap::{
    ArgAction::{Append, SetTrue},
    Args,
};

#[derive(Debug, Args)]
#[command(about = "Make a Kafka Streams application begin anew")]
pub struct ResetArgs {
    #[arg(long, value_name = "String: id", help = "REQUIRED: the application's id, which is its group's, too.")]
    pub application_id: Once<String>,
    #[arg(long, value_name = "String: urls", help = "DEPRECATED, use --bootstrap-server.")]
    pub bootstrap_servers: Once<String>,
    #[arg(
        long,
        value_name = "String: server to connect to",
        help = "Brokers to start from; localhost:9092 if not given."
    )]
    pub bootstrap_server: Once<String>,
    #[arg(
        long,
        action = Append,
        value_name = "String: list",
        help = "Topics that the application reads, comma separated: their offsets are reset, to the start unless another \
                option says where."
    )]
    pub input_topics: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: list",
        help = "Topics that the application writes and reads, comma separated: their offsets are set to the end."
    )]
    pub intermediate_topics: Repeated,
    #[arg(
        long,
        action = Append,
        value_name = "String: list",
        help = "Those of the application's internal topics that are to be deleted, comma separated; all if not given."
    )]
    pub internal_topics: Repeated,
    #[arg(long, value_name = "Long", help = "Reset offsets to this one.")]
    pub to_offset: Once<i64>,
    #[arg(long, value_name = "String", help = "Reset offsets to a time, YYYY-MM-DDTHH:mm:SS.sss.")]
    pub to_datetime: Once<String>,
    #[arg(long, value_name = "String", help = "Reset offsets to so long before now, PnDTnHnMnS.")]
    pub by_duration: Once<String>,
    #[arg(long, action = SetTrue, help = "Reset offsets to the start.")]
    pub to_earliest: Flag,
    #[arg(long, action = SetTrue, help = "Reset offsets to the end.")]
    pub to_latest: Flag,
    #[arg(long, value_name = "String", help = "Reset offsets to those of a file of lines TOPIC,PARTITION,OFFSET.")]
    pub from_file: Once<String>,
    #[arg(long, value_name = "Long: number-of-offsets", help = "Move offsets by so many, forward or back.")]
    pub shift_by: Once<i64>,
    #[arg(long, value_name = "String: file name", help = "A properties file for the clients.")]
    pub config_file: Once<String>,
    #[arg(long, value_name = "String: file name", help = "Today's name of --config-file.")]
    pub command_config: Once<String>,
    #[arg(long, action = SetTrue, help = "Remove members that are left in the group. Stop the application before.")]
    pub force: Flag,
    #[arg(long, action = SetTrue, help = "Only show what would be done.")]
    pub dry_run: Flag,
}

/// What is meant.
#[derive(Debug)]
pub struct Plan {
    pub group: String,
    pub servers: String,
    pub input: Vec<String>,
    pub intermediate: Vec<String>,
    pub internal: Vec<String>,
    pub target: Target,
    pub config_file: Option<String>,
    pub force: bool,
    pub dry_run: bool,
}

/// Where the offsets of input topics go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Earliest,
    Latest,
    Offset(i64),
    /// As it was typed: it is understood when offsets are reset.
    DateTime(String),
    Duration(String),
    File(String),
    Shift(i64),
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &ResetArgs) -> Result<Plan, UsageError> {
        let targets: [&dyn Opt; 7] = [
            &args.to_offset,
            &args.to_datetime,
            &args.by_duration,
            &args.to_earliest,
            &args.to_latest,
            &args.from_file,
            &args.shift_by,
        ];
        for (at, option) in targets.iter().enumerate() {
            let others: Vec<&dyn Opt> =
                targets.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| *other).collect();
            refuse_together(*option, &others)?;
        }
        refuse_together(&args.config_file, &[&args.command_config])?;
        let list = |option: &Repeated| {
            option.values().iter().flat_map(|list| list.split(',')).map(str::to_owned).collect::<Vec<_>>()
        };
        let servers = args.bootstrap_server.value_or(&args.bootstrap_servers)?;
        Ok(Plan {
            group: args.application_id.required()?,
            servers: servers.unwrap_or_else(|| "localhost:9092".into()),
            input: list(&args.input_topics),
            intermediate: list(&args.intermediate_topics),
            internal: list(&args.internal_topics),
            target: target(args)?,
            config_file: args.command_config.value_or(&args.config_file)?,
            force: args.force.is_given(),
            dry_run: args.dry_run.is_given(),
        })
    }

    /// Whether a topic is one that Kafka Streams made for the application.
    pub fn is_internal(&self, topic: &str) -> bool {
        let named = self.input.iter().chain(&self.intermediate).any(|name| name == topic);
        let own = topic.strip_prefix(&self.group).is_some_and(|rest| rest.starts_with('-'));
        !named && own && has_internal_form(topic)
    }
}

fn target(args: &ResetArgs) -> Result<Target, UsageError> {
    if let Some(offset) = args.to_offset.value()? {
        return Ok(Target::Offset(offset));
    }
    if args.to_latest.is_given() {
        return Ok(Target::Latest);
    }
    if let Some(by) = args.shift_by.value()? {
        return Ok(Target::Shift(by));
    }
    let texts = [
        args.to_datetime.value()?.map(Target::DateTime),
        args.by_duration.value()?.map(Target::Duration),
        args.from_file.value()?.map(Target::File),
    ];
    Ok(texts.into_iter().flatten().next().unwrap_or(Target::Earliest))
}

fn has_internal_form(topic: &str) -> bool {
    const ENDS: [&str; 4] =
        ["-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic"];
    const JOINS: [&str; 2] = ["-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-", "-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-"];
    let numbered = |join: &str| {
        let number = topic.strip_suffix("-topic").and_then(|rest| rest.rsplit_once(join));
        number.is_some_and(|(before, digits)| {
            !before.is_empty() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    ENDS.iter().any(|end| topic.ends_with(end)) || JOINS.iter().any(|join| numbered(join))
}

/// The offsets of a file of lines `TOPIC,PARTITION,OFFSET`.
pub fn offsets_of_file(text: &str) -> Result<Vec<(String, i32, i64)>, String> {
    if text.is_empty() {
        return Err("Error parsing reset plan CSV file. It is empty,".to_owned());
    }
    let wrong = || "Reset plan CSV file is not following the format `TOPIC,PARTITION,OFFSET`.".to_owned();
    text.trim_end_matches('\n')
        .split('\n')
        .map(|line| match line.trim_end_matches('\r').split(',').collect::<Vec<_>>().as_slice() {
            [topic, partition, offset] => {
                let number = |text: &str| format!("For input string: \"{text}\"");
                let partition = partition.parse().map_err(|_| number(partition))?;
                Ok(((*topic).to_owned(), partition, offset.parse().map_err(|_| number(offset))?))
            }
            _ => Err(wrong()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: ResetArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_reset() {
        let plan = |line: &str| plan(&format!("--application-id app {line}")).unwrap();
        let given = plan("--input-topics a,b --input-topics c --intermediate-topics d");
        assert_eq!((given.input.join(" "), given.intermediate.join(" ")), ("a b c".into(), "d".into()));
        assert_eq!((given.servers.as_str(), given.target), ("localhost:9092", Target::Earliest));
        for (line, target) in [
            ("--to-offset 5", Target::Offset(5)),
            ("--to-latest", Target::Latest),
            ("--shift-by -3", Target::Shift(-3)),
            ("--from-file f", Target::File("f".into())),
        ] {
            assert_eq!(plan(line).target, target);
        }
        let given = plan("--input-topics app-x-changelog");
        for topic in ["app-s-changelog", "app-r-repartition"] {
            assert!(given.is_internal(topic), "{topic}");
        }
        assert!(given.is_internal("app-x-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000003-topic"));
        assert!(!given.is_internal("app-x-changelog") && !given.is_internal("apps-s-changelog"));
    }

    #[test]
    fn refusals() {
        let both = plan("--application-id a --to-latest --to-offset 3").unwrap_err();
        assert_eq!(both, "Option \"[to-offset]\" can't be used with option \"[to-latest]\"");
    }

    #[test]
    fn times_and_files() {
        assert_eq!(offsets_of_file("t,0,5\nt,1,6\n").unwrap()[1], ("t".into(), 1, 6));
        assert!(offsets_of_file("t,0").unwrap_err().contains("TOPIC,PARTITION,OFFSET"));
        assert!(offsets_of_file("").is_err() && offsets_of_file("t,x,5").is_err());
    }
}
