//! Pure: the rows of brokers, topics and partitions.

use super::{
    super::{
        figures,
        model::{Flow, Model, Subject},
        sample::{BrokerSample, PartitionSample},
    },
    Of, Row, View,
    cells::{Cell, Value, bytes, figure, ids, leader, offset, past, sum, total, words},
};
use rkafka_base::TopicPartition;
use std::{collections::BTreeMap, sync::Arc};

/// Below this part of a disk that is free, a broker's line is alarming.
const SCARCE: f64 = 0.1;

/// All brokers.
pub fn brokers(model: &Model) -> Vec<Row> {
    let sample = &model.sample;
    let row = |(id, broker): (&i32, &BrokerSample)| {
        let partitions = || sample.partitions.values();
        let leads = partitions().filter(|partition| partition.leader == Some(*id)).count();
        let replicas = partitions().filter(|partition| partition.replicas.contains(id)).count();
        let out_of_sync = |p: &&PartitionSample| p.replicas.contains(id) && !p.isr.contains(id);
        let lacking = partitions().filter(out_of_sync).count();
        let subject = Subject::Broker(*id);
        let Flow { records, bytes: grows } = model.flow(&subject);
        let free = broker.disk.filter(|(_, all)| *all > 0).map(|(free, all)| free as f64 / all as f64);
        let mark = if sample.controller == Some(*id) { "*" } else { "" };
        let cells = vec![
            Cell { shown: format!("{id}{mark}"), value: Value::Number(f64::from(*id)) },
            words(broker.address.clone()),
            total(leads),
            total(replicas),
            total(lacking),
            figure(records, figures::count),
            figure(grows, figures::bytes),
            bytes(sum(partitions().map(|partition| partition.bytes.get(id).copied()))),
            figure(free.map(|free| free * 100.0), |percent| format!("{percent:.0}%")),
            past(model, &subject),
        ];
        let alarming = lacking > 0 || free.is_some_and(|free| free < SCARCE);
        Row { key: id.to_string(), cells, alarming, inside: Some(View::Partitions(Of::Broker(*id))) }
    };
    sample.brokers.iter().map(row).collect()
}

/// All topics.
pub fn topics(model: &Model) -> Vec<Row> {
    let mut topics: BTreeMap<&Arc<str>, Vec<&PartitionSample>> = BTreeMap::new();
    for (partition, sample) in &model.sample.partitions {
        topics.entry(&partition.topic).or_default().push(sample);
    }
    let row = |(topic, partitions): (&Arc<str>, Vec<&PartitionSample>)| {
        let subject = Subject::Topic(topic.clone());
        let Flow { records, bytes: grows } = model.flow(&subject);
        let lacking = partitions.iter().filter(|partition| partition.lacking() > 0).count();
        let offline = partitions.iter().filter(|partition| partition.leader.is_none()).count();
        let cells = vec![
            words(&**topic),
            total(partitions.len()),
            total(partitions.iter().map(|partition| partition.replicas.len()).max().unwrap_or(0)),
            total(lacking),
            total(offline),
            figure(records, figures::count),
            figure(grows, figures::bytes),
            bytes(sum(partitions.iter().map(|partition| partition.leader_bytes()))),
            past(model, &subject),
        ];
        let inside = Some(View::Partitions(Of::Topic(topic.clone())));
        Row { key: topic.to_string(), cells, alarming: lacking + offline > 0, inside }
    };
    topics.into_iter().map(row).collect()
}

/// The partitions that are wanted.
pub fn partitions(model: &Model, of: &Of) -> Vec<Row> {
    let is_wanted = |(partition, sample): &(&TopicPartition, &PartitionSample)| match of {
        Of::All => true,
        Of::Topic(topic) => partition.topic == *topic,
        Of::Broker(id) => sample.leader == Some(*id),
    };
    let row = |(partition, sample): (&TopicPartition, &PartitionSample)| {
        let subject = Subject::Partition(partition.clone());
        let Flow { records, bytes: grows } = model.flow(&subject);
        let cells = vec![
            words(&*partition.topic),
            offset(Some(i64::from(partition.partition))),
            leader(sample.leader),
            ids(&sample.replicas),
            ids(&sample.isr),
            offset(sample.end),
            figure(records, figures::count),
            figure(grows, figures::bytes),
            bytes(sample.leader_bytes()),
            past(model, &subject),
        ];
        let alarming = sample.leader.is_none() || sample.lacking() > 0;
        Row { key: partition.to_string(), cells, alarming, inside: None }
    };
    model.sample.partitions.iter().filter(is_wanted).map(row).collect()
}
