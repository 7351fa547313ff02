//! Pure: `user:password`, stored as `user:base64(hash(user:password))`; the hash is SHA-1 unless settings say otherwise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{self, SHA256, SHA384, SHA512};
use sha1::{Digest as _, Sha1};

use rkafka_config::DigestAlgorithm;

/// The identity that `user:password` proves.
pub fn digest_of(algorithm: DigestAlgorithm, proof: &[u8]) -> String {
    let text = String::from_utf8_lossy(proof);
    let user = text.split(':').next().unwrap_or_default();
    let hashed = |algorithm| STANDARD.encode(digest::digest(algorithm, text.as_bytes()));
    let hash = match algorithm {
        DigestAlgorithm::Sha1 => STANDARD.encode(Sha1::digest(text.as_bytes())),
        DigestAlgorithm::Sha256 => hashed(&SHA256),
        DigestAlgorithm::Sha384 => hashed(&SHA384),
        DigestAlgorithm::Sha512 => hashed(&SHA512),
    };
    format!("{user}:{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_zookeepers_documentation() {
        assert_eq!(digest_of(DigestAlgorithm::Sha1, b"super:test"), "super:D/InIHSb7yEEbrWz8b9l71RjZJU=");
        let sha256 = digest_of(DigestAlgorithm::Sha256, b"super:test");
        assert_eq!(sha256, "super:wjySwxg860UATFtciuZ1lpzrCHrPeov6SPu/ZD56uig=");
    }
}
