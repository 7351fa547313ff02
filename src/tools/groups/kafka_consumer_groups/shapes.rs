//! Pure: what `--output` shows of the list and the descriptions.

use crate::terminal::output::{Field, Shape};

/// A group of the list.
pub const LISTED: Shape<4> = Shape::rows(
    "consumer-groups --list",
    [
        Field::text("group", "The group's id."),
        Field::text("type", "Classic or Consumer; null if the brokers do not tell."),
        Field::text("protocol", "What the members agree on by: `consumer`; may be empty."),
        Field::text("state", "Stable, Empty and so on; null if the brokers do not tell."),
    ],
);

/// A partition of a group.
pub const OFFSETS: Shape<9> = Shape::rows(
    "consumer-groups --describe",
    [
        Field::text("group", "The group's id."),
        Field::text("topic", "The topic's name."),
        Field::integer("partition", "The partition's number."),
        Field::integer("currentOffset", "What the group has committed; null if it has committed nothing."),
        Field::integer("logEndOffset", "The offset of the next record that is written."),
        Field::integer("lag", "Records between the two; null if the group has committed nothing."),
        Field::text("consumerId", "The id of the member that has the partition; null if none has it."),
        Field::text("host", "From where that member connects, as the broker tells it; null without one."),
        Field::text("clientId", "That member's `client.id`; null without one."),
    ],
);

/// A member.
pub const MEMBERS: Shape<7> = Shape::rows(
    "consumer-groups --describe --members",
    [
        Field::text("group", "The group's id."),
        Field::text("consumerId", "The member's id."),
        Field::text("groupInstanceId", "Its `group.instance.id`; null without one."),
        Field::text("host", "From where it connects, as the broker tells it."),
        Field::text("clientId", "Its `client.id`."),
        Field::integer("partitionCount", "How many partitions it has."),
        Field::list("assignment", "The partitions: objects with `topic` and `partition`."),
    ],
);

/// A group.
pub const STATES: Shape<6> = Shape::rows(
    "consumer-groups --describe --state",
    [
        Field::text("group", "The group's id."),
        Field::integer("coordinatorId", "The id of the broker that coordinates it."),
        Field::text("coordinatorAddress", "That broker's `host:port`."),
        Field::text("assignmentStrategy", "How partitions are shared out; empty without members."),
        Field::text("state", "Stable, Empty, PreparingRebalance, CompletingRebalance, Assigning or Reconciling."),
        Field::integer("members", "How many members it has."),
    ],
);
