//! Pure: the scheme `sasl`: who proved a password by DIGEST-MD5. Names look like Kerberos' (`service/host@REALM`).

use core::fmt;
use std::collections::BTreeMap;

/// What the server knows of SASL's users.
#[derive(Clone, Default)]
pub struct SaslRules {
    /// Passwords by user.
    pub users: BTreeMap<String, String>,
    /// Another password of the user `super`.
    pub super_password: Option<String>,
    /// Users that may do anything.
    pub super_users: Vec<String>,
    pub remove_host: bool,
    pub remove_realm: bool,
    /// Makes nonces that nobody can guess.
    pub nonce_secret: [u8; 32],
}

impl fmt::Debug for SaslRules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let users: Vec<&String> = self.users.keys().collect();
        formatter.debug_struct("SaslRules").field("users", &users).finish_non_exhaustive()
    }
}

impl SaslRules {
    pub fn password_of(&self, user: &str) -> Option<String> {
        let own = self.users.get(user)?;
        let special = self.super_password.as_ref().filter(|_| user == "super");
        Some(special.unwrap_or(own).clone())
    }
}

/// Service, host and realm; `None` for a name with `@` that is not of this form.
fn parts(name: &str) -> Option<(&str, Option<&str>, Option<&str>)> {
    let Some((principal, realm)) = name.split_once('@') else { return Some((name, None, None)) };
    if realm.contains(['/', '@']) {
        return None;
    }
    match principal.split_once('/') {
        None => Some((principal, None, Some(realm))),
        Some((_, host)) if host.contains('/') => None,
        Some((service, host)) => Some((service, Some(host), Some(realm))),
    }
}

pub fn is_valid(expression: &str) -> bool {
    parts(expression).is_some()
}

/// The user `super` is meant by every ACL.
pub fn matches(id: &str, expression: &str, any_user: Option<&str>) -> bool {
    id == "super" || id == expression || any_user == Some(expression)
}

/// The identity of a user who has proved a password; `None` when the name is malformed.
pub fn authorized_name(rules: &SaslRules, user: &str) -> Option<String> {
    let (service, host, realm) = parts(user)?;
    let host = host.filter(|_| !rules.remove_host).map(|host| format!("/{host}"));
    let realm = realm.filter(|_| !rules.remove_realm).map(|realm| format!("@{realm}"));
    Some([Some(service.to_owned()), host, realm].into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(is_valid("bob") && is_valid("a/b") && is_valid("kafka/host@REALM") && is_valid("kafka@REALM"));
        assert!(!is_valid("a/b/c@R") && !is_valid("a@b@c"));
        assert!(matches("super", "bob", None) && matches("bob", "bob", None) && !matches("eve", "bob", None));
        assert!(matches("eve", "any", Some("any")) && !matches("eve", "bob", Some("any")));
    }

    #[test]
    fn hosts_and_realms_may_be_dropped() {
        let name = |remove_host, remove_realm, user| {
            authorized_name(&SaslRules { remove_host, remove_realm, ..SaslRules::default() }, user).unwrap()
        };
        assert_eq!(name(false, false, "k/h@R"), "k/h@R");
        assert_eq!(name(true, false, "k/h@R"), "k@R");
        assert_eq!(name(true, true, "k/h@R"), "k");
        assert_eq!(name(true, true, "bob"), "bob");
    }

    #[test]
    fn passwords() {
        let users = [("super".to_owned(), "a".to_owned()), ("bob".to_owned(), "b".to_owned())];
        let mut rules = SaslRules { users: users.into(), ..SaslRules::default() };
        assert_eq!(rules.password_of("super").as_deref(), Some("a"));
        rules.super_password = Some("c".to_owned());
        assert_eq!(rules.password_of("super").as_deref(), Some("c"));
        assert_eq!((rules.password_of("bob").as_deref(), rules.password_of("eve")), (Some("b"), None));
        assert!(!format!("{rules:?}").contains("\"c\""));
    }
}
