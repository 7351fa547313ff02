//! Pure: the authentication schemes, one file each.

mod digest;
mod ip;

pub use digest::digest_of;

use core::net::IpAddr;

use crate::zookeeper::jute::Id;

/// A scheme of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    World,
    Digest,
    Ip,
}

/// The scheme called `name`.
pub fn scheme(name: &str) -> Option<Scheme> {
    match name {
        "world" => Some(Scheme::World),
        "digest" => Some(Scheme::Digest),
        "ip" => Some(Scheme::Ip),
        _ => None,
    }
}

impl Scheme {
    /// Whether the caller's identity `id` is meant by `expression` in an ACL.
    pub fn matches(self, id: &str, expression: &str) -> bool {
        match self {
            Scheme::World => false,
            Scheme::Digest => id == expression,
            Scheme::Ip => ip::matches(id, expression),
        }
    }

    /// Whether `expression` may stand in an ACL.
    pub fn is_valid(self, expression: &str) -> bool {
        match self {
            Scheme::World => expression == "anyone",
            // Java's `split` leaves empty parts at the end out.
            Scheme::Digest => expression.trim_end_matches(':').split(':').count() == 2,
            Scheme::Ip => ip::is_valid(expression),
        }
    }

    /// Whether an identity of this scheme was proved, so that an `auth` ACL may stand for it.
    pub fn is_authenticated(self) -> bool {
        self == Scheme::Digest
    }
}

/// Whether ZooKeeper's checks of an ACL entry of this scheme fail on an id that is null, instead of refusing it.
pub fn fails_on_null(scheme_name: &str) -> bool {
    scheme(scheme_name).is_some()
}

/// The identities that an auth packet proves; `None` when it proves nothing.
pub fn authenticate(scheme_name: &str, proof: &[u8], address: IpAddr, super_digest: Option<&str>) -> Option<Vec<Id>> {
    match scheme(scheme_name)? {
        Scheme::World => None,
        Scheme::Ip => Some(vec![Id::new("ip", &address.to_string())]),
        Scheme::Digest => {
            let digest = digest_of(proof);
            let mut ids = Vec::new();
            if super_digest == Some(digest.as_str()) {
                ids.push(Id::new("super", ""));
            }
            ids.push(Id { scheme: "digest".into(), id: digest });
            Some(ids)
        }
    }
}

/// Who an identity is for whoAmI: a digest shows its user only.
pub fn user_name(id: &Id) -> &str {
    match scheme(&id.scheme) {
        Some(Scheme::Digest) => id.id.split(':').next().unwrap_or_default(),
        _ => &id.id,
    }
}
