//! Pure: what stands before a value in Confluent's wire format: a zero, the schema's id in 4 bytes, and for Protobuf which
//! message of the file it is.

const MAGIC: u8 = 0;
const HEADER: usize = 5;
/// How deep messages may be nested in messages.
const MAX_INDEXES: usize = 64;

/// The schema's id and what follows it; `None` for bytes that do not begin so.
pub fn split(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (header, rest) = bytes.split_at_checked(HEADER)?;
    match header {
        [MAGIC, id @ ..] => Some((u32::from_be_bytes(id.try_into().ok()?), rest)),
        _ => None,
    }
}

/// What stands before a value of the schema `id`.
pub fn header(id: u32) -> Vec<u8> {
    let mut header = vec![MAGIC];
    header.extend_from_slice(&id.to_be_bytes());
    header
}

/// The way to a Protobuf message: its place in the file, then in the message around it; and what follows.
///
/// Errors: there is no such way.
pub fn message_indexes(bytes: &[u8]) -> Result<(Vec<usize>, &[u8]), String> {
    let mut rest = bytes;
    let count = varint(&mut rest)?;
    if count == 0 {
        // Short for the first message.
        return Ok((vec![0], rest));
    }
    if count > MAX_INDEXES {
        return Err(format!("{count} message indexes are more than {MAX_INDEXES}"));
    }
    let indexes: Result<Vec<usize>, String> = (0..count).map(|_| varint(&mut rest)).collect();
    Ok((indexes?, rest))
}

/// Appends the way to a Protobuf message.
pub fn push_message_indexes(indexes: &[usize], out: &mut Vec<u8>) {
    if indexes == [0] {
        out.push(0);
        return;
    }
    push_varint(indexes.len(), out);
    indexes.iter().for_each(|index| push_varint(*index, out));
}

fn varint(bytes: &mut &[u8]) -> Result<usize, String> {
    let mut number = 0u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or("the bytes end within the message indexes")?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let signed = (number >> 1) as i64 ^ -((number & 1) as i64);
            return usize::try_from(signed).map_err(|_| format!("{signed} is no message index"));
        }
    }
    Err("a message index is too large".into())
}

fn push_varint(number: usize, out: &mut Vec<u8>) {
    let mut rest = (number as u64) << 1;
    while rest > 0x7f {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(split(b"\x00\x00\x00\x01\x02rest"), Some((258, &b"rest"[..])));
        for bytes in [&b""[..], b"\x00\x00\x00\x01", b"\x01\x00\x00\x00\x01x", b"{\"a\":1}"] {
            assert_eq!(split(bytes), None, "{bytes:?}");
        }
        assert_eq!(header(258), b"\x00\x00\x00\x01\x02");
    }

    #[test]
    fn indexes() {
        for (bytes, indexes) in [
            (&b"\x00"[..], vec![0]),
            (b"\x02\x02", vec![1]),
            (b"\x04\x00\x06", vec![0, 3]),
            (b"\x02\x80\x02", vec![128]),
        ] {
            assert_eq!(message_indexes(&[bytes, b"x"].concat()), Ok((indexes.clone(), &b"x"[..])));
            let mut out = Vec::new();
            push_message_indexes(&indexes, &mut out);
            assert_eq!(out, bytes);
        }
        for (bytes, error) in [
            (&b""[..], "the bytes end within the message indexes"),
            (b"\x04\x00", "the bytes end within the message indexes"),
            (b"\x01", "-1 is no message index"),
            (b"\xfe\x03", "255 message indexes are more than 64"),
            (b"\xff\xff\xff\xff\xff", "a message index is too large"),
        ] {
            assert_eq!(message_indexes(bytes), Err(error.to_owned()));
        }
    }
}
