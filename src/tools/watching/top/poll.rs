//! Looking at a cluster again and again: one sample after the other, and what keeps the next one from coming.

use super::{
    super::together,
    sample::{BrokerSample, GroupSample, PartitionSample, Sample},
};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, ClusterView, Topics,
    admin::{GroupListing, LogDirs, OffsetSpec, list_offsets_once},
};
use rkafka_protocol::messages::DescribeLogDirsRequest;
use std::{collections::BTreeMap, future::Future, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

/// How long a cluster may take for one sample before it counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long one broker may take for one answer. A broker that is down must not hold up what the others tell.
const ANSWER: Duration = Duration::from_secs(2);
/// How many groups are looked into; of further ones only the state is known.
const MAX_GROUPS: usize = 500;

/// What each broker answered, by its id.
type ByBroker<T> = Vec<(i32, Result<T, ClientError>)>;
/// The ends of partitions; `None` where the leader has an error for one.
type Ends = Vec<(TopicPartition, Option<i64>)>;

/// What a look at the cluster gave.
#[derive(Debug)]
pub enum News {
    Sample(Box<Sample>),
    /// Nothing, and why.
    Lost(String),
}

/// Looks every `interval` and tells what it sees, until nobody listens.
pub async fn watch(poller: Poller, interval: Duration, tell: mpsc::Sender<News>) {
    loop {
        let next = Instant::now() + interval;
        let news = match poller.sample().await {
            Ok(sample) => News::Sample(Box::new(sample)),
            Err(error) => News::Lost(error.to_string()),
        };
        if tell.send(news).await.is_err() {
            return;
        }
        sleep_until(next).await;
    }
}

/// A client that looks.
pub struct Poller {
    admin: Admin,
    start: Instant,
}

impl Poller {
    pub fn new(admin: Admin) -> Poller {
        Poller { admin: admin.with_timeout(ANSWER), start: Instant::now() }
    }

    /// The cluster now.
    ///
    /// Errors: nobody answers in time. What single brokers do not tell is a gap in the sample.
    pub async fn sample(&self) -> Result<Sample, ClientError> {
        let late =
            || ClientError::Timeout { message: format!("no answer within {} s", PATIENCE.as_secs()), cause: None };
        timeout(PATIENCE, self.look()).await.map_err(|_| late())?
    }

    async fn look(&self) -> Result<Sample, ClientError> {
        let view = match self.admin.cluster().refresh(&Topics::All).await {
            // The connection of the last time may have ended since.
            Err(ClientError::Disconnected { .. }) => self.admin.cluster().refresh(&Topics::All).await?,
            other => other?,
        };
        let at = self.start.elapsed();
        let mut sample = of_view(&view, at);
        let (offsets, dirs, groups) = tokio::join!(self.ends(&view), self.log_dirs(&view), self.groups());
        for (id, answer) in offsets {
            match answer {
                Ok(found) => {
                    for (partition, end) in found {
                        if let Some(partition) = sample.partitions.get_mut(&partition) {
                            partition.end = end;
                        }
                    }
                }
                Err(error) => sample.gaps.push(format!("broker {id} does not tell offsets: {error}")),
            }
        }
        for (id, answer) in dirs {
            match answer {
                Ok(dirs) => take_log_dirs(&mut sample, id, &dirs),
                Err(error) => sample.gaps.push(format!("broker {id} does not tell sizes: {error}")),
            }
        }
        match groups {
            Ok(groups) => sample.groups = groups,
            Err(error) => sample.gaps.push(format!("no groups: {error}")),
        }
        Ok(sample)
    }

    /// The ends of all partitions that have a leader, by leader.
    async fn ends(&self, view: &ClusterView) -> ByBroker<Ends> {
        let mut by_leader: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
        for topic in view.topics.values() {
            for partition in &topic.partitions {
                if let Some(leader) = partition.leader {
                    let partition = TopicPartition::new(topic.name.clone(), partition.partition);
                    by_leader.entry(leader).or_default().push(partition);
                }
            }
        }
        let ask = |(id, partitions): (i32, Vec<TopicPartition>)| {
            let admin = self.admin.clone();
            async move {
                let answer = async {
                    let connection = admin.cluster().node(id).await?;
                    let found =
                        list_offsets_once(&connection, &partitions, |_| (OffsetSpec::Latest, -1), false).await?;
                    let end = |(partition, found): (TopicPartition, Result<rkafka_client::admin::FoundOffset, _>)| {
                        (partition, found.ok().map(|found| found.offset))
                    };
                    Ok(found.into_iter().map(end).collect())
                };
                (id, in_time(answer).await)
            }
        };
        together::all(by_leader.into_iter().map(ask)).await
    }

    async fn log_dirs(&self, view: &ClusterView) -> ByBroker<Vec<LogDirs>> {
        let ask = |id: &i32| {
            let (admin, id) = (self.admin.clone(), *id);
            async move {
                let answer = async {
                    let connection = admin.cluster().node(id).await?;
                    Ok(connection.call(&DescribeLogDirsRequest { topics: None, ..Default::default() }).await?.results)
                };
                (id, in_time(answer).await)
            }
        };
        together::all(view.nodes.keys().map(ask)).await
    }

    async fn groups(&self) -> Result<BTreeMap<String, GroupSample>, ClientError> {
        let listed = self.admin.list_all_groups(&[], &[]).await?;
        let look = |(number, listed): (usize, GroupListing)| {
            let admin = self.admin.clone();
            async move {
                let looks = number < MAX_GROUPS && ["", "consumer"].contains(&listed.protocol_type.as_str());
                let group = if looks { look_into(&admin, &listed).await } else { outside(&listed) };
                (listed.group_id, group)
            }
        };
        Ok(together::all(listed.into_iter().enumerate().map(look)).await.into_iter().collect())
    }
}

/// What a broker answers, if it does so in time.
async fn in_time<T>(answer: impl Future<Output = Result<T, ClientError>>) -> Result<T, ClientError> {
    timeout(ANSWER, answer).await.unwrap_or_else(|_| {
        let message = format!("no answer within {} s", ANSWER.as_secs());
        Err(ClientError::Timeout { message, cause: None })
    })
}

/// What a listing alone tells.
fn outside(listed: &GroupListing) -> GroupSample {
    // Brokers say `consumer` or `Consumer`.
    let mut letters = listed.group_type.chars();
    let kind = letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    GroupSample { state: listed.group_state.clone(), kind, ..GroupSample::default() }
}

/// A group with members and offsets; what its coordinator does not tell is left out.
async fn look_into(admin: &Admin, listed: &GroupListing) -> GroupSample {
    let mut group = outside(listed);
    let (described, offsets) =
        tokio::join!(admin.describe_consumer_group(&listed.group_id), admin.group_offsets(&listed.group_id, None));
    if let Ok(described) = described {
        group.state = described.state;
        group.members = described.members;
    }
    let offsets = offsets.into_iter().flatten();
    group.committed = offsets.filter_map(|(partition, committed)| Some((partition, committed.ok()??.offset))).collect();
    group
}

/// What Metadata alone tells.
fn of_view(view: &ClusterView, at: Duration) -> Sample {
    let brokers = view.nodes.values().map(|node| {
        let broker = BrokerSample { address: node.address.to_string(), rack: node.rack.clone(), disk: None };
        (node.id, broker)
    });
    let topics = view.topics.values();
    let partitions = topics.flat_map(|topic| topic.partitions.iter().map(move |partition| (topic, partition)));
    let partitions = partitions.map(|(topic, partition)| {
        let sample = PartitionSample {
            leader: partition.leader,
            replicas: partition.replicas.clone(),
            isr: partition.isr.clone(),
            ..PartitionSample::default()
        };
        (TopicPartition::new(topic.name.clone(), partition.partition), sample)
    });
    Sample {
        at,
        cluster_id: view.cluster_id.clone(),
        controller: view.controller,
        brokers: brokers.collect(),
        partitions: partitions.collect(),
        ..Sample::default()
    }
}

/// The sizes of one broker's replicas, and what is free there.
fn take_log_dirs(sample: &mut Sample, id: i32, dirs: &[LogDirs]) {
    let mut disk = None;
    for dir in dirs.iter().filter(|dir| dir.error_code == 0) {
        if let (Ok(free), Ok(all)) = (u64::try_from(dir.usable_bytes), u64::try_from(dir.total_bytes)) {
            // A volume too large for its broker's numbers counts as the largest there is.
            let (free_before, all_before) = disk.unwrap_or((0_u64, 0_u64));
            disk = Some((free_before.saturating_add(free), all_before.saturating_add(all)));
        }
        for topic in &dir.topics {
            // A replica that is on its way to this dir is counted where it is used.
            for partition in topic.partitions.iter().filter(|partition| !partition.is_future_key) {
                let key = TopicPartition::new(topic.name.as_str(), partition.partition_index);
                if let Some(known) = sample.partitions.get_mut(&key) {
                    known.bytes.insert(id, u64::try_from(partition.partition_size).unwrap_or(0));
                }
            }
        }
    }
    if let Some(broker) = sample.brokers.get_mut(&id) {
        broker.disk = disk;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::describe_log_dirs_response::{
        DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
    };

    #[test]
    fn sizes_and_free_space() {
        let mut sample = Sample::default();
        sample.brokers.insert(1, BrokerSample::default());
        sample.partitions.insert(TopicPartition::new("t", 0), PartitionSample::default());
        let partition = |partition_size, is_future_key| DescribeLogDirsPartition {
            partition_size,
            is_future_key,
            ..Default::default()
        };
        let dir = |partitions, usable_bytes| DescribeLogDirsResult {
            topics: vec![DescribeLogDirsTopic { name: "t".into(), partitions, ..Default::default() }],
            usable_bytes,
            total_bytes: 100,
            ..Default::default()
        };
        let broken = DescribeLogDirsResult { error_code: 56, usable_bytes: 1, ..Default::default() };
        let dirs = [dir(vec![partition(7, false)], 10), dir(vec![partition(3, true)], 20), broken];
        take_log_dirs(&mut sample, 1, &dirs);
        assert_eq!(sample.partitions[&TopicPartition::new("t", 0)].bytes, BTreeMap::from([(1, 7)]));
        assert_eq!(sample.brokers[&1].disk, Some((30, 200)));
        let endless = DescribeLogDirsResult { usable_bytes: i64::MAX, total_bytes: i64::MAX, ..Default::default() };
        take_log_dirs(&mut sample, 1, &[endless.clone(), endless.clone(), endless]);
        assert_eq!(sample.brokers[&1].disk, Some((u64::MAX, u64::MAX)));
    }
}
