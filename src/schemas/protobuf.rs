//! Protobuf's binary encoding, to and from its JSON mapping, by the text of a `.proto` file.
//!
//! Shown as Confluent's `kafka-protobuf-console-consumer` shows it: fields by their JSON names, those with their defaults
//! too, on one line.

use super::{MAX_DEPTH, MAX_TEXT, too_deep, too_long};
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions, prost::Message,
};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver, IncludeFileResolver};
use serde_json::ser::Formatter;
use std::{
    collections::BTreeMap,
    io::{self, Write},
    path::Path,
};

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
        inner.iter().try_fold(outer, |message, index| declared(&message).nth(*index)).ok_or_else(none)
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
            let inner = declared(&message).enumerate();
            to_do.extend(inner.map(|(index, child)| (child, [place.as_slice(), &[index]].concat())));
        }
        match name {
            Some(name) => Err(format!("there is no message {name}; there are {}", names.join(", "))),
            None => Err("the file has no message".into()),
        }
    }
}

/// The messages that stand in another one's text; those that a compiler makes of maps do not count for a place.
fn declared(message: &MessageDescriptor) -> impl Iterator<Item = MessageDescriptor> {
    message.child_messages().filter(|child| !child.is_map_entry())
}

/// The text of a message, which may not get too long: a byte can stand for a message whose defaults are all shown.
struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    /// How many bytes may follow.
    left: usize,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left.checked_sub(bytes.len());
        self.left = left.ok_or_else(|| io::Error::other(too_long()))?;
        self.out.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// JSON on one line, which may not be nested too deep. Reading bytes has a limit of its own, but each
/// `google.protobuf.Any` holds bytes that are read only when it is written.
#[derive(Default)]
struct Shallow {
    depth: usize,
}

impl Shallow {
    fn go_in(&mut self) -> io::Result<()> {
        if self.depth == MAX_DEPTH {
            return Err(io::Error::other(too_deep()));
        }
        self.depth += 1;
        Ok(())
    }
}

impl Formatter for Shallow {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.go_in()?;
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        writer.write_all(b"]")
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.go_in()?;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        writer.write_all(b"}")
    }
}

/// Appends the JSON of the message in `bytes`.
///
/// Errors: the bytes are no such message; its text is too long or nested too deep. What is appended then means nothing.
pub fn decode(message: MessageDescriptor, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    let decoded = DynamicMessage::decode(message, bytes).map_err(|error| error.to_string())?;
    let options = SerializeOptions::new().skip_default_fields(false);
    let text = Bounded { out, left: MAX_TEXT };
    let mut serializer = serde_json::Serializer::with_formatter(text, Shallow::default());
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

    /// A message that holds itself, so often packed.
    fn packed(times: usize) -> Vec<u8> {
        let mut any = b"\x0a\x17type.googleapis.com/a.B".to_vec();
        for _ in 1..times {
            let mut outer = b"\x0a\x27type.googleapis.com/google.protobuf.Any\x12".to_vec();
            prost_reflect::prost::encode_length_delimiter(any.len(), &mut outer).unwrap();
            outer.extend(any);
            any = outer;
        }
        let mut message = vec![0x0a];
        prost_reflect::prost::encode_length_delimiter(any.len(), &mut message).unwrap();
        message.extend(any);
        message
    }

    #[test]
    fn what_is_packed_too_often_is_not_shown() {
        let text = "syntax = \"proto3\"; package a; import \"google/protobuf/any.proto\";
            message A { google.protobuf.Any any = 1; } message B {}";
        let (message, _) = ProtobufSchema::parse(text, BTreeMap::new()).unwrap().message_named(None).unwrap();
        let mut out = Vec::new();
        decode(message.clone(), &packed(1), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"any":{"@type":"type.googleapis.com/a.B"}}"#);
        assert!(decode(message.clone(), &packed(100), &mut Vec::new()).is_ok());
        // As large a stack as the tool has, which test threads have not.
        let too_often = move || decode(message, &packed(2_000), &mut Vec::new()).unwrap_err();
        let error = std::thread::Builder::new().stack_size(8 << 20).spawn(too_often).unwrap().join().unwrap();
        assert_eq!(error, "values are nested more than 200 deep");
    }

    #[test]
    fn a_text_has_an_end() {
        let mut out = Vec::new();
        let mut text = Bounded { out: &mut out, left: 3 };
        text.write_all(b"abc").unwrap();
        assert_eq!(text.write_all(b"d").unwrap_err().to_string(), "the text of a value is longer than 64 MiB");
        assert_eq!(out, b"abc");
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
