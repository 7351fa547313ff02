//! Pure: DescribeGroups and ListGroups.

use super::state::{Group, Member, Phase};
use rkafka_protocol::messages::{
    describe_groups_response::{DescribedGroup, DescribedGroupMember},
    list_groups_response::ListedGroup,
};

/// What "authorized operations" holds when nobody asked for them.
const OPERATIONS_NOT_ASKED_FOR: i32 = i32::MIN;

/// The group as DescribeGroups shows it; a group that does not exist is Dead. Members' subscriptions and assignments are
/// shown of a stable group only, because they belong to a generation.
pub fn describe(id: &str, group: Option<&Group>) -> DescribedGroup {
    let Some(group) = group else {
        return DescribedGroup {
            group_id: id.to_owned(),
            group_state: Phase::Dead.name().to_owned(),
            authorized_operations: OPERATIONS_NOT_ASKED_FOR,
            ..DescribedGroup::default()
        };
    };
    let stable = group.protocol().filter(|_| group.is(Phase::Stable));
    let member = |m: &Member| DescribedGroupMember {
        member_id: m.id.to_string(),
        group_instance_id: m.instance.as_deref().map(str::to_owned),
        client_id: m.client_id.clone(),
        client_host: m.client_host.clone(),
        member_metadata: stable.map(|p| m.metadata(p)).unwrap_or_default(),
        member_assignment: stable.map(|_| m.assignment.clone()).unwrap_or_default(),
        ..DescribedGroupMember::default()
    };
    DescribedGroup {
        group_id: id.to_owned(),
        group_state: group.phase().name().to_owned(),
        protocol_type: group.protocol_type().unwrap_or_default().to_owned(),
        protocol_data: stable.unwrap_or_default().to_owned(),
        members: group.members().values().map(member).collect(),
        authorized_operations: OPERATIONS_NOT_ASKED_FOR,
        ..DescribedGroup::default()
    }
}

/// The group's line in ListGroups, if it is in one of these states (in lower case; none means any).
pub fn list(group: &Group, states: &[String]) -> Option<ListedGroup> {
    let state = group.phase().name();
    let asked_for = states.is_empty() || states.iter().any(|s| s.eq_ignore_ascii_case(state));
    asked_for.then(|| ListedGroup {
        group_id: group.id().to_string(),
        protocol_type: group.protocol_type().unwrap_or_default().to_owned(),
        group_state: state.to_owned(),
        group_type: "classic".to_owned(),
        ..ListedGroup::default()
    })
}
