//! Pure: what stands on the command line of `zookeeper-shell`: a server, the shell's options, and perhaps one command.
//!
//! As Kafka's script has it: `HOST:PORT[/CHROOT] [-zk-tls-config-file FILE] [COMMAND WORD...]`; the options of
//! ZooKeeper's own shell (`-server`, `-timeout`, `-r`, `-client-configuration`) stand in front of the command.

use anyhow::{anyhow, bail};
use std::time::Duration;

/// ZooKeeper's own default.
const TIMEOUT: Duration = Duration::from_millis(30_000);

/// How answers look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Text,
    Json,
}

/// One call of the shell.
#[derive(Debug, PartialEq, Eq)]
pub struct Invocation {
    /// `host:port,host:port/chroot`.
    pub server: String,
    /// The session timeout to ask for.
    pub timeout: Duration,
    /// Take a server that only reads, too.
    pub read_only: bool,
    /// A properties file with Kafka's `zookeeper.ssl.…` settings.
    pub tls_file: Option<String>,
    /// A properties file with ZooKeeper's own client settings.
    pub client_file: Option<String>,
    pub output: Output,
    /// Empty: read commands from stdin.
    pub command: Vec<String>,
    /// Options that nobody knows; ZooKeeper's shell passes over them.
    pub unknown: Vec<String>,
}

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Nothing: the script says how it is used.
    Nothing,
    Help,
    Version,
    Shell(Invocation),
}

/// Reads what was typed after the tool's name.
pub fn read(args: &[String]) -> anyhow::Result<Asked> {
    if args.is_empty() {
        return Ok(Asked::Nothing);
    }
    let mut reader = Reader { args: args.to_vec(), at: 0 };
    let tls_file = reader.take_anywhere(&["-zk-tls-config-file", "--zk-tls-config-file"])?;
    let output = match reader.take_anywhere(&["--output"])?.as_deref() {
        None | Some("text") => Output::Text,
        Some("json") => Output::Json,
        Some(other) => bail!("--output {other}: it can be text or json"),
    };
    let (mut server, mut timeout, mut read_only, mut client_file) = (None, TIMEOUT, false, None);
    let mut unknown = Vec::new();
    while let Some(word) = reader.next() {
        match word.as_str() {
            "--help" | "-help" | "-h" => return Ok(Asked::Help),
            "--version" => return Ok(Asked::Version),
            "-server" | "--server" => server = Some(reader.value(&word)?),
            "-timeout" | "--timeout" => timeout = millis(&reader.value(&word)?)?,
            "-client-configuration" | "--client-configuration" => client_file = Some(reader.value(&word)?),
            "-r" | "--readonly" => read_only = true,
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
    Ok(Asked::Shell(Invocation { server, timeout, read_only, tls_file, client_file, output, command, unknown }))
}

fn millis(text: &str) -> anyhow::Result<Duration> {
    let millis = text.parse::<u32>().map_err(|_| anyhow!("-timeout {text}: it must be a number of milliseconds"))?;
    Ok(Duration::from_millis(u64::from(millis)))
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

    fn asked(line: &str) -> Result<Invocation, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        match read(&args) {
            Ok(Asked::Shell(invocation)) => Ok(invocation),
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
            assert_eq!((call.timeout, call.output, call.read_only), (TIMEOUT, Output::Text, false));
        }
        for line in
            ["h --output json -zk-tls-config-file f -r get /a", "--output=json h -r get /a -zk-tls-config-file f"]
        {
            let call = asked(line).unwrap();
            assert_eq!((call.output, call.tls_file.as_deref(), call.read_only), (Output::Json, Some("f"), true));
            assert_eq!(call.command, ["get", "/a"]);
        }
        assert_eq!(asked("h -frob ls").unwrap().unknown, ["-frob"]);
        assert_eq!(asked("h create /a -- --output").unwrap().command, ["create", "/a", "--", "--output"]);
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
