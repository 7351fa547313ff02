//! Pure: may this caller do this? And which ACL does a caller mean.

use super::auth::Schemes;
use rkafka_jute::{Acl, Id, NULL_STRING, ZkError};

/// Whether one of the caller's `ids` has `permission` (a bit of [`rkafka_jute::perms`]).
pub fn check(acl: &[Acl], permission: i32, ids: &[Id], schemes: &Schemes) -> Result<(), ZkError> {
    let allows = |entry: &Acl| {
        entry.perms & permission != 0
            && (is_anyone(&entry.id)
                || ids
                    .iter()
                    .any(|id| id.scheme == entry.id.scheme && schemes.matches(&id.scheme, &id.id, &entry.id.id)))
    };
    let is_super = || ids.iter().any(|id| id.scheme == "super");
    if acl.is_empty() || is_super() || acl.iter().any(allows) { Ok(()) } else { Err(ZkError::NO_AUTH) }
}

fn is_anyone(id: &Id) -> bool {
    id.scheme == "world" && id.id == "anyone"
}

/// The ACL to store for the one that a request carries: without duplicates, `auth` replaced by who the caller is.
pub fn resolve(acl: &[Acl], ids: &[Id], schemes: &Schemes) -> Result<Vec<Acl>, ZkError> {
    if fails_to_compare(acl) {
        return Err(ZkError::MARSHALLING_ERROR);
    }
    let mut resolved: Vec<Acl> = Vec::with_capacity(acl.len());
    for (position, entry) in acl.iter().enumerate() {
        if acl[..position].contains(entry) {
            continue;
        }
        if entry.id.id == NULL_STRING && schemes.fails_on_null(&entry.id.scheme) {
            return Err(ZkError::MARSHALLING_ERROR);
        }
        if is_anyone(&entry.id) {
            resolved.push(entry.clone());
        } else if entry.id.scheme == "auth" {
            let mut authenticated = ids.iter().filter(|id| schemes.is_authenticated(&id.scheme)).peekable();
            authenticated.peek().ok_or(ZkError::INVALID_ACL)?;
            resolved.extend(authenticated.map(|id| Acl { perms: entry.perms, id: id.clone() }));
        } else if schemes.is_valid(&entry.id.scheme, &entry.id.id) {
            resolved.push(entry.clone());
        } else {
            return Err(ZkError::INVALID_ACL);
        }
    }
    if resolved.is_empty() { Err(ZkError::INVALID_ACL) } else { Ok(resolved) }
}

/// Whether ZooKeeper's search for duplicates comes upon a null: it compares each entry with those before it, rights first,
/// then schemes, then ids.
fn fails_to_compare(acl: &[Acl]) -> bool {
    let fails = |entry: &Acl, earlier: &Acl| {
        let (id, other) = (&entry.id, &earlier.id);
        entry.perms == earlier.perms && (id.scheme == NULL_STRING || id.scheme == other.scheme && id.id == NULL_STRING)
    };
    acl.iter().enumerate().any(|(position, entry)| {
        let is_null = entry.id.scheme == NULL_STRING || entry.id.id == NULL_STRING;
        is_null && acl[..position].iter().any(|earlier| fails(entry, earlier))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_jute::perms;

    fn one(scheme: &str, id: &str, perms: i32) -> Vec<Acl> {
        vec![Acl { perms, id: Id::new(scheme, id) }]
    }

    #[test]
    fn permissions_belong_to_identities() {
        let bob = [Id::new("ip", "127.0.0.1"), Id::new("digest", "bob:hash")];
        assert_eq!(check(&Acl::open(), perms::WRITE, &[], &Schemes::default()), Ok(()));
        assert_eq!(check(&Acl::read_only(), perms::WRITE, &bob, &Schemes::default()), Err(ZkError::NO_AUTH));
        assert_eq!(check(&one("digest", "bob:hash", perms::ALL), perms::ADMIN, &bob, &Schemes::default()), Ok(()));
        assert_eq!(
            check(&one("digest", "eve:hash", perms::ALL), perms::ADMIN, &bob, &Schemes::default()),
            Err(ZkError::NO_AUTH)
        );
        assert_eq!(check(&one("ip", "127.0.0.0/8", perms::READ), perms::READ, &bob, &Schemes::default()), Ok(()));
        assert_eq!(
            check(&one("digest", "eve:hash", 0), perms::READ, &[Id::new("super", "")], &Schemes::default()),
            Ok(())
        );
    }

    #[test]
    fn auth_means_whoever_the_caller_proved_to_be() {
        let ip_only = [Id::new("ip", "127.0.0.1")];
        let bob = [Id::new("ip", "127.0.0.1"), Id::new("digest", "bob:hash")];
        assert_eq!(resolve(&one("auth", "", 31), &ip_only, &Schemes::default()), Err(ZkError::INVALID_ACL));
        assert_eq!(resolve(&one("auth", "", 31), &bob, &Schemes::default()), Ok(one("digest", "bob:hash", 31)));
        assert_eq!(resolve(&one(NULL_STRING, "x", 31), &bob, &Schemes::default()), Err(ZkError::INVALID_ACL));
        assert_eq!(resolve(&one("world", NULL_STRING, 31), &bob, &Schemes::default()), Err(ZkError::MARSHALLING_ERROR));
        let twice = [Acl::open(), one(NULL_STRING, "x", 31)].concat();
        assert_eq!(resolve(&twice, &bob, &Schemes::default()), Err(ZkError::MARSHALLING_ERROR));
        assert_eq!(resolve(&[], &bob, &Schemes::default()), Err(ZkError::INVALID_ACL));
        assert_eq!(resolve(&one("nope", "x", 31), &bob, &Schemes::default()), Err(ZkError::INVALID_ACL));
        assert_eq!(resolve(&[Acl::open(), Acl::open()].concat(), &bob, &Schemes::default()), Ok(Acl::open()));
    }
}
