//! What a request's fields say, so that it gets as far as it can: names that are there, and nothing that takes anything away.

use crate::facts::Field;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many groups have been named to be joined.
static JOINED: AtomicUsize = AtomicUsize::new(0);

/// The topic that is there, with [`PARTITIONS`] partitions.
pub const TOPIC: &str = "t";
pub const PARTITIONS: i32 = 16;

/// How a number is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// One that makes sense.
    Sensible,
    Least,
    Greatest,
}

/// Ints that a request is to have in each shape: a controller of a far future would end the present one's term, and a broker
/// that is told to stop would stop.
const KEPT: &[(&str, &str, i64)] = &[
    ("", "ControllerId", 0),
    ("", "ControllerEpoch", 1),
    ("ControlledShutdown", "BrokerId", 7),
    ("AlterPartition", "BrokerEpoch", -1),
];

/// Ints other than 0 where they are to make sense.
const INTS: &[(&str, &str, i64)] = &[
    ("", "ReplicaId", -1),
    ("", "BrokerEpoch", -1),
    ("", "CurrentLeaderEpoch", -1),
    ("", "LastFetchedEpoch", -1),
    ("", "CommittedLeaderEpoch", -1),
    ("", "LogStartOffset", -1),
    // Else what it costs is what is stored.
    ("", "MaxBytes", 1 << 10),
    ("", "PartitionMaxBytes", 1 << 10),
    ("", "SessionTimeoutMs", 10_000),
    ("", "RebalanceTimeoutMs", 100),
    ("", "ProducerId", -1),
    ("", "ProducerEpoch", -1),
    ("", "MaxNumOffsets", 1),
    ("", "ResourceType", 2),
    ("Produce", "Acks", 1),
    ("ListOffsets", "Timestamp", -1),
    ("OffsetCommit", "GenerationIdOrMemberEpoch", -1),
    ("OffsetCommit", "RetentionTimeMs", -1),
    ("OffsetCommit", "CommitTimestamp", -1),
    ("CreateTopics", "NumPartitions", -1),
    ("CreateTopics", "ReplicationFactor", -1),
    ("CreatePartitions", "Count", PARTITIONS as i64 + 1),
    // Another broker leads: this one makes a log and asks in vain.
    ("LeaderAndIsr", "Leader", 7),
];

/// Flags that are set: what makes an answer longer, and what keeps things as they are.
const SET: &[&str] = &[
    "ValidateOnly",
    "validateOnly",
    "IncludeSynonyms",
    "IncludeDocumentation",
    "IncludeClusterAuthorizedOperations",
    "IncludeTopicAuthorizedOperations",
    "IncludeAuthorizedOperations",
    "RequireStable",
];

/// A number.
pub fn int(api: &str, field: &Field, numbers: Numbers, n: usize) -> i64 {
    let of = |table: &[(&str, &str, i64)]| {
        let row = table.iter().find(|(a, name, _)| (a.is_empty() || *a == api) && *name == field.name);
        row.map(|row| row.2)
    };
    if let Some(kept) = of(KEPT) {
        return kept;
    }
    let (least, greatest) = match field.kind.as_str() {
        "int8" => (i64::from(i8::MIN), i64::from(i8::MAX)),
        "int16" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "uint16" => (0, i64::from(u16::MAX)),
        "int32" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        "uint32" => (0, i64::from(u32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    match numbers {
        Numbers::Least => least,
        Numbers::Greatest => greatest,
        Numbers::Sensible if is_a_number_of_something(field) => i64::try_from(n).unwrap_or(0).min(greatest),
        Numbers::Sensible => of(INTS).unwrap_or(0),
    }
}

/// What tells one element of an array from another.
fn is_a_number_of_something(field: &Field) -> bool {
    field.is_array || matches!(field.name.as_str(), "Partition" | "PartitionIndex" | "Index" | "Id")
}

pub fn flag(field: &Field) -> bool {
    SET.contains(&field.name.as_str())
}

/// A name; number 0 is that of something that is there, the others are not.
pub fn text(api: &str, field: &Field, n: usize) -> String {
    let numbered = |name: &str| if n == 0 { name.to_owned() } else { format!("{name}{n}") };
    match (api, field.name.as_str()) {
        // A group of its own for each, so that none waits for the members that others have left there.
        ("JoinGroup", "GroupId") => format!("j{}", JOINED.fetch_add(1, Ordering::Relaxed)),
        // Version 0 cannot only ask whether a topic could be made.
        ("CreateTopics", "Name") => format!("!{n}"),
        ("DeleteTopics", "Name" | "TopicNames") => format!("gone{n}"),
        // Else one each would be made.
        ("LeaderAndIsr" | "UpdateMetadata" | "StopReplica", "TopicName" | "Name") => format!("told{}", n % 64),
        ("DeleteGroups" | "DescribeGroups" | "OffsetDelete", _) if n == 0 => "g".to_owned(),
        (_, "GroupId" | "Key" | "CoordinatorKeys" | "GroupsNames" | "Groups") => numbered("g"),
        (_, "MemberId") if n == 0 => String::new(),
        (_, "MemberId") => format!("m{n}"),
        ("DescribeConfigs" | "AlterConfigs" | "IncrementalAlterConfigs", "ResourceName") => numbered(TOPIC),
        ("DescribeConfigs", "ConfigurationKeys") => numbered("retention.ms"),
        ("CreateTopics" | "AlterConfigs" | "IncrementalAlterConfigs", "Value") => "1000".to_owned(),
        ("AlterConfigs" | "IncrementalAlterConfigs", "Name") => numbered("retention.ms"),
        ("JoinGroup", "Name") => numbered("range"),
        (_, "ProtocolType") => "consumer".to_owned(),
        ("AlterReplicaLogDirs", "Path") => format!("/nowhere/{n}"),
        (_, "Name" | "Topic" | "TopicName" | "Topics" | "TopicNames") => numbered(TOPIC),
        _ => numbered("x"),
    }
}
