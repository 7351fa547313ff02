//! `kafka-run-class CLASS ARG...`: runs the tool that Kafka has in that class. Other classes need Java, and are told so.

use crate::{
    program, scripts,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::TOOLS,
};
use clap::{Arg, Command};

pub const TOOL: Tool = Tool { name: "run-class", script: "kafka-run-class", command, run };

const USAGE: &str = "USAGE: kafka-run-class.sh [-daemon] [-name servicename] [-loggc] classname [opts]";
const DAEMON: &str = "-daemon";

/// What can be typed, for help and completions; the words are read as the script reads them.
fn command() -> Command {
    let words = Arg::new("words").value_name("[-daemon] [-name servicename] [-loggc] classname [opts]").num_args(0..);
    Command::new(env!("CARGO_PKG_NAME")).about("Run the tool that Kafka has in a class").arg(words)
}

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
struct Plan<'a> {
    class: &'a str,
    args: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Options for Java and its logs are passed over; `-daemon` goes on to the tool.
    fn of(words: &'a [String]) -> Option<Plan<'a>> {
        let mut words = words.iter();
        let mut args = Vec::new();
        loop {
            match words.next()?.as_str() {
                DAEMON => args.push(DAEMON.to_owned()),
                "-name" => drop(words.next()?),
                option if option.starts_with('-') => {}
                class => {
                    args.extend(words.cloned());
                    return Some(Plan { class, args });
                }
            }
        }
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let Some(plan) = Plan::of(call.args) else {
        terminal.talk(USAGE);
        return Ok(Exit::FAILED);
    };
    let script = scripts::of_class(plan.class);
    if let Some(tool) = script.and_then(|script| TOOLS.iter().find(|tool| tool.script == script)) {
        return Ok(program::run(&Call { tool, args: &plan.args }, terminal));
    }
    match script {
        Some(script) => terminal.talk(scripts::excuse(script)),
        None => terminal.talk(format_args!(
            "rkafka: {} is a class of Java and no tool of Kafka's: install Java and Apache Kafka, and run its own \
             kafka-run-class.sh",
            plan.class
        )),
    }
    Ok(Exit::FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_arguments() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let line = words("-daemon -name kafkaServer -loggc -Xmx1G kafka.Kafka -x server.properties");
        let expected = Plan { class: "kafka.Kafka", args: words("-daemon -x server.properties") };
        assert_eq!(Plan::of(&line), Some(expected));
        assert_eq!(Plan::of(&words("-name x")), None);
        assert_eq!(Plan::of(&[]), None);
    }
}
