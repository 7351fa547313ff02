//! Pure: what `--output` shows of streams groups.

use crate::terminal::output::{Field, Shape};
use rkafka_client::admin::{Assignment, StreamsGroup, StreamsGroupMember, TaskIds};
use serde_json::{Value, json};

/// A group of the list.
pub const LISTED: Shape<2> = Shape::rows(
    "streams-groups --list",
    [
        Field::text("group", "The group's id: the application's."),
        Field::text("state", "Stable, Empty, NotReady and so on; null if the broker does not tell."),
    ],
);

/// An input partition of a group.
pub const OFFSETS: Shape<7> = Shape::rows(
    "streams-groups --describe",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("currentOffset", "What the group has committed; null if it has committed nothing."),
        Field::integer("leaderEpoch", "The leader epoch that goes with it; null if it is not known."),
        Field::integer("logEndOffset", "The offset of the next record that is written."),
        Field::integer("lag", "Records from there to the end, or from the first that is there."),
    ],
);

/// A member.
pub const MEMBERS: Shape<10> = Shape::rows(
    "streams-groups --describe --members",
    [
        Field::text("group", "The group's id."),
        Field::integer("targetAssignmentEpoch", "The group epoch that the target is of."),
        Field::integer("topologyEpoch", "Which topology the group has."),
        Field::text("memberId", "The member's id."),
        Field::text("protocol", "streams, or classic for a member that has not been upgraded yet."),
        Field::integer("memberEpoch", "The epoch that it has come to."),
        Field::text("processId", "The process that it is a thread of."),
        Field::text("clientId", "Its `client.id`."),
        Field::object(
            "assignment",
            "Its tasks: `active`, `standby` and `warmup`, lists of `subtopology` and `partitions`.",
        ),
        Field::object("target", "The tasks that it is to have, likewise."),
    ],
);

/// A group.
pub const STATES: Shape<8> = Shape::rows(
    "streams-groups --describe --state",
    [
        Field::text("group", "The group's id."),
        Field::integer("coordinatorId", "The id of the broker that coordinates it."),
        Field::text("coordinatorAddress", "That broker's `host:port`."),
        Field::text("assignor", "How tasks are shared out; null if the broker does not tell."),
        Field::text("state", "Stable, Empty, NotReady, Assigning, Reconciling or Dead."),
        Field::integer("groupEpoch", "How often its members or what they want have changed."),
        Field::integer("targetAssignmentEpoch", "The group epoch that the target assignment is of."),
        Field::integer("members", "How many members it has."),
    ],
);

/// The topology of a group.
pub const TOPOLOGY: Shape<2> = Shape::rows(
    "streams-groups --describe --topology",
    [
        Field::text("group", "The group's id."),
        Field::text("topology", "Its subtopologies and their nodes, as Kafka Streams prints them; several lines."),
    ],
);

/// Where a partition's offset goes.
pub const RESET: Shape<4> = Shape::rows(
    "streams-groups --reset-offsets",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("newOffset", "Where the group goes on; with `--execute` it has been committed."),
    ],
);

/// What became of a group.
pub const DELETED: Shape<4> = Shape::rows(
    "streams-groups --delete",
    [
        Field::text("group", "The group's id."),
        Field::text("error", "Why it could not be deleted; null if it has been."),
        Field::list("internalTopics", "The topics of its own that were to be deleted with it."),
        Field::text("internalTopicsError", "Why one of these could not be deleted; null if all have been."),
    ],
);

/// What became of a partition's offset.
pub const DELETED_OFFSETS: Shape<4> = Shape::rows(
    "streams-groups --delete-offsets",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number; null for a topic that was not found."),
        Field::text("error", "Why the offset could not be deleted; null if it has been."),
    ],
);

pub fn member(group: &StreamsGroup, member: &StreamsGroupMember) -> [Value; 10] {
    [
        json!(group.group_id),
        json!(group.assignment_epoch),
        json!(group.topology_epoch),
        json!(member.member_id),
        json!(if member.is_classic { "classic" } else { "streams" }),
        json!(member.epoch),
        json!(member.process_id),
        json!(member.client_id),
        tasks(&member.assignment),
        tasks(&member.target),
    ]
}

fn tasks(assignment: &Assignment) -> Value {
    let task = |task: &TaskIds| json!({ "subtopology": task.subtopology_id, "partitions": task.partitions });
    let list = |tasks: &[TaskIds]| -> Value { tasks.iter().map(task).collect() };
    json!({
        "active": list(&assignment.active_tasks),
        "standby": list(&assignment.standby_tasks),
        "warmup": list(&assignment.warmup_tasks),
    })
}

pub fn state(group: &StreamsGroup) -> [Value; 8] {
    let (id, address) = &group.coordinator;
    [
        json!(group.group_id),
        json!(id),
        json!(address),
        json!(group.assignor),
        json!(group.state),
        json!(group.group_epoch),
        json!(group.assignment_epoch),
        json!(group.members.len()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_of_each_kind() {
        let ids = |partitions: &[i32]| {
            vec![TaskIds { subtopology_id: "0".into(), partitions: partitions.to_vec(), ..TaskIds::default() }]
        };
        let assignment = Assignment { active_tasks: ids(&[1, 2]), standby_tasks: ids(&[0]), ..Assignment::default() };
        let one = |partitions: &[i32]| json!([{ "subtopology": "0", "partitions": partitions }]);
        assert_eq!(tasks(&assignment), json!({ "active": one(&[1, 2]), "standby": one(&[0]), "warmup": [] }));
    }
}
