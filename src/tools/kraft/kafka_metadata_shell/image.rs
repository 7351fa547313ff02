//! Pure: the metadata of a cluster, made of the records of its log one by one, as Kafka's `MetadataImage` is.

use super::registrations::{Broker, Partition, controller, is_set, list, text, uuid, uuids};
use crate::{
    feature_levels::METADATA_VERSION,
    internal_records::{facts::Value, framed::Framed},
};
use rkafka_base::acl::{AclOperation, AclPermission, PatternType, ResourceType};
use rkafka_protocol::Uuid;
use std::collections::BTreeMap;

/// A feature that the log of controllers has a record of its own for.
const KRAFT_VERSION: &str = "kraft.version";
/// The kind of a config's resource that is a topic.
const TOPIC: i64 = 2;

/// Where an image ends in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    pub offset: i64,
    pub epoch: i32,
    /// Milliseconds since 1970.
    pub time: i64,
}

impl Default for Provenance {
    fn default() -> Provenance {
        Provenance { offset: -1, epoch: -1, time: -1 }
    }
}

/// A topic with its partitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    pub id: Uuid,
    pub name: String,
    pub partitions: BTreeMap<i64, Partition>,
}

/// Who a quota is for, by kind (`client-id`, `ip`, `user`); none stands for everybody who has none of their own.
pub type QuotaEntity = BTreeMap<String, Option<String>>;

/// All that is known at a place of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Image {
    pub provenance: Provenance,
    pub metadata_version: Option<i16>,
    /// The number of the state, where it has been told.
    pub zk_migration: i64,
    pub features: BTreeMap<String, i64>,
    pub brokers: BTreeMap<i64, Broker>,
    pub controllers: BTreeMap<i64, String>,
    pub topics: BTreeMap<Uuid, Topic>,
    pub topic_ids: BTreeMap<String, Uuid>,
    /// By the number of the resource's kind, and its name.
    pub configs: BTreeMap<(i64, String), BTreeMap<String, String>>,
    pub quotas: BTreeMap<QuotaEntity, BTreeMap<String, f64>>,
    /// Without the name and the brackets, of which each release has its own.
    pub acls: BTreeMap<Uuid, String>,
    /// By mechanism and user.
    pub scram: BTreeMap<i64, BTreeMap<String, String>>,
    pub tokens: BTreeMap<String, String>,
    pub next_producer_id: Option<i64>,
}

impl Image {
    /// Takes in a record that belongs to no transaction of the log's own.
    ///
    /// Errors: it is about something that is not there; the image is as before.
    pub fn replay(&mut self, record: &Framed) -> Result<(), String> {
        let value = &record.value;
        match record.name {
            "FeatureLevelRecord" => self.feature(value),
            "ZkMigrationStateRecord" => self.zk_migration = value.int("zkMigrationState"),
            "ProducerIdsRecord" => self.next_producer_id = Some(value.int("nextProducerId")),
            "RegisterControllerRecord" => {
                self.controllers.insert(value.int("controllerId"), controller(value)?);
            }
            "UnregisterControllerRecord" => _ = self.controllers.remove(&value.int("controllerId")),
            "ConfigRecord" => self.config(value),
            "ClientQuotaRecord" => self.quota(value),
            "AccessControlEntryRecord" => _ = self.acls.insert(uuid(value.get("id")), acl(value)),
            "RemoveAccessControlEntryRecord" => {
                let id = uuid(value.get("id"));
                self.acls.remove(&id).ok_or_else(|| format!("Failed to find existing ACL with ID {id}"))?;
            }
            "UserScramCredentialRecord" => {
                let users = self.scram.entry(value.int("mechanism")).or_default();
                users.insert(named(value, "name"), credential(value));
            }
            "RemoveUserScramCredentialRecord" => {
                let users = self.scram.entry(value.int("mechanism")).or_default();
                users.remove(&named(value, "name"));
            }
            "DelegationTokenRecord" => _ = self.tokens.insert(named(value, "tokenId"), token(value)),
            "RemoveDelegationTokenRecord" => _ = self.tokens.remove(&named(value, "tokenId")),
            "NoOpRecord" => {}
            "RegisterBrokerRecord"
            | "UnregisterBrokerRecord"
            | "FenceBrokerRecord"
            | "UnfenceBrokerRecord"
            | "BrokerRegistrationChangeRecord" => self.broker(record.name, value)?,
            _ => self.topic(record.name, value)?,
        }
        Ok(())
    }

    fn feature(&mut self, value: &Value) {
        let (name, level) = (named(value, "name"), value.int("featureLevel"));
        match name.as_str() {
            METADATA_VERSION => self.metadata_version = i16::try_from(level).ok(),
            KRAFT_VERSION => {}
            _ if level == 0 => _ = self.features.remove(&name),
            _ => _ = self.features.insert(name, level),
        }
    }

    fn broker(&mut self, kind: &str, value: &Value) -> Result<(), String> {
        let (id, epoch, action) = match kind {
            "RegisterBrokerRecord" => {
                self.brokers.insert(value.int("brokerId"), Broker::of(value)?);
                return Ok(());
            }
            "UnregisterBrokerRecord" => {
                self.brokers.remove(&value.int("brokerId"));
                return Ok(());
            }
            "FenceBrokerRecord" => (value.int("id"), value.int("epoch"), "fence"),
            "UnfenceBrokerRecord" => (value.int("id"), value.int("epoch"), "unfence"),
            _ => (value.int("brokerId"), value.int("brokerEpoch"), "change"),
        };
        let broker = self.brokers.get_mut(&id);
        let broker =
            broker.ok_or_else(|| format!("Tried to {action} broker {id}, but that broker was not registered."))?;
        if broker.epoch != epoch {
            let current = broker.epoch;
            return Err(format!(
                "Tried to {action} broker {id}, but the given epoch, {epoch}, did not match the current broker epoch, \
                 {current}"
            ));
        }
        match action {
            "fence" => broker.is_fenced = true,
            "unfence" => broker.is_fenced = false,
            _ => {
                // 1 sets, -1 takes back, 0 leaves.
                match value.int("fenced") {
                    0 => {}
                    fenced => broker.is_fenced = fenced > 0,
                }
                broker.is_shutting_down |= value.int("inControlledShutdown") > 0;
                if let Some(directories) = uuids(value, "logDirs").filter(|directories| !directories.is_empty()) {
                    broker.set_directories(directories);
                }
                if let Some(cordoned) = uuids(value, "cordonedLogDirs") {
                    broker.cordoned = Some(cordoned);
                }
            }
        }
        Ok(())
    }

    fn topic(&mut self, kind: &str, value: &Value) -> Result<(), String> {
        let id = uuid(value.get("topicId"));
        let number = value.int("partitionId");
        match kind {
            "TopicRecord" => {
                let name = named(value, "name");
                self.topic_ids.insert(name.clone(), id);
                self.topics.insert(id, Topic { id, name, partitions: BTreeMap::new() });
            }
            "RemoveTopicRecord" => {
                let topic = self.topics.remove(&id);
                let topic =
                    topic.ok_or_else(|| format!("Unable to delete topic with id {id}: no such topic found."))?;
                self.topic_ids.remove(&topic.name);
                self.configs.remove(&(TOPIC, topic.name));
            }
            "PartitionRecord" => {
                let topic = self.topics.get_mut(&id);
                let topic = topic.ok_or_else(|| format!("Unable to find topic with id {id}"))?;
                topic.partitions.insert(number, Partition::of(value));
            }
            "PartitionChangeRecord" => {
                let partition = self.topics.get_mut(&id).and_then(|topic| topic.partitions.get_mut(&number));
                let partition = partition.ok_or_else(|| format!("Unable to find partition {id}:{number}"))?;
                partition.change(value);
            }
            "ClearElrRecord" => {
                let name = named(value, "topicName");
                if !name.is_empty() && !self.topic_ids.contains_key(&name) {
                    return Err(format!("Unable to clear elr for topic with name {name}: no such topic found."));
                }
                let topics = self.topics.values_mut().filter(|topic| name.is_empty() || topic.name == name);
                topics.flat_map(|topic| topic.partitions.values_mut()).for_each(Partition::clear_elr);
            }
            other => return Err(format!("Unknown metadata record type {other}")),
        }
        Ok(())
    }

    fn config(&mut self, value: &Value) {
        let resource = (value.int("resourceType"), named(value, "resourceName"));
        let entries = self.configs.entry(resource.clone()).or_default();
        match text(value, "value") {
            Some(set) => _ = entries.insert(named(value, "name"), set),
            None => _ = entries.remove(&named(value, "name")),
        }
        if entries.is_empty() {
            self.configs.remove(&resource);
        }
    }

    fn quota(&mut self, value: &Value) {
        let parts = list(value, "entity").unwrap_or_default();
        let entity: QuotaEntity =
            parts.iter().map(|part| (named(part, "entityType"), text(part, "entityName"))).collect();
        let quotas = self.quotas.entry(entity.clone()).or_default();
        match (is_set(value, "remove"), value.get("value")) {
            (false, Some(Value::Float(limit))) => _ = quotas.insert(named(value, "key"), *limit),
            _ => _ = quotas.remove(&named(value, "key")),
        }
        if quotas.is_empty() {
            self.quotas.remove(&entity);
        }
    }
}

/// A field that holds text, which is never null.
fn named(value: &Value, name: &str) -> String {
    text(value, name).unwrap_or_default()
}

fn acl(value: &Value) -> String {
    let code = |name| i8::try_from(value.int(name)).unwrap_or_default();
    format!(
        "resourceType={}, resourceName={}, patternType={}, principal={}, host={}, operation={}, permissionType={}",
        ResourceType::from_code(code("resourceType")),
        named(value, "resourceName"),
        PatternType::from_code(code("patternType")),
        named(value, "principal"),
        named(value, "host"),
        AclOperation::from_code(code("operation")),
        AclPermission::from_code(code("permissionType"))
    )
}

fn credential(value: &Value) -> String {
    let hexadecimal = |name| match value.get(name) {
        Some(Value::Bytes(bytes)) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        _ => String::new(),
    };
    format!(
        "ScramCredentialData(salt={}, storedKey={}, serverKey={}, iterations={})",
        hexadecimal("salt"),
        hexadecimal("storedKey"),
        hexadecimal("serverKey"),
        value.int("iterations")
    )
}

/// The parentheses are Kafka's.
fn token(value: &Value) -> String {
    let renewers = list(value, "renewers").unwrap_or_default().iter();
    let renewers: Vec<&str> =
        renewers.filter_map(|name| if let Value::Text(name) = name { Some(name.as_str()) } else { None }).collect();
    format!(
        "DelegationTokenDatatokenId={}(owner={}(tokenRequester={}(renewers={}, issueTimestamp={}, maxTimestamp={}), \
         expiryTimestamp={}",
        named(value, "tokenId"),
        named(value, "owner"),
        named(value, "requester"),
        renewers.join(" "),
        value.int("issueTimestamp"),
        value.int("maxTimestamp"),
        value.int("expirationTimestamp")
    )
}
