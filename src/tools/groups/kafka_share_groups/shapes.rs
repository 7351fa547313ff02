//! Pure: what `--output` shows of share groups.

use crate::terminal::output::{Field, Shape};
use rkafka_base::TopicPartition;
use rkafka_client::admin::{ShareGroup, ShareGroupMember, ShareOffset};
use serde_json::{Value, json};

/// A group of the list.
pub const LISTED: Shape<2> = Shape::rows(
    "share-groups --list",
    [
        Field::text("group", "The group's id."),
        Field::text("state", "Stable, Empty or Dead; null if the broker does not tell."),
    ],
);

/// A partition of a group.
pub const OFFSETS: Shape<6> = Shape::rows(
    "share-groups --describe",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("leaderEpoch", "The leader epoch that goes with the offset; null if it is not known."),
        Field::integer("startOffset", "The first offset that is not done with; null if the group has none here."),
        Field::integer("lag", "How many records are not done with; null if it is not known."),
    ],
);

/// A member.
pub const MEMBERS: Shape<7> = Shape::rows(
    "share-groups --describe --members",
    [
        Field::text("group", "The group's id."),
        Field::text("consumerId", "The member's id."),
        Field::text("host", "From where it connects, as the broker tells it."),
        Field::text("clientId", "Its `client.id`."),
        Field::integer("memberEpoch", "The epoch that it has come to."),
        Field::integer("partitionCount", "Of how many partitions it gets records."),
        Field::list("assignment", "These partitions: objects with `topic` and `partition`."),
    ],
);

/// A group.
pub const STATES: Shape<7> = Shape::rows(
    "share-groups --describe --state",
    [
        Field::text("group", "The group's id."),
        Field::integer("coordinatorId", "The id of the broker that coordinates it."),
        Field::text("coordinatorAddress", "That broker's `host:port`."),
        Field::text("state", "Stable, Empty or Dead."),
        Field::integer("groupEpoch", "How often its members or what they want have changed."),
        Field::integer("assignmentEpoch", "The group epoch that the assignment is of."),
        Field::integer("members", "How many members it has."),
    ],
);

/// Where a partition's offset goes.
pub const RESET: Shape<4> = Shape::rows(
    "share-groups --reset-offsets",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("newOffset", "Where the group goes on; with `--execute` it has been set."),
    ],
);

/// What became of a group.
pub const DELETED: Shape<2> = Shape::rows(
    "share-groups --delete",
    [
        Field::text("group", "The group's id."),
        Field::text("error", "Why it could not be deleted; null if it has been."),
    ],
);

/// What became of a group's offsets of a topic.
pub const DELETED_OFFSETS: Shape<3> = Shape::rows(
    "share-groups --delete-offsets",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::text("error", "Why they could not be deleted; null if they have been."),
    ],
);

pub fn offset(group: &str, partition: &TopicPartition, offset: Option<ShareOffset>) -> [Value; 6] {
    [
        json!(group),
        json!(&*partition.topic),
        json!(partition.partition),
        json!(offset.and_then(|offset| offset.leader_epoch)),
        json!(offset.map(|offset| offset.start)),
        json!(offset.and_then(|offset| offset.lag)),
    ]
}

pub fn member(group: &str, member: &ShareGroupMember) -> [Value; 7] {
    let mut partitions: Vec<&TopicPartition> = member.assignment.iter().collect();
    partitions.sort();
    let object = |p: &TopicPartition| json!({ "topic": &*p.topic, "partition": p.partition });
    [
        json!(group),
        json!(member.member_id),
        json!(member.host),
        json!(member.client_id),
        json!(member.epoch),
        json!(partitions.len()),
        partitions.into_iter().map(object).collect(),
    ]
}

pub fn state(group: &ShareGroup) -> [Value; 7] {
    let (id, address) = &group.coordinator;
    [
        json!(group.group_id),
        json!(id),
        json!(address),
        json!(group.state),
        json!(group.group_epoch),
        json!(group.assignment_epoch),
        json!(group.members.len()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::groups::moving;

    #[test]
    fn rows() {
        let of = |start, leader_epoch, lag| Some(ShareOffset { start, leader_epoch, lag });
        let partition = TopicPartition::new("t", 1);
        assert_eq!(offset("g", &partition, of(5, None, Some(2)))[2..], [json!(1), json!(null), json!(5), json!(2)]);
        assert_eq!(offset("g", &partition, None)[3..], [json!(null), json!(null), json!(null)]);
        let one = ShareGroupMember {
            member_id: "m".into(),
            epoch: 3,
            client_id: "c".into(),
            host: "/h".into(),
            assignment: vec![TopicPartition::new("u", 0), partition.clone()],
        };
        let partitions = json!([{ "topic": "t", "partition": 1 }, { "topic": "u", "partition": 0 }]);
        assert_eq!(member("g", &one)[4..], [json!(3), json!(2), partitions]);
        assert_eq!(
            moving::rows(&vec![("g".into(), vec![(partition, 9)])]),
            [[json!("g"), json!("t"), json!(1), json!(9)]]
        );
    }
}
