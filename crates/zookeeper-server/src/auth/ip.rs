//! Pure: addresses, and networks of them (`10.0.0.0/8`), read as ZooKeeper 3.8 and 3.9 read them: IPv4 only, as four
//! decimal numbers. A client that comes over IPv6 has an identity that no ACL of this scheme means.

use core::net::IpAddr;

/// A number as Java's `Integer.parseInt` reads it: zeros and a sign may stand before it.
fn number(text: &str) -> Option<i32> {
    text.parse().ok()
}

fn bytes(address: &str) -> Option<[u8; 4]> {
    let parts: Option<Vec<u8>> = address.split('.').map(|part| u8::try_from(number(part)?).ok()).collect();
    parts?.try_into().ok()
}

/// The network's address and its length in bits.
fn network(expression: &str) -> Option<([u8; 4], u32)> {
    match expression.split_once('/') {
        Some((address, bits)) => {
            let bits = u32::try_from(number(bits)?).ok().filter(|bits| *bits <= 32)?;
            Some((bytes(address)?, bits))
        }
        None => Some((bytes(expression)?, 32)),
    }
}

pub fn is_valid(expression: &str) -> bool {
    network(expression).is_some()
}

/// Whether address `id` lies in the network.
pub fn matches(id: &str, expression: &str) -> bool {
    let (Some((net, bits)), Some(address)) = (network(expression), bytes(id)) else { return false };
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    u32::from_be_bytes(net) & mask == u32::from_be_bytes(address) & mask
}

/// An address as Java's `getHostAddress` writes it: all groups of IPv6, IPv4 for what is IPv4.
pub fn java_text(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => v6.segments().map(|group| format!("{group:x}")).join(":"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        assert!(matches("10.1.2.3", "10.0.0.0/8") && !matches("11.1.2.3", "10.0.0.0/8"));
        assert!(matches("10.129.2.3", "10.128.0.0/9") && !matches("10.127.2.3", "10.128.0.0/9"));
        assert!(matches("127.0.0.1", "127.0.0.1") && matches("1.2.3.4", "0.0.0.0/0"));
        assert!(!matches("0:0:0:0:0:0:0:1", "::/64") && !matches("::1", "0.0.0.0/0"));
        assert!(is_valid("10.0.0.0/32") && !is_valid("10.0.0.0/33") && !is_valid("x") && !is_valid("1.2.3.4/x"));
        assert!(is_valid("010.0.0.+1") && !is_valid("256.0.0.1") && !is_valid("1.2.3") && !is_valid("1.2.3.-1"));
        assert!(!is_valid("::1") && !is_valid("fe80::1/128") && !is_valid("::ffff:1.2.3.4") && !is_valid(""));
    }

    #[test]
    fn addresses_as_java_writes_them() {
        assert_eq!(java_text("::1".parse().unwrap()), "0:0:0:0:0:0:0:1");
        assert_eq!(java_text("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1");
    }
}
