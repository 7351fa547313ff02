//! `rkafka context`: named clusters, so that no command needs to be told again where the servers are.

use crate::{
    access::secrets::{HIDDEN, is_secret},
    contexts::{
        self,
        file::{Context, Contexts},
    },
    options::clap_command,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

pub const TOOL: Tool =
    Tool { name: "context", script: "context", command: clap_command::<ContextArgs>, run, shows: &[&LISTED, &SHOWN] };

/// A context of the list.
const LISTED: Shape<3> = Shape::rows(
    "context list",
    [
        Field::text("name", "The context's name."),
        Field::boolean("current", "Whether it is the one in use."),
        Field::text("bootstrapServers", "Its servers; null if it names none."),
    ],
);

/// One context, whole.
const SHOWN: Shape<3> = Shape::single(
    "context show",
    [
        Field::text("name", "The context's name."),
        Field::object("settings", "Its settings, by the names that the file has."),
        Field::object("properties", "Properties of clients; what looks like a secret is `[hidden]`."),
    ],
);

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "Keep named clusters: where their servers are and how to speak with them",
    after_help = "The file is ~/.config/rkafka/config.toml ($XDG_CONFIG_HOME, $RKAFKA_CONFIG). A value of a property may be \
                  ${env:NAME} or ${file:PATH}, so that a secret need not stand there. RKAFKA_CONTEXT names the context of a \
                  shell, --context that of one command.\n\nExamples:\n  rkafka context add prod --bootstrap-servers \
                  a:9092,b:9092 --use\n  rkafka context add test --bootstrap-servers t:9092 --property client.id=me --output \
                  json\n  rkafka topics --list --context test\n  rkafka context use prod"
)]
struct ContextArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Add a context, or replace the one of that name
    Add(Box<AddArgs>),
    /// List the contexts
    List,
    /// Show a context: the one in use, or another
    Show {
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Make a context the one in use
    Use {
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Remove a context
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
    },
}

#[derive(Debug, Args)]
struct AddArgs {
    #[arg(value_name = "NAME")]
    name: String,
    #[arg(long, value_name = "HOST:PORT,...", help = "The servers to connect to")]
    bootstrap_servers: Option<String>,
    #[arg(long, value_name = "VERSION", help = "The release of Kafka whose texts the tools have: 3.9 or 4.4")]
    compat: Option<String>,
    #[arg(long = "output", id = "context_output", value_name = "FORMAT", help = "How tools lay out what they show")]
    output: Option<String>,
    #[arg(long, value_name = "PATH", help = "A properties file for all clients")]
    properties_file: Option<String>,
    #[arg(long = "property", value_name = "KEY=VALUE", help = "A property for all clients; may be repeated")]
    properties: Vec<String>,
    #[arg(long, value_name = "URL", help = "The Schema Registry")]
    schema_registry: Option<String>,
    #[arg(long, value_name = "TIME", help = "How long servers that cannot be reached are tried, such as 10s")]
    timeout: Option<String>,
    #[arg(long = "use", help = "Make it the context in use; the first one is so anyway")]
    use_it: bool,
}

impl AddArgs {
    /// The context that is meant.
    fn context(&self) -> anyhow::Result<Context> {
        if self.name.is_empty() {
            bail!("a context has a name");
        }
        let mut context = Context::default();
        let given = [
            ("bootstrap-servers", &self.bootstrap_servers),
            ("compat", &self.compat),
            ("output", &self.output),
            ("properties-file", &self.properties_file),
            ("schema-registry", &self.schema_registry),
            ("timeout", &self.timeout),
        ];
        for (key, value) in given {
            if let Some(value) = value {
                context.set(key, value).map_err(|reason| anyhow!("--{reason}"))?;
            }
        }
        if let Some(servers) = &self.bootstrap_servers {
            rkafka_client::parse_addresses(servers).map_err(|error| anyhow!("--bootstrap-servers: {error}"))?;
        }
        for pair in &self.properties {
            let Some((key, value)) = pair.split_once('=') else { bail!("--property {pair}: write KEY=VALUE") };
            context.properties.insert(key.trim().to_owned(), value.trim().to_owned());
        }
        Ok(context)
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: ContextArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let mut contexts = contexts::read()?;
    match args.action {
        Action::List => list(&contexts, terminal)?,
        Action::Show { name } => show(&contexts, name.as_deref(), terminal)?,
        Action::Add(added) => {
            let context = added.context()?;
            let is_first = contexts.names().is_empty();
            contexts.put(&added.name, &context);
            if added.use_it || is_first {
                contexts.set_current(&added.name);
            }
            let path = contexts::write(&contexts)?;
            let in_use = if contexts.current() == Some(&added.name) { ", and it is in use" } else { "" };
            terminal.talk(format_args!("The context '{}' stands in {}{in_use}.", added.name, path.display()));
        }
        Action::Use { name } => {
            contexts.known(&name).map_err(|reason| anyhow!(reason))?;
            contexts.set_current(&name);
            contexts::write(&contexts)?;
            terminal.talk(format_args!("The context '{name}' is in use."));
        }
        Action::Remove { name } => {
            contexts.known(&name).map_err(|reason| anyhow!(reason))?;
            contexts.remove(&name);
            contexts::write(&contexts)?;
            terminal.talk(format_args!("The context '{name}' is removed."));
        }
    }
    if let Some(path) = contexts::path().filter(|path| contexts::is_open_to_others(path)) {
        terminal.talk(format_args!("{0} may be read by others: chmod 600 {0}", path.display()));
    }
    Ok(Exit::OK)
}

fn list(contexts: &Contexts, terminal: &mut Terminal) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for name in contexts.names() {
        let context = contexts.known(&name).map_err(|reason| anyhow!(reason))?;
        rows.push((contexts.current() == Some(&name), context.setting("bootstrap-servers").map(str::to_owned), name));
    }
    if terminal.format() != Format::Text {
        let row = |(is_current, servers, name)| [json!(name), json!(is_current), json!(servers)];
        return Ok(terminal.show(&LISTED, rows.into_iter().map(row))?);
    }
    let width = rows.iter().map(|(_, _, name)| name.chars().count()).max().unwrap_or_default();
    for (is_current, servers, name) in rows {
        let mark = if is_current { '*' } else { ' ' };
        terminal.line(format!("{mark} {name:<width$}  {}", servers.unwrap_or_default()).trim_end())?;
    }
    Ok(())
}

fn show(contexts: &Contexts, name: Option<&str>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let Some(name) = name.or(contexts.current()) else {
        bail!("no context is in use: 'rkafka context use NAME' changes that, 'rkafka context list' has the names");
    };
    let context = contexts.known(name).map_err(|reason| anyhow!(reason))?;
    let shown = |key: &str, value: &str| match is_secret(key) && !value.starts_with("${") {
        true => HIDDEN.to_owned(),
        false => value.to_owned(),
    };
    let settings = context.settings.iter().map(|(key, value)| (key.clone(), value.clone()));
    let properties = context.properties.iter().map(|(key, value)| (key.clone(), shown(key, value)));
    if terminal.format() != Format::Text {
        let object = |pairs: Vec<(String, String)>| {
            Value::Object(pairs.into_iter().map(|(key, value)| (key, json!(value))).collect::<Map<_, _>>())
        };
        let row = [json!(name), object(settings.collect()), object(properties.collect())];
        return Ok(terminal.show(&SHOWN, [row])?);
    }
    terminal.line(name)?;
    for (key, value) in settings.chain(properties) {
        terminal.line(format_args!("  {key} = {value}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches;

    fn context(words: &[&str]) -> Result<Context, String> {
        let line = [&["context", "add"], words].concat();
        let matches = clap_command::<ContextArgs>().try_get_matches_from(line).map_err(|error| error.to_string())?;
        match ContextArgs::from_arg_matches(&matches).map_err(|error| error.to_string())?.action {
            Action::Add(added) => added.context().map_err(|error| error.to_string()),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn a_context_from_options() {
        let found = context(&["a", "--bootstrap-servers", "b:1", "--property", "x = y=z", "--output", "json"]).unwrap();
        assert_eq!(found.setting("bootstrap-servers"), Some("b:1"));
        assert_eq!(found.setting("output"), Some("json"));
        assert_eq!(found.properties["x"], "y=z");
    }

    #[test]
    fn bad_values_are_named() {
        for (words, part) in [
            (["a", "--bootstrap-servers", "b"], "--bootstrap-servers: Invalid url"),
            (["a", "--output", "xml"], "--output = 'xml' is not a format"),
            (["a", "--property", "x"], "--property x: write KEY=VALUE"),
            (["a", "--timeout", "soon"], "--timeout: 'soon' is not a time"),
        ] {
            let error = context(&words).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
