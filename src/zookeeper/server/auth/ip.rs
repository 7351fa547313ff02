//! Pure: addresses, and networks of them (`10.0.0.0/8`).

use core::net::IpAddr;

fn bytes(address: &str) -> Option<Vec<u8>> {
    match address.parse().ok()? {
        IpAddr::V4(v4) => Some(v4.octets().to_vec()),
        IpAddr::V6(v6) => Some(v6.octets().to_vec()),
    }
}

/// The network's address and its length in bits.
fn network(expression: &str) -> Option<(Vec<u8>, usize)> {
    let (address, bits) = match expression.split_once('/') {
        Some((address, bits)) => (bytes(address)?, Some(bits.parse::<usize>().ok()?)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        assert!(matches("10.1.2.3", "10.0.0.0/8") && !matches("11.1.2.3", "10.0.0.0/8"));
        assert!(matches("127.0.0.1", "127.0.0.1") && matches("1.2.3.4", "0.0.0.0/0"));
        assert!(matches("::1", "::/64") && !matches("::1", "0.0.0.0/0"));
        assert!(is_valid("10.0.0.0/32") && !is_valid("10.0.0.0/33") && !is_valid("x") && !is_valid("1.2.3.4/x"));
    }
}
