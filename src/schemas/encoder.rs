//! From JSON to a message's bytes, which name the schema that they are written by.

use super::{
    Schema, framing, protobuf,
    registry::{Registry, schema_text::SchemaText},
    schema_args::{FieldPlan, Format, SchemaPlan, Strategy},
};
use anyhow::{anyhow, bail};
use prost_reflect::MessageDescriptor;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Encodes keys and values.
pub struct Encoder {
    key: Option<Field>,
    value: Option<Field>,
}

struct Field {
    /// What stands before each; nothing without a registry.
    header: Vec<u8>,
    schema: Schema,
    message: Option<MessageDescriptor>,
}

/// Which part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Key,
    Value,
}

impl Encoder {
    /// An encoder for messages to `topic`; `None` if texts are written as they are. Asks the registry, if there is one.
    ///
    /// Errors: it does not know the schema; a file cannot be read or holds no schema.
    pub async fn open(plan: &SchemaPlan, topic: &str) -> anyhow::Result<Option<Encoder>> {
        if plan.is_plain() {
            return Ok(None);
        }
        let registry = match &plan.registry {
            Some(access) => Some(Registry::new(access)?),
            None => None,
        };
        let opening = Opening { plan, topic, registry: registry.as_ref() };
        let key = opening.field(&plan.key, Part::Key).await?;
        let value = opening.field(&plan.value, Part::Value).await?;
        Ok(Some(Encoder { key, value }))
    }

    /// The bytes of a key or value. Errors: the schema does not fit it.
    pub fn encode(&self, part: Part, text: &str) -> Result<Vec<u8>, String> {
        let (field, name) = match part {
            Part::Key => (&self.key, "key"),
            Part::Value => (&self.value, "value"),
        };
        let Some(field) = field else { return Ok(text.as_bytes().to_vec()) };
        let encoded = match (&field.schema, &field.message) {
            (Schema::Avro(schema), _) => schema.encode(text),
            (Schema::Protobuf(_), Some(message)) => protobuf::encode(message.clone(), text),
            (Schema::Protobuf(_), None) => Err("the file has no message".into()),
            (Schema::Json, _) => match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Ok(text.as_bytes().to_vec()),
                Err(error) => Err(format!("this is no JSON: {error}")),
            },
        };
        let encoded = encoded.map_err(|what| format!("the {name} cannot be encoded: {what}"))?;
        Ok([field.header.as_slice(), &encoded].concat())
    }
}

struct Opening<'a> {
    plan: &'a SchemaPlan,
    topic: &'a str,
    registry: Option<&'a Registry>,
}

impl Opening<'_> {
    async fn field(&self, field: &FieldPlan, part: Part) -> anyhow::Result<Option<Field>> {
        let (schema, text, id) = match (&field.file, field.id, self.registry) {
            (Some(path), _, _) => {
                let (schema, text) = Schema::open(path, field.format)?;
                (schema, text, None)
            }
            (None, Some(id), Some(registry)) => {
                let text = registry.schema(id).await?;
                let schema = Schema::of(&text).map_err(|what| anyhow!("schema {id}: {what}"))?;
                if field.format.is_some_and(|format| format != Format::Of(schema.kind())) {
                    bail!("schema {id} is {}", schema.kind());
                }
                (schema, text, Some(id))
            }
            _ => return Ok(None),
        };
        let named = match &schema {
            Schema::Protobuf(schema) => {
                Some(schema.message_named(field.message.as_deref()).map_err(|what| anyhow!(what))?)
            }
            Schema::Avro(_) | Schema::Json => None,
        };
        let (message, indexes) = named.unzip();
        let id = match (id, self.registry) {
            (None, Some(registry)) => Some(self.id(registry, part, &schema, message.as_ref(), &text).await?),
            (id, _) => id,
        };
        let mut header = id.map(framing::header).unwrap_or_default();
        if let Some(indexes) = indexes.filter(|_| id.is_some()) {
            framing::push_message_indexes(&indexes, &mut header);
        }
        Ok(Some(Field { header, schema, message }))
    }

    /// The id of a schema that was read from a file.
    async fn id(
        &self,
        registry: &Registry,
        part: Part,
        schema: &Schema,
        message: Option<&MessageDescriptor>,
        text: &SchemaText,
    ) -> anyhow::Result<u32> {
        let subject = subject(self.plan.strategy, self.topic, part, record(schema, message, text).as_deref())?;
        if self.plan.register {
            return Ok(registry.register(&subject, text).await?);
        }
        match registry.id_of(&subject, text).await {
            Ok(id) => Ok(id),
            Err(error) if error.is_not_found() => {
                bail!("the schema is not registered below {subject}: --register-schema registers it")
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The name of a schema's record.
fn record(schema: &Schema, message: Option<&MessageDescriptor>, text: &SchemaText) -> Option<String> {
    match schema {
        Schema::Avro(schema) => schema.record_name().map(str::to_owned),
        Schema::Protobuf(_) => message.map(|message| message.full_name().to_owned()),
        Schema::Json => {
            let json: Value = serde_json::from_str(&text.text).ok()?;
            json.get("title")?.as_str().map(str::to_owned)
        }
    }
}

fn subject(strategy: Strategy, topic: &str, part: Part, record: Option<&str>) -> anyhow::Result<String> {
    let no_name = || anyhow!("the schema has no name that a subject could have: use --subject-strategy topic");
    Ok(match strategy {
        Strategy::Topic => format!("{topic}-{}", if part == Part::Key { "key" } else { "value" }),
        Strategy::Record => record.ok_or_else(no_name)?.to_owned(),
        Strategy::TopicRecord => format!("{topic}-{}", record.ok_or_else(no_name)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects() {
        let of = |strategy, part| subject(strategy, "t", part, Some("n.R")).unwrap();
        assert_eq!(of(Strategy::Topic, Part::Key), "t-key");
        assert_eq!(of(Strategy::Topic, Part::Value), "t-value");
        assert_eq!(of(Strategy::Record, Part::Value), "n.R");
        assert_eq!(of(Strategy::TopicRecord, Part::Value), "t-n.R");
        assert!(subject(Strategy::Record, "t", Part::Value, None).is_err());
    }

    #[test]
    fn without_a_registry_nothing_stands_before() {
        let schema =
            Schema::of(&SchemaText::alone(crate::schemas::registry::schema_text::SchemaKind::Avro, "\"int\"".into()));
        let value = Some(Field { header: framing::header(9), schema: schema.unwrap(), message: None });
        let encoder = Encoder { key: None, value };
        assert_eq!(encoder.encode(Part::Value, "1"), Ok(b"\x00\x00\x00\x00\x09\x02".to_vec()));
        assert_eq!(encoder.encode(Part::Key, "k"), Ok(b"k".to_vec()));
        assert_eq!(
            encoder.encode(Part::Value, "x").unwrap_err(),
            "the value cannot be encoded: this is no JSON: expected value at line 1 column 1"
        );
    }
}
