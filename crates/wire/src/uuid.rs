//! Kafka's 128-bit ids.

use std::fmt;

/// A 128-bit id; shown as Kafka shows it, URL-safe base64 without padding.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Uuid(pub [u8; 16]);

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl Uuid {
    /// "No id".
    pub const ZERO: Uuid = Uuid([0; 16]);
    /// The id of KRaft's metadata topic, which no other topic may have.
    pub const METADATA_TOPIC: Uuid = Uuid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);

    pub fn is_zero(self) -> bool {
        self == Uuid::ZERO
    }

    /// Makes a version-4 id of 16 random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Uuid {
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        Uuid(bytes)
    }

    /// Reads the 22 characters of [`fmt::Display`].
    pub fn parse(text: &str) -> Option<Uuid> {
        if text.len() != 22 {
            return None;
        }
        let mut bits: u128 = 0;
        for (i, c) in text.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|a| *a == c)? as u128;
            // The last character carries only two bits of the id; the other four are padding.
            bits = if i == 21 { bits << 2 | digit >> 4 } else { bits << 6 | digit };
        }
        Some(Uuid(bits.to_be_bytes()))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = u128::from_be_bytes(self.0);
        let mut text = [0u8; 22];
        for (i, c) in text.iter_mut().enumerate() {
            let digit = if i == 21 { bits << 4 } else { bits >> (122 - 6 * i) };
            *c = ALPHABET[(digit & 63) as usize];
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_kafkas() {
        assert_eq!(Uuid::ZERO.to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(Uuid::METADATA_TOPIC.to_string(), "AAAAAAAAAAAAAAAAAAAAAQ");
        for text in ["x89zsVF6RWSSMcuu11Qkrg", "p6cQR7fBTa2JT_WD2eumFA", "AAAAAAAAAAAAAAAAAAAAAQ"] {
            assert_eq!(Uuid::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Uuid::parse("x89zsVF6RWSSMcuu11Qkr"), None);
        assert_eq!(Uuid::parse("x89zsVF6RWSSMcuu11Qkr!"), None);
    }
}
