//! Pure: addresses, and networks of them (`10.0.0.0/8`), read as ZooKeeper reads them: IPv4 as four decimal numbers, IPv6
//! (which Apache ZooKeeper has from 3.10 on) as groups of hexadecimal digits.

use core::net::IpAddr;

/// A number as Java's `Integer.parseInt` reads it: zeros and a sign may stand before it.
fn number(text: &str) -> Option<i32> {
    text.parse().ok()
}

fn v4(address: &str) -> Option<Vec<u8>> {
    let parts: Option<Vec<u8>> = address.split('.').map(|part| u8::try_from(number(part)?).ok()).collect();
    parts.filter(|bytes| bytes.len() == 4)
}

fn v6(address: &str) -> Option<Vec<u8>> {
    if address.contains('.') {
        return None;
    }
    match address.parse().ok()? {
        IpAddr::V6(v6) => Some(v6.octets().to_vec()),
        IpAddr::V4(_) => None,
    }
}

fn bytes(address: &str) -> Option<Vec<u8>> {
    if address.contains(':') { v6(address) } else { v4(address) }
}

/// The network's address and its length in bits.
fn network(expression: &str) -> Option<(Vec<u8>, usize)> {
    let (address, bits) = match expression.split_once('/') {
        Some((address, bits)) => (bytes(address)?, Some(usize::try_from(number(bits)?).ok()?)),
        None => (bytes(expression)?, None),
    };
    let all = address.len() * 8;
    let bits = bits.unwrap_or(all);
    (bits <= all).then_some((address, bits))
}

pub fn is_valid(expression: &str) -> bool {
    network(expression).is_some()
}

/// Whether address `id` lies in the network.
pub fn matches(id: &str, expression: &str) -> bool {
    let (Some((net, bits)), Some(address)) = (network(expression), bytes(id)) else { return false };
    let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    net.len() == address.len() && (0..bits).all(|at| bit(&net, at) == bit(&address, at))
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
        assert!(matches("0:0:0:0:0:0:0:1", "::/64") && !matches("::1", "0.0.0.0/0"));
        assert!(is_valid("10.0.0.0/32") && !is_valid("10.0.0.0/33") && !is_valid("x") && !is_valid("1.2.3.4/x"));
        assert!(is_valid("010.0.0.+1") && !is_valid("256.0.0.1") && !is_valid("1.2.3") && !is_valid("1.2.3.-1"));
        assert!(is_valid("fe80::1/128") && !is_valid("fe80::1/129") && !is_valid("::ffff:1.2.3.4") && !is_valid(""));
    }

    #[test]
    fn addresses_as_java_writes_them() {
        assert_eq!(java_text("::1".parse().unwrap()), "0:0:0:0:0:0:0:1");
        assert_eq!(java_text("::ffff:10.0.0.1".parse().unwrap()), "10.0.0.1");
    }
}
