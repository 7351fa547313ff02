//! Pure: samples become rates, lags and their histories.

use super::sample::{GroupSample, Sample};
use rkafka_base::TopicPartition;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// How many values of the past are kept of each thing.
const HISTORY: usize = 32;
/// Over how many samples the trend of a lag is taken.
const TREND: usize = 10;

/// What has a history.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Cluster,
    Broker(i32),
    Topic(Arc<str>),
    Partition(TopicPartition),
    Group(String),
    GroupPartition(String, TopicPartition),
}

/// What flows, in units a second. `None` until there are two samples that tell it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    pub records: Option<f64>,
    pub bytes: Option<f64>,
}

impl Flow {
    fn add(&mut self, other: Flow) {
        let sum = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
        };
        *self = Flow { records: sum(self.records, other.records), bytes: sum(self.bytes, other.bytes) };
    }
}

/// The newest sample, and what earlier ones add to it.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub sample: Sample,
    /// Cluster, brokers, topics and partitions: what is produced; groups: the records that are consumed.
    flows: BTreeMap<Subject, Flow>,
    /// Of groups the lag, of all else the records a second.
    histories: BTreeMap<Subject, VecDeque<f64>>,
    /// The time between the last two samples.
    between: Duration,
    /// Whether there is a sample at all.
    pub is_filled: bool,
}

impl Model {
    /// Takes in the next sample.
    pub fn push(&mut self, sample: Sample) {
        let before = std::mem::replace(&mut self.sample, sample);
        let had_one = std::mem::replace(&mut self.is_filled, true);
        self.between = self.sample.at.saturating_sub(before.at);
        let seconds = self.between.as_secs_f64();
        self.flows = if had_one && seconds > 0.0 { flows(&before, &self.sample, seconds) } else { BTreeMap::new() };
        let mut values: BTreeMap<Subject, f64> = BTreeMap::new();
        for (subject, flow) in &self.flows {
            if !matches!(subject, Subject::Group(_)) {
                values.extend(flow.records.map(|records| (subject.clone(), records)));
            }
        }
        for (id, group) in &self.sample.groups {
            for (partition, lag) in lags(&self.sample, group) {
                values.insert(Subject::GroupPartition(id.clone(), partition), lag as f64);
            }
            if let Some(lag) = group_lag(&self.sample, group) {
                values.insert(Subject::Group(id.clone()), lag as f64);
            }
        }
        // What is no longer there is forgotten.
        self.histories.retain(|subject, _| values.contains_key(subject));
        for (subject, value) in values {
            let history = self.histories.entry(subject).or_default();
            if history.len() == HISTORY {
                history.pop_front();
            }
            history.push_back(value);
        }
    }

    pub fn flow(&self, subject: &Subject) -> Flow {
        self.flows.get(subject).copied().unwrap_or_default()
    }

    /// The values of the past, the newest last.
    pub fn history(&self, subject: &Subject) -> Vec<f64> {
        self.histories.get(subject).map(|values| values.iter().copied().collect()).unwrap_or_default()
    }

    /// By how much the lag of a group, or of one of its partitions, grows in a second; negative if it shrinks.
    pub fn lag_growth(&self, subject: &Subject) -> Option<f64> {
        let history = self.histories.get(subject)?;
        let steps = (history.len().checked_sub(1)?).min(TREND);
        let seconds = self.between.as_secs_f64() * steps as f64;
        let (last, earlier) = (history.back()?, history.get(history.len() - 1 - steps)?);
        (seconds > 0.0).then(|| (last - earlier) / seconds)
    }

    /// How far a group is behind, over all partitions for which it has committed.
    pub fn lag(&self, group: &str) -> Option<i64> {
        group_lag(&self.sample, self.sample.groups.get(group)?)
    }
}

/// How far a group is behind at each partition whose end is known.
pub fn lags(sample: &Sample, group: &GroupSample) -> BTreeMap<TopicPartition, i64> {
    let one = |(partition, committed): (&TopicPartition, &i64)| {
        let end = sample.partitions.get(partition)?.end?;
        Some((partition.clone(), end.saturating_sub(*committed).max(0)))
    };
    group.committed.iter().filter_map(one).collect()
}

/// All of these lags together; `None` if there are none.
pub fn total_lag(lags: impl Iterator<Item = i64>) -> Option<i64> {
    lags.fold(None, |sum, lag| Some(sum.unwrap_or(0_i64).saturating_add(lag)))
}

fn group_lag(sample: &Sample, group: &GroupSample) -> Option<i64> {
    total_lag(lags(sample, group).into_values())
}

/// What flowed between two samples.
fn flows(before: &Sample, now: &Sample, seconds: f64) -> BTreeMap<Subject, Flow> {
    // A log that was cut or made anew has no past; one whose old segments were deleted grew by less than is known.
    let grown = |before: u64, now: u64| now.saturating_sub(before) as f64 / seconds;
    let offsets = |before: i64, now: i64| now.saturating_sub(before).max(0) as f64 / seconds;
    let mut flows: BTreeMap<Subject, Flow> = BTreeMap::new();
    for (partition, sample) in &now.partitions {
        let earlier = before.partitions.get(partition);
        let records = earlier.and_then(|earlier| Some(offsets(earlier.end?, sample.end?)));
        let of_broker = |id: &i32| Some(grown(*earlier?.bytes.get(id)?, *sample.bytes.get(id)?));
        let flow = Flow { records, bytes: sample.leader.and_then(|leader| of_broker(&leader)) };
        let topic = Subject::Topic(partition.topic.clone());
        for subject in [Subject::Cluster, topic, Subject::Partition(partition.clone())] {
            flows.entry(subject).or_default().add(flow);
        }
        // Bytes are written wherever there is a replica, records are counted where they come in.
        for id in sample.bytes.keys() {
            let records = records.filter(|_| sample.leader == Some(*id));
            flows.entry(Subject::Broker(*id)).or_default().add(Flow { records, bytes: of_broker(id) });
        }
        if let Some(leader) = sample.leader.filter(|leader| !sample.bytes.contains_key(leader)) {
            flows.entry(Subject::Broker(leader)).or_default().add(Flow { records, bytes: None });
        }
    }
    for (id, group) in &now.groups {
        let Some(earlier) = before.groups.get(id) else { continue };
        let consumed = group
            .committed
            .iter()
            .filter_map(|(partition, committed)| Some(offsets(*earlier.committed.get(partition)?, *committed)));
        // Nothing is known of a group that has committed nothing.
        let records = consumed.fold(None, |sum, records| Some(sum.unwrap_or(0.0) + records));
        flows.insert(Subject::Group(id.clone()), Flow { records, bytes: None });
    }
    flows
}

#[cfg(test)]
pub mod tests {
    use super::super::sample::{BrokerSample, PartitionSample};
    use super::*;

    /// A cluster of two brokers; `end` is the end of t-0, of which group g has committed `committed`.
    pub fn sample(seconds: u64, end: i64, committed: i64) -> Sample {
        let partition = |leader, isr: &[i32], end: i64, bytes| PartitionSample {
            leader,
            replicas: vec![1, 2],
            isr: isr.to_vec(),
            end: Some(end),
            bytes: BTreeMap::from([(1, bytes), (2, bytes)]),
        };
        let tp = TopicPartition::new;
        let group = GroupSample {
            state: "Stable".to_owned(),
            kind: "Classic".to_owned(),
            members: Vec::new(),
            committed: BTreeMap::from([(tp("t", 0), committed)]),
        };
        let broker = |port: u16| BrokerSample {
            address: format!("host:{port}"),
            rack: None,
            disk: Some((500_000_000, 1_000_000_000)),
        };
        Sample {
            at: Duration::from_secs(seconds),
            cluster_id: Some("id".to_owned()),
            controller: Some(1),
            brokers: BTreeMap::from([(1, broker(9092)), (2, broker(9093))]),
            partitions: BTreeMap::from([
                (tp("t", 0), partition(Some(1), &[1, 2], end, end.unsigned_abs() * 10)),
                (tp("u", 0), partition(Some(2), &[2], 7, 70)),
            ]),
            groups: BTreeMap::from([("g".to_owned(), group)]),
            gaps: Vec::new(),
        }
    }

    pub fn model(samples: impl IntoIterator<Item = Sample>) -> Model {
        let mut model = Model::default();
        samples.into_iter().for_each(|sample| model.push(sample));
        model
    }

    #[test]
    fn rates_are_differences_over_time() {
        let model = model([sample(0, 100, 50), sample(2, 300, 250)]);
        let flow = |subject| model.flow(&subject);
        assert_eq!(flow(Subject::Topic("t".into())), Flow { records: Some(100.0), bytes: Some(1000.0) });
        assert_eq!(flow(Subject::Cluster), Flow { records: Some(100.0), bytes: Some(1000.0) });
        assert_eq!(flow(Subject::Broker(1)), Flow { records: Some(100.0), bytes: Some(1000.0) });
        assert_eq!(flow(Subject::Broker(2)), Flow { records: Some(0.0), bytes: Some(1000.0) });
        assert_eq!(flow(Subject::Group("g".to_owned())).records, Some(100.0));
        assert_eq!(super::tests::model([sample(0, 1, 0)]).flow(&Subject::Cluster), Flow::default());
    }

    #[test]
    fn a_log_made_anew_has_no_rate() {
        let model = model([sample(0, 100, 50), sample(1, 5, 5)]);
        assert_eq!(model.flow(&Subject::Topic("t".into())), Flow { records: Some(0.0), bytes: Some(0.0) });
    }

    #[test]
    fn lags_and_where_they_go() {
        let model = model([sample(0, 100, 50), sample(1, 200, 100), sample(2, 300, 150)]);
        assert_eq!(model.lag("g"), Some(150));
        assert_eq!(model.lag_growth(&Subject::Group("g".to_owned())), Some(50.0));
        assert_eq!(model.history(&Subject::Group("g".to_owned())), [50.0, 100.0, 150.0]);
        assert_eq!(model.lag("h"), None);
    }

    #[test]
    fn offsets_at_the_edge_do_not_overflow() {
        let with_end = |seconds, end, committed| {
            let mut sample = sample(seconds, 0, committed);
            sample.partitions.get_mut(&TopicPartition::new("t", 0)).unwrap().end = Some(end);
            sample
        };
        let model = model([with_end(0, i64::MIN, 50), with_end(1, i64::MAX, -1)]);
        assert_eq!(model.lag("g"), Some(i64::MAX));
        assert_eq!(model.flow(&Subject::Topic("t".into())).records, Some(i64::MAX as f64));
        assert_eq!(total_lag([i64::MAX, 1].into_iter()), Some(i64::MAX));
    }

    #[test]
    fn histories_are_bounded_and_forgotten() {
        let mut model = model((0..100).map(|n| sample(n, n as i64, 0)));
        assert_eq!(model.history(&Subject::Cluster).len(), HISTORY);
        model.push(Sample { at: Duration::from_secs(100), ..Sample::default() });
        assert_eq!(model.history(&Subject::Cluster), Vec::<f64>::new());
    }
}
