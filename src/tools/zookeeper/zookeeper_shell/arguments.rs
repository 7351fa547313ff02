//! Pure: what stands on the command line of `zookeeper-shell`: a server, the shell's options, and perhaps one command.
//!
//! As Kafka's script has it: `HOST:PORT[/CHROOT] [-zk-tls-config-file FILE] [COMMAND WORD...]`; the options of
//! ZooKeeper's own shell (`-server`, `-timeout`, `-r`, `-client-configuration`) stand in front of the command.

use anyhow::{anyhow, bail};
use clap::{Args, ValueEnum};

/// ZooKeeper's own default.
const TIMEOUT_MS: u32 = 30_000;

/// How answers look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    #[default]
    Text,
    Json,
}

/// What can be typed. clap makes help, completions and the manual page of it; [`read`] fills it.
#[derive(Debug, PartialEq, Eq, Args)]
#[command(about = "Look at and change what ZooKeeper holds.")]
pub struct ShellArgs {
    /// `host:port,host:port/chroot`.
    #[arg(value_name = "HOST:PORT[/CHROOT]", help = "The ZooKeeper servers, comma separated.")]
    pub server: String,
    #[arg(
        long = "zk-tls-config-file",
        value_name = "String: ZooKeeper TLS configuration",
        help = "A properties file with the zookeeper.ssl settings of this client."
    )]
    pub tls_file: Option<String>,
    /// The session timeout to ask for.
    #[arg(long = "timeout", value_name = "Integer: ms", help = "The session timeout.", default_value_t = TIMEOUT_MS)]
    pub timeout_ms: u32,
    #[arg(long, help = "Take a server that only reads, too; also -r.")]
    pub readonly: bool,
    #[arg(
        long = "client-configuration",
        value_name = "String: file",
        help = "A properties file with ZooKeeper's own client settings."
    )]
    pub client_file: Option<String>,
    #[arg(
        long,
        value_enum,
        value_name = "String: format",
        help = "How answers look: text, or json, an object a line.",
        default_value_t
    )]
    pub output: Output,
    /// Empty: read commands from stdin.
    #[arg(
        value_name = "COMMAND",
        num_args = 0..,
        trailing_var_arg = true,
        help = "One command, such as: get -s /brokers/ids/0. Without, commands are read from stdin."
    )]
    pub command: Vec<String>,
    /// Options that nobody knows; ZooKeeper's shell passes over them.
    #[arg(skip)]
    pub unknown: Vec<String>,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: the script says how it is used.
    Nothing,
    Help,
    Version,
    Shell(ShellArgs),
}

/// Reads what was typed after the tool's name.
pub fn read(args: &[String]) -> anyhow::Result<Asked> {
    if args.is_empty() {
        return Ok(Asked::Nothing);
    }
    let mut reader = Reader { args: args.to_vec(), at: 0 };
    let tls_file = reader.take_anywhere(&["-zk-tls-config-file", "--zk-tls-config-file"])?;
    let output = reader.take_anywhere(&["--output"])?.map_or_else(|| Ok(Output::default()), |word| output(&word))?;
    let (mut server, mut timeout_ms, mut readonly, mut client_file) = (None, TIMEOUT_MS, false, None);
    let mut unknown = Vec::new();
    while let Some(word) = reader.next() {
        match word.as_str() {
            "--help" | "-help" | "-h" => return Ok(Asked::Help),
            "--version" => return Ok(Asked::Version),
            "-server" | "--server" => server = Some(reader.value(&word)?),
            "-timeout" | "--timeout" => timeout_ms = millis(&reader.value(&word)?)?,
            "-client-configuration" | "--client-configuration" => client_file = Some(reader.value(&word)?),
            "-r" | "--readonly" => readonly = true,
            // Every command waits until there is a connection or none to be had.
            "-waitforconnection" => {}
            option if option.starts_with('-') => unknown.push(word),
            _ if server.is_none() => server = Some(word),
            _ => {
                reader.at -= 1;
                break;
            }
        }
    }
    let server = server.ok_or_else(|| anyhow!("no ZooKeeper server is named; try localhost:2181"))?;
    let command = reader.args.split_off(reader.at);
    Ok(Asked::Shell(ShellArgs { server, tls_file, timeout_ms, readonly, client_file, output, command, unknown }))
}

fn output(word: &str) -> anyhow::Result<Output> {
    let refusal = |_| {
        let values = Output::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let words: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        anyhow!("--output {word}: it can be {}", words.join(" or "))
    };
    Output::from_str(word, false).map_err(refusal)
}

fn millis(text: &str) -> anyhow::Result<u32> {
    text.parse().map_err(|_| anyhow!("-timeout {text}: it must be a number of milliseconds"))
}

struct Reader {
    args: Vec<String>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<String> {
        let word = self.args.get(self.at).cloned();
        self.at += usize::from(word.is_some());
        word
    }

    fn value(&mut self, option: &str) -> anyhow::Result<String> {
        self.next().ok_or_else(|| anyhow!("Error: no argument found for option {option}"))
    }

    /// Takes out an option that may stand anywhere, also behind the command: none of the commands has one of that name.
    fn take_anywhere(&mut self, names: &[&str]) -> anyhow::Result<Option<String>> {
        let end = self.args.iter().position(|word| word == "--").unwrap_or(self.args.len());
        let matches = |word: &String| names.contains(&word.split('=').next().unwrap_or_default());
        let Some(at) = self.args.get(..end).and_then(|words| words.iter().position(matches)) else { return Ok(None) };
        let word = self.args.remove(at);
        if let Some((_, value)) = word.split_once('=') {
            return Ok(Some(value.to_owned()));
        }
        if at == self.args.len() {
            bail!("Error: no value provided with option {word}");
        }
        Ok(Some(self.args.remove(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::kafka_command;

    fn asked(line: &str) -> Result<ShellArgs, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match read(&args) {
            Ok(Asked::Shell(args)) => Ok(args),
            Ok(other) => Err(format!("{other:?}")),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn servers_options_and_commands() {
        for line in [
            "zk:1/k ls -s /",
            "-server zk:1/k ls -s /",
            "zk:1/k -waitforconnection ls -s /",
            "zk:1/k -timeout 30000 ls -s /",
        ] {
            let call = asked(line).unwrap();
            assert_eq!((call.server.as_str(), call.command.join(" ").as_str()), ("zk:1/k", "ls -s /"), "{line}");
            assert_eq!((call.timeout_ms, call.output, call.readonly), (TIMEOUT_MS, Output::Text, false));
        }
        for line in
            ["h --output json -zk-tls-config-file f -r get /a", "--output=json h -r get /a -zk-tls-config-file f"]
        {
            let call = asked(line).unwrap();
            assert_eq!((call.output, call.tls_file.as_deref(), call.readonly), (Output::Json, Some("f"), true));
            assert_eq!(call.command, ["get", "/a"]);
        }
        assert_eq!(asked("h -frob ls").unwrap().unknown, ["-frob"]);
        assert_eq!(asked("h create /a -- --output").unwrap().command, ["create", "/a", "--", "--output"]);
    }

    /// clap has the options for the help, [`read`] for the command line.
    #[test]
    fn every_option_of_the_help_is_read() {
        for arg in kafka_command::<ShellArgs>().get_arguments() {
            let Some(name) = arg.get_long() else { continue };
            let mut line = vec![format!("--{name}")];
            if arg.get_action().takes_values() {
                let default = arg.get_default_values().first();
                line.push(default.map_or("x".to_owned(), |value| value.to_string_lossy().into_owned()));
            }
            line.push("h".to_owned());
            if let Asked::Shell(args) = read(&line).unwrap() {
                assert_eq!((args.server.as_str(), args.unknown), ("h", Vec::<String>::new()), "--{name}");
            }
        }
    }

    #[test]
    fn what_is_wrong() {
        assert_eq!(read(&[]).unwrap(), Asked::Nothing);
        for (line, error) in [
            ("--help", "Help"),
            ("-r", "no ZooKeeper server is named; try localhost:2181"),
            ("h -timeout", "Error: no argument found for option -timeout"),
            ("h -timeout x", "-timeout x: it must be a number of milliseconds"),
            ("h -zk-tls-config-file", "Error: no value provided with option -zk-tls-config-file"),
            ("h --output xml ls /", "--output xml: it can be text or json"),
        ] {
            assert_eq!(asked(line), Err(error.to_owned()));
        }
    }
}
