//! What is known of each API before any request of it is read.

use crate::messages::{APIS, ApiKey};

/// An inclusive range of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionRange {
    pub min: i16,
    pub max: i16,
}

/// One API: its key, its name, and the versions that each release speaks (`None`: not there).
#[derive(Clone, Copy, Debug)]
pub struct ApiFacts {
    pub key: ApiKey,
    pub name: &'static str,
    /// Every version that this crate can read and write.
    pub versions: Option<VersionRange>,
    /// The versions of Apache Kafka 3.9.1.
    pub in_3_9: Option<VersionRange>,
    /// The versions of Apache Kafka 4.1.1.
    pub in_4_1: Option<VersionRange>,
    /// The versions of Apache Kafka 4.4.0.
    pub in_4_4: Option<VersionRange>,
    /// The first version with compact lengths and tagged fields.
    pub flexible_since: i16,
}

impl ApiKey {
    /// The API of a key as it stands in a request header.
    pub fn from_i16(key: i16) -> Option<ApiKey> {
        APIS.binary_search_by_key(&key, |a| a.key as i16).ok().map(|i| APIS[i].key)
    }

    /// The facts of this API.
    pub fn facts(self) -> &'static ApiFacts {
        let at = APIS.binary_search_by_key(&(self as i16), |a| a.key as i16).expect("every key has its row");
        &APIS[at]
    }

    /// Kafka's name for the API, without "Request".
    pub fn name(self) -> &'static str {
        self.facts().name
    }
}
