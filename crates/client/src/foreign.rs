//! Pure: recognises, by its first bytes, a peer that does not speak Kafka's protocol.

use super::error::Foreign;

/// What the first four bytes of a connection's first answer give away; `None` if they may start a Kafka frame.
///
/// A first answer is to ApiVersions or Metadata, so its length (the first four bytes) has a zero in front.
pub fn recognise(first: [u8; 4]) -> Option<Foreign> {
    match &first {
        // A TLS record: alert or handshake, version 3.x.
        [0x14..=0x17, 3, 0..=4, _] => Some(Foreign::Tls),
        b"HTTP" => Some(Foreign::Http),
        text if text.iter().all(|x| (0x20..0x7f).contains(x)) => Some(Foreign::Text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers() {
        assert_eq!(recognise([0x15, 3, 3, 0]), Some(Foreign::Tls));
        assert_eq!(recognise(*b"HTTP"), Some(Foreign::Http));
        assert_eq!(recognise(*b"SSH-"), Some(Foreign::Text));
        assert_eq!(recognise(*b"-ERR"), Some(Foreign::Text));
        assert_eq!(recognise([0, 0, 1, 0x2c]), None);
    }
}
