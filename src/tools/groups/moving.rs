//! What the `--reset-offsets` of every kind of group has in common: where offsets can be moved to.

use crate::{java_order, options::UsageError, terminal::Terminal};
use anyhow::Context;
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin,
    admin::{CommittedOffset, OffsetSpec},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    time::{SystemTime, UNIX_EPOCH},
};

/// By partition, in the order in which they are shown.
pub type Offsets = Vec<(TopicPartition, i64)>;
/// By group.
pub type NewOffsets = Vec<(String, Offsets)>;

/// What `--output` shows of them: group, topic, partition, offset.
pub fn rows(offsets: &NewOffsets) -> Vec<[Value; 4]> {
    let of_group = |(group, offsets): &(String, Offsets)| -> Vec<[Value; 4]> {
        let row = |(p, to): &(TopicPartition, i64)| [json!(group), json!(&*p.topic), json!(p.partition), json!(to)];
        offsets.iter().map(row).collect()
    };
    offsets.iter().flat_map(of_group).collect()
}

/// What a group has committed. Partitions that the coordinator has an error for are left out.
pub async fn committed(admin: &Admin, group: &str) -> anyhow::Result<BTreeMap<TopicPartition, i64>> {
    let found = committed_offsets(admin, group).await?;
    Ok(found.into_iter().map(|(partition, committed)| (partition, committed.offset)).collect())
}

/// As [`committed`], with leader epochs.
pub async fn committed_offsets(
    admin: &Admin,
    group: &str,
) -> anyhow::Result<BTreeMap<TopicPartition, CommittedOffset>> {
    let mut committed = BTreeMap::new();
    for (partition, result) in admin.group_offsets(group, None).await? {
        match result {
            Ok(found) => committed.extend(found.map(|found| (partition, found))),
            Err(error) => log::warn!("Skipping return offset for {partition} due to error {error}."),
        }
    }
    Ok(committed)
}

/// An offset of each partition, in their order. Any failure is the failure of all.
pub async fn list_offsets(admin: &Admin, partitions: &[TopicPartition], spec: OffsetSpec) -> anyhow::Result<Offsets> {
    if partitions.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<(TopicPartition, OffsetSpec)> = partitions.iter().map(|p| (p.clone(), spec)).collect();
    let mut found = admin.list_offsets(&wanted, false).await?;
    let mut offsets = Vec::new();
    for partition in partitions {
        // Nobody is to take what is left out for done.
        let result = found.remove(partition).with_context(|| format!("No broker answered for {partition}"))?;
        offsets.push((partition.clone(), result?.offset));
    }
    Ok(offsets)
}

/// Of each partition the first record at or after a time (milliseconds since 1970), or the end.
pub async fn at_time(
    admin: &Admin,
    partitions: &[TopicPartition],
    time: i64,
    terminal: &mut Terminal,
) -> anyhow::Result<Offsets> {
    let found = list_offsets(admin, partitions, OffsetSpec::Timestamp(time)).await?;
    let (mut offsets, none): (Offsets, Offsets) = found.into_iter().partition(|(_, offset)| *offset >= 0);
    let mut none: Vec<TopicPartition> = none.into_iter().map(|(partition, _)| partition).collect();
    java_order::sort_by_partition(&mut none, java_order::UNSIZED, |partition| partition);
    for TopicPartition { topic, partition } in &none {
        terminal.say(format_args!(
            "\nWarn: Partition {partition} from topic {topic} is empty. Falling back to latest known offset."
        ))?;
    }
    offsets.extend(list_offsets(admin, &none, OffsetSpec::Latest).await?);
    Ok(offsets)
}

/// Where the group stands now, or the end where it does not stand anywhere.
pub async fn to_current(
    admin: &Admin,
    partitions: Vec<TopicPartition>,
    current: &BTreeMap<TopicPartition, i64>,
) -> anyhow::Result<Offsets> {
    let (known, unknown): (Vec<_>, Vec<_>) = partitions.into_iter().partition(|p| current.contains_key(p));
    let mut offsets: Offsets =
        known.into_iter().filter_map(|p| current.get(&p).copied().map(|offset| (p, offset))).collect();
    offsets.extend(list_offsets(admin, &unknown, OffsetSpec::Latest).await?);
    Ok(offsets)
}

/// The offsets, moved to where there are records, and what is to be said of those that had to be.
pub async fn within_range(admin: &Admin, wanted: Offsets) -> anyhow::Result<(Offsets, Vec<String>)> {
    let partitions: Vec<TopicPartition> = wanted.iter().map(|(partition, _)| partition.clone()).collect();
    let starts = list_offsets(admin, &partitions, OffsetSpec::Earliest).await?;
    let ends = list_offsets(admin, &partitions, OffsetSpec::Latest).await?;
    let of = |offsets: Offsets| offsets.into_iter().collect::<HashMap<_, _>>();
    let (starts, ends) = (of(starts), of(ends));
    let mut moved = Vec::new();
    let offsets = wanted.into_iter().map(|(partition, offset)| {
        let range = (starts.get(&partition).copied(), ends.get(&partition).copied());
        let (offset, why) = clamped(offset, range);
        moved.extend(
            why.map(|why| format!("{why} offset for topic partition {partition}. Value will be set to {offset}")),
        );
        (partition, offset)
    });
    Ok((offsets.collect(), moved))
}

/// The nearest offset in a range, and why it is another one.
fn clamped(offset: i64, (start, end): (Option<i64>, Option<i64>)) -> (i64, Option<String>) {
    match (start, end) {
        (_, Some(end)) if offset > end => (end, Some(format!("New offset ({offset}) is higher than latest"))),
        (Some(start), _) if offset < start => (start, Some(format!("New offset ({offset}) is lower than earliest"))),
        _ => (offset, None),
    }
}

/// So many offsets after where the group stands.
///
/// Errors: it does not stand anywhere.
pub fn shifted(
    partition: TopicPartition,
    by: i64,
    committed: &BTreeMap<TopicPartition, i64>,
) -> Result<(TopicPartition, i64), UsageError> {
    let Some(offset) = committed.get(&partition) else {
        let rule = format!("Cannot shift offset for partition {partition} since there is no current committed offset");
        return Err(UsageError::Rule(rule));
    };
    Ok((partition, offset.saturating_add(by)))
}

/// Offsets as they are committed for a group.
pub fn to_commit(offsets: &[(TopicPartition, i64)]) -> Vec<(TopicPartition, CommittedOffset)> {
    let committed = |offset| CommittedOffset { offset, leader_epoch: -1, metadata: String::new() };
    offsets.iter().map(|(partition, offset)| (partition.clone(), committed(*offset))).collect()
}

/// Nanoseconds since 1970.
pub fn now_ns() -> i128 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i128::try_from(now.as_nanos()).unwrap_or(i128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stay_in_range() {
        assert_eq!(clamped(5, (Some(0), Some(9))), (5, None));
        let (offset, why) = clamped(10, (Some(0), Some(9)));
        assert_eq!((offset, why.as_deref()), (9, Some("New offset (10) is higher than latest")));
        assert_eq!(clamped(-3, (Some(2), Some(9))).0, 2);
    }

    #[test]
    fn only_what_is_committed_shifts() {
        let p = TopicPartition::new("t", 0);
        let committed = BTreeMap::from([(p.clone(), 7)]);
        assert_eq!(shifted(p.clone(), -2, &committed).unwrap(), (p, 5));
        let error = shifted(TopicPartition::new("t", 1), 1, &committed).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Cannot shift offset for partition t-1 since there is no current committed offset"
        );
    }
}
