//! Pure: the settings on which decisions depend.

use super::auth::{SaslRules, Schemes};

/// What the configuration says about requests and sessions. Times in ms.
#[derive(Debug, Clone)]
pub struct Rules {
    pub tick_ms: i64,
    pub min_session_timeout_ms: i32,
    pub max_session_timeout_ms: i32,
    /// Anyone may do anything (`skipACL`).
    pub skip_acl: bool,
    /// `user:hash` of the one who may do anything.
    pub super_digest: Option<String>,
    /// The schemes of identities.
    pub schemes: Schemes,
    /// The users of SASL, if there are any.
    pub sasl: Option<SaslRules>,
    /// A client whose SASL failed may go on without (`allowSaslFailedClients`).
    pub allow_sasl_failed: bool,
    /// A client must have proved an identity of one of these schemes; empty: it need not.
    pub enforced_schemes: Vec<String>,
    /// Requests that are longer are large; `None`: none is.
    pub large_request_threshold: Option<usize>,
    /// Bytes of large requests that may be in the queue.
    pub large_request_max_bytes: usize,
    /// Whether nodes with a TTL are allowed (`extendedTypesEnabled`).
    pub extended_types: bool,
    /// Whether clients may ask for a reconfiguration (`reconfigEnabled`), which a lone server cannot do.
    pub reconfig: bool,
    /// Writes above a hard limit of a quota fail (`enforceQuota`).
    pub enforce_quota: bool,
    /// Containers that never had a child go after this time (`znode.container.maxNeverUsedIntervalMs`); 0: never.
    pub container_max_never_used_ms: i64,
    /// Write digests of the tree into the log (`digest.enabled`).
    pub digest: bool,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            tick_ms: 3000,
            min_session_timeout_ms: 6000,
            max_session_timeout_ms: 60_000,
            skip_acl: false,
            super_digest: None,
            schemes: Schemes::default(),
            sasl: None,
            allow_sasl_failed: false,
            enforced_schemes: Vec::new(),
            large_request_threshold: None,
            large_request_max_bytes: 100 * 1024 * 1024,
            extended_types: false,
            reconfig: false,
            enforce_quota: false,
            container_max_never_used_ms: 0,
            digest: true,
        }
    }
}
