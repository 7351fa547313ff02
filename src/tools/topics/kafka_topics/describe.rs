//! `--describe`.

use super::{
    plan::{Describe, Described, Show},
    selection::shown_id,
};
use crate::{
    java_order,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
};
use anyhow::bail;
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, PartitionView, TopicView, admin::ConfigResource};
use rkafka_protocol::{
    ErrorCode, Uuid,
    messages::{
        describe_configs_response::DescribeConfigsResourceResult,
        list_partition_reassignments_response::OngoingPartitionReassignment,
    },
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Display},
};

/// A topic with its partitions.
pub const DESCRIBED: Shape<7> = Shape::rows(
    "topics --describe",
    [
        Field::text("topic", "The topic's name."),
        Field::text("topicId", "Its id, 16 bytes in base64; null if the brokers give topics none."),
        Field::boolean("isInternal", "Whether it is one of Kafka's own."),
        Field::integer("partitionCount", "How many partitions it has."),
        Field::integer(
            "replicationFactor",
            "How many replicas its first partition has, without those that come and go.",
        ),
        Field::object("configs", "The settings that are not Kafka's defaults: their values by name, as texts."),
        Field::list(
            "partitions",
            "Objects, in the order of their numbers: `partition`; `leader`, a broker's id or null; `leaderEpoch`, or null; \
             `replicas`, `isr`, `offlineReplicas`, `addingReplicas` and `removingReplicas`, arrays of broker ids. With \
             `--under-replicated-partitions` and the like only those that are meant.",
        ),
    ],
);

/// Where a setting's value comes from when nobody has set it (`ConfigSource.DEFAULT_CONFIG`).
const DEFAULT_SOURCE: i8 = 5;
/// Where it comes from when it was set for the topic.
const TOPIC_SOURCE: i8 = 1;

type Reassignments = BTreeMap<TopicPartition, OngoingPartitionReassignment>;

/// Prints the topics and their partitions.
pub async fn run(admin: &Admin, describe: &Describe, terminal: &mut Terminal) -> anyhow::Result<()> {
    let show = describe.show;
    let topics = described(admin, &describe.topics, show.old).await?;
    if topics.is_empty() {
        return if terminal.format() == Format::Text { Ok(()) } else { Ok(terminal.show(&DESCRIBED, [])?) };
    }
    let resources: Vec<_> = topics.iter().map(|topic| ConfigResource::topic(topic.name.to_string())).collect();
    let configs = admin.describe_configs(&resources, false, false).await?;
    let live = if show.unavailable { live_brokers(admin).await? } else { BTreeSet::new() };
    let reassignments = reassignments(admin, &topics).await?;
    let mut rows = Vec::new();
    for (topic, configs) in topics.iter().zip(configs) {
        let configs = configs?;
        let description = Description { topic, configs: &configs, reassignments: &reassignments, live: &live, show };
        match terminal.format() {
            Format::Text => terminal.print(description)?,
            _ => rows.extend(description.row()),
        }
    }
    if terminal.format() != Format::Text {
        terminal.show(&DESCRIBED, rows)?;
    }
    Ok(())
}

async fn live_brokers(admin: &Admin) -> anyhow::Result<BTreeSet<i32>> {
    Ok(admin.describe_cluster(false).await?.nodes.into_iter().map(|node| node.id).collect())
}

/// The reassignments under way; none from brokers that cannot tell.
async fn reassignments(admin: &Admin, topics: &[TopicView]) -> anyhow::Result<Reassignments> {
    let of_topic = |topic: &TopicView| {
        let name = topic.name.clone();
        topic.partitions.iter().map(move |p| TopicPartition::new(name.clone(), p.partition)).collect::<Vec<_>>()
    };
    let partitions: Vec<TopicPartition> = topics.iter().flat_map(of_topic).collect();
    match admin.list_reassignments(Some(&partitions)).await {
        Ok(ongoing) => Ok(ongoing),
        Err(rkafka_client::ClientError::UnsupportedVersion(_)) => Ok(Reassignments::new()),
        Err(error) if error.code() == Some(ErrorCode::CLUSTER_AUTHORIZATION_FAILED) => Ok(Reassignments::new()),
        Err(error) => Err(error.into()),
    }
}

/// The topics asked for, in the order of Kafka's tool, or of 0.8.2's.
async fn described(admin: &Admin, topics: &Described, old: bool) -> anyhow::Result<Vec<TopicView>> {
    let mut views = Vec::new();
    let selection = match topics {
        Described::ById { id, if_exists } => {
            let known = admin.list_topics().await?.iter().any(|topic| topic.id == *id);
            if !known && !if_exists {
                bail!("TopicId '{id}' does not exist as expected");
            }
            if known {
                views.extend(admin.describe_topics_by_id(&[*id]).await?.into_iter().collect::<Result<Vec<_>, _>>()?);
            }
            return Ok(views);
        }
        Described::Selected(selection) => selection,
    };
    let names = selection.names(admin).await?;
    if !old {
        selection.must_exist(&names)?;
    }
    for topic in admin.describe_topics(&names).await? {
        views.push(topic?);
    }
    let expected = views.len();
    if !old {
        java_order::sort_by_key(&mut views, expected, |topic| &topic.name);
    }
    Ok(views)
}

impl Show {
    /// Whether only some partitions are asked for, and no topic lines.
    fn is_report(self) -> bool {
        self.under_replicated || self.under_min_isr || self.at_min_isr || self.unavailable
    }
}

/// One topic's lines.
struct Description<'a> {
    topic: &'a TopicView,
    configs: &'a [DescribeConfigsResourceResult],
    reassignments: &'a Reassignments,
    live: &'a BTreeSet<i32>,
    show: Show,
}

impl Description<'_> {
    /// Settings that are not Kafka's defaults (0.8.2: only those of the topic itself), in the order of Kafka's tool.
    fn own_configs(&self) -> Vec<&DescribeConfigsResourceResult> {
        let mut configs: Vec<&DescribeConfigsResourceResult> = self.configs.iter().collect();
        java_order::sort_by_key(&mut configs, java_order::UNSIZED, |config| &config.name);
        let is_default = |c: &DescribeConfigsResourceResult| match self.show.old {
            true => c.config_source != TOPIC_SOURCE,
            false => c.is_default || c.config_source == DEFAULT_SOURCE,
        };
        configs.retain(|config| !is_default(config));
        configs
    }

    /// The topic for a program; `None` if there is nothing of it to show.
    fn row(&self) -> Option<[Value; 7]> {
        let (topic, configs) = (self.topic, self.own_configs());
        let partitions: Vec<Value> =
            topic.partitions.iter().filter(|p| self.wants(p)).map(|p| self.partition(p)).collect();
        if self.show.only_overrides && configs.is_empty() || self.show.is_report() && partitions.is_empty() {
            return None;
        }
        let configs: Map<String, Value> = configs.iter().map(|c| (c.name.clone(), json!(c.value))).collect();
        Some([
            json!(&*topic.name),
            shown_id(topic.id),
            json!(topic.internal),
            json!(topic.partitions.len()),
            json!(self.factor()),
            configs.into(),
            partitions.into(),
        ])
    }

    fn partition(&self, partition: &PartitionView) -> Value {
        let moving = self.reassignment(partition.partition);
        json!({
            "partition": partition.partition,
            "leader": partition.leader,
            "leaderEpoch": Some(partition.leader_epoch).filter(|epoch| *epoch >= 0),
            "replicas": partition.replicas,
            "isr": partition.isr,
            "offlineReplicas": partition.offline,
            "addingReplicas": moving.map_or(&[][..], |moving| moving.adding_replicas.as_slice()),
            "removingReplicas": moving.map_or(&[][..], |moving| moving.removing_replicas.as_slice()),
        })
    }

    fn factor(&self) -> usize {
        self.topic.partitions.first().map_or(0, |first| self.replication_factor(first))
    }

    fn reassignment(&self, partition: i32) -> Option<&OngoingPartitionReassignment> {
        self.reassignments.get(&TopicPartition::new(self.topic.name.clone(), partition))
    }

    /// The replicas that count while some come and others go.
    fn replication_factor(&self, partition: &PartitionView) -> usize {
        let Some(moving) = self.reassignment(partition.partition) else { return partition.replicas.len() };
        let changing = |id: &i32| moving.adding_replicas.contains(id) || moving.removing_replicas.contains(id);
        match partition.replicas.iter().any(changing) {
            true => moving.replicas.len().saturating_sub(moving.adding_replicas.len()),
            false => partition.replicas.len(),
        }
    }

    fn min_isr(&self) -> usize {
        let config = self.configs.iter().find(|config| config.name == "min.insync.replicas");
        config.and_then(|config| config.value.as_deref()).and_then(|value| value.parse().ok()).unwrap_or(1)
    }

    fn wants(&self, partition: &PartitionView) -> bool {
        let show = self.show;
        let leader = partition.leader;
        !show.is_report()
            || show.under_replicated && partition.isr.len() < self.replication_factor(partition)
            || show.unavailable && leader.is_none_or(|id| !self.live.contains(&id))
            || show.under_min_isr && (leader.is_none() || partition.isr.len() < self.min_isr())
            || show.at_min_isr && partition.isr.len() == self.min_isr()
    }

    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let configs = self.own_configs();
        if self.show.only_overrides && configs.is_empty() {
            return Ok(());
        }
        let topic = self.topic;
        let shown = |c: &&DescribeConfigsResourceResult| format!("{}={}", c.name, c.value.as_deref().unwrap_or("null"));
        let configs: Vec<String> = configs.iter().map(shown).collect();
        let (count, factor, configs) = (topic.partitions.len(), self.factor(), configs.join(","));
        if self.show.old {
            let name = &topic.name;
            return writeln!(f, "Topic:{name}\tPartitionCount:{count}\tReplicationFactor:{factor}\tConfigs:{configs}");
        }
        write!(f, "Topic: {}", topic.name)?;
        if topic.id != Uuid::ZERO {
            write!(f, "\tTopicId: {}", topic.id)?;
        }
        writeln!(f, "\tPartitionCount: {count}\tReplicationFactor: {factor}\tConfigs: {configs}")
    }

    fn line(&self, partition: &PartitionView, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leader = partition.leader.map_or("none".to_owned(), |id| id.to_string());
        let (number, replicas, isr) = (partition.partition, Ids(&partition.replicas), Ids(&partition.isr));
        let name = &self.topic.name;
        write!(f, "\tTopic: {name}\tPartition: {number}\tLeader: {leader}\tReplicas: {replicas}\tIsr: {isr}")?;
        if self.show.old {
            return writeln!(f);
        }
        if let Some(moving) = self.reassignment(number) {
            let (adding, removing) = (Ids(&moving.adding_replicas), Ids(&moving.removing_replicas));
            write!(f, "\tAdding Replicas: {adding}\tRemoving Replicas: {removing}")?;
        }
        // Eligible leader replicas come with KRaft only.
        writeln!(f, "\tElr: N/A\tLastKnownElr: N/A")
    }
}

impl Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.show.is_report() {
            self.head(f)?;
        }
        if self.show.only_overrides {
            return Ok(());
        }
        self.topic.partitions.iter().filter(|p| self.wants(p)).try_for_each(|p| self.line(p, f))
    }
}

/// Broker ids with commas between.
struct Ids<'a>(&'a [i32]);

impl Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, id) in self.0.iter().enumerate() {
            write!(f, "{}{id}", if n > 0 { "," } else { "" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(leader: Option<i32>, replicas: &[i32], isr: &[i32]) -> PartitionView {
        PartitionView {
            partition: 0,
            error: ErrorCode::NONE,
            leader,
            leader_epoch: 0,
            replicas: replicas.to_vec(),
            isr: isr.to_vec(),
            offline: vec![],
        }
    }

    fn text(partition: PartitionView, configs: &[(&str, &str, i8)], show: Show) -> String {
        described(partition, configs, show).0
    }

    /// As text, and as a row.
    fn described(partition: PartitionView, configs: &[(&str, &str, i8)], show: Show) -> (String, Option<[Value; 7]>) {
        let configs: Vec<_> = configs
            .iter()
            .map(|(name, value, source)| DescribeConfigsResourceResult {
                name: (*name).to_owned(),
                value: Some((*value).to_owned()),
                config_source: *source,
                ..Default::default()
            })
            .collect();
        let topic = TopicView {
            name: "t".into(),
            id: Uuid([1; 16]),
            error: ErrorCode::NONE,
            internal: false,
            partitions: vec![partition],
            authorized_operations: 0,
        };
        let (reassignments, live) = (Reassignments::new(), BTreeSet::from([0]));
        let description =
            Description { topic: &topic, configs: &configs, reassignments: &reassignments, live: &live, show };
        (description.to_string(), description.row())
    }

    #[test]
    fn rows_for_programs() {
        let configs = [("retention.ms", "5000", 1), ("min.insync.replicas", "1", 5)];
        let (_, row) = described(partition(None, &[0, 77], &[0]), &configs, Show::default());
        let partition_of_row = json!({
            "partition": 0, "leader": null, "leaderEpoch": 0, "replicas": [0, 77], "isr": [0], "offlineReplicas": [],
            "addingReplicas": [], "removingReplicas": []
        });
        assert_eq!(
            row.unwrap(),
            [
                json!("t"),
                json!("AQEBAQEBAQEBAQEBAQEBAQ"),
                json!(false),
                json!(1),
                json!(2),
                json!({ "retention.ms": "5000" }),
                json!([partition_of_row])
            ]
        );
        let of = |show| described(partition(Some(0), &[0], &[0]), &[], show).1.is_some();
        assert!(of(Show::default()));
        assert!(!of(Show { unavailable: true, ..Show::default() }));
        assert!(!of(Show { only_overrides: true, ..Show::default() }));
    }

    #[test]
    fn lines_are_those_of_3_9_1() {
        let configs = [("segment.bytes", "1048576", 1), ("retention.ms", "5000", 1), ("min.insync.replicas", "1", 5)];
        assert_eq!(
            text(partition(Some(0), &[0], &[0]), &configs, Show::default()),
            "Topic: t\tTopicId: AQEBAQEBAQEBAQEBAQEBAQ\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: \
             segment.bytes=1048576,retention.ms=5000\n\
             \tTopic: t\tPartition: 0\tLeader: 0\tReplicas: 0\tIsr: 0\tElr: N/A\tLastKnownElr: N/A\n"
        );
        assert_eq!(
            text(partition(None, &[0, 77], &[0]), &[], Show { under_replicated: true, ..Show::default() }),
            "\tTopic: t\tPartition: 0\tLeader: none\tReplicas: 0,77\tIsr: 0\tElr: N/A\tLastKnownElr: N/A\n"
        );
        assert_eq!(text(partition(Some(0), &[0], &[0]), &[], Show { unavailable: true, ..Show::default() }), "");
        assert_eq!(text(partition(Some(0), &[0], &[0]), &[], Show { only_overrides: true, ..Show::default() }), "");
    }

    #[test]
    fn lines_are_those_of_0_8_2_with_zookeeper() {
        assert_eq!(
            text(partition(Some(1), &[1], &[1]), &[("retention.ms", "1000", 1)], Show { old: true, ..Show::default() }),
            "Topic:t\tPartitionCount:1\tReplicationFactor:1\tConfigs:retention.ms=1000\n\
             \tTopic: t\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\n"
        );
    }
}
