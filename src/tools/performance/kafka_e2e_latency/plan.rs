//! What can be typed for `kafka-e2e-latency`, by name as today or by place as up to 4.3, and what is meant by it.

use crate::options::{Once, Opt, Repeated, UsageError};
use clap::Args;

#[derive(Debug, Args)]
#[command(about = "Measure how long records take from producer to consumer")]
pub struct LatencyArgs {
    #[arg(value_name = "broker_list topic num_messages producer_acks message_size_bytes [properties_file]")]
    pub words: Repeated,
    #[arg(long, value_name = "String: bootstrap-server", help = "REQUIRED: brokers to start from.")]
    pub bootstrap_server: Once<String>,
    #[arg(long, value_name = "String: topic-name", help = "REQUIRED: the topic; created if it does not exist.")]
    pub topic: Once<String>,
    #[arg(long, value_name = "Integer: count", help = "REQUIRED: how many records to send, one after the other.")]
    pub num_records: Once<i32>,
    #[arg(long, value_name = "String: producer-acks", help = "REQUIRED: who must have a record: 1 or all.")]
    pub producer_acks: Once<String>,
    #[arg(long, value_name = "Integer: bytes", help = "REQUIRED: the size of a record's value.")]
    pub record_size: Once<i32>,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "String: config-file",
        help = "A properties file for producer, consumer and admin client."
    )]
    pub command_config: Once<String>,
    #[arg(long, num_args = 0..=1, value_name = "Integer: bytes", default_value = "0", help = "The size of a record's key.")]
    pub record_key_size: Once<i32>,
    #[arg(long, num_args = 0..=1, value_name = "Integer: count", default_value = "0", help = "How many headers it has.")]
    pub num_headers: Once<i32>,
    #[arg(long, num_args = 0..=1, value_name = "Integer: bytes", default_value = "0", help = "The size of a header's key.")]
    pub record_header_key_size: Once<i32>,
    #[arg(
        long,
        num_args = 0..=1,
        value_name = "Integer: bytes",
        default_value = "0",
        help = "The size of a header's value; -1 for null."
    )]
    pub record_header_size: Once<i32>,
}

/// What is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub servers: String,
    pub topic: String,
    pub records: usize,
    pub acks: String,
    pub shape: Shape,
    pub config_file: Option<String>,
}

/// How large a record's parts are; a key of 0 bytes is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    pub value: usize,
    pub key: usize,
    pub headers: usize,
    pub header_key: usize,
    /// `None` for null.
    pub header_value: Option<usize>,
}

const USAGE: &str = "USAGE: java org.apache.kafka.tools.EndToEndLatency broker_list topic num_messages producer_acks \
                     message_size_bytes [optional] properties_file";

/// What Kafka 4.4 says of arguments by their places.
pub const BY_PLACE: &str = "WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. Please \
                            use named arguments instead: --bootstrap-server, --topic, --num-records, --producer-acks, \
                            --record-size, --command-config";

/// Arguments by their places as a line that names them, as Kafka 4.4 takes them: where none of the five that are required
/// is named. `None` for a line that has the names already, or is empty.
pub fn by_name(args: &[String]) -> Result<Option<Vec<String>>, UsageError> {
    const NAMES: [&str; 6] =
        ["--bootstrap-server", "--topic", "--num-records", "--producer-acks", "--record-size", "--command-config"];
    if args.is_empty() || args.iter().any(|word| NAMES[..5].contains(&word.as_str())) {
        return Ok(None);
    }
    if !(5..=6).contains(&args.len()) {
        return Err(UsageError::Unusable(format!(
            "Invalid number of arguments. Expected 5 or 6 positional arguments, but got {}. Usage: bootstrap-server topic \
             num-records producer-acks record-size [optional] command-config",
            args.len()
        )));
    }
    let named = NAMES.iter().zip(args).flat_map(|(name, word)| [(*name).to_owned(), word.clone()]);
    Ok(Some(named.collect()))
}

impl Plan {
    /// Understands the options.
    pub fn of(args: &LatencyArgs) -> Result<Plan, UsageError> {
        let named: [&dyn Opt; 10] = [
            &args.bootstrap_server,
            &args.topic,
            &args.num_records,
            &args.producer_acks,
            &args.record_size,
            &args.command_config,
            &args.record_key_size,
            &args.num_headers,
            &args.record_header_key_size,
            &args.record_header_size,
        ];
        if named.iter().any(|option| option.is_given()) { Plan::by_name(args) } else { Plan::by_place(args) }
    }

    fn by_place(args: &LatencyArgs) -> Result<Plan, UsageError> {
        let words = args.words.values();
        let ([servers, topic, records, acks, value] | [servers, topic, records, acks, value, _]) = words[..] else {
            let hint = "Today by name: --bootstrap-server, --topic, --num-records, --producer-acks, --record-size.";
            return Err(UsageError::Unusable(format!("{USAGE}\n{hint}")));
        };
        let config_file = words.get(5).filter(|file| !file.trim().is_empty());
        Ok(Plan {
            servers: servers.to_owned(),
            topic: topic.to_owned(),
            records: size(number(records)?, "num_messages")?,
            acks: checked_acks(acks, "Latency testing requires synchronous acknowledgement. Please use 1 or all")?,
            shape: Shape {
                value: size(number(value)?, "message_size_bytes")?,
                header_value: Some(0),
                ..Shape::default()
            },
            config_file: config_file.map(|file| (*file).to_owned()),
        })
    }

    fn by_name(args: &LatencyArgs) -> Result<Plan, UsageError> {
        if let Some(word) = args.words.values().first() {
            let text = format!("'{word}' belongs to no option. Either all is said by name, or all by place.\n{USAGE}");
            return Err(UsageError::Unusable(text));
        }
        let servers = args.bootstrap_server.required()?;
        let topic = args.topic.required()?;
        for option in [&args.num_records as &dyn Opt, &args.producer_acks, &args.record_size] {
            if !option.is_given() {
                return Err(UsageError::missing(option));
            }
        }
        let refusal = "Invalid value for --producer-acks. Latency testing requires synchronous acknowledgement. Please use \
                       '1' or 'all'.";
        let acks = checked_acks(&args.producer_acks.required()?, refusal);
        let acks = acks.map_err(|error| UsageError::Rule(error.to_string()))?;
        let sized = |option: &Once<i32>, least: i32, what: &str| {
            let number = option.value()?.unwrap_or_default();
            match number >= least {
                true => Ok(number),
                false => Err(UsageError::Rule(format!("Value for --{} must be a {what}.", option.name()))),
            }
        };
        let size =
            |option| sized(option, 0, "non-negative integer").map(|size| usize::try_from(size).unwrap_or_default());
        let records = sized(&args.num_records, 1, "positive integer")?;
        let (value, key) = (size(&args.record_size)?, size(&args.record_key_size)?);
        let header_key = size(&args.record_header_key_size)?;
        let header_value = sized(&args.record_header_size, -1, "non-negative integer or -1 for null header value")?;
        let headers = size(&args.num_headers)?;
        Ok(Plan {
            servers,
            topic,
            records: usize::try_from(records).unwrap_or_default(),
            acks,
            shape: Shape { value, key, headers, header_key, header_value: usize::try_from(header_value).ok() },
            config_file: args.command_config.value()?,
        })
    }
}

fn checked_acks(acks: &str, refusal: &str) -> Result<String, UsageError> {
    match acks {
        "1" | "all" => Ok(acks.to_owned()),
        _ => Err(UsageError::Unusable(refusal.to_owned())),
    }
}

fn number(text: &str) -> Result<i32, UsageError> {
    text.parse().map_err(|_| UsageError::Unusable(format!("For input string: \"{text}\"\nA number is expected there.")))
}

fn size(value: i32, what: &str) -> Result<usize, UsageError> {
    usize::try_from(value).map_err(|_| UsageError::Unusable(format!("{what} must not be negative, but is {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: LatencyArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn by_place_and_by_name() {
        let placed = plan("a:1 t 5 1 20 file").unwrap();
        let named = "--bootstrap-server a:1 --topic t --num-records 5 --producer-acks 1 --record-size 20";
        assert_eq!(plan(&format!("{named} --command-config file")).unwrap(), placed);
        assert_eq!((placed.records, placed.shape.value, placed.config_file.as_deref()), (5, 20, Some("file")));
        assert_eq!(plan("a:1 t 5 all 20").unwrap().config_file, None);
        let more = plan(&format!("{named} --record-key-size 3 --num-headers 2 --record-header-size 4")).unwrap().shape;
        assert_eq!(more, Shape { value: 20, key: 3, headers: 2, header_key: 0, header_value: Some(4) });
    }

    #[test]
    fn places_get_names() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let named = |line: &str| by_name(&words(line)).map_err(|error| error.to_string());
        let five = "--bootstrap-server a:1 --topic t --num-records 5 --producer-acks 1 --record-size 20";
        assert_eq!(named("a:1 t 5 1 20"), Ok(Some(words(five))));
        assert_eq!(named("a:1 t 5 1 20 f"), Ok(Some(words(&format!("{five} --command-config f")))));
        assert_eq!((named(five), named("")), (Ok(None), Ok(None)));
        for (line, count) in [("--version", 1), ("a:1 t 5 1", 4), ("a:1 t 5 1 5 --record-key-size 4", 7)] {
            assert!(named(line).unwrap_err().contains(&format!("but got {count}. Usage: ")), "{line}");
        }
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(line).unwrap_err();
        let named = "--bootstrap-server a:1 --topic t --producer-acks 1 --num-records";
        let positive = error(&format!("{named} 0 --record-size 2"));
        assert_eq!(positive, "Value for --num-records must be a positive integer.");
        for option in ["--record-key-size", "--num-headers", "--record-header-key-size"] {
            let negative = error(&format!("{named} 1 --record-size 2 {option} -1"));
            assert_eq!(negative, format!("Value for {option} must be a non-negative integer."));
        }
        let null = plan(&format!("{named} 1 --record-size 2 --record-header-size -1")).unwrap();
        assert_eq!(null.shape.header_value, None);
        assert!(error("a:1 t 5 1").starts_with(USAGE));
        assert!(error("a:1 t 5 0 20").starts_with("Latency testing requires synchronous acknowledgement."));
        assert!(error("a:1 t x 1 20").starts_with("For input string: \"x\""));
        assert!(error("a:1 t 5 1 -20").contains("f is not") || error("a:1 t 5 1 -20").contains("not a recognized"));
        assert_eq!(error("--topic t"), "Missing required argument \"[bootstrap-server]\"");
        let acks = "--bootstrap-server a:1 --topic t --num-records 5 --producer-acks 0 --record-size 2";
        assert!(error(acks).starts_with("Invalid value for --producer-acks."));
        assert!(error("a:1 t 5 1 20 --num-headers 5").starts_with("'a:1' belongs to no option."));
        assert_eq!(error("--num-headers 5"), "Missing required argument \"[bootstrap-server]\"");
        let mixed = "a:1 --bootstrap-server a:1 --topic t --num-records 5 --producer-acks 1 --record-size 2";
        assert!(error(mixed).starts_with("'a:1' belongs to no option."));
    }
}
