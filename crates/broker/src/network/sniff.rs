//! Pure: names what a connection's first bytes are when they are not Kafka's protocol.

use std::fmt;

/// A foreign protocol, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    TlsClientHello,
    Http(&'static str),
    ZooKeeperConnect,
    ZooKeeperCommand([u8; 4]),
}

const HTTP_METHODS: &[&str] = &["GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI", "PATC", "CONN", "TRAC", "PRI "];
const ZOOKEEPER_COMMANDS: &[&[u8; 4]] = &[
    b"ruok", b"srvr", b"stat", b"mntr", b"conf", b"isro", b"cons", b"dump", b"envi", b"wchs", b"wchc", b"wchp",
    b"crst", b"srst", b"dirs",
];
/// The length of ZooKeeper's ConnectRequest: 44 bytes, or 45 with the read-only flag.
const ZOOKEEPER_CONNECT_LENGTHS: std::ops::RangeInclusive<usize> = 44..=45;

/// Looks at the first four bytes of a connection, which in Kafka's protocol are a frame's length.
pub fn length_prefix(bytes: [u8; 4]) -> Option<Foreign> {
    if let [0x16, 0x03, 0x00..=0x04, _] = bytes {
        return Some(Foreign::TlsClientHello);
    }
    if let Some(method) = HTTP_METHODS.iter().find(|m| m.as_bytes() == bytes) {
        return Some(Foreign::Http(method.trim_end()));
    }
    ZOOKEEPER_COMMANDS.contains(&&bytes).then_some(Foreign::ZooKeeperCommand(bytes))
}

/// Looks at a connection's first frame, without its length. A ZooKeeper client begins with protocol version 0, the
/// last zxid, a timeout, a session id and a password of 16 bytes.
pub fn first_frame(frame: &[u8]) -> Option<Foreign> {
    let is_connect = ZOOKEEPER_CONNECT_LENGTHS.contains(&frame.len())
        && frame.starts_with(&[0; 4])
        && frame.get(24..28) == Some(&16i32.to_be_bytes());
    is_connect.then_some(Foreign::ZooKeeperConnect)
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Foreign::TlsClientHello => f.write_str(
                "a TLS ClientHello came to a listener without TLS; use security.protocol=PLAINTEXT in the client, \
                 or the port of an SSL listener",
            ),
            Foreign::Http(method) => {
                write!(f, "an HTTP {method} request came to Kafka's port; point the HTTP client elsewhere")
            }
            Foreign::ZooKeeperConnect => {
                f.write_str("a ZooKeeper client came to Kafka's port; give it the address in zookeeper.connect instead")
            }
            Foreign::ZooKeeperCommand(word) => write!(
                f,
                "the ZooKeeper command '{}' came to Kafka's port; send it to the address in zookeeper.connect",
                String::from_utf8_lossy(word)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_protocols_are_named() {
        assert_eq!(length_prefix([0x16, 3, 1, 2]), Some(Foreign::TlsClientHello));
        assert_eq!(length_prefix(*b"GET "), Some(Foreign::Http("GET")));
        assert_eq!(length_prefix(*b"ruok"), Some(Foreign::ZooKeeperCommand(*b"ruok")));
        assert_eq!(length_prefix([0, 0, 0, 45]), None);
        let mut connect = vec![0; 28];
        connect[27] = 16;
        connect.resize(45, 0);
        assert_eq!(first_frame(&connect), Some(Foreign::ZooKeeperConnect));
        connect[1] = 18;
        assert_eq!(first_frame(&connect), None);
    }
}
