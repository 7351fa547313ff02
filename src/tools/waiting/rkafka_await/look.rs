//! One look at the cluster: what the brokers say now about what is waited for.

use super::{
    records::Count,
    verdict::{self, Verdict},
};
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientConfig, ClientError, Cluster, ClusterView, Topics, admin::OffsetSpec};
use rkafka_protocol::{ApiKey, ErrorCode};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// How long a look at a group may try again by itself.
const GROUP: Duration = Duration::from_secs(2);

/// What is waited for.
pub enum Condition {
    /// So many brokers, each of which knows as many.
    Brokers(usize),
    /// A topic of at least so many partitions, led and in sync.
    Topic(Arc<str>, Option<u32>),
    /// A group; with at most so many records left; in a state.
    Group {
        group: String,
        lag: Option<u64>,
        state: Option<&'static str>,
    },
    /// Another leader than `from`, which is the first one seen if nobody said.
    LeaderChange {
        topic: Arc<str>,
        partition: i32,
        from: Option<i32>,
    },
    Records(Box<Count>),
}

/// Looks at a cluster, over the same connections each time.
pub struct Look {
    config: ClientConfig,
    condition: Condition,
    /// `None` until the names of the brokers can be resolved.
    cluster: Option<Cluster>,
}

impl Look {
    /// Nothing is asked yet, no name looked up.
    pub fn new(config: ClientConfig, condition: Condition) -> Look {
        Look { config, condition, cluster: None }
    }

    /// What is missing before anything is known.
    pub fn nothing_seen(&self) -> String {
        format!("no answer from {} yet", verdict::list(&self.config.bootstrap_servers))
    }

    /// What an unfinished look has found, if that tells more than the one before.
    pub fn so_far(&self) -> Option<String> {
        let is_answered = self.cluster.as_ref().is_some_and(|cluster| !cluster.view().nodes.is_empty());
        match &self.condition {
            Condition::Records(count) => count.so_far(),
            Condition::Group { group, .. } if is_answered => {
                Some(format!("the coordinator of group {group} is not ready"))
            }
            _ => None,
        }
    }

    /// Whether to wait between two looks. Counting records waits for records itself.
    pub fn wants_pauses(&self) -> bool {
        !matches!(&self.condition, Condition::Records(count) if count.has_begun())
    }

    /// Looks once.
    ///
    /// Errors: those that pass, too; [`verdict::may_pass`] tells which.
    pub async fn once(&mut self) -> Result<Verdict, ClientError> {
        let cluster = match &self.cluster {
            Some(cluster) => cluster.clone(),
            None => match Cluster::connect(self.config.clone()).await {
                Ok(cluster) => self.cluster.insert(cluster).clone(),
                // The addresses were understood before; a name that nobody knows yet may come with its machine.
                Err(_) => {
                    let names = verdict::list(self.config.bootstrap_servers.iter().map(|server| &server.host));
                    return Ok(Verdict::Missing(format!("no address is known for {names}")));
                }
            },
        };
        match &mut self.condition {
            Condition::Brokers(wanted) => brokers(&cluster, *wanted).await,
            Condition::Topic(topic, partitions) => {
                let view = cluster.refresh(&Topics::Named(vec![topic.clone()])).await?;
                verdict::of_topic(&view, topic, *partitions)
            }
            Condition::Group { group, lag, state } => group_is(cluster, group, *lag, *state).await,
            Condition::LeaderChange { topic, partition, from } => {
                let view = cluster.refresh(&Topics::Named(vec![topic.clone()])).await?;
                Ok(match (verdict::leader(&view, topic, *partition)?, *from) {
                    (Err(missing), _) => Verdict::Missing(missing),
                    (Ok(leader), Some(old)) if leader != old => {
                        Verdict::Met(format!("broker {leader} leads partition {partition} of topic {topic}"))
                    }
                    (Ok(leader), _) => {
                        *from = Some(leader);
                        Verdict::Missing(format!("topic {topic}: broker {leader} still leads partition {partition}"))
                    }
                })
            }
            Condition::Records(count) => count.go_on(cluster).await,
        }
    }
}

/// Whether so many brokers are listed, and each of them answers and lists as many: one that does not know the others yet
/// refuses what needs them.
async fn brokers(cluster: &Cluster, wanted: usize) -> Result<Verdict, ClientError> {
    let view = cluster.refresh(&Topics::None).await?;
    let ids = verdict::list(view.nodes.keys());
    if view.nodes.len() < wanted {
        return Ok(Verdict::Missing(format!("{} of {wanted} brokers are there: {ids}", view.nodes.len())));
    }
    if view.controller.is_none() {
        return Ok(Verdict::Missing("the brokers have no controller yet".to_owned()));
    }
    for node in view.nodes.values() {
        let known = match ask(cluster, node.id).await {
            Ok(own) => own.nodes.len(),
            Err(error) if verdict::may_pass(&error) => {
                return Ok(Verdict::Missing(format!("broker {} does not answer: {error}", node.id)));
            }
            Err(error) => return Err(error),
        };
        if known < wanted {
            return Ok(Verdict::Missing(format!("broker {} knows {known} of {wanted} brokers", node.id)));
        }
    }
    Ok(Verdict::Met(format!("{} brokers are there: {ids}", view.nodes.len())))
}

/// What one broker knows of the cluster.
async fn ask(cluster: &Cluster, broker: i32) -> Result<ClusterView, ClientError> {
    let connection = cluster.node(broker).await?;
    let version = connection.versions().choose(ApiKey::Metadata)?;
    Ok(ClusterView::of(connection.call_at(&Topics::None.request(version, false), version).await?))
}

async fn group_is(
    cluster: Cluster,
    group: &str,
    lag: Option<u64>,
    state: Option<&str>,
) -> Result<Verdict, ClientError> {
    // What is at fault if nothing comes of the rest, and quicker to say so.
    cluster.refresh(&Topics::None).await?;
    let admin = Admin::over(cluster).with_timeout(GROUP);
    let (now, assigned) = match admin.describe_consumer_group(group).await {
        Ok(found) => (found.state, found.members.into_iter().flat_map(|member| member.assignment).collect()),
        // How brokers since 4.0 say it.
        Err(error) if error.code() == Some(ErrorCode::GROUP_ID_NOT_FOUND) => ("Dead".to_owned(), BTreeSet::new()),
        Err(error) => return Err(error),
    };
    match state {
        Some(wanted) if !now.eq_ignore_ascii_case(wanted) => {
            return Ok(Verdict::Missing(format!("group {group} is {now}, not {wanted}")));
        }
        None if now == "Dead" => return Ok(Verdict::Missing(format!("group {group} is not there"))),
        _ => {}
    }
    match lag {
        Some(most) => lag_of(&admin, group, assigned, most).await,
        None => Ok(Verdict::Met(format!("group {group} is {now}"))),
    }
}

/// Whether at most `most` records are left to a group, in what it has committed and in what its members have.
async fn lag_of(
    admin: &Admin,
    group: &str,
    mut partitions: BTreeSet<TopicPartition>,
    most: u64,
) -> Result<Verdict, ClientError> {
    let committed = admin.group_offsets(group, None).await?;
    partitions.extend(committed.keys().cloned());
    if partitions.is_empty() {
        return Ok(Verdict::Missing(format!("group {group} has committed nothing and reads no partition")));
    }
    let mut reached = Vec::new();
    let mut begun_nowhere = Vec::new();
    for partition in partitions {
        match committed.get(&partition) {
            Some(Ok(Some(found))) => reached.push((partition, found.offset)),
            Some(Err(error)) => return Err(error.clone()),
            _ => begun_nowhere.push((partition, OffsetSpec::Earliest)),
        }
    }
    // Of a partition without a commit everything is left.
    for (partition, found) in admin.list_offsets(&begun_nowhere, false).await? {
        reached.push((partition, found?.offset));
    }
    let ends = reached.iter().map(|(partition, _)| (partition.clone(), OffsetSpec::Latest)).collect::<Vec<_>>();
    let ends = admin.list_offsets(&ends, false).await?;
    let (mut left, mut worst) = (0, None);
    for (partition, offset) in reached {
        let end = ends.get(&partition).cloned().transpose()?.map_or(offset, |end| end.offset);
        let here = u64::try_from(end.saturating_sub(offset)).unwrap_or(0);
        left += here;
        worst = worst.max(Some((here, partition)).filter(|(here, _)| *here > 0));
    }
    Ok(match worst {
        Some((here, partition)) if left > most => {
            Verdict::Missing(format!("group {group} has {left} records left to read, {here} of them in {partition}"))
        }
        _ => Verdict::Met(format!("group {group} has {left} records left to read")),
    })
}
