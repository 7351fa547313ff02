//! Pure: which settings are nobody's business.

/// Stands for the value of one.
pub const HIDDEN: &str = "[hidden]";

/// What is in the name of every setting whose value Kafka never shows, and of what custom ones are called.
const WORDS: &[&str] = &["password", "secret", "scram", "jaas", "keystore.key", "certificate", "credential", "token"];

/// Whether settings look like they hold a password: one of a store, of SCRAM, of a login module, a key.
pub fn is_secret(settings: &str) -> bool {
    let settings = settings.to_ascii_lowercase();
    WORDS.iter().any(|word| settings.contains(word))
}
