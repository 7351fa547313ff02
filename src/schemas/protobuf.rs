//! Protobuf's binary encoding, to and from its JSON mapping, by the text of a `.proto` file.
//!
//! Shown as Confluent's `kafka-protobuf-console-consumer` shows it: fields by their JSON names, those with their defaults
//! too, on one line.

use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions, prost::Message,
};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};
use std::{collections::BTreeMap, path::Path};

/// A file's messages, with the files that it imports.
#[derive(Debug)]
pub struct ProtobufSchema {
    pool: DescriptorPool,
    file: String,
}

/// Files that are texts.
struct Texts(BTreeMap<String, String>);

impl FileResolver for Texts {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        match self.0.get(name) {
            Some(text) => File::from_source(name, text),
            None => Err(protox::Error::file_not_found(name)),
        }
    }
}

/// The name of a file that has none in a registry.
const UNNAMED: &str = "schema.proto";

impl ProtobufSchema {
    /// Understands `text`; `imports` are other files by the names under which they are imported.
    pub fn parse(text: &str, imports: BTreeMap<String, String>) -> Result<ProtobufSchema, String> {
        let mut texts = imports;
        texts.insert(UNNAMED.to_owned(), text.to_owned());
        let mut files = ChainFileResolver::new();
        files.add(Texts(texts));
        files.add(GoogleFileResolver::new());
        ProtobufSchema::compile(files, UNNAMED.to_owned())
    }

    /// Understands a file; what it imports is looked for in its folder.
    pub fn open(path: &Path) -> Result<ProtobufSchema, String> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut files = ChainFileResolver::new();
        files.add(IncludeFileResolver::new(folder.to_owned()));
        files.add(GoogleFileResolver::new());
        ProtobufSchema::compile(files, name)
    }

    fn compile(files: ChainFileResolver, file: String) -> Result<ProtobufSchema, String> {
        let mut compiler = protox::Compiler::with_file_resolver(files);
        compiler.include_imports(true).open_file(&file).map_err(|error| format!("{error:?}").trim().to_owned())?;
        Ok(ProtobufSchema { pool: compiler.descriptor_pool(), file })
    }

    /// The message at a place: in the file, then in the message around it.
    pub fn message_at(&self, indexes: &[usize]) -> Result<MessageDescriptor, String> {
        let none = || format!("the schema has no message at {indexes:?}");
        let (first, inner) = indexes.split_first().ok_or_else(none)?;
        let file = self.pool.get_file_by_name(&self.file).ok_or_else(none)?;
        let outer = file.messages().nth(*first).ok_or_else(none)?;
        inner.iter().try_fold(outer, |message, index| message.child_messages().nth(*index)).ok_or_else(none)
    }

    /// The message of a name, with or without its package, and its place; the first one if there is no name.
    pub fn message_named(&self, name: Option<&str>) -> Result<(MessageDescriptor, Vec<usize>), String> {
        let file = self.pool.get_file_by_name(&self.file);
        let outermost = file.iter().flat_map(prost_reflect::FileDescriptor::messages).enumerate();
        let mut to_do: Vec<(MessageDescriptor, Vec<usize>)> =
            outermost.map(|(index, message)| (message, vec![index])).collect();
        to_do.reverse();
        let mut names = Vec::new();
        while let Some((message, place)) = to_do.pop() {
            let full = message.full_name().to_owned();
            let short = full.strip_prefix(message.package_name()).map(|name| name.trim_start_matches('.'));
            if name.is_none_or(|name| name == full || Some(name) == short) {
                return Ok((message, place));
            }
            names.push(full);
            let inner = message.child_messages().enumerate();
            to_do.extend(inner.map(|(index, child)| (child, [place.as_slice(), &[index]].concat())));
        }
        match name {
            Some(name) => Err(format!("there is no message {name}; there are {}", names.join(", "))),
            None => Err("the file has no message".into()),
        }
    }
}

/// Appends the JSON of the message in `bytes`.
///
/// Errors: the bytes are no such message.
pub fn decode(message: MessageDescriptor, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let decoded = DynamicMessage::decode(message, bytes).map_err(|error| error.to_string())?;
    let options = SerializeOptions::new().skip_default_fields(false);
    let mut serializer = serde_json::Serializer::new(out);
    decoded.serialize_with_options(&mut serializer, &options).map_err(|error| error.to_string())
}

/// The bytes of the message that `json` tells.
///
/// Errors: it is no JSON, or no such message.
pub fn encode(message: MessageDescriptor, json: &str) -> Result<Vec<u8>, String> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let decoded = DynamicMessage::deserialize_with_options(message, &mut deserializer, &options)
        .and_then(|decoded| deserializer.end().map(|()| decoded));
    decoded.map(|decoded| decoded.encode_to_vec()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"syntax = "proto3"; package shop; import "color.proto"; import "google/protobuf/timestamp.proto";
        message Order { int64 order_id = 1; string name = 2; Color color = 3; repeated Line lines = 4;
            google.protobuf.Timestamp at = 5; map<string, int32> counts = 6;
            message Line { bool gift = 1; } message Other { bytes raw = 1; } }
        message Second { double n = 1; }"#;

    fn schema() -> ProtobufSchema {
        let color = "syntax = \"proto3\"; package shop; enum Color { RED = 0; BLUE = 1; }";
        ProtobufSchema::parse(TEXT, [("color.proto".to_owned(), color.to_owned())].into()).unwrap()
    }

    #[test]
    fn both_ways() {
        let (message, place) = schema().message_named(None).unwrap();
        assert_eq!(place, [0]);
        let bytes = b"\x08\x07\x12\x03Ann\x18\x01\x22\x02\x08\x01\x2a\x02\x08\x01\x32\x05\x0a\x01k\x10\x02";
        let json = r#"{"orderId":"7","name":"Ann","color":"BLUE","lines":[{"gift":true}],"at":"1970-01-01T00:00:01Z","counts":{"k":2}}"#;
        let mut out = Vec::new();
        decode(message.clone(), bytes, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), json);
        assert_eq!(encode(message.clone(), json).unwrap(), bytes);
        assert_eq!(encode(message.clone(), "{\"order_id\": 7}").unwrap(), b"\x08\x07");
        let mut out = Vec::new();
        decode(message.clone(), b"", &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"orderId":"0","name":"","color":"RED","lines":[],"counts":{}}"#,
            "defaults are shown"
        );
        for wrong in ["{\"nothing\":1}", "{\"name\":1}", "[]", "{} {}", "{"] {
            assert!(encode(message.clone(), wrong).is_err(), "{wrong}");
        }
        assert!(decode(message, b"\x08", &mut Vec::new()).is_err());
    }

    #[test]
    fn messages_by_name_and_place() {
        let schema = schema();
        let other = schema.message_at(&[0, 1]).unwrap();
        assert_eq!(other.full_name(), "shop.Order.Other");
        for name in ["shop.Order.Other", "Order.Other"] {
            let (message, place) = schema.message_named(Some(name)).unwrap();
            assert_eq!((message, place), (other.clone(), vec![0, 1]));
        }
        assert_eq!(schema.message_named(Some("Second")).unwrap().1, [1]);
        let error = schema.message_named(Some("Third")).unwrap_err();
        assert!(error.starts_with("there is no message Third; there are shop.Order, "), "{error}");
        assert_eq!(schema.message_at(&[2]).unwrap_err(), "the schema has no message at [2]");
    }

    #[test]
    fn texts_that_are_none() {
        let error = |text: &str| ProtobufSchema::parse(text, BTreeMap::new()).unwrap_err();
        assert!(error("message {").contains("schema.proto"), "{}", error("message {"));
        assert!(error("import \"no.proto\";").contains("no.proto"), "{}", error("import \"no.proto\";"));
    }
}
