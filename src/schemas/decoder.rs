//! From a message's bytes to JSON, by the schemas that they name.

use super::{
    Schema, framing,
    protobuf::{self, ProtobufSchema},
    registry::{Registry, RegistryError, schema_text::SchemaKind},
    schema_args::{FieldPlan, Format, SchemaPlan, URL_VARIABLE},
};
use crate::options::UsageError;
use prost_reflect::MessageDescriptor;
use serde::de::IgnoredAny;
use std::{borrow::Cow, collections::HashMap};

/// How many schemas are kept; when there are more, all are fetched anew.
const MAX_SCHEMAS: usize = 10_000;

/// Decodes keys and values.
pub struct Decoder {
    registry: Option<Registry>,
    key: Field,
    value: Field,
    /// Schemas by their ids, or why there is none.
    known: HashMap<u32, Result<Schema, String>>,
}

/// How a key or value is decoded.
enum Field {
    Plain,
    Json,
    /// By the schema of a file, and of its message.
    File(Schema, Option<MessageDescriptor>),
    Registry(Format),
}

/// A key and a value as they are to be shown.
pub struct Decoded<'a> {
    pub key: Option<Cow<'a, [u8]>>,
    pub value: Option<Cow<'a, [u8]>>,
}

impl Decoder {
    /// A decoder; `None` if bytes are left as they are. Nothing is asked yet.
    ///
    /// Errors: nobody says where schemas are; a file cannot be read or holds no schema.
    pub fn open(plan: &SchemaPlan) -> anyhow::Result<Option<Decoder>> {
        if plan.is_plain() {
            return Ok(None);
        }
        let registry = match &plan.registry {
            Some(access) => Some(Registry::new(access)?),
            None => None,
        };
        let (key, value) =
            (field("key", &plan.key, registry.is_some())?, field("value", &plan.value, registry.is_some())?);
        Ok(Some(Decoder { registry, key, value, known: HashMap::new() }))
    }

    /// Fetches the schemas that a message names, unless they are known.
    ///
    /// Errors: the registry cannot be asked. That it has no such schema is told by [`Decoder::decode`].
    pub async fn prepare(&mut self, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<(), RegistryError> {
        for (field, bytes) in [(&self.key, key), (&self.value, value)] {
            let (Field::Registry(_), Some(registry)) = (field, &self.registry) else { continue };
            let Some((id, _)) = bytes.and_then(framing::split) else { continue };
            if self.known.contains_key(&id) {
                continue;
            }
            let found = match registry.schema(id).await {
                Ok(text) => Schema::of(&text).map_err(|what| format!("schema {id}: {what}")),
                Err(error) if error.is_not_found() => Err(format!("schema {id}: {error}")),
                Err(error) => return Err(error),
            };
            if self.known.len() >= MAX_SCHEMAS {
                self.known.clear();
            }
            self.known.insert(id, found);
        }
        Ok(())
    }

    /// The message as it is to be shown, whose schemas have been fetched.
    ///
    /// Errors: bytes that the schema does not fit, or that name none.
    pub fn decode<'a>(&self, key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> Result<Decoded<'a>, String> {
        let of = |name: &str, field: &Field, bytes: Option<&'a [u8]>| match bytes {
            None => Ok(None),
            Some(bytes) => {
                self.field(field, bytes).map(Some).map_err(|what| format!("the {name} cannot be decoded: {what}"))
            }
        };
        Ok(Decoded { key: of("key", &self.key, key)?, value: of("value", &self.value, value)? })
    }

    fn field<'a>(&self, field: &Field, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        match field {
            Field::Plain => Ok(bytes.into()),
            Field::Json => json(framing::split(bytes).map_or(bytes, |(_, rest)| rest)),
            Field::File(schema, message) => {
                // A value of its own may begin with a zero, too: what fits wholly is right.
                if let Some((_, rest)) = framing::split(bytes)
                    && let Ok(text) = framed(schema, message.as_ref(), rest)
                {
                    return Ok(text);
                }
                unframed(schema, message.as_ref(), bytes)
            }
            Field::Registry(format) => self.by_id(*format, bytes),
        }
    }

    fn by_id<'a>(&self, format: Format, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
        let Some((id, rest)) = framing::split(bytes) else {
            return match format {
                Format::Auto => Ok(bytes.into()),
                Format::Of(_) => Err("it does not begin with a zero and the id of a schema".into()),
            };
        };
        match (self.known.get(&id), format) {
            (Some(Ok(schema)), Format::Of(kind)) if schema.kind() != kind => {
                Err(format!("schema {id} is {}, not {kind}", schema.kind()))
            }
            (Some(Ok(schema)), _) => framed(schema, None, rest),
            (Some(Err(_)) | None, Format::Auto) => Ok(bytes.into()),
            (Some(Err(what)), Format::Of(_)) => Err(what.clone()),
            (None, Format::Of(_)) => Err(format!("schema {id} is not known")),
        }
    }
}

fn field(name: &str, plan: &FieldPlan, has_registry: bool) -> anyhow::Result<Field> {
    if let Some(path) = &plan.file {
        let (schema, _) = Schema::open(path, plan.format)?;
        let message = match &schema {
            Schema::Protobuf(schema) => Some(named(schema, plan.message.as_deref(), path)?),
            Schema::Avro(_) | Schema::Json => None,
        };
        // The first message is only what bytes are that say nothing else.
        return Ok(Field::File(schema, message.filter(|_| plan.message.is_some())));
    }
    match plan.format {
        None => Ok(Field::Plain),
        Some(Format::Of(SchemaKind::Json)) => Ok(Field::Json),
        Some(format) if has_registry => Ok(Field::Registry(format)),
        Some(_) => Err(UsageError::Unusable(format!(
            "--{name}-format needs --schema-registry URL (or {URL_VARIABLE} in the environment) or --{name}-schema FILE"
        ))
        .into()),
    }
}

fn named(schema: &ProtobufSchema, name: Option<&str>, path: &str) -> anyhow::Result<MessageDescriptor> {
    schema.message_named(name).map(|(message, _)| message).map_err(|what| anyhow::anyhow!("{path}: {what}"))
}

/// What follows the id of the schema.
fn framed<'a>(schema: &Schema, message: Option<&MessageDescriptor>, rest: &'a [u8]) -> Result<Cow<'a, [u8]>, String> {
    match schema {
        Schema::Protobuf(schema) => {
            let (indexes, rest) = framing::message_indexes(rest)?;
            let message = match message {
                Some(message) => message.clone(),
                None => schema.message_at(&indexes)?,
            };
            text(|out| protobuf::decode(message, rest, out))
        }
        Schema::Avro(_) | Schema::Json => unframed(schema, None, rest),
    }
}

/// A value without anything before it.
fn unframed<'a>(
    schema: &Schema,
    message: Option<&MessageDescriptor>,
    bytes: &'a [u8],
) -> Result<Cow<'a, [u8]>, String> {
    match schema {
        Schema::Avro(schema) => text(|out| schema.decode(bytes, out)),
        Schema::Protobuf(schema) => {
            let message = match message {
                Some(message) => message.clone(),
                None => schema.message_at(&[0])?,
            };
            text(|out| protobuf::decode(message, bytes, out))
        }
        Schema::Json => json(bytes),
    }
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> Result<(), String>) -> Result<Cow<'static, [u8]>, String> {
    let mut out = Vec::new();
    write(&mut out)?;
    Ok(out.into())
}

fn json(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    match serde_json::from_slice::<IgnoredAny>(bytes) {
        Ok(_) => Ok(bytes.into()),
        Err(error) => Err(format!("it is no JSON: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::registry::{RegistryAccess, schema_text::SchemaText};

    fn decoder(format: Option<Format>, file: Option<String>) -> anyhow::Result<Decoder> {
        let value = FieldPlan { format, file, ..FieldPlan::default() };
        let registry = Some(RegistryAccess { urls: "localhost:1".into(), ..RegistryAccess::default() });
        let registry = registry.filter(|_| format.is_some_and(|format| format == Format::Auto));
        Decoder::open(&SchemaPlan { value, registry, ..SchemaPlan::default() }).map(Option::unwrap)
    }

    fn value(decoder: &Decoder, bytes: &[u8]) -> Result<String, String> {
        let decoded = decoder.decode(Some(b"key"), Some(bytes))?;
        assert_eq!(decoded.key.as_deref(), Some(&b"key"[..]));
        Ok(String::from_utf8(decoded.value.unwrap().into_owned()).unwrap())
    }

    #[test]
    fn by_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.avsc").display().to_string();
        std::fs::write(&path, r#"{"type":"record","name":"r","fields":[{"name":"a","type":"int"}]}"#).unwrap();
        let avro = decoder(None, Some(path)).unwrap();
        assert_eq!(value(&avro, b"\x02"), Ok(r#"{"a":1}"#.into()));
        assert_eq!(value(&avro, b"\x00\x00\x00\x00\x07\x02"), Ok(r#"{"a":1}"#.into()));
        assert_eq!(
            value(&avro, b"\x00\x00"),
            Err("the value cannot be decoded: 1 bytes are left behind the value".into())
        );
        let path = folder.path().join("v.proto").display().to_string();
        std::fs::write(&path, "syntax = \"proto3\"; message A { int32 n = 1; } message B { string s = 1; }").unwrap();
        let proto = decoder(None, Some(path.clone())).unwrap();
        assert_eq!(value(&proto, b"\x08\x05"), Ok(r#"{"n":5}"#.into()));
        assert_eq!(value(&proto, b"\x00\x00\x00\x00\x07\x02\x02\x0a\x01x"), Ok(r#"{"s":"x"}"#.into()));
        assert!(decoder(Some(Format::Of(SchemaKind::Avro)), Some(path)).is_err());
    }

    #[test]
    fn by_the_id() {
        let mut auto = decoder(Some(Format::Auto), None).unwrap();
        let schema = Schema::of(&SchemaText::alone(SchemaKind::Avro, "\"int\"".into()));
        auto.known.insert(7, schema);
        auto.known.insert(8, Err("gone".into()));
        assert_eq!(value(&auto, b"\x00\x00\x00\x00\x07\x02"), Ok("1".into()));
        assert_eq!(value(&auto, b"plain"), Ok("plain".into()));
        assert_eq!(value(&auto, b"\x00\x00\x00\x00\x08\x02"), Ok("\0\0\0\0\u{8}\u{2}".into()));
        auto.value = Field::Registry(Format::Of(SchemaKind::Protobuf));
        assert!(value(&auto, b"\x00\x00\x00\x00\x07\x02").unwrap_err().ends_with("schema 7 is AVRO, not PROTOBUF"));
        auto.value = Field::Registry(Format::Of(SchemaKind::Avro));
        assert!(value(&auto, b"\x00\x00\x00\x00\x08\x02").unwrap_err().ends_with("gone"));
        assert!(value(&auto, b"plain").unwrap_err().ends_with("a zero and the id of a schema"));
    }

    #[test]
    fn json_needs_no_registry() {
        let decoder_of = |kind| decoder(Some(Format::Of(kind)), None);
        let json = decoder_of(SchemaKind::Json).unwrap();
        assert_eq!(value(&json, b"\x00\x00\x00\x00\x07{\"b\": 1}"), Ok("{\"b\": 1}".into()));
        assert!(value(&json, b"x").is_err());
        let error = decoder_of(SchemaKind::Avro).err().unwrap().to_string();
        assert!(error.starts_with("--value-format needs --schema-registry URL"), "{error}");
    }
}
