//! `kafka-run-class CLASS ARG...`: runs the tool that Kafka has in that class. Other classes need Java, and are told so.

use crate::{
    background, program, scripts,
    terminal::Terminal,
    tool::{Call, Exit, Tool},
    tools::TOOLS,
};
use clap::{Arg, Command};

pub const TOOL: Tool = Tool { name: "run-class", script: "kafka-run-class", command, run, shows: &[] };

const USAGE: &str = "USAGE: kafka-run-class.sh [-daemon] [-name servicename] [-loggc] classname [opts]";

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
    /// `-daemon`: in the background.
    is_daemon: bool,
    /// `-name`: what the file with the output of that is called.
    name: Option<&'a str>,
}

impl<'a> Plan<'a> {
    /// Options for Java and its logs are passed over.
    fn of(words: &'a [String]) -> Option<Plan<'a>> {
        let mut words = words.iter();
        let (mut is_daemon, mut name) = (false, None);
        loop {
            match words.next()?.as_str() {
                "-daemon" => is_daemon = true,
                "-name" => name = Some(words.next()?.as_str()),
                option if option.starts_with('-') => {}
                class => return Some(Plan { class, args: words.cloned().collect(), is_daemon, name }),
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
        let call = Call::new(tool, &plan.args, call.era());
        return match plan.is_daemon {
            true => background::start(&call, &format!("{}.out", plan.name.unwrap_or(tool.script))),
            false => Ok(program::run(&call, terminal)),
        };
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
        let (class, args) = ("kafka.Kafka", words("-x server.properties"));
        let expected = Plan { class, args, is_daemon: true, name: Some("kafkaServer") };
        assert_eq!(Plan::of(&line), Some(expected));
        assert_eq!(Plan::of(&words("-name x")), None);
        assert_eq!(Plan::of(&[]), None);
    }
}
