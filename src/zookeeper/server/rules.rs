//! Pure: the settings on which decisions depend.

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
            extended_types: false,
            reconfig: false,
            enforce_quota: false,
            container_max_never_used_ms: 0,
            digest: true,
        }
    }
}
