//! What is kept of a password for SCRAM (RFC 5802), instead of the password.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{
    digest, hmac, pbkdf2,
    rand::{SecureRandom, SystemRandom},
};
use std::num::NonZeroU32;

/// A SCRAM mechanism of Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScramMechanism {
    Sha256 = 1,
    Sha512 = 2,
}

/// The fewest rounds that a credential may have, and how many it has if nobody says.
pub const MIN_ITERATIONS: u32 = 4096;

const SALT_BYTES: usize = 32;

/// What goes to a broker: with the salt, a password that cannot be read back.
#[derive(Debug)]
pub struct SaltedPassword {
    pub salt: Vec<u8>,
    pub salted: Vec<u8>,
}

/// Bytes that nobody can foresee. `None` if the system has none to give.
pub fn random_bytes<const N: usize>() -> Option<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes)
}

impl ScramMechanism {
    pub const ALL: [ScramMechanism; 2] = [ScramMechanism::Sha256, ScramMechanism::Sha512];

    pub fn name(self) -> &'static str {
        match self {
            ScramMechanism::Sha256 => "SCRAM-SHA-256",
            ScramMechanism::Sha512 => "SCRAM-SHA-512",
        }
    }

    pub fn from_name(name: &str) -> Option<ScramMechanism> {
        ScramMechanism::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// The mechanism that the wire numbers so.
    pub fn from_number(number: i8) -> Option<ScramMechanism> {
        ScramMechanism::ALL.into_iter().find(|mechanism| *mechanism as i8 == number)
    }

    /// Salts a password with a fresh salt. `None` if the system has no randomness to give.
    pub fn salted(self, password: &str, iterations: NonZeroU32) -> Option<SaltedPassword> {
        let salt = random_bytes::<SALT_BYTES>()?.to_vec();
        let salted = self.salt_with(password, &salt, iterations);
        Some(SaltedPassword { salt, salted })
    }

    /// What ZooKeeper keeps: salt, stored key, server key, and rounds, as Kafka writes it.
    pub fn credential(self, password: &SaltedPassword, iterations: NonZeroU32) -> String {
        let (stored_key, server_key) = self.keys(&password.salted);
        format!(
            "salt={},stored_key={},server_key={},iterations={iterations}",
            STANDARD.encode(&password.salt),
            STANDARD.encode(stored_key),
            STANDARD.encode(server_key)
        )
    }

    /// The stored key and the server key of a salted password.
    pub fn keys(self, salted: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (hash, sum) = match self {
            ScramMechanism::Sha256 => (hmac::HMAC_SHA256, &digest::SHA256),
            ScramMechanism::Sha512 => (hmac::HMAC_SHA512, &digest::SHA512),
        };
        let key = hmac::Key::new(hash, salted);
        let stored_key = digest::digest(sum, hmac::sign(&key, b"Client Key").as_ref());
        (stored_key.as_ref().to_vec(), hmac::sign(&key, b"Server Key").as_ref().to_vec())
    }

    /// Salts a password with a given salt.
    pub fn salt_with(self, password: &str, salt: &[u8], iterations: NonZeroU32) -> Vec<u8> {
        let (hash, length) = match self {
            ScramMechanism::Sha256 => (pbkdf2::PBKDF2_HMAC_SHA256, digest::SHA256_OUTPUT_LEN),
            ScramMechanism::Sha512 => (pbkdf2::PBKDF2_HMAC_SHA512, digest::SHA512_OUTPUT_LEN),
        };
        let mut salted = vec![0; length];
        pbkdf2::derive(hash, iterations, salt, password.as_bytes(), &mut salted);
        salted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677: its server signature follows from the server key, its proof from the stored key.
    #[test]
    fn the_keys_of_the_standard() {
        let iterations = NonZeroU32::new(4096).unwrap();
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let salted = ScramMechanism::Sha256.salt_with("pencil", &salt, iterations);
        let credential = ScramMechanism::Sha256.credential(&SaltedPassword { salt, salted }, iterations);
        let expected = "salt=W22ZaJ0SNY7soEsUEjb6gQ==,stored_key=WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,\
                        server_key=wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=,iterations=4096";
        assert_eq!(credential, expected);
    }

    #[test]
    fn salts_differ() {
        let iterations = NonZeroU32::new(MIN_ITERATIONS).unwrap();
        let salted = || ScramMechanism::Sha512.salted("pw", iterations).unwrap();
        let (one, other) = (salted(), salted());
        assert_ne!(one.salt, other.salt);
        assert_eq!(one.salted.len(), 64);
        assert_eq!(ScramMechanism::from_name("SCRAM-SHA-512"), ScramMechanism::from_number(2));
    }
}
