//! Text as Java reads it.

use std::borrow::Cow;

/// Reads UTF-8 as Java's `new String(bytes, UTF_8)` does: ill-formed parts become U+FFFD. Borrows what is well-formed.
///
/// Rust's `from_utf8_lossy` makes the same of everything but an encoded surrogate, of which it makes one replacement a
/// byte and Java one in all. It matters: a group's name decides which broker coordinates it.
pub fn java_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(replaced(bytes)),
    }
}

fn replaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(chunk) = rest.utf8_chunks().next() {
        text.push_str(chunk.valid());
        rest = rest.get(chunk.valid().len()..).unwrap_or_default();
        if chunk.invalid().is_empty() {
            break;
        }
        text.push(char::REPLACEMENT_CHARACTER);
        let length = match rest {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            [0xed, 0xa0..=0xbf, ..] => 2,
            _ => chunk.invalid().len(),
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    text
}

/// `text`, or as many whole characters of it as fit into `max` bytes.
pub fn cut(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What OpenJDK 17 answers.
    #[test]
    fn ill_formed_text_reads_as_in_java() {
        for (bytes, text) in [
            (&b"caf\xe9"[..], "caf\u{fffd}"),
            (b"\x80\x01\xff", "\u{fffd}\u{1}\u{fffd}"),
            (b"/\xed\xa0\x80x", "/\u{fffd}x"),
            (b"\xed\xbf", "\u{fffd}"),
            (b"\xed\xa0/", "\u{fffd}/"),
            (b"\xed\xa0\xed\xa0\x80", "\u{fffd}\u{fffd}"),
            (b"\xc0\x80\xff", "\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xe0\x80\x80", "\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xf0\x9f\x98", "\u{fffd}"),
            (b"\xf0\x9f\x98A", "\u{fffd}A"),
            (b"\xf4\x90\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"a\xe2\x82", "a\u{fffd}"),
        ] {
            assert_eq!(java_text(bytes), text, "{bytes:02x?}");
        }
        assert!(matches!(java_text("/\u{20ac}".as_bytes()), Cow::Borrowed("/\u{20ac}")));
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("a\u{20ac}b", 9), "a\u{20ac}b");
        assert_eq!(cut("a\u{20ac}b", 4), "a\u{20ac}");
        assert_eq!(cut("a\u{20ac}b", 3), "a");
        assert_eq!(cut("\u{20ac}", 0), "");
    }
}
