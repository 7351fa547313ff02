//! Pure: the cluster's own state, as far as clients feel it: its controller, partitions without leader or with too few
//! replicas in sync, the topics that groups and transactions need.

use super::finding::{Finding, some_of};
use rkafka_client::{ClusterView, PartitionView, TopicView};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

const CLUSTER: &str = "cluster";
const CONTROLLER: &str = "controller";
const PARTITIONS: &str = "partitions";
const INTERNAL: &str = "internal";

/// Topics that brokers keep for themselves: the topic, who needs it, and the setting for its replicas.
const INTERNAL_TOPICS: &[(&str, &str, &str)] = &[
    ("__consumer_offsets", "consumer groups", "offsets.topic.replication.factor"),
    ("__transaction_state", "transactions", "transaction.state.log.replication.factor"),
];
/// How many replicas outlast the loss of one while another is being restarted.
const SAFE_REPLICAS: usize = 3;

/// Which cluster it is, and whether it lists any broker. A broker that the controller cannot reach at the address that it
/// advertises answers clients, and knows of no broker.
pub fn cluster(view: &ClusterView) -> Finding {
    let id = view.cluster_id.as_deref().unwrap_or("unknown");
    match view.nodes.len() {
        0 => {
            let mend = "see whether advertised.listeners of each broker holds a host and port that the other brokers reach, \
                        and look into the controller's log";
            Finding::error(CLUSTER, id, "it lists no broker, not even the one that has answered", mend)
        }
        brokers => Finding::ok(CLUSTER, id, format!("{brokers} broker(s)")),
    }
}

/// Whether the cluster has a controller, and the client knows its address.
pub fn controller(view: &ClusterView) -> Finding {
    let mend = "see whether the controllers run: ZooKeeper (rkafka zookeeper-shell HOST:2181 get /controller) or the KRaft \
                quorum (rkafka features describe); and look into their logs";
    match view.controller {
        Some(id) if view.nodes.contains_key(&id) => Finding::ok(CONTROLLER, "", format!("broker {id}")),
        Some(id) => {
            Finding::error(CONTROLLER, "", format!("broker {id} is said to be it, and is not in the cluster"), mend)
        }
        None => {
            Finding::error(CONTROLLER, "", "the cluster has none: topics cannot be made, leaders not elected", mend)
        }
    }
}

/// One kind of trouble, and the partitions that have it.
#[derive(Default)]
struct Troubled {
    partitions: Vec<String>,
    /// Brokers that have replicas of these and are not there.
    missing: BTreeSet<i32>,
}

impl Troubled {
    fn add(&mut self, topic: &str, partition: &PartitionView, view: &ClusterView) {
        self.partitions.push(format!("{topic}-{}", partition.partition));
        self.missing.extend(partition.replicas.iter().filter(|id| !view.nodes.contains_key(id)));
    }

    /// `3 partitions have no leader: a-0, a-1, a-2`
    fn what(&self, one: &str, many: &str) -> String {
        let count = self.partitions.len();
        let (noun, verb) = if count == 1 { ("partition", one) } else { ("partitions", many) };
        format!("{count} {noun} {verb}: {}", some_of(&self.partitions))
    }

    fn mend(&self, option: &str) -> String {
        let missing: Vec<String> = self.missing.iter().map(ToString::to_string).collect();
        let list = format!("rkafka topics --describe --{option} lists them");
        match missing.is_empty() {
            true => format!(
                "{list}; see the logs of the brokers that hold their replicas (a full or dead disk, a slow network)"
            ),
            false => format!("start the missing brokers: {}; {list}", missing.join(", ")),
        }
    }
}

/// Partitions that are offline, below `min.insync.replicas`, or lack replicas. `min_insync` has what is known of topics.
pub fn partitions(view: &ClusterView, min_insync: &BTreeMap<Arc<str>, usize>) -> Vec<Finding> {
    let (mut offline, mut below, mut lacking) = (Troubled::default(), Troubled::default(), Troubled::default());
    let mut impossible: Vec<String> = Vec::new();
    let topics: BTreeMap<&str, &TopicView> = view.topics.values().map(|topic| (&*topic.name, topic)).collect();
    for (name, topic) in &topics {
        let least = min_insync.get(*name).copied().unwrap_or(0);
        let most = topic.partitions.iter().map(|partition| partition.replicas.len()).max().unwrap_or(0);
        if least > most && most > 0 {
            impossible.push(format!("{name} (min.insync.replicas={least}, replicas: {most})"));
        }
        for partition in &topic.partitions {
            if partition.leader.is_none() {
                offline.add(name, partition, view);
            } else if partition.isr.len() < least && least <= most {
                below.add(name, partition, view);
            } else if partition.isr.len() < partition.replicas.len() {
                lacking.add(name, partition, view);
            }
        }
    }
    let mut findings = Vec::new();
    if !offline.partitions.is_empty() {
        let what = offline.what(
            "has no leader, so nothing can be read or written",
            "have no leader, so nothing can be read or written",
        );
        findings.push(Finding::error(PARTITIONS, "", what, offline.mend("unavailable-partitions")));
    }
    if !below.partitions.is_empty() {
        let what = below.what(
            "has fewer replicas in sync than min.insync.replicas: producers with acks=all are refused",
            "have fewer replicas in sync than min.insync.replicas: producers with acks=all are refused",
        );
        findings.push(Finding::error(PARTITIONS, "", what, below.mend("under-min-isr-partitions")));
    }
    if !impossible.is_empty() {
        let what = format!(
            "min.insync.replicas can never be met, producers with acks=all are refused: {}",
            some_of(&impossible)
        );
        let mend = "rkafka configs --alter --entity-type topics --entity-name TOPIC --add-config min.insync.replicas=1, or \
                    give the topic more replicas with rkafka reassign-partitions";
        findings.push(Finding::error(PARTITIONS, "", what, mend));
    }
    if !lacking.partitions.is_empty() {
        let what = lacking.what("lacks replicas in sync", "lack replicas in sync");
        findings.push(Finding::warning(PARTITIONS, "", what, lacking.mend("under-replicated-partitions")));
    }
    if findings.is_empty() {
        let count: usize = topics.values().map(|topic| topic.partitions.len()).sum();
        let what = format!("{count} in {} topics, all with a leader and all replicas in sync", topics.len());
        findings.push(Finding::ok(PARTITIONS, "", what));
    }
    findings
}

/// The topics that groups and transactions need. `settings` are those of a broker, as far as they could be read.
pub fn internal_topics(view: &ClusterView, settings: &BTreeMap<String, String>) -> Vec<Finding> {
    let brokers = view.nodes.len();
    let judge = |(name, whose, setting): &(&str, &str, &str)| {
        let fewest = view
            .topics
            .get(*name)
            .map(|topic| topic.partitions.iter().map(|partition| partition.replicas.len()).min().unwrap_or(0));
        let wanted: Option<usize> = settings.get(*setting).and_then(|text| text.parse().ok());
        match (fewest, wanted) {
            (Some(replicas), _) if replicas < SAFE_REPLICAS.min(brokers) => {
                let what = format!("{replicas} replica(s) on {brokers} brokers: when one is lost, {whose} stand still");
                let mend = format!(
                    "add replicas with rkafka reassign-partitions --topics-to-move-json-file ({name}), and set {setting}={} for the next cluster",
                    SAFE_REPLICAS.min(brokers)
                );
                Some(Finding::warning(INTERNAL, *name, what, mend))
            }
            (Some(replicas), _) => {
                Some(Finding::ok(INTERNAL, *name, format!("{replicas} replica(s) on {brokers} broker(s)")))
            }
            (None, Some(wanted)) if wanted > brokers => {
                let what = format!(
                    "it cannot be made: {setting}={wanted}, and there are {brokers} broker(s): {whose} wait for ever"
                );
                let mend = format!(
                    "start {} more broker(s), or set {setting}={brokers} on each and restart them",
                    wanted - brokers
                );
                Some(match *name {
                    "__consumer_offsets" => Finding::error(INTERNAL, *name, what, mend),
                    // Few use transactions.
                    _ => Finding::warning(INTERNAL, *name, what, mend),
                })
            }
            (None, _) => {
                Some(Finding::ok(INTERNAL, *name, format!("not there yet: it is made when {whose} first need it")))
            }
        }
    };
    INTERNAL_TOPICS.iter().filter_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::watching::doctor::finding::Severity;
    use rkafka_client::{HostPort, Node};
    use rkafka_protocol::{ErrorCode, Uuid};

    fn partition(partition: i32, leader: Option<i32>, replicas: &[i32], isr: &[i32]) -> PartitionView {
        PartitionView {
            partition,
            error: ErrorCode::NONE,
            leader,
            leader_epoch: 0,
            replicas: replicas.to_vec(),
            isr: isr.to_vec(),
            offline: Vec::new(),
        }
    }

    fn view(nodes: &[i32], topics: Vec<(&str, Vec<PartitionView>)>) -> ClusterView {
        let node = |id: &i32| (*id, Node { id: *id, address: HostPort::new("h", 1), rack: None });
        let topic = |(name, partitions): (&str, Vec<PartitionView>)| {
            let name: Arc<str> = name.into();
            let topic = TopicView {
                name: name.clone(),
                id: Uuid::ZERO,
                error: ErrorCode::NONE,
                internal: false,
                partitions,
                authorized_operations: 0,
            };
            (name, topic)
        };
        ClusterView {
            nodes: nodes.iter().map(node).collect(),
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        }
    }

    #[test]
    fn controllers() {
        let of = |controller| controller_of(ClusterView { controller, ..view(&[1, 2], vec![]) });
        fn controller_of(view: ClusterView) -> Severity {
            controller(&view).severity
        }
        assert_eq!([of(Some(2)), of(Some(3)), of(None)], [Severity::Ok, Severity::Error, Severity::Error]);
    }

    #[test]
    fn clusters() {
        assert_eq!(cluster(&view(&[], vec![])).severity, Severity::Error);
        assert_eq!(cluster(&view(&[1], vec![])).text(), "ok       cluster     unknown: 1 broker(s)");
    }

    #[test]
    fn troubled_partitions() {
        let parts = vec![
            partition(0, None, &[1, 3], &[1]),
            partition(1, Some(1), &[1, 3], &[1]),
            partition(2, Some(1), &[1, 2], &[1, 2]),
        ];
        let view = view(&[1, 2], vec![("t", parts)]);
        let found = partitions(&view, &BTreeMap::new());
        assert_eq!(found[0].what, "1 partition has no leader, so nothing can be read or written: t-0");
        assert_eq!(
            found[0].mend,
            "start the missing brokers: 3; rkafka topics --describe --unavailable-partitions lists them"
        );
        assert_eq!(
            (found[1].severity, found[1].what.as_str()),
            (Severity::Warning, "1 partition lacks replicas in sync: t-1")
        );
        let found = partitions(&view, &BTreeMap::from([("t".into(), 2)]));
        assert!(
            found[1].what.contains("fewer replicas in sync than min.insync.replicas")
                && found[1].severity == Severity::Error
        );
        let found = partitions(&view, &BTreeMap::from([("t".into(), 3)]));
        assert!(found[1].what.ends_with("are refused: t (min.insync.replicas=3, replicas: 2)"), "{}", found[1].what);
    }

    #[test]
    fn healthy_partitions() {
        let view = view(&[1], vec![("t", vec![partition(0, Some(1), &[1], &[1])])]);
        let found = partitions(&view, &BTreeMap::from([("t".into(), 1)]));
        assert_eq!(found[0].what, "1 in 1 topics, all with a leader and all replicas in sync");
    }

    #[test]
    fn topics_that_groups_need() {
        let settings = BTreeMap::from([("offsets.topic.replication.factor".to_owned(), "3".to_owned())]);
        let found = internal_topics(&view(&[1], vec![]), &settings);
        assert_eq!(found[0].severity, Severity::Error);
        assert_eq!(
            found[0].mend,
            "start 2 more broker(s), or set offsets.topic.replication.factor=1 on each and restart them"
        );
        assert_eq!(found[1].severity, Severity::Ok);
        let one = || vec![("__consumer_offsets", vec![partition(0, Some(1), &[1], &[1])])];
        assert_eq!(internal_topics(&view(&[1], one()), &settings)[0].severity, Severity::Ok);
        let found = internal_topics(&view(&[1, 2, 3], one()), &settings);
        assert_eq!(found[0].what, "1 replica(s) on 3 brokers: when one is lost, consumer groups stand still");
    }
}
