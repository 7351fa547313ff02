//! Pure: records behind three numbers, as KRaft's metadata log and the remote log metadata topic have them: 1, the kind of
//! the record, its version.

use super::facts::{Facts, Place, Value};
use bytes::Bytes;
use rkafka_protocol::Reader;

/// A record: what kind, in which version, and its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct Framed {
    pub name: &'static str,
    pub version: i16,
    pub value: Value,
}

/// Reads the value of a record.
///
/// Errors: the bytes are no such record; the text is Kafka's.
pub fn read(facts: &'static Facts, place: Place, bytes: &[u8]) -> Result<Framed, String> {
    let mut rest = bytes;
    match number(&mut rest, "frame version")? {
        1 => {}
        0 => {
            return Err("Could not deserialize metadata record with frame version 0. Note that upgrades from the \
                        preview release of KRaft in 2.8 to newer versions are not supported."
                .into());
        }
        frame => {
            return Err(format!(
                "Could not deserialize metadata record due to unknown frame version {frame}(only frame version 1 is \
                 supported)"
            ));
        }
    }
    let (id, version) = (number(&mut rest, "type")?, number(&mut rest, "version")?);
    let kind = facts.find(place, id).ok_or_else(|| {
        format!("org.apache.kafka.common.errors.UnsupportedVersionException: Unknown metadata id {id}")
    })?;
    let mut reader = Reader::new(Bytes::copy_from_slice(rest));
    let value = kind.read(&mut reader, version);
    let value = value.map_err(|_| format!("Failed to deserialize record with type {id}"))?;
    match reader.remaining() {
        0 => Ok(Framed { name: kind.name, version, value }),
        left => Err(format!("Found {left} byte(s) of garbage after {id}")),
    }
}

/// A number in seven bits a byte, the lowest first.
fn number(rest: &mut &[u8], what: &str) -> Result<i16, String> {
    let mut value: u32 = 0;
    for shift in (0..35).step_by(7) {
        let Some((byte, after)) = rest.split_first() else {
            return Err(format!("Error while reading {what}: the record ends before it"));
        };
        *rest = after;
        value |= u32::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return i16::try_from(value).map_err(|_| format!("Value for {what} was too large: {value}"));
        }
    }
    Err(format!("Error while reading {what}: it has more than 5 bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_and_what_is_none() {
        let read = |bytes: &[u8]| read(Facts::get(), Place::Metadata, bytes);
        let level = read(&[1, 12, 0, 2, b'f', 0, 7, 0]).unwrap();
        assert_eq!((level.name, level.version, level.value.int("featureLevel")), ("FeatureLevelRecord", 0, 7));
        for (bytes, reason) in [
            (&[][..], "Error while reading frame version: the record ends before it"),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 1], "Error while reading frame version: it has more than 5 bytes"),
            (
                &[2],
                "Could not deserialize metadata record due to unknown frame version 2(only frame version 1 is supported)",
            ),
            (&[1, 12, 0, 9], "Failed to deserialize record with type 12"),
        ] {
            assert_eq!(read(bytes), Err(reason.to_owned()));
        }
    }
}
