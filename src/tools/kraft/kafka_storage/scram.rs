//! Pure but for fresh salts: `--add-scram`, credentials that a cluster begins with.
//!
//! What is wrong is told in the words of Kafka's `org.apache.kafka.metadata.storage.ScramParser`; what is added stands in a
//! line of its own. A salted password that cannot be decoded is not shown: it is a secret.

use anyhow::{anyhow, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use rkafka_security::scram::{MIN_ITERATIONS, ScramMechanism, random_bytes};
use std::{collections::BTreeMap, num::NonZeroU32};

/// The most rounds that Kafka takes.
const MAX_ITERATIONS: u32 = 16_384;
const SALT_BYTES: usize = 32;

/// What is kept of a user's password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub name: String,
    pub mechanism: ScramMechanism,
    pub salt: Vec<u8>,
    pub stored_key: Vec<u8>,
    pub server_key: Vec<u8>,
    pub iterations: u32,
}

/// Reads `SCRAM-SHA-256=[name=alice,password=alice-secret]`.
///
/// Errors: what Kafka's `ScramParser` refuses, in its words, such as `The add-scram mechanism MD5 is not supported.`
pub fn parse(text: &str) -> anyhow::Result<Credential> {
    let text = text.trim();
    let (mechanism, settings) =
        text.split_once('=').ok_or_else(|| anyhow!("Failed to find equals sign in SCRAM argument '{text}'"))?;
    let mechanism = ScramMechanism::from_name(mechanism).ok_or_else(|| {
        let known = ScramMechanism::ALL.map(ScramMechanism::name).join(" and ");
        anyhow!("The add-scram mechanism {mechanism} is not supported.\nThere are {known}.")
    })?;
    let settings =
        settings.strip_prefix('[').ok_or_else(|| anyhow!("Expected configuration string to start with ["))?;
    let settings = settings.strip_suffix(']').ok_or_else(|| anyhow!("Expected configuration string to end with ]"))?;
    let mut parts = BTreeMap::new();
    // As Java splits: commas at the end part nothing.
    for part in settings.trim_end_matches(',').split(',') {
        let (key, value) =
            part.split_once('=').ok_or_else(|| anyhow!("No equals sign found in SCRAM component: {part}"))?;
        let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        parts.insert(key, quoted.unwrap_or(value));
    }
    let name = parts.remove("name").ok_or_else(|| anyhow!("You must supply 'name' to add-scram"))?.to_owned();
    let decoded = |salt: &str| STANDARD.decode(salt).map_err(|_| anyhow!("Failed to decode given salt: {salt}"));
    let given_salt = parts.remove("salt").map(decoded).transpose()?;
    let iterations = match parts.remove("iterations") {
        Some(text) => {
            let count: i32 = text.parse().map_err(|_| anyhow!("Failed to parse iterations count: {text}"))?;
            // A negative one is too low, as 0 is.
            u32::try_from(count).unwrap_or(0)
        }
        None => MIN_ITERATIONS,
    };
    let (password, salted) = (parts.remove("password"), parts.remove("saltedpassword"));
    if !parts.is_empty() {
        bail!("Unknown SCRAM configurations: {}", parts.into_keys().collect::<Vec<_>>().join(", "));
    }
    let rounds = NonZeroU32::new(iterations).filter(|_| (MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations));
    let rounds = rounds.ok_or_else(|| {
        let (relation, bound) =
            if iterations < MIN_ITERATIONS { (">=", MIN_ITERATIONS) } else { ("<=", MAX_ITERATIONS) };
        // Kafka shows the constant of its enumeration.
        let constant = mechanism.name().replace('-', "_");
        anyhow!("The 'iterations' value must be {relation} {bound} for add-scram using {constant}")
    })?;
    let (salt, salted) = match (password, salted, given_salt) {
        (Some(password), _, salt) => {
            let fresh = || random_bytes::<SALT_BYTES>().map(|bytes| bytes.to_vec());
            let salt = salt.or_else(fresh).ok_or_else(|| anyhow!("the system has no randomness to give"))?;
            let salted = mechanism.salt_with(password, &salt, rounds);
            (salt, salted)
        }
        (None, Some(salted), Some(salt)) => {
            let salted = STANDARD.decode(salted);
            (salt, salted.map_err(|error| anyhow!("Failed to decode given saltedPassword: {error}"))?)
        }
        (None, Some(_), None) => bail!("You must supply 'salt' with 'saltedpassword' to add-scram"),
        (None, None, _) => bail!("You must supply one of 'password' or 'saltedpassword' to add-scram"),
    };
    let (stored_key, server_key) = mechanism.keys(&salted);
    Ok(Credential { name, mechanism, salt, stored_key, server_key, iterations })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials() {
        let plain = parse("SCRAM-SHA-256=[name=user,password=pencil,salt=W22ZaJ0SNY7soEsUEjb6gQ==]").unwrap();
        // The example of RFC 7677.
        assert_eq!(STANDARD.encode(&plain.stored_key), "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
        assert_eq!((plain.iterations, plain.name.as_str()), (4096, "user"));
        let salted = parse("SCRAM-SHA-512=[name=alice,iterations=8192,salt=\"N3E=\",saltedpassword=\"YCE=\"]").unwrap();
        assert_eq!((salted.iterations, salted.salt.as_slice()), (8192, &b"7q"[..]));
        let fresh = || parse("SCRAM-SHA-256=[name=a,password=p,]").unwrap();
        assert_ne!(fresh().salt, fresh().salt);
    }

    #[test]
    fn what_is_wrong() {
        for (text, expected) in [
            ("x", "Failed to find equals sign in SCRAM argument 'x'"),
            (
                "MD5=[name=a]",
                "The add-scram mechanism MD5 is not supported.\nThere are SCRAM-SHA-256 and SCRAM-SHA-512.",
            ),
            ("SCRAM-SHA-256=[name=a,salt=!]", "Failed to decode given salt: !"),
            ("SCRAM-SHA-256=[name=a,b]", "No equals sign found in SCRAM component: b"),
            ("SCRAM-SHA-256=[name=a,password=b,iterations=-1]", "The 'iterations' value must be >= 4096"),
            ("SCRAM-SHA-256=[name=a,password=b,iterations=x]", "Failed to parse iterations count: x"),
            ("SCRAM-SHA-256=name=a", "Expected configuration string to start with ["),
            ("SCRAM-SHA-256=[name=a", "Expected configuration string to end with ]"),
            ("SCRAM-SHA-256=[password=a]", "You must supply 'name' to add-scram"),
            ("SCRAM-SHA-256=[name=a]", "You must supply one of 'password' or 'saltedpassword'"),
            ("SCRAM-SHA-256=[name=a,saltedpassword=YCE=]", "You must supply 'salt' with"),
            (
                "SCRAM-SHA-256=[name=a,password=b,iterations=1]",
                "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_256",
            ),
            ("SCRAM-SHA-256=[name=a,password=b,iterations=99999]", "The 'iterations' value must be <= 16384"),
            ("SCRAM-SHA-256=[name=a,password=b,x=1]", "Unknown SCRAM configurations: x"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
