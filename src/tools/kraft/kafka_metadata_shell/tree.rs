//! An image as the tree of nodes in which one looks around. Which node has which children, and what the leaves say,
//! is as in Kafka's `org.apache.kafka.image.node`; a node is only made when somebody asks for it.

use super::image::{Image, QuotaEntity, Topic};
use crate::{era::Era, feature_levels, java_number::double};
use jiff::Timestamp;
use rkafka_protocol::Uuid;
use std::collections::BTreeMap;

/// The beginning of the commits that the releases were built from.
const COMMITS: [&str; 2] = ["f745dfdcee2b9851", "1156b2752aaa28ea"];
/// The kinds of resources that configs are for: one whose name begins another's stands behind it.
const RESOURCES: [(i64, &str); 6] =
    [(8, "BROKER_LOGGER"), (4, "BROKER"), (2, "TOPIC"), (16, "CLIENT_METRICS"), (32, "GROUP"), (0, "UNKNOWN")];
const MECHANISMS: [(i64, &str); 2] = [(1, "SCRAM-SHA-256"), (2, "SCRAM-SHA-512")];
/// How the parts of a quota's entity are called, and how a node's name has them.
const ENTITIES: [(&str, &str); 3] = [("client-id", "clientId("), ("ip", "ip("), ("user", "user(")];
const MIGRATION_STATES: [&str; 5] = ["NONE", "MIGRATION", "PRE_MIGRATION", "POST_MIGRATION", "ZK"];
const FINALIZED: &str = "finalized_";
const FIRST_METADATA_VERSION: i16 = 1;

/// What an image looks like in a release's shell.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub image: &'a Image,
    pub era: Era,
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    Root,
    Local,
    Image,
    Features,
    Cluster,
    Brokers,
    Controllers,
    Topics,
    TopicsByName,
    TopicsById,
    Topic(&'a Topic),
    Configs,
    Config(&'a BTreeMap<String, String>),
    ClientQuotas,
    Quota(&'a BTreeMap<String, f64>),
    ProducerIds,
    Acls,
    AclsById,
    Scram,
    /// The users of a mechanism, if there are any.
    Mechanism(Option<&'a BTreeMap<String, String>>),
    Tokens,
    /// What has no children, and what it says.
    Leaf(String),
}

const ROOT: [(&str, Node<'static>); 2] = [("local", Node::Local), ("image", Node::Image)];
const IMAGE: [(&str, Node<'static>); 9] = [
    ("features", Node::Features),
    ("cluster", Node::Cluster),
    ("topics", Node::Topics),
    ("configs", Node::Configs),
    ("clientQuotas", Node::ClientQuotas),
    ("producerIds", Node::ProducerIds),
    ("acls", Node::Acls),
    ("scram", Node::Scram),
    ("delegationToken", Node::Tokens),
];
const CLUSTER: [(&str, Node<'static>); 2] = [("brokers", Node::Brokers), ("controllers", Node::Controllers)];
const TOPICS: [(&str, Node<'static>); 2] = [("byName", Node::TopicsByName), ("byId", Node::TopicsById)];
const PROVENANCE: &str = "provenance";

impl<'a> View<'a> {
    /// The names of a node's children in the order of Java's strings.
    pub fn names(&self, node: &Node<'a>) -> Vec<String> {
        let image = self.image;
        let fixed = |names: &[(&str, Node<'_>)]| names.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut names: Vec<String> = match node {
            Node::Root => fixed(&ROOT),
            Node::Local => vec!["version".to_owned(), "commitId".to_owned()],
            Node::Image => {
                let mut names: Vec<String> = fixed(&IMAGE);
                names.push(PROVENANCE.to_owned());
                names
            }
            Node::Features => {
                let finalized = image.features.keys().map(|name| format!("{FINALIZED}{name}"));
                let migration = self.era.pick(Some("zkMigrationState"), None);
                ["metadataVersion"].into_iter().chain(migration).map(str::to_owned).chain(finalized).collect()
            }
            Node::Cluster => fixed(&CLUSTER),
            Node::Brokers => texts(image.brokers.keys()),
            Node::Controllers => texts(image.controllers.keys()),
            Node::Topics => fixed(&TOPICS),
            Node::TopicsByName => texts(image.topic_ids.keys()),
            Node::TopicsById => texts(image.topics.keys()),
            Node::Topic(topic) => {
                let partitions = texts(topic.partitions.keys());
                ["name".to_owned(), "id".to_owned()].into_iter().chain(partitions).collect()
            }
            Node::Configs => image.configs.keys().map(|(kind, name)| resource_name(*kind, name)).collect(),
            Node::Config(entries) => texts(entries.keys()),
            Node::ClientQuotas => image.quotas.keys().map(entity_name).collect(),
            Node::Quota(limits) => texts(limits.keys()),
            Node::ProducerIds => vec!["nextProducerId".to_owned()],
            Node::Acls => vec!["byId".to_owned()],
            Node::AclsById => texts(image.acls.keys()),
            Node::Scram => MECHANISMS.iter().map(|(_, name)| (*name).to_owned()).collect(),
            Node::Mechanism(users) => users.map(|users| texts(users.keys())).unwrap_or_default(),
            Node::Tokens => texts(image.tokens.keys()),
            Node::Leaf(_) => Vec::new(),
        };
        names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
        names
    }

    pub fn child(&self, node: &Node<'a>, name: &str) -> Option<Node<'a>> {
        let image = self.image;
        let fixed = |children: &[(&str, Node<'static>)]| -> Option<Node<'a>> {
            children.iter().find(|(known, _)| *known == name).map(|(_, node)| node.clone())
        };
        let leaf = |text: Option<&String>| text.map(|text| Node::Leaf(text.clone()));
        let number = || name.parse::<i32>().ok().map(i64::from);
        match node {
            Node::Root => fixed(&ROOT),
            Node::Local => match name {
                "version" => Some(Node::Leaf(self.era.version().to_owned())),
                "commitId" => Some(Node::Leaf(self.era.pick(COMMITS[0], COMMITS[1]).to_owned())),
                _ => None,
            },
            Node::Image if name == PROVENANCE => Some(Node::Leaf(self.provenance())),
            Node::Image => fixed(&IMAGE),
            Node::Features => self.feature(name).map(Node::Leaf),
            Node::Cluster => fixed(&CLUSTER),
            Node::Brokers => image.brokers.get(&number()?).map(|broker| Node::Leaf(broker.text(self.era))),
            Node::Controllers => leaf(image.controllers.get(&number()?)),
            Node::Topics => fixed(&TOPICS),
            Node::TopicsByName => image.topics.get(image.topic_ids.get(name)?).map(Node::Topic),
            Node::TopicsById => image.topics.get(&Uuid::parse(name)?).map(Node::Topic),
            Node::Topic(topic) => Some(Node::Leaf(match name {
                "name" => topic.name.clone(),
                "id" => topic.id.to_string(),
                _ => topic.partitions.get(&number()?)?.to_string(),
            })),
            Node::Configs => image.configs.get(&resource_of(name)?).map(Node::Config),
            Node::Config(entries) => leaf(entries.get(name)),
            Node::ClientQuotas => image.quotas.get(&entity_of(name)?).map(Node::Quota),
            Node::Quota(limits) => limits.get(name).map(|limit| Node::Leaf(double(*limit))),
            Node::ProducerIds if name == "nextProducerId" => {
                Some(Node::Leaf(image.next_producer_id.unwrap_or(-1).to_string()))
            }
            Node::Acls if name == "byId" => Some(Node::AclsById),
            Node::AclsById => {
                let acl = image.acls.get(&Uuid::parse(name)?)?;
                Some(Node::Leaf(self.era.pick(format!("StandardAcl({acl})"), format!("StandardAcl[{acl}]"))))
            }
            Node::Scram => {
                let (number, _) = MECHANISMS.iter().find(|(_, known)| *known == name)?;
                Some(Node::Mechanism(image.scram.get(number)))
            }
            Node::Mechanism(users) => leaf(users.and_then(|users| users.get(name))),
            Node::Tokens => leaf(image.tokens.get(name)),
            Node::ProducerIds | Node::Acls | Node::Leaf(_) => None,
        }
    }

    fn feature(&self, name: &str) -> Option<String> {
        match (name, self.era) {
            ("metadataVersion", era) => {
                let told = |level: i16| feature_levels::metadata_name(level).map_or(level.to_string(), str::to_owned);
                let level = self.image.metadata_version;
                let new =
                    level.map_or_else(|| "Optional.empty".to_owned(), |level| format!("Optional[{}]", told(level)));
                Some(era.pick(told(level.unwrap_or(FIRST_METADATA_VERSION)), new))
            }
            ("zkMigrationState", Era::V3_9) => {
                let state = usize::try_from(self.image.zk_migration).ok().and_then(|at| MIGRATION_STATES.get(at));
                Some((*state.unwrap_or(&"UNKNOWN")).to_owned())
            }
            _ => {
                let feature = name.strip_prefix(FINALIZED)?;
                Some(self.image.features.get(feature).copied().unwrap_or(0).to_string())
            }
        }
    }

    fn provenance(&self) -> String {
        let told = self.image.provenance;
        let time = Timestamp::from_millisecond(told.time).unwrap_or_default();
        format!("offset {}, epoch {}, time {time}[UTC]", told.offset, told.epoch)
    }
}

impl Node<'_> {
    pub fn is_directory(&self) -> bool {
        !matches!(self, Node::Leaf(_))
    }
}

fn texts<T: ToString>(items: impl Iterator<Item = T>) -> Vec<String> {
    items.map(|item| item.to_string()).collect()
}

/// `TOPIC:orders`; a default has the kind alone.
fn resource_name(kind: i64, name: &str) -> String {
    let kind = RESOURCES.iter().find(|(number, _)| *number == kind).map_or("UNKNOWN", |(_, kind)| kind);
    if name.is_empty() { kind.to_owned() } else { format!("{kind}:{name}") }
}

fn resource_of(name: &str) -> Option<(i64, String)> {
    let (number, kind) = RESOURCES.iter().find(|(_, kind)| name.starts_with(kind))?;
    let rest = name.strip_prefix(kind)?;
    if rest.is_empty() {
        return Some((*number, String::new()));
    }
    rest.strip_prefix(':').map(|name| (*number, name.to_owned()))
}

/// `clientId(app)_user(alice)`. Whoever has no name is left out, as Kafka's shell leaves them out.
fn entity_name(entity: &QuotaEntity) -> String {
    let escaped = |name: &str| name.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
    let part = |(kind, begin): &(&str, &str)| {
        let name = entity.get(*kind)?.as_ref()?;
        Some(format!("{begin}{})", escaped(name)))
    };
    ENTITIES.iter().filter_map(part).collect::<Vec<_>>().join("_")
}

fn entity_of(name: &str) -> Option<QuotaEntity> {
    let (mut entity, mut rest) = (QuotaEntity::new(), name);
    loop {
        let (kind, begin) = ENTITIES.iter().find(|(_, begin)| rest.starts_with(begin))?;
        let mut chars = rest.strip_prefix(begin)?.chars();
        let mut value = String::new();
        loop {
            match chars.next()? {
                '\\' => value.push(chars.next()?),
                ')' => break,
                c => value.push(c),
            }
        }
        entity.insert((*kind).to_owned(), Some(value));
        match chars.next() {
            None => return Some(entity),
            Some('_') => rest = chars.as_str(),
            Some(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_and_back() {
        let entity = |parts: &[(&str, &str)]| -> QuotaEntity {
            parts.iter().map(|(kind, name)| ((*kind).to_owned(), Some((*name).to_owned()))).collect()
        };
        let both = entity(&[("user", "al(i)ce"), ("client-id", "a\\b")]);
        assert_eq!(entity_name(&both), r"clientId(a\\b)_user(al\(i\)ce)");
        assert_eq!(entity_of(&entity_name(&both)), Some(both));
        assert_eq!(entity_of("ip(1)"), Some(entity(&[("ip", "1")])));
        for wrong in ["", "user", "user(a", "user(a)x", "user(a)_", "host(a)"] {
            assert_eq!(entity_of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn resources_and_back() {
        for (kind, name, shown) in [(4, "", "BROKER"), (8, "1", "BROKER_LOGGER:1"), (2, "a:b", "TOPIC:a:b")] {
            assert_eq!(resource_name(kind, name), shown);
            assert_eq!(resource_of(shown), Some((kind, name.to_owned())));
        }
        assert_eq!(resource_of("TOPICS"), None);
    }

    #[test]
    fn nodes_of_an_empty_image() {
        let image = Image::default();
        let view = |era| View { image: &image, era };
        let says = |view: &View<'_>, path: &[&str]| {
            let found = path.iter().try_fold(Node::Root, |node, name| view.child(&node, name));
            found.map(|node| if let Node::Leaf(text) = node { text } else { view.names(&node).join(" ") })
        };
        let (old, new) = (view(Era::V3_9), view(Era::V4_4));
        let provenance = "offset -1, epoch -1, time 1969-12-31T23:59:59.999Z[UTC]";
        assert_eq!(says(&old, &["image", "provenance"]).as_deref(), Some(provenance));
        assert_eq!(says(&old, &["image", "features"]).as_deref(), Some("metadataVersion zkMigrationState"));
        assert_eq!(says(&new, &["image", "features"]).as_deref(), Some("metadataVersion"));
        assert_eq!(says(&old, &["image", "features", "metadataVersion"]).as_deref(), Some("3.0-IV1"));
        assert_eq!(says(&new, &["image", "features", "metadataVersion"]).as_deref(), Some("Optional.empty"));
        assert_eq!(says(&new, &["image", "features", "zkMigrationState"]), None);
        assert_eq!(says(&new, &["image", "features", "finalized_x"]).as_deref(), Some("0"));
        assert_eq!(says(&new, &["local", "version"]).as_deref(), Some("4.4.0"));
        assert_eq!(says(&new, &["image", "producerIds", "nextProducerId"]).as_deref(), Some("-1"));
        assert_eq!(says(&new, &["image", "scram"]).as_deref(), Some("SCRAM-SHA-256 SCRAM-SHA-512"));
        assert_eq!(says(&new, &["nope"]), None);
    }
}
