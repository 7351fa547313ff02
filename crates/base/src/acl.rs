//! Pure: who may do what with which resource: the words of Kafka's ACLs, with their numbers on the wire and their names,
//! and which of them a filter means (`org.apache.kafka.common.acl`, `org.apache.kafka.common.resource`).

use std::fmt;

/// An enumeration of Kafka's: a number on the wire, a name as Java's tools show it (`TRANSACTIONAL_ID`), and one as
/// ZooKeeper's nodes and the command line have it (`TransactionalId`).
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$meaning:meta])* $word:ident = $code:literal $shouted:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            /// A number that this version has never heard of.
            Unknown = 0,
            $($(#[$meaning])* $word = $code,)*
        }

        impl $name {
            /// All that are known, by number.
            pub const ALL: &'static [$name] = &[$($name::$word),*];

            /// Its number on the wire.
            pub fn code(self) -> i8 {
                self as i8
            }

            /// What a number on the wire stands for.
            pub fn from_code(code: i8) -> $name {
                $name::ALL.iter().copied().find(|word| word.code() == code).unwrap_or($name::Unknown)
            }

            /// As ZooKeeper's nodes and the command line have it: `TransactionalId`.
            pub fn title(self) -> &'static str {
                match self {
                    $name::Unknown => "Unknown",
                    $($name::$word => stringify!($word),)*
                }
            }

            /// The word with this title, in whatever case.
            pub fn from_title(title: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|word| word.title().eq_ignore_ascii_case(title))
            }
        }

        /// As Java's tools show it: `TRANSACTIONAL_ID`.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $name::Unknown => "UNKNOWN",
                    $($name::$word => $shouted,)*
                })
            }
        }
    };
}

words! {
    /// What kind of thing an ACL is about.
    ResourceType {
        /// In a filter: every kind.
        Any = 1 "ANY",
        Topic = 2 "TOPIC",
        Group = 3 "GROUP",
        Cluster = 4 "CLUSTER",
        TransactionalId = 5 "TRANSACTIONAL_ID",
        DelegationToken = 6 "DELEGATION_TOKEN",
        User = 7 "USER",
    }
}

words! {
    /// How the name of an ACL's resource is to be read (KIP-290).
    PatternType {
        /// In a filter: every kind of pattern with exactly the name.
        Any = 1 "ANY",
        /// In a filter: every pattern that has a say about a resource of the name.
        Match = 2 "MATCH",
        /// The resource of the name; `*` stands for all.
        Literal = 3 "LITERAL",
        /// All resources whose names begin so.
        Prefixed = 4 "PREFIXED",
    }
}

words! {
    /// What is done with a resource.
    AclOperation {
        /// In a filter: every operation.
        Any = 1 "ANY",
        /// Every operation that the resource has.
        All = 2 "ALL",
        Read = 3 "READ",
        Write = 4 "WRITE",
        Create = 5 "CREATE",
        Delete = 6 "DELETE",
        Alter = 7 "ALTER",
        Describe = 8 "DESCRIBE",
        ClusterAction = 9 "CLUSTER_ACTION",
        DescribeConfigs = 10 "DESCRIBE_CONFIGS",
        AlterConfigs = 11 "ALTER_CONFIGS",
        IdempotentWrite = 12 "IDEMPOTENT_WRITE",
        CreateTokens = 13 "CREATE_TOKENS",
        DescribeTokens = 14 "DESCRIBE_TOKENS",
        /// Since 4.0 (KIP-939).
        TwoPhaseCommit = 15 "TWO_PHASE_COMMIT",
    }
}

words! {
    /// Whether an ACL gives or takes.
    AclPermission {
        /// In a filter: both.
        Any = 1 "ANY",
        Deny = 2 "DENY",
        Allow = 3 "ALLOW",
    }
}

/// The name of the one resource of type [`ResourceType::Cluster`].
pub const CLUSTER_NAME: &str = "kafka-cluster";
/// Stands for every name, and for every host.
pub const WILDCARD: &str = "*";

/// The resources that an ACL is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourcePattern {
    pub resource_type: ResourceType,
    pub name: String,
    pub pattern_type: PatternType,
}

impl fmt::Display for ResourcePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ResourcePattern { resource_type, name, pattern_type } = self;
        write!(f, "ResourcePattern(resourceType={resource_type}, name={name}, patternType={pattern_type})")
    }
}

/// Who (`User:alice`) may, or may not, do what from where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessControlEntry {
    pub principal: String,
    pub host: String,
    pub operation: AclOperation,
    pub permission: AclPermission,
}

impl fmt::Display for AccessControlEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AccessControlEntry { principal, host, operation, permission } = self;
        write!(f, "(principal={principal}, host={host}, operation={operation}, permissionType={permission})")
    }
}

/// An ACL: an entry and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AclBinding {
    pub pattern: ResourcePattern,
    pub entry: AccessControlEntry,
}

/// Which ACLs are meant: those of `pattern`, whose types may be the words that stand for several, and of them, unless all
/// are meant, those with this very entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AclFilter {
    pub resource_type: ResourceType,
    /// `None`: of every name.
    pub name: Option<String>,
    pub pattern_type: PatternType,
    pub entry: Option<AccessControlEntry>,
}

impl AclFilter {
    /// Every ACL that there is.
    pub const EVERY: AclFilter =
        AclFilter { resource_type: ResourceType::Any, name: None, pattern_type: PatternType::Any, entry: None };

    /// All ACLs of a pattern.
    pub fn of(pattern: &ResourcePattern) -> AclFilter {
        AclFilter {
            resource_type: pattern.resource_type,
            name: Some(pattern.name.clone()),
            pattern_type: pattern.pattern_type,
            entry: None,
        }
    }

    /// Whether the ACLs of a pattern are meant (`ResourcePatternFilter.matches`).
    pub fn means_pattern(&self, pattern: &ResourcePattern) -> bool {
        if self.resource_type != ResourceType::Any && self.resource_type != pattern.resource_type {
            return false;
        }
        let Some(name) = &self.name else {
            return [PatternType::Any, PatternType::Match, pattern.pattern_type].contains(&self.pattern_type);
        };
        match (self.pattern_type, pattern.pattern_type) {
            (PatternType::Match, PatternType::Prefixed) => name.starts_with(&pattern.name),
            (PatternType::Match, _) => *name == pattern.name || pattern.name == WILDCARD,
            (PatternType::Any, _) => *name == pattern.name,
            (wanted, own) => wanted == own && *name == pattern.name,
        }
    }

    /// Whether an ACL is meant.
    pub fn means(&self, acl: &AclBinding) -> bool {
        self.means_pattern(&acl.pattern) && self.entry.as_ref().is_none_or(|entry| *entry == acl.entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(name: &str, pattern_type: PatternType) -> ResourcePattern {
        ResourcePattern { resource_type: ResourceType::Topic, name: name.to_owned(), pattern_type }
    }

    #[test]
    fn words_and_numbers() {
        assert_eq!(AclOperation::from_code(12), AclOperation::IdempotentWrite);
        assert_eq!(AclOperation::from_code(99).to_string(), "UNKNOWN");
        assert_eq!(ResourceType::from_title("transactionalid"), Some(ResourceType::TransactionalId));
        assert_eq!(ResourceType::from_title("TRANSACTIONAL_ID"), None);
        assert_eq!(ResourceType::TransactionalId.to_string(), "TRANSACTIONAL_ID");
        assert_eq!(AclPermission::Allow.title(), "Allow");
    }

    #[test]
    fn what_is_shown() {
        assert_eq!(
            pattern("t", PatternType::Literal).to_string(),
            "ResourcePattern(resourceType=TOPIC, name=t, patternType=LITERAL)"
        );
        let entry = AccessControlEntry {
            principal: "User:a".to_owned(),
            host: WILDCARD.to_owned(),
            operation: AclOperation::Read,
            permission: AclPermission::Deny,
        };
        assert_eq!(entry.to_string(), "(principal=User:a, host=*, operation=READ, permissionType=DENY)");
    }

    #[test]
    fn what_a_filter_means() {
        use PatternType::{Any, Literal, Match, Prefixed};
        for (wanted, own, name, meant) in [
            (Literal, Literal, "foo", true),
            (Literal, Literal, "*", false),
            (Literal, Prefixed, "foo", false),
            (Any, Prefixed, "foo", true),
            (Any, Prefixed, "fo", false),
            (Match, Prefixed, "fo", true),
            (Match, Prefixed, "fooo", false),
            (Match, Literal, "*", true),
            (Match, Literal, "fo", false),
            (Prefixed, Prefixed, "foo", true),
        ] {
            let filter = AclFilter::of(&pattern("foo", wanted));
            assert_eq!(filter.means_pattern(&pattern(name, own)), meant, "{wanted} {own} {name}");
        }
        assert!(AclFilter::EVERY.means_pattern(&pattern("x", Prefixed)));
        let group = ResourcePattern { resource_type: ResourceType::Group, ..pattern("foo", Literal) };
        assert!(!AclFilter::of(&group).means_pattern(&pattern("foo", Literal)));
    }
}
