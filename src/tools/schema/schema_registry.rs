//! `rkafka schema`: what a schema registry has, and what it would make of another schema.

use crate::{
    block_on::block_on_for_reader,
    options::clap_command,
    schemas::{
        registry::{
            Asked, Registry, RegistryAccess, kind_of_file,
            schema_text::{Reference, SchemaKind, SchemaText},
        },
        schema_args::{RegistryEnvironment, URL_VARIABLE},
    },
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fs;

pub const TOOL: Tool = Tool {
    name: "schema",
    script: "schema",
    command: clap_command::<SchemaToolArgs>,
    run,
    shows: &[&SUBJECTS, &VERSIONS, &SCHEMA, &REGISTERED, &CHECKED, &LEVEL],
};

const SUBJECTS: Shape<1> = Shape::rows("schema list", [Field::text("subject", "The subject's name.")]);
const VERSIONS: Shape<2> = Shape::rows(
    "schema list SUBJECT",
    [Field::text("subject", "The subject's name."), Field::integer("version", "The number of a version.")],
);
const SCHEMA: Shape<6> = Shape::single(
    "schema get",
    [
        Field::text("subject", "The subject; null if the schema was asked for by its id."),
        Field::integer("version", "The number of the version; null likewise."),
        Field::integer("id", "The id that messages name."),
        Field::text("schemaType", "AVRO, PROTOBUF or JSON."),
        Field::text("schema", "The schema's text."),
        Field::list("references", "Schemas that it names: objects of name, subject and version."),
    ],
);
const REGISTERED: Shape<2> = Shape::single(
    "schema register",
    [Field::text("subject", "The subject."), Field::integer("id", "The id that messages name.")],
);
const CHECKED: Shape<3> = Shape::single(
    "schema check",
    [
        Field::text("subject", "The subject."),
        Field::boolean("compatible", "Whether the schema may be registered."),
        Field::list("messages", "What is incompatible, in the registry's words."),
    ],
);
const LEVEL: Shape<2> = Shape::single(
    "schema config",
    [
        Field::text("subject", "The subject; null for the level of all."),
        Field::text("compatibility", "NONE, BACKWARD, FORWARD, FULL, or one of the last three with _TRANSITIVE."),
    ],
);

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "List, get, register and check schemas of a Schema Registry",
    after_help = "Examples:\n  \
                  rkafka schema --schema-registry http://localhost:8081 list\n  \
                  rkafka schema get orders-value --version 3\n  \
                  rkafka schema check orders-value order.avsc && rkafka schema register orders-value order.avsc\n  \
                  rkafka schema config orders-value --set FULL"
)]
struct SchemaToolArgs {
    #[arg(long, value_name = "URLS", help = "The registry, https://host:8081 [default: SCHEMA_REGISTRY_URL]")]
    schema_registry: Option<String>,
    #[arg(
        long,
        value_name = "USER:PASSWORD",
        help = "Who asks [default: SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO, which who lists processes does not see]"
    )]
    schema_registry_user: Option<String>,
    #[arg(long, value_name = "FILE", help = "Certificates in PEM to trust instead of the system's")]
    schema_registry_ca: Option<String>,
    #[command(subcommand)]
    command: SchemaCommand,
}

#[derive(Debug, Subcommand)]
enum SchemaCommand {
    /// List the subjects, or the versions of one
    List {
        #[arg(value_name = "SUBJECT")]
        subject: Option<String>,
        #[arg(long, help = "With those that are marked as deleted")]
        deleted: bool,
    },
    /// Print a schema
    Get {
        #[arg(value_name = "SUBJECT", required_unless_present = "id")]
        subject: Option<String>,
        #[arg(long, value_name = "N|latest", default_value = "latest", value_parser = version, conflicts_with = "id")]
        version: String,
        #[arg(long, value_name = "ID", help = "By the id that messages name", conflicts_with = "subject")]
        id: Option<u32>,
    },
    /// Register a schema below a subject, and print its id
    Register(FileArgs),
    /// Tell whether a schema may be registered: 0 if it is compatible, 1 if it is not
    Check {
        #[command(flatten)]
        file: FileArgs,
        #[arg(
            long,
            value_name = "N|latest|all",
            default_value = "all",
            help = "Against which version; all means those that the subject's level names"
        )]
        version: String,
    },
    /// Print or set the level of compatibility, of a subject or of all
    Config {
        #[arg(value_name = "SUBJECT")]
        subject: Option<String>,
        #[arg(
            long,
            value_name = "LEVEL",
            help = "NONE, BACKWARD, FORWARD, FULL, or one of the last three _TRANSITIVE"
        )]
        set: Option<String>,
    },
}

#[derive(Debug, Args)]
struct FileArgs {
    #[arg(value_name = "SUBJECT")]
    subject: String,
    #[arg(value_name = "FILE", help = "FILE.avsc, FILE.proto or a JSON Schema in FILE.json")]
    file: String,
    #[arg(long = "type", value_name = "avro|protobuf|json-schema", help = "What the file is, whatever its name")]
    kind: Option<SchemaKind>,
    #[arg(
        long = "reference",
        value_name = "NAME=SUBJECT:VERSION",
        value_parser = reference,
        help = "A schema that the file names; may be repeated"
    )]
    references: Vec<Reference>,
}

fn version(text: &str) -> Result<String, String> {
    match text.parse::<u32>() {
        Ok(number) if number > 0 => Ok(text.to_owned()),
        _ if text == "latest" => Ok(text.to_owned()),
        _ => Err("a version is a number from 1, or latest".into()),
    }
}

fn reference(text: &str) -> Result<Reference, String> {
    let parts = text.split_once('=').and_then(|(name, rest)| Some((name, rest.rsplit_once(':')?)));
    let parts = parts.and_then(|(name, (subject, version))| Some((name, subject, version.parse().ok()?)));
    match parts {
        Some((name, subject, version)) if !name.is_empty() && !subject.is_empty() => {
            Ok(Reference { name: name.to_owned(), subject: subject.to_owned(), version })
        }
        _ => Err("it has to look like other.proto=other-value:1".into()),
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: SchemaToolArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let environment = RegistryEnvironment::read();
    let urls = args.schema_registry.or(environment.urls);
    let urls = urls.ok_or_else(|| anyhow!("where is the registry? --schema-registry URL, or {URL_VARIABLE}, tells"))?;
    let user_info = args.schema_registry_user.or(environment.user_info);
    let registry = Registry::new(&RegistryAccess { urls, user_info, ca_file: args.schema_registry_ca })?;
    block_on_for_reader(answer(&registry, &args.command, terminal))
}

async fn answer(registry: &Registry, command: &SchemaCommand, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    match command {
        SchemaCommand::List { subject, deleted } => list(registry, subject.as_deref(), *deleted, terminal).await?,
        SchemaCommand::Get { id: Some(id), .. } => {
            let path = id.to_string();
            let answer = registry.call(&Asked::get(&["schemas", "ids", &path])).await?;
            show_schema(&answer, Some(*id), terminal)?;
        }
        SchemaCommand::Get { subject, version, .. } => {
            let path = ["subjects", subject.as_deref().unwrap_or_default(), "versions", version];
            show_schema(&registry.call(&Asked::get(&path)).await?, None, terminal)?;
        }
        SchemaCommand::Register(file) => {
            let id = registry.register(&file.subject, &file.schema()?).await?;
            match terminal.format() {
                Format::Text => terminal.line(id)?,
                _ => terminal.show(&REGISTERED, [[json!(file.subject), json!(id)]])?,
            }
        }
        SchemaCommand::Check { file, version } => return check(registry, file, version, terminal).await,
        SchemaCommand::Config { subject, set } => {
            config(registry, subject.as_deref(), set.as_deref(), terminal).await?;
        }
    }
    Ok(Exit::OK)
}

const DELETED: &[(&str, &str)] = &[("deleted", "true")];

async fn list(
    registry: &Registry,
    subject: Option<&str>,
    deleted: bool,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let path: Vec<&str> = match subject {
        Some(subject) => vec!["subjects", subject, "versions"],
        None => vec!["subjects"],
    };
    let answer = registry.call(&Asked::get(&path).with_query(if deleted { DELETED } else { &[] })).await?;
    let list = answer.as_array().ok_or_else(|| anyhow!("the schema registry's answer is no list"))?;
    match (terminal.format(), subject) {
        (Format::Text, _) => {
            for one in list {
                terminal.line(words(one))?;
            }
        }
        (_, None) => terminal.show(&SUBJECTS, list.iter().map(|one| [one.clone()]))?,
        (_, Some(subject)) => terminal.show(&VERSIONS, list.iter().map(|one| [json!(subject), one.clone()]))?,
    }
    Ok(())
}

/// A schema; as text, as it was registered.
fn show_schema(answer: &Value, id: Option<u32>, terminal: &mut Terminal) -> anyhow::Result<()> {
    let schema = SchemaText::of(answer)?;
    if terminal.format() == Format::Text {
        terminal.line(schema.text.trim_end())?;
        return Ok(());
    }
    let of = |name: &str| answer.get(name).cloned().unwrap_or(Value::Null);
    let id = id.map_or_else(|| of("id"), |id| json!(id));
    let references = answer.get("references").filter(|list| list.is_array()).cloned().unwrap_or_else(|| json!([]));
    let row = [of("subject"), of("version"), id, json!(schema.kind.to_string()), json!(schema.text), references];
    terminal.show(&SCHEMA, [row])?;
    Ok(())
}

async fn check(registry: &Registry, file: &FileArgs, version: &str, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let one = ["compatibility", "subjects", &file.subject, "versions", version];
    let path = if version == "all" { &one[..4] } else { &one[..] };
    let asked = Asked::post(path, file.schema()?.body()).with_query(&[("verbose", "true")]);
    let answer = registry.call(&asked).await?;
    let Some(is_compatible) = answer.get("is_compatible").and_then(Value::as_bool) else {
        bail!("the schema registry does not tell whether it is compatible");
    };
    let messages = answer.get("messages").filter(|list| list.is_array()).cloned().unwrap_or_else(|| json!([]));
    if terminal.format() == Format::Text {
        terminal.line(if is_compatible { "compatible" } else { "not compatible" })?;
        for message in messages.as_array().into_iter().flatten() {
            terminal.line(words(message))?;
        }
    } else {
        terminal.show(&CHECKED, [[json!(file.subject), json!(is_compatible), messages]])?;
    }
    Ok(if is_compatible { Exit::OK } else { Exit::FAILED })
}

async fn config(
    registry: &Registry,
    subject: Option<&str>,
    set: Option<&str>,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let path: Vec<&str> = ["config"].into_iter().chain(subject).collect();
    let asked = match set {
        Some(level) => Asked::put(&path, json!({"compatibility": level.to_ascii_uppercase()})),
        // A subject without a level of its own has that of all.
        None if subject.is_some() => Asked::get(&path).with_query(&[("defaultToGlobal", "true")]),
        None => Asked::get(&path),
    };
    let answer = registry.call(&asked).await?;
    let level = answer.get("compatibilityLevel").or_else(|| answer.get("compatibility")).and_then(Value::as_str);
    let level = level.ok_or_else(|| anyhow!("the schema registry's answer has no level"))?;
    match terminal.format() {
        Format::Text => terminal.line(level)?,
        _ => terminal.show(&LEVEL, [[json!(subject), json!(level)]])?,
    }
    Ok(())
}

/// A string without its quotes, anything else as JSON.
fn words(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

impl FileArgs {
    fn schema(&self) -> anyhow::Result<SchemaText> {
        let path = &self.file;
        let Some(kind) = self.kind.or_else(|| kind_of_file(path)) else {
            bail!("{path} ends with neither .avsc, .proto nor .json: --type says what it is");
        };
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        Ok(SchemaText { references: self.references.clone(), ..SchemaText::alone(kind, text) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_references() {
        assert!(version("1").is_ok() && version("latest").is_ok());
        assert!(version("0").is_err() && version("newest").is_err() && version("-1").is_err());
        let found = reference("a.proto=n:a:3").unwrap();
        assert_eq!(found, Reference { name: "a.proto".into(), subject: "n:a".into(), version: 3 });
        for wrong in ["", "a=b", "a=b:", "=b:1", "a=:1", "a=b:x"] {
            assert!(reference(wrong).is_err(), "{wrong}");
        }
    }
}
