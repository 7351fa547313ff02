//! Pure: `user:password`, stored as `user:base64(sha1(user:password))`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// The identity that `user:password` proves.
pub fn digest_of(proof: &[u8]) -> String {
    let text = String::from_utf8_lossy(proof);
    let user = text.split(':').next().unwrap_or_default();
    format!("{user}:{}", STANDARD.encode(Sha1::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_zookeepers_documentation() {
        assert_eq!(digest_of(b"super:test"), "super:D/InIHSb7yEEbrWz8b9l71RjZJU=");
    }
}
