//! Pure: the rows of groups, and of what is inside of one.

use super::{
    super::{
        figures,
        model::{Model, Subject, lags, total_lag},
        sample::GroupSample,
    },
    Row, View,
    cells::{figure, growth, offset, past, total, words},
};
use rkafka_base::TopicPartition;
use rkafka_client::admin::GroupMember;
use std::collections::{BTreeMap, BTreeSet};

/// All groups.
pub fn groups(model: &Model) -> Vec<Row> {
    let row = |(id, group): (&String, &GroupSample)| {
        let subject = Subject::Group(id.clone());
        let cells = vec![
            words(id.clone()),
            words(group.state.clone()),
            words(group.kind.clone()),
            total(group.members.len()),
            total(group.committed.len()),
            offset(model.lag(id)),
            growth(model.lag_growth(&subject)),
            figure(model.flow(&subject).records, figures::count),
            past(model, &subject),
        ];
        let alarming = group.state == "Dead" || (group.members.is_empty() && model.lag(id).is_some_and(|lag| lag > 0));
        Row { key: id.clone(), cells, alarming, inside: Some(View::GroupPartitions(id.clone())) }
    };
    model.sample.groups.iter().map(row).collect()
}

/// The partitions for which a group has committed, or which its members have.
pub fn group_partitions(model: &Model, id: &str) -> Vec<Row> {
    let Some(group) = model.sample.groups.get(id) else { return Vec::new() };
    let lags = lags(&model.sample, group);
    // Where one member takes over from another both may have a partition: the first counts, so it is taken in last.
    let assigned = group.members.iter().rev().flat_map(|member| member.assignment.iter().map(move |tp| (tp, member)));
    let owners: BTreeMap<&TopicPartition, &GroupMember> = assigned.collect();
    let all: BTreeSet<&TopicPartition> = group.committed.keys().chain(owners.keys().copied()).collect();
    let row = |partition: &TopicPartition| {
        let subject = Subject::GroupPartition(id.to_owned(), partition.clone());
        let member = owners.get(partition).copied();
        let of_member = |text: fn(&GroupMember) -> &str| words(member.map_or("", text));
        let cells = vec![
            words(&*partition.topic),
            offset(Some(i64::from(partition.partition))),
            offset(group.committed.get(partition).copied()),
            offset(model.sample.partitions.get(partition).and_then(|sample| sample.end)),
            offset(lags.get(partition).copied()),
            growth(model.lag_growth(&subject)),
            of_member(|member| &member.client_id),
            of_member(|member| member.host.trim_start_matches('/')),
            past(model, &subject),
        ];
        let alarming = member.is_none() && lags.get(partition).is_some_and(|lag| *lag > 0);
        Row { key: partition.to_string(), cells, alarming, inside: None }
    };
    all.into_iter().map(row).collect()
}

/// The members of a group.
pub fn group_members(model: &Model, id: &str) -> Vec<Row> {
    let Some(group) = model.sample.groups.get(id) else { return Vec::new() };
    let lags = lags(&model.sample, group);
    let row = |member: &GroupMember| {
        let lag = total_lag(member.assignment.iter().filter_map(|partition| lags.get(partition).copied()));
        let cells = vec![
            words(member.client_id.clone()),
            words(member.host.trim_start_matches('/')),
            total(member.assignment.len()),
            offset(lag),
            words(member.instance_id.clone().unwrap_or_default()),
            words(member.member_id.clone()),
        ];
        Row { key: member.member_id.clone(), cells, alarming: false, inside: None }
    };
    group.members.iter().map(row).collect()
}
