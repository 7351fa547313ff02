//! `kafka-server-start [-daemon] server.properties [--override property=value]...`: runs a broker until a signal comes.

use super::{
    argv::{Options, UsageError},
    flags::{kafka_command, repeated},
};
use crate::config::{self, BrokerConfig, properties::Properties};
use clap::Command;

/// The usage line of Kafka's script.
const SCRIPT_USAGE: &str = "USAGE: kafka-server-start.sh [-daemon] server.properties [--override property=value]*";
/// The usage line of the class behind it.
const USAGE: &str = "USAGE: java [options] kafka.Kafka server.properties [--override property=value]*";

fn command() -> Command {
    kafka_command("kafka-server-start", "Run a broker.")
        .override_usage("kafka-server-start [-daemon] server.properties [--override property=value]...")
        .arg(repeated("override", "String", "A setting that counts in place of the file's: property=value."))
}

/// Reads the file and the options after it.
fn load(file: &str, rest: &[String]) -> anyhow::Result<BrokerConfig> {
    let mut properties = config::file::load(file)?;
    apply_overrides(rest, &mut properties)?;
    Ok(BrokerConfig::from_properties(file, &properties)?)
}

/// Sets what `--override property=value` says; without `=` the value is empty, as Kafka has it.
pub fn apply_overrides(args: &[String], properties: &mut Properties) -> Result<(), UsageError> {
    let options = Options::parse(&command(), args)?;
    if !options.words().is_empty() {
        return Err(UsageError::Rule(format!("Found non argument parameters: {}", options.words().join(","))));
    }
    for pair in options.values("override") {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        properties.set(key, value);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overrides_count_in_place_of_the_file() {
        let mut properties = Properties::parse(b"broker.id=1\nlog.dirs=/a").unwrap();
        let args = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        apply_overrides(&args("--override broker.id=6 --override=log.dirs=/b=c --override x"), &mut properties)
            .unwrap();
        let get = |key| properties.get(key);
        assert_eq!((get("broker.id"), get("log.dirs"), get("x")), (Some("6"), Some("/b=c"), Some("")));
        let error = apply_overrides(&args("foo bar"), &mut properties).unwrap_err();
        assert_eq!(error.to_string(), "Found non argument parameters: foo,bar");
    }
}
