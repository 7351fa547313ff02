//! What happens between a command line and its tool: the words that all tools understand are taken out, the context in use
//! is read, and the servers are found if the tool's own options name none.

use crate::{
    access::{
        client_defaults, properties,
        servers::{self, Servers, Source},
    },
    contexts::{self, file::Context},
    era::Era,
    invocation::{self, Invocation, Understood},
    launcher::is_kafka_script,
    terminal::{Terminal, output::Format},
    tool::{Exit, Tool},
};
use anyhow::{Context as _, anyhow};
use rkafka_client::{GIVE_UP_AFTER, Properties};
use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    time::Duration,
};

/// How long `rkafka NAME` tries servers that cannot be reached. Under Kafka's own names Kafka's times hold.
const GIVE_UP_BY_DEFAULT: Duration = Duration::from_secs(5);
/// `RKAFKA_STRICT=1`: as `--strict`.
const STRICT_VARIABLE: &str = "RKAFKA_STRICT";
/// A longer first line of a file is no secret.
const MAX_SECRET_BYTES: u64 = 64 * 1024;
/// The client property that names a Schema Registry, as Confluent's tools call it.
const SCHEMA_REGISTRY: &str = "schema.registry.url";

/// A call that can be run.
#[derive(Debug)]
pub struct Prepared {
    /// For the tool.
    pub args: Vec<String>,
    /// Whose texts are spoken, unless the environment says so.
    pub era: Era,
    /// The servers, if they were looked for.
    pub servers: Option<Servers>,
    /// Whether to say where they were found.
    pub is_verbose: bool,
    /// Whether what Kafka's tool only tells of is a failure.
    pub is_strict: bool,
}

/// What a tool understands of the common words when `word` called it.
pub fn understood(tool: &Tool, word: &str) -> Understood {
    let is_ours = word == tool.name && !is_kafka_script(word);
    Understood { output: !tool.shows.is_empty(), cluster: is_ours && invocation::asks_cluster(&(tool.command)()) }
}

/// Prepares a call of `tool` by the name `word`. From then on `terminal` has the format that is asked for.
///
/// Errors: a common word has a bad value; the context does not exist, or its file cannot be read.
pub fn prepare(tool: &Tool, word: &str, args: &[String], terminal: &mut Terminal) -> anyhow::Result<Prepared> {
    let understood = understood(tool, word);
    let none = Understood { output: false, cluster: false };
    if understood == none {
        let (args, era, is_strict) = (args.to_vec(), Era::default(), wants_strictness());
        return Ok(Prepared { args, era, servers: None, is_verbose: false, is_strict });
    }
    let command = (tool.command)();
    let invocation = Invocation::read(&command, understood, args)?;
    // What is wrong with the context is told in this format, too.
    terminal.lay_out(invocation.output.unwrap_or_default());
    let context = match understood.cluster {
        true => context_in_use(invocation.context.as_deref())?,
        false => None,
    };
    let setting = |key: &str| context.as_ref().and_then(|(_, context)| context.setting(key));
    // Of the context's file these are known to be right.
    let format = invocation.output.or_else(|| setting("output").and_then(Format::named)).unwrap_or_default();
    terminal.lay_out(if understood.output { format } else { Format::Text });
    let era = Era::of(setting("compat"), Era::default()).map_err(|reason| anyhow!(reason))?;
    let is_strict = invocation.is_strict || wants_strictness();
    let (args, is_verbose) = (invocation.rest.clone(), invocation.is_verbose);
    let mut prepared = Prepared { args, era, servers: None, is_verbose, is_strict };
    if understood.cluster {
        // Whoever sees both streams reads it once.
        if terminal.out_is_screen() && terminal.err_is_screen() {
            terminal.be_brief();
        }
        let of_context = context.as_ref().map(|(_, context)| context);
        client_defaults::set(defaults(of_context, invocation.timeout)?);
        if invocation.wants_servers(&command) {
            let named =
                context.as_ref().and_then(|(name, context)| Some((&**name, context.setting("bootstrap-servers")?)));
            let found = servers::find(&servers_of_files(&invocation)?, named, invocation.context.is_some());
            prepared.args = invocation.with_servers(&command, &found.addresses);
            prepared.servers = Some(found);
        }
    }
    Ok(prepared)
}

/// Whether the environment asks for it, under whichever name a tool is called.
fn wants_strictness() -> bool {
    env::var_os(STRICT_VARIABLE).is_some_and(|text| !text.is_empty() && text != "0")
}

impl Prepared {
    /// The exit code, of which strictness makes more failures than Kafka's tools know.
    pub fn judge(&self, exit: Exit, terminal: &Terminal) -> Exit {
        if self.is_strict && exit == Exit::OK && terminal.has_failed() { Exit::FAILED } else { exit }
    }

    /// Says which servers are asked, if that was wanted.
    pub fn tell(&self, terminal: &mut Terminal) {
        if let Some(Servers { addresses, source }) = self.servers.as_ref().filter(|_| self.is_verbose) {
            terminal.talk(format_args!("rkafka: asking {addresses} ({source})"));
        }
    }

    /// Says it when the tool has failed and nobody had named the servers.
    pub fn tell_failed(&self, exit: Exit, terminal: &mut Terminal) {
        let guessed = self.servers.as_ref().filter(|servers| matches!(servers.source, Source::Dev | Source::Default));
        if let Some(Servers { addresses, source }) = guessed.filter(|_| exit != Exit::OK && !self.is_verbose) {
            terminal.talk(format_args!("(asked {addresses}: {source})"));
        }
    }
}

/// The context that was asked for by name, or that of the environment, or the current one, with its name.
fn context_in_use(asked_for: Option<&str>) -> anyhow::Result<Option<(String, Context)>> {
    let variable = env::var(contexts::CONTEXT_VARIABLE).ok().filter(|name| !name.is_empty());
    let asked_for = asked_for.map(str::to_owned).or(variable);
    let contexts = contexts::read()?;
    let Some(name) = asked_for.or_else(|| contexts.current().map(str::to_owned)) else { return Ok(None) };
    let context = contexts.known(&name).map_err(|reason| anyhow!(reason))?;
    Ok(Some((name, context)))
}

/// The servers of a context, if it names some, and what its clients are told: for tools that ask two clusters.
///
/// Errors: there is no such context, or it cannot be read.
pub fn cluster_of(context: &str) -> anyhow::Result<(Option<String>, Properties)> {
    let Some((_, context)) = context_in_use(Some(context))? else { return Ok((None, Properties::new())) };
    Ok((context.setting("bootstrap-servers").map(str::to_owned), defaults(Some(&context), None)?))
}

/// What all clients are told. `typed` is how long to try servers that cannot be reached, if the command line says so.
fn defaults(context: Option<&Context>, typed: Option<Duration>) -> anyhow::Result<Properties> {
    // In a context's file it is known to be right.
    let of_context = || invocation::duration(context?.setting("timeout")?).ok();
    let give_up = typed.or_else(of_context).unwrap_or(GIVE_UP_BY_DEFAULT);
    let mut all = properties::load_alone(context.and_then(|context| context.setting("properties-file")))?;
    if let Some(context) = context {
        for (key, text) in &context.properties {
            all.insert(key.clone(), resolved(text).with_context(|| format!("the context's property {key}"))?);
        }
        if let Some(url) = context.setting("schema-registry") {
            all.insert(SCHEMA_REGISTRY.to_owned(), url.to_owned());
        }
    }
    all.insert(GIVE_UP_AFTER.to_owned(), give_up.as_millis().to_string());
    Ok(all)
}

/// `${env:NAME}` and `${file:PATH}` are what they name; other text is itself.
fn resolved(text: &str) -> anyhow::Result<String> {
    let inside = |prefix: &str| text.strip_prefix(prefix).and_then(|rest| rest.strip_suffix('}'));
    if let Some(name) = inside("${env:") {
        return env::var(name).map_err(|_| anyhow!("the variable {name} is not set"));
    }
    if let Some(path) = inside("${file:") {
        let mut line = String::new();
        let read = File::open(path).and_then(|file| BufReader::new(file.take(MAX_SECRET_BYTES)).read_line(&mut line));
        read.with_context(|| format!("cannot read {path}"))?;
        return Ok(line.trim_end_matches(['\n', '\r']).to_owned());
    }
    Ok(text.to_owned())
}

/// The servers that the clients' files of the command line name.
fn servers_of_files(invocation: &Invocation) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for path in invocation.client_files() {
        // What is no plain file, such as bash's <(...), can be read only once, and that is the tool's to do.
        if !fs::metadata(path).is_ok_and(|found| found.is_file()) {
            continue;
        }
        // A file that cannot be read is the tool's to complain about.
        let Ok(mut file) = properties::load_alone(Some(path)) else { continue };
        found.extend(file.remove("bootstrap.servers").map(|servers| (path.to_owned(), servers)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{self, Write},
        os::fd::AsRawFd,
    };

    #[test]
    fn secrets_may_stand_elsewhere() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"hush\nmore").unwrap();
        assert_eq!(resolved(&format!("${{file:{}}}", file.path().display())).unwrap(), "hush");
        assert_eq!(resolved("${envy}").unwrap(), "${envy}");
        let error = resolved("${env:RKAFKA_NO_SUCH_VARIABLE}").unwrap_err().to_string();
        assert_eq!(error, "the variable RKAFKA_NO_SUCH_VARIABLE is not set");
    }

    #[test]
    fn only_our_own_names_look_for_servers() {
        let tool = crate::tools::TOOLS.iter().find(|tool| tool.name == "topics").unwrap();
        assert!(understood(tool, "topics").cluster);
        assert!(!understood(tool, "kafka-topics").cluster && !understood(tool, "kafka-topics.sh").cluster);
    }

    #[test]
    fn what_clients_are_told() {
        let mut context = Context::default();
        context.set("schema-registry", "http://r:1").unwrap();
        context.properties.insert("client.id".into(), "me".into());
        let told = defaults(Some(&context), Some(Duration::from_secs(2))).unwrap();
        assert_eq!(told["client.id"], "me");
        assert_eq!(told["schema.registry.url"], "http://r:1");
        assert_eq!(told[GIVE_UP_AFTER], "2000");
        assert_eq!(defaults(Some(&context), None).unwrap()[GIVE_UP_AFTER], "5000");
        context.set("timeout", "30s").unwrap();
        assert_eq!(defaults(Some(&context), None).unwrap()[GIVE_UP_AFTER], "30000");
    }

    #[test]
    fn what_can_be_read_only_once_is_left_to_the_tool() {
        let (mut reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"bootstrap.servers=a:1\n").unwrap();
        drop(writer);
        let rest = vec!["--command-config".to_owned(), format!("/dev/fd/{}", reader.as_raw_fd())];
        assert!(servers_of_files(&Invocation { rest, ..Invocation::default() }).unwrap().is_empty());
        let mut left = String::new();
        reader.read_to_string(&mut left).unwrap();
        assert_eq!(left, "bootstrap.servers=a:1\n");
    }
}
