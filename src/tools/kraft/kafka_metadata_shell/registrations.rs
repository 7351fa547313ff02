//! Pure: brokers, controllers and partitions as the metadata log knows them, each with the text that Kafka's `toString` has
//! for it.

use crate::{era::Era, internal_records::facts::Value};
use rkafka_protocol::Uuid;
use std::{collections::BTreeMap, fmt};

/// What stands for "no change" in a partition's change.
const SAME_LEADER: i64 = -2;
const SAME_RECOVERY: i64 = -1;
/// The recovery states of a leader, by number.
const RECOVERY_STATES: [&str; 2] = ["RECOVERED", "RECOVERING"];
/// Security protocols, by number.
const PROTOCOLS: [&str; 4] = ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"];

/// A broker that has registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    id: i64,
    pub epoch: i64,
    incarnation: Uuid,
    listeners: String,
    features: String,
    rack: Option<String>,
    pub is_fenced: bool,
    pub is_shutting_down: bool,
    is_migrating: bool,
    directories: Vec<Uuid>,
    /// Not known before the broker tells.
    pub cordoned: Option<Vec<Uuid>>,
}

impl Broker {
    /// Errors: a security protocol that is none.
    pub fn of(record: &Value) -> Result<Broker, String> {
        let mut broker = Broker {
            id: record.int("brokerId"),
            epoch: record.int("brokerEpoch"),
            incarnation: uuid(record.get("incarnationId")),
            listeners: listeners(record)?,
            features: features(record),
            rack: text(record, "rack"),
            is_fenced: is_set(record, "fenced"),
            is_shutting_down: is_set(record, "inControlledShutdown"),
            is_migrating: is_set(record, "isMigratingZkBroker"),
            directories: Vec::new(),
            cordoned: uuids(record, "cordonedLogDirs"),
        };
        broker.set_directories(uuids(record, "logDirs").unwrap_or_default());
        Ok(broker)
    }

    /// Kafka keeps them in the order of Java's signed numbers.
    pub fn set_directories(&mut self, mut directories: Vec<Uuid>) {
        directories.sort_by_key(|id| {
            let bits = u128::from_be_bytes(id.0);
            ((bits >> 64) as i64, bits as i64)
        });
        self.directories = directories;
    }

    pub fn text(&self, era: Era) -> String {
        let rack = self.rack.as_ref().map_or_else(|| "Optional.empty".to_owned(), |rack| format!("Optional[{rack}]"));
        let cordoned = self.cordoned.as_deref().map_or_else(|| "null".to_owned(), listed);
        let cordoned = era.pick(String::new(), format!(", cordonedDirectories={cordoned}"));
        format!(
            "BrokerRegistration(id={}, epoch={}, incarnationId={}, listeners=[{}], supportedFeatures={{{}}}, rack={rack}, \
             fenced={}, inControlledShutdown={}, isMigratingZkBroker={}, directories={}{cordoned})",
            self.id,
            self.epoch,
            self.incarnation,
            self.listeners,
            self.features,
            self.is_fenced,
            self.is_shutting_down,
            self.is_migrating,
            listed(&self.directories)
        )
    }
}

/// The text of a controller that has registered. Errors: a security protocol that is none.
pub fn controller(record: &Value) -> Result<String, String> {
    Ok(format!(
        "ControllerRegistration(id={}, incarnationId={}, zkMigrationReady={}, listeners=[{}], supportedFeatures={{{}}})",
        record.int("controllerId"),
        uuid(record.get("incarnationId")),
        is_set(record, "zkMigrationReady"),
        listeners(record)?,
        features(record)
    ))
}

/// A partition and who has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    replicas: Vec<i64>,
    directories: Vec<Uuid>,
    isr: Vec<i64>,
    removing: Vec<i64>,
    adding: Vec<i64>,
    elr: Vec<i64>,
    last_known_elr: Vec<i64>,
    leader: i64,
    recovery: i64,
    leader_epoch: i64,
    epoch: i64,
}

impl Partition {
    pub fn of(record: &Value) -> Partition {
        let list = |name| numbers(record, name).unwrap_or_default();
        let mut partition = Partition {
            replicas: list("replicas"),
            directories: uuids(record, "directories").unwrap_or_default(),
            isr: list("isr"),
            removing: list("removingReplicas"),
            adding: list("addingReplicas"),
            elr: list("eligibleLeaderReplicas"),
            last_known_elr: list("lastKnownElr"),
            leader: record.int("leader"),
            recovery: record.int("leaderRecoveryState"),
            leader_epoch: record.int("leaderEpoch"),
            epoch: record.int("partitionEpoch"),
        };
        partition.migrating_where_unknown();
        partition
    }

    /// Takes in a change; what it does not mention stays.
    pub fn change(&mut self, record: &Value) {
        let set = |field: &mut Vec<i64>, name| {
            if let Some(changed) = numbers(record, name) {
                *field = changed;
            }
        };
        set(&mut self.replicas, "replicas");
        set(&mut self.isr, "isr");
        set(&mut self.removing, "removingReplicas");
        set(&mut self.adding, "addingReplicas");
        set(&mut self.elr, "eligibleLeaderReplicas");
        set(&mut self.last_known_elr, "lastKnownElr");
        if let Some(directories) = uuids(record, "directories") {
            self.directories = directories;
        }
        self.migrating_where_unknown();
        if let Some(Value::Int(leader)) = record.get("leader").filter(|leader| **leader != Value::Int(SAME_LEADER)) {
            self.leader = *leader;
            self.leader_epoch += 1;
        }
        if let Some(Value::Int(recovery)) = record.get("leaderRecoveryState")
            && *recovery != SAME_RECOVERY
        {
            self.recovery = *recovery;
        }
        self.epoch += 1;
    }

    /// Forgets who else may lead it.
    pub fn clear_elr(&mut self) {
        if !self.elr.is_empty() || !self.last_known_elr.is_empty() {
            self.elr.clear();
            self.last_known_elr.clear();
            self.epoch += 1;
        }
    }

    /// A replica whose directory nobody has told yet is said to come from ZooKeeper: id 0.
    fn migrating_where_unknown(&mut self) {
        if self.directories.is_empty() {
            self.directories = vec![Uuid::ZERO; self.replicas.len()];
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let recovery = usize::try_from(self.recovery).ok().and_then(|at| RECOVERY_STATES.get(at));
        write!(
            f,
            "PartitionRegistration(replicas={}, directories={}, isr={}, removingReplicas={}, addingReplicas={}, elr={}, \
             lastKnownElr={}, leader={}, leaderRecoveryState={}, leaderEpoch={}, partitionEpoch={})",
            listed(&self.replicas),
            listed(&self.directories),
            listed(&self.isr),
            listed(&self.removing),
            listed(&self.adding),
            listed(&self.elr),
            listed(&self.last_known_elr),
            self.leader,
            recovery.unwrap_or(&"UNKNOWN"),
            self.leader_epoch,
            self.epoch
        )
    }
}

/// A field that holds text; `None` for null.
pub fn text(record: &Value, name: &str) -> Option<String> {
    match record.get(name) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}

pub fn is_set(record: &Value, name: &str) -> bool {
    record.get(name) == Some(&Value::Bool(true))
}

pub fn uuid(value: Option<&Value>) -> Uuid {
    match value {
        Some(Value::Uuid(id)) => *id,
        _ => Uuid::ZERO,
    }
}

/// A field that is a list; `None` if it is missing or null.
pub fn list<'a>(record: &'a Value, name: &str) -> Option<&'a [Value]> {
    match record.get(name) {
        Some(Value::List(list)) => Some(list),
        _ => None,
    }
}

pub fn uuids(record: &Value, name: &str) -> Option<Vec<Uuid>> {
    list(record, name).map(|list| list.iter().map(|id| uuid(Some(id))).collect())
}

fn numbers(record: &Value, name: &str) -> Option<Vec<i64>> {
    let number = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
    list(record, name).map(|list| list.iter().filter_map(number).collect())
}

fn listed<T: ToString>(items: &[T]) -> String {
    format!("[{}]", items.iter().map(T::to_string).collect::<Vec<_>>().join(", "))
}

/// The listeners by name.
fn listeners(record: &Value) -> Result<String, String> {
    let mut all = BTreeMap::new();
    for listener in list(record, "endPoints").unwrap_or_default() {
        let (name, number) = (text(listener, "name").unwrap_or_default(), listener.int("securityProtocol"));
        let protocol = usize::try_from(number).ok().and_then(|at| PROTOCOLS.get(at));
        let protocol = protocol.ok_or_else(|| format!("Unknown security protocol {number}"))?;
        let (host, port) = (text(listener, "host").unwrap_or_else(|| "null".to_owned()), listener.int("port"));
        let told = format!("Endpoint(listenerName='{name}', securityProtocol={protocol}, host='{host}', port={port})");
        all.insert(name, told);
    }
    Ok(all.into_values().collect::<Vec<_>>().join(", "))
}

/// The features by name, and the levels that are understood.
fn features(record: &Value) -> String {
    let mut all = BTreeMap::new();
    for feature in list(record, "features").unwrap_or_default() {
        let levels = match (feature.int("minSupportedVersion"), feature.int("maxSupportedVersion")) {
            (low, high) if low == high => low.to_string(),
            (low, high) if high == i64::from(i16::MAX) => format!("{low}+"),
            (low, high) => format!("{low}-{high}"),
        };
        all.insert(text(feature, "name").unwrap_or_default(), levels);
    }
    all.iter().map(|(name, levels)| format!("{name}: {levels}")).collect::<Vec<_>>().join(", ")
}
