//! Pure: Kafka's deserializers, as far as their results have a text.

use crate::java_number;
use std::borrow::Cow;

/// A class of `org.apache.kafka.common.serialization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deserializer {
    /// Shows the bytes as they are; Java would show an object's address.
    Bytes,
    /// `BytesDeserializer`: printable bytes as they are, the others as `\xNN`.
    Escaped,
    Text,
    Boolean,
    Short,
    Integer,
    Long,
    Float,
    Double,
    Uuid,
}

const PACKAGE: &str = "org.apache.kafka.common.serialization.";

impl Deserializer {
    /// The deserializer of a class name; `None` for unknown ones.
    pub fn by_class(class: &str) -> Option<Deserializer> {
        Some(match class.trim().strip_prefix(PACKAGE)? {
            "ByteArrayDeserializer" | "ByteBufferDeserializer" => Deserializer::Bytes,
            "BytesDeserializer" => Deserializer::Escaped,
            "StringDeserializer" => Deserializer::Text,
            "BooleanDeserializer" => Deserializer::Boolean,
            "ShortDeserializer" => Deserializer::Short,
            "IntegerDeserializer" => Deserializer::Integer,
            "LongDeserializer" => Deserializer::Long,
            "FloatDeserializer" => Deserializer::Float,
            "DoubleDeserializer" => Deserializer::Double,
            "UUIDDeserializer" => Deserializer::Uuid,
            _ => return None,
        })
    }

    /// The text of the value in `bytes`.
    ///
    /// Errors, in Kafka's words: bytes of the wrong length.
    pub fn text(self, bytes: &[u8]) -> Result<Cow<'_, str>, String> {
        Ok(match self {
            Deserializer::Bytes | Deserializer::Text => String::from_utf8_lossy(bytes),
            Deserializer::Escaped => escaped(bytes).into(),
            Deserializer::Boolean => match bytes {
                [0] => "false".into(),
                [1] => "true".into(),
                [other] => return Err(format!("Unexpected byte received by BooleanDeserializer: {other}")),
                _ => return Err("Size of data received by BooleanDeserializer is not 1".into()),
            },
            Deserializer::Short => i16::from_be_bytes(sized(bytes, "ShortDeserializer")?).to_string().into(),
            Deserializer::Integer => i32::from_be_bytes(sized(bytes, "IntegerDeserializer")?).to_string().into(),
            Deserializer::Long => i64::from_be_bytes(sized(bytes, "LongDeserializer")?).to_string().into(),
            Deserializer::Float => java_number::float(f32::from_be_bytes(sized(bytes, "Deserializer")?)).into(),
            Deserializer::Double => java_number::double(f64::from_be_bytes(sized(bytes, "Deserializer")?)).into(),
            Deserializer::Uuid => uuid(bytes)?.into(),
        })
    }
}

fn sized<const N: usize>(bytes: &[u8], class: &str) -> Result<[u8; N], String> {
    bytes.try_into().map_err(|_| format!("Size of data received by {class} is not {N}"))
}

/// The canonical form, as `UUID.fromString` and `toString` leave it.
fn uuid(bytes: &[u8]) -> Result<String, String> {
    let wrong = || "Error parsing data into UUID".to_owned();
    let text = std::str::from_utf8(bytes).map_err(|_| wrong())?;
    let parts: Vec<&str> = text.split('-').collect();
    let mut out = Vec::new();
    if parts.len() != 5 {
        return Err(wrong());
    }
    for (part, digits) in parts.iter().zip([8usize, 4, 4, 4, 12]) {
        let number = u64::from_str_radix(part, 16).map_err(|_| wrong())?;
        let text = format!("{number:0digits$x}");
        out.push(text[text.len() - digits..].to_owned());
    }
    Ok(out.join("-"))
}

fn escaped(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b' '..=b'~' if *byte != b'\\' => char::from(*byte).to_string(),
        byte => format!("\\x{byte:02X}"),
    };
    bytes.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(class: &str, bytes: &[u8]) -> Result<String, String> {
        let class = format!("{PACKAGE}{class}");
        Deserializer::by_class(&class).unwrap().text(bytes).map(Cow::into_owned)
    }

    #[test]
    fn values() {
        assert_eq!(text("LongDeserializer", &(-2i64).to_be_bytes()), Ok("-2".into()));
        assert_eq!(text("IntegerDeserializer", b"null"), Ok("1853189228".into()));
        assert_eq!(text("ShortDeserializer", &[1, 0]), Ok("256".into()));
        assert_eq!(text("BytesDeserializer", b"a\\\x00\xff"), Ok("a\\x5C\\x00\\xFF".into()));
        assert_eq!(text("BooleanDeserializer", &[1]), Ok("true".into()));
        let id = b"123E4567-e89b-12d3-a456-426614174000";
        assert_eq!(text("UUIDDeserializer", id), Ok("123e4567-e89b-12d3-a456-426614174000".into()));
        let error = Err("Size of data received by LongDeserializer is not 8".into());
        assert_eq!(text("LongDeserializer", b"one"), error);
        assert_eq!(Deserializer::by_class("no.Such"), None);
    }
}
