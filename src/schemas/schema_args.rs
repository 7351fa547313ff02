//! How the console tools are told about schemas.

use super::registry::{RegistryAccess, schema_text::SchemaKind};
use crate::options::{Flag, OWN, Once, Opt, UsageError};
use clap::{ArgAction::SetTrue, Args};
use std::{env, str::FromStr};

/// The variable of the environment that has the registry's address.
pub const URL_VARIABLE: &str = "SCHEMA_REGISTRY_URL";
const USER_VARIABLE: &str = "SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO";

/// What the environment says of the registry, for what was not typed.
#[derive(Default)]
pub struct RegistryEnvironment {
    pub urls: Option<String>,
    /// `user:password`.
    pub user_info: Option<String>,
}

impl RegistryEnvironment {
    /// Reads the variables; empty ones say nothing.
    pub fn read() -> RegistryEnvironment {
        let variable = |name: &str| env::var(name).ok().filter(|text| !text.is_empty());
        RegistryEnvironment { urls: variable(URL_VARIABLE), user_info: variable(USER_VARIABLE) }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = OWN)]
pub struct SchemaArgs {
    #[arg(
        long,
        value_name = "avro|protobuf|json-schema|auto",
        help = "Values have a schema, and are shown and typed as JSON. auto shows each by the schema that it names, and as \
                it is if it names none."
    )]
    pub value_format: Once<Format>,
    #[arg(long, value_name = "avro|protobuf|json-schema|auto", help = "The same for keys.")]
    pub key_format: Once<Format>,
    #[arg(
        long,
        value_name = "String: file",
        help = "The schema of values, instead of the registry's: FILE.avsc, FILE.proto or a JSON Schema in FILE.json."
    )]
    pub value_schema: Once<String>,
    #[arg(long, value_name = "String: file", help = "The schema of keys.")]
    pub key_schema: Once<String>,
    #[arg(
        long,
        value_name = "String: name",
        help = "Which Protobuf message of its file a value is (default: the first)."
    )]
    pub message: Once<String>,
    #[arg(long, value_name = "String: name", help = "Which Protobuf message of its file a key is.")]
    pub key_message: Once<String>,
    #[arg(
        long,
        value_name = "String: urls",
        help = "The schema registry, https://host:8081 (default: SCHEMA_REGISTRY_URL): --value-format avro \
                --schema-registry http://localhost:8081."
    )]
    pub schema_registry: Once<String>,
    #[arg(
        long,
        value_name = "String: user:password",
        help = "Who asks the registry. SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO says the same without showing it to who lists \
                processes."
    )]
    pub schema_registry_user: Once<String>,
    #[arg(
        long,
        value_name = "String: file",
        help = "Certificates in PEM that the registry is trusted by, instead of the system's."
    )]
    pub schema_registry_ca: Once<String>,
}

/// What a producer is told besides.
#[derive(Debug, Args)]
#[command(next_help_heading = OWN)]
pub struct EncodingArgs {
    #[arg(long, value_name = "Integer: id", help = "The registry's id of the schema of values.")]
    pub value_schema_id: Once<u32>,
    #[arg(long, value_name = "Integer: id", help = "The registry's id of the schema of keys.")]
    pub key_schema_id: Once<u32>,
    #[arg(
        long,
        action = SetTrue,
        help = "Register the schemas of --value-schema and --key-schema if they are not: --value-schema order.avsc \
                --register-schema."
    )]
    pub register_schema: Flag,
    #[arg(
        long,
        value_name = "topic|record|topic-record",
        help = "Which subject a schema is registered below: TOPIC-value, the record's name, or both."
    )]
    pub subject_strategy: Once<Strategy>,
}

/// How bytes are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Of(SchemaKind),
    /// As the schema says that they name, if they name one.
    Auto,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        if text == "auto" { Ok(Format::Auto) } else { text.parse().map(Format::Of) }
    }
}

/// How a subject is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    #[default]
    Topic,
    Record,
    TopicRecord,
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Strategy, String> {
        match text {
            "topic" => Ok(Strategy::Topic),
            "record" => Ok(Strategy::Record),
            "topic-record" => Ok(Strategy::TopicRecord),
            _ => Err(format!("'{text}' is no strategy: topic, record and topic-record are")),
        }
    }
}

/// What a key or a value is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldPlan {
    pub format: Option<Format>,
    pub file: Option<String>,
    pub message: Option<String>,
    pub id: Option<u32>,
}

impl FieldPlan {
    fn of(format: &Once<Format>, file: &Once<String>, message: &Once<String>) -> Result<FieldPlan, UsageError> {
        Ok(FieldPlan { format: read(format)?, file: file.value()?, message: message.value()?, id: None })
    }

    /// Whether bytes are left as they are.
    pub fn is_plain(&self) -> bool {
        self.format.is_none() && self.file.is_none() && self.id.is_none()
    }
}

/// What is meant.
#[derive(Clone, Debug, Default)]
pub struct SchemaPlan {
    pub key: FieldPlan,
    pub value: FieldPlan,
    pub registry: Option<RegistryAccess>,
    pub register: bool,
    pub strategy: Strategy,
}

impl SchemaPlan {
    /// What was typed to show messages.
    pub fn of(args: &SchemaArgs, environment: &RegistryEnvironment) -> Result<SchemaPlan, UsageError> {
        let urls = args.schema_registry.value()?.or_else(|| environment.urls.clone());
        let user_info = args.schema_registry_user.value()?.or_else(|| environment.user_info.clone());
        let ca_file = args.schema_registry_ca.value()?;
        Ok(SchemaPlan {
            value: FieldPlan::of(&args.value_format, &args.value_schema, &args.message)?,
            key: FieldPlan::of(&args.key_format, &args.key_schema, &args.key_message)?,
            registry: urls.map(|urls| RegistryAccess { urls, user_info, ca_file }),
            ..SchemaPlan::default()
        })
    }

    /// What was typed to write messages.
    pub fn to_write(
        args: &SchemaArgs,
        encoding: &EncodingArgs,
        environment: &RegistryEnvironment,
    ) -> Result<SchemaPlan, UsageError> {
        let mut plan = SchemaPlan::of(args, environment)?;
        plan.value.id = encoding.value_schema_id.value()?;
        plan.key.id = encoding.key_schema_id.value()?;
        plan.register = encoding.register_schema.is_given();
        plan.strategy = read(&encoding.subject_strategy)?.unwrap_or_default();
        for (name, field) in [("value", &plan.value), ("key", &plan.key)] {
            let wrong = if field.format == Some(Format::Auto) {
                format!("--{name}-format auto is for reading")
            } else if field.id.is_some() && field.file.is_some() {
                format!("--{name}-schema and --{name}-schema-id both name the schema: give one of them")
            } else if field.id.is_some() && plan.registry.is_none() {
                format!("--{name}-schema-id needs --schema-registry URL, or {URL_VARIABLE} in the environment")
            } else if field.format.is_some() && field.id.is_none() && field.file.is_none() {
                format!("--{name}-format needs --{name}-schema FILE or --{name}-schema-id N")
            } else {
                continue;
            };
            return Err(UsageError::Unusable(wrong));
        }
        if plan.register && plan.registry.is_none() {
            let text = format!("--register-schema needs --schema-registry URL, or {URL_VARIABLE} in the environment");
            return Err(UsageError::Unusable(text));
        }
        Ok(plan)
    }

    /// Whether there is nothing to encode or decode.
    pub fn is_plain(&self) -> bool {
        self.key.is_plain() && self.value.is_plain()
    }
}

/// A value, and what is wrong with it in its own words.
fn read<T: FromStr<Err = String>>(option: &Once<T>) -> Result<Option<T>, UsageError> {
    let Some(text) = option.text()? else { return Ok(None) };
    text.parse().map(Some).map_err(|what| UsageError::Unusable(format!("--{}: {what}", option.name())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    #[derive(Debug, Args)]
    struct Both {
        #[command(flatten)]
        schemas: SchemaArgs,
        #[command(flatten)]
        encoding: EncodingArgs,
    }

    fn to_write(line: &str) -> Result<SchemaPlan, String> {
        let args: Both = typed(line).map_err(|error| error.to_string())?;
        let environment = RegistryEnvironment { urls: None, user_info: Some("ann:secret".into()) };
        SchemaPlan::to_write(&args.schemas, &args.encoding, &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_typed_goes_before_the_environment() {
        let access = |line: &str| {
            let args: Both = typed(line).unwrap();
            let environment = RegistryEnvironment { urls: Some("e".into()), user_info: Some("ann:secret".into()) };
            let access = SchemaPlan::of(&args.schemas, &environment).unwrap().registry.unwrap();
            (access.urls, access.user_info.unwrap())
        };
        assert_eq!(access(""), ("e".into(), "ann:secret".into()));
        assert_eq!(access("--schema-registry t --schema-registry-user bob:x"), ("t".into(), "bob:x".into()));
    }

    #[test]
    fn what_is_meant() {
        let plan = to_write(
            "--value-format avro --value-schema-id 7 --key-schema k.proto --key-message M --schema-registry h:1",
        )
        .unwrap();
        let value = FieldPlan { format: Some(Format::Of(SchemaKind::Avro)), id: Some(7), ..FieldPlan::default() };
        assert_eq!(plan.value, value);
        let key = FieldPlan { file: Some("k.proto".into()), message: Some("M".into()), ..FieldPlan::default() };
        assert_eq!((plan.key, plan.strategy, plan.register), (key, Strategy::Topic, false));
        assert!(to_write("").unwrap().is_plain());
    }

    #[test]
    fn what_is_refused() {
        for (line, reason) in [
            ("--value-format xml", "--value-format: 'xml' is no kind of schema: avro, protobuf and json-schema are"),
            ("--value-format auto", "--value-format auto is for reading"),
            ("--key-format avro", "--key-format needs --key-schema FILE or --key-schema-id N"),
            (
                "--register-schema",
                "--register-schema needs --schema-registry URL, or SCHEMA_REGISTRY_URL in the environment",
            ),
            (
                "--value-schema a.avsc --value-schema-id 1 --schema-registry h",
                "--value-schema and --value-schema-id both name the schema: give one of them",
            ),
            ("--subject-strategy x", "--subject-strategy: 'x' is no strategy: topic, record and topic-record are"),
        ] {
            assert_eq!(to_write(line).unwrap_err(), reason, "{line}");
        }
    }
}
