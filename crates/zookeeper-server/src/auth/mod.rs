//! Pure: the authentication schemes, one file each.

mod digest;
mod ip;
mod sasl;
mod x509;

pub use digest::digest_of;
pub use ip::java_text as address_text;
pub use sasl::{SaslRules, authorized_name};

use core::net::IpAddr;

use rkafka_config::DigestAlgorithm;
use rkafka_jute::Id;

/// A scheme of identities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    World,
    Digest,
    Ip,
    Sasl,
    X509,
}

/// The schemes that a server knows, and what is special in them.
#[derive(Debug, Clone)]
pub struct Schemes {
    /// `None` when the scheme is turned off.
    pub digest: Option<DigestAlgorithm>,
    pub sasl: bool,
    pub x509: bool,
    /// The certificate's subject that may do anything.
    pub x509_super_user: Option<String>,
    /// What stands in an ACL for every SASL user.
    pub any_sasl_user: Option<String>,
}

impl Default for Schemes {
    fn default() -> Schemes {
        let digest = Some(DigestAlgorithm::default());
        Schemes { digest, sasl: false, x509: false, x509_super_user: None, any_sasl_user: None }
    }
}

impl Schemes {
    /// The scheme called `name`, if it is known.
    pub fn find(&self, name: &str) -> Option<Scheme> {
        match name {
            "world" => Some(Scheme::World),
            "digest" if self.digest.is_some() => Some(Scheme::Digest),
            "ip" => Some(Scheme::Ip),
            "sasl" if self.sasl => Some(Scheme::Sasl),
            "x509" if self.x509 => Some(Scheme::X509),
            _ => None,
        }
    }

    /// Whether the caller's identity is meant by `expression` in an ACL, both of the scheme of this name.
    pub fn matches(&self, name: &str, id: &str, expression: &str) -> bool {
        match self.find(name) {
            None | Some(Scheme::World) => false,
            Some(Scheme::Digest) => id == expression,
            Some(Scheme::Ip) => ip::matches(id, expression),
            Some(Scheme::Sasl) => sasl::matches(id, expression, self.any_sasl_user.as_deref()),
            Some(Scheme::X509) => id == expression || self.x509_super_user.as_deref() == Some(id),
        }
    }

    /// Whether `expression` of the scheme of this name may stand in an ACL.
    pub fn is_valid(&self, name: &str, expression: &str) -> bool {
        match self.find(name) {
            None => false,
            Some(Scheme::World) => expression == "anyone",
            // Java's `split` leaves empty parts at the end out.
            Some(Scheme::Digest) => expression.trim_end_matches(':').split(':').count() == 2,
            Some(Scheme::Ip) => ip::is_valid(expression),
            Some(Scheme::Sasl) => sasl::is_valid(expression),
            Some(Scheme::X509) => x509::is_valid(expression),
        }
    }

    /// Whether an identity of the scheme of this name was proved, so that an `auth` ACL may stand for it.
    pub fn is_authenticated(&self, name: &str) -> bool {
        matches!(self.find(name), Some(Scheme::Digest | Scheme::Sasl | Scheme::X509))
    }

    /// Whether ZooKeeper's checks of an ACL entry of this scheme fail on an id that is null, instead of refusing it.
    pub fn fails_on_null(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The names of the schemes of which a client can prove identities.
    pub fn names(&self) -> String {
        let names = ["digest", "ip", "sasl", "x509"];
        names.into_iter().filter(|name| self.find(name).is_some()).collect::<Vec<_>>().join(" ")
    }

    /// Who a client is by the subject of its certificate.
    pub fn certified(&self, subject: &str) -> Vec<Id> {
        let is_super = self.x509_super_user.as_deref() == Some(subject);
        let super_user = is_super.then(|| Id::new("super", subject));
        super_user.into_iter().chain(self.x509.then(|| Id::new("x509", subject))).collect()
    }
}

/// Where a client speaks from, and by which certificate it is known.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    pub address: IpAddr,
    pub certificate: Option<&'a str>,
}

/// The identities that an auth packet proves; `None` when it proves nothing.
pub fn authenticate(
    schemes: &Schemes,
    scheme_name: &str,
    proof: &[u8],
    origin: Origin<'_>,
    super_digest: Option<&str>,
) -> Option<Vec<Id>> {
    match schemes.find(scheme_name)? {
        // SASL has its own requests.
        Scheme::World | Scheme::Sasl => None,
        Scheme::Ip => Some(vec![Id::new("ip", &address_text(origin.address))]),
        Scheme::X509 => origin.certificate.map(|subject| schemes.certified(subject)),
        Scheme::Digest => {
            let digest = digest_of(schemes.digest.unwrap_or_default(), proof);
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
    match id.scheme.as_str() {
        "digest" => id.id.split(':').next().unwrap_or_default(),
        _ => &id.id,
    }
}
