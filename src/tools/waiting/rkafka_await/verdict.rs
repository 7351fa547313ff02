//! Pure: whether what is waited for is so, and if not, what is missing, in words.

use rkafka_client::{ClientError, ClusterView, Foreign, PartitionView, TopicView};
use rkafka_protocol::ErrorCode;
use std::fmt::Display;

/// How many of the partitions that lack something are told one by one.
const TOLD: usize = 3;

/// What one look has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is so; what there is.
    Met(String),
    /// It is not so yet; what is missing.
    Missing(String),
}

/// Whether a failure may pass while brokers start. One that does not will not be waited out.
pub fn may_pass(error: &ClientError) -> bool {
    match error {
        // What forwards ports takes connections before a broker does, and ends them at once.
        ClientError::NotKafka { what: Foreign::Silent, .. } => true,
        other => other.is_retriable(),
    }
}

/// What a failure that may pass means for whoever waits.
pub fn not_yet(error: &ClientError) -> String {
    match error {
        ClientError::Timeout { cause: Some(cause), .. } => not_yet(cause),
        ClientError::Connect { address, refused: true, .. } => format!("no broker listens on {address} yet"),
        other => other.to_string(),
    }
}

/// Whether a topic is there, led and in sync.
pub fn of_topic(view: &ClusterView, name: &str, partitions: Option<u32>) -> Result<Verdict, ClientError> {
    let topic = match found(view, name)? {
        Ok(topic) => topic,
        Err(missing) => return Ok(Verdict::Missing(missing)),
    };
    let count = topic.partitions.len();
    let wanted = partitions.map_or(1, |wanted| usize::try_from(wanted).unwrap_or(usize::MAX));
    if count < wanted {
        return Ok(Verdict::Missing(format!("topic {name}: it has {count} of {wanted} partitions")));
    }
    let mut lacking = topic.partitions.iter().filter_map(|partition| lacks(view, partition));
    let told: Vec<String> = lacking.by_ref().take(TOLD).collect();
    let more = match lacking.count() {
        0 => String::new(),
        more => format!("; and {more} more partitions"),
    };
    Ok(match told.is_empty() {
        false => Verdict::Missing(format!("topic {name}: {}{more}", told.join("; "))),
        true => Verdict::Met(format!("topic {name} has {count} partitions, all led and in sync")),
    })
}

/// The topic, or that it is not there.
///
/// Errors: what no waiting helps against, such as a missing permission.
pub fn found<'a>(view: &'a ClusterView, name: &str) -> Result<Result<&'a TopicView, String>, ClientError> {
    let Some(topic) = view.topics.get(name) else { return Ok(Err(format!("topic {name} is not there"))) };
    match topic.error {
        ErrorCode::NONE => Ok(Ok(topic)),
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => Ok(Err(format!("topic {name} is not there"))),
        code if code.is_retriable() => Ok(Err(format!("topic {name}: {}", code.message()))),
        code => Err(ClientError::Broker { code, message: format!("topic {name}: {}", code.message()) }),
    }
}

fn lacks(view: &ClusterView, partition: &PartitionView) -> Option<String> {
    let number = partition.partition;
    let is_there = |id: &&i32| view.nodes.contains_key(*id);
    if partition.leader.is_none_or(|id| !view.nodes.contains_key(&id)) {
        let there = list(partition.replicas.iter().filter(is_there));
        let there = if there.is_empty() { "none".to_owned() } else { there };
        return Some(format!(
            "partition {number} has no leader; of its brokers {} there are {there}",
            list(&partition.replicas)
        ));
    }
    let behind = list(partition.replicas.iter().filter(|id| !partition.isr.contains(id)));
    (!behind.is_empty()).then(|| format!("partition {number}: the replicas on {behind} are not in sync"))
}

/// Who leads a partition, if somebody does.
pub fn leader(view: &ClusterView, topic: &str, partition: i32) -> Result<Result<i32, String>, ClientError> {
    let found = match found(view, topic)? {
        Ok(found) => found,
        Err(missing) => return Ok(Err(missing)),
    };
    let Some(partition) = found.partition(partition) else {
        return Ok(Err(format!("topic {topic} has no partition {partition}")));
    };
    let leader = partition.leader.filter(|id| view.nodes.contains_key(id));
    Ok(leader.ok_or_else(|| format!("topic {topic}: {}", lacks(view, partition).unwrap_or_default())))
}

/// Numbers in a row, separated by commas.
pub fn list<T: Display>(ids: impl IntoIterator<Item = T>) -> String {
    let ids: Vec<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_client::{HostPort, Node};
    use rkafka_protocol::Uuid;

    fn view(brokers: &[i32], partitions: Vec<PartitionView>, error: ErrorCode) -> ClusterView {
        let node = |id: &i32| (*id, Node { id: *id, address: HostPort::new("h", 9092), rack: None });
        let topic = TopicView {
            name: "t".into(),
            id: Uuid::ZERO,
            error,
            internal: false,
            partitions,
            authorized_operations: i32::MIN,
        };
        ClusterView {
            cluster_id: None,
            controller: None,
            nodes: brokers.iter().map(node).collect(),
            topics: [(topic.name.clone(), topic)].into_iter().collect(),
        }
    }

    fn partition(number: i32, leader: Option<i32>, isr: &[i32]) -> PartitionView {
        PartitionView {
            partition: number,
            error: ErrorCode::NONE,
            leader,
            leader_epoch: 0,
            replicas: vec![1, 2, 3],
            isr: isr.to_vec(),
            offline: Vec::new(),
        }
    }

    #[test]
    fn a_topic_is_there_led_and_in_sync() {
        let whole = view(&[1, 2, 3], vec![partition(0, Some(1), &[3, 2, 1])], ErrorCode::NONE);
        assert!(matches!(of_topic(&whole, "t", None), Ok(Verdict::Met(_))));
        let missing = |view: &ClusterView, partitions| match of_topic(view, "t", partitions) {
            Ok(Verdict::Missing(missing)) => missing,
            other => panic!("{other:?}"),
        };
        assert_eq!(missing(&whole, Some(2)), "topic t: it has 1 of 2 partitions");
        let unled = view(&[1, 3], vec![partition(0, Some(1), &[1, 3]), partition(1, None, &[2])], ErrorCode::NONE);
        assert_eq!(
            missing(&unled, None),
            "topic t: partition 0: the replicas on 2 are not in sync; partition 1 has no leader; of its brokers 1, 2, 3 \
             there are 1, 3"
        );
        let many = view(&[1], (0..5).map(|n| partition(n, Some(9), &[1, 2, 3])).collect(), ErrorCode::NONE);
        assert!(missing(&many, None).ends_with("; and 2 more partitions"));
        assert_eq!(
            missing(&view(&[1], Vec::new(), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), None),
            "topic t is not there"
        );
        let forbidden = view(&[1], Vec::new(), ErrorCode::TOPIC_AUTHORIZATION_FAILED);
        assert!(of_topic(&forbidden, "t", None).is_err());
    }

    #[test]
    fn who_leads() {
        let led = view(&[1, 2], vec![partition(0, Some(2), &[1, 2]), partition(1, Some(3), &[3])], ErrorCode::NONE);
        assert_eq!(leader(&led, "t", 0), Ok(Ok(2)));
        assert!(leader(&led, "t", 1).unwrap().unwrap_err().contains("partition 1 has no leader"));
        assert_eq!(leader(&led, "t", 2), Ok(Err("topic t has no partition 2".to_owned())));
    }

    #[test]
    fn what_passes_while_brokers_start() {
        let silent = ClientError::NotKafka { address: "h:1".into(), what: Foreign::Silent };
        let tls = ClientError::NotKafka { address: "h:1".into(), what: Foreign::Tls };
        assert!(may_pass(&silent) && !may_pass(&tls));
        let refused = ClientError::Connect { address: "h:1".into(), reason: "refused".into(), refused: true };
        let timeout = ClientError::Timeout { message: "too late".into(), cause: Some(Box::new(refused)) };
        assert_eq!(not_yet(&timeout), "no broker listens on h:1 yet");
    }
}
