//! Schemas of keys and values: bytes in Confluent's wire format to JSON and back, by Avro, Protobuf or JSON Schema; and the
//! registry that keeps schemas.

mod avro;
pub mod decoder;
pub mod encoder;
mod framing;
mod json_text;
mod protobuf;
pub mod registry;
pub mod schema_args;

use anyhow::{Context, anyhow, bail};
use avro::AvroSchema;
use protobuf::ProtobufSchema;
use registry::{
    kind_of_file,
    schema_text::{SchemaKind, SchemaText},
};
use schema_args::Format;
use std::path::Path;

/// How deep values may be nested.
const MAX_DEPTH: usize = 200;
/// The most bytes of the text of one value.
const MAX_TEXT: usize = 64 << 20;

fn too_deep() -> String {
    format!("values are nested more than {MAX_DEPTH} deep")
}

fn too_long() -> String {
    format!("the text of a value is longer than {} MiB", MAX_TEXT >> 20)
}

/// A schema, ready to be used.
#[derive(Debug)]
enum Schema {
    Avro(AvroSchema),
    Protobuf(ProtobufSchema),
    /// What a value has to be is not looked at: it is JSON as it is.
    Json,
}

impl Schema {
    fn of(text: &SchemaText) -> Result<Schema, String> {
        match text.kind {
            SchemaKind::Avro => {
                let texts: Vec<String> = text.referred.iter().map(|(_, text)| text.clone()).collect();
                AvroSchema::parse(&text.text, &texts).map(Schema::Avro)
            }
            SchemaKind::Protobuf => {
                ProtobufSchema::parse(&text.text, text.referred.iter().cloned().collect()).map(Schema::Protobuf)
            }
            SchemaKind::Json => Ok(Schema::Json),
        }
    }

    fn kind(&self) -> SchemaKind {
        match self {
            Schema::Avro(_) => SchemaKind::Avro,
            Schema::Protobuf(_) => SchemaKind::Protobuf,
            Schema::Json => SchemaKind::Json,
        }
    }

    /// The schema in a file, whose kind is told by `format` or its name.
    fn open(path: &str, format: Option<Format>) -> anyhow::Result<(Schema, SchemaText)> {
        let kind = match format {
            Some(Format::Of(kind)) => kind,
            None | Some(Format::Auto) => match kind_of_file(path) {
                Some(kind) => kind,
                None => {
                    bail!("{path} ends with neither .avsc, .proto nor .json: say what it is with the format option")
                }
            },
        };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        let text = SchemaText::alone(kind, text);
        let schema = match kind {
            SchemaKind::Protobuf => ProtobufSchema::open(Path::new(path)).map(Schema::Protobuf),
            SchemaKind::Avro | SchemaKind::Json => Schema::of(&text),
        };
        Ok((schema.map_err(|what| anyhow!("{path}: {what}"))?, text))
    }
}
