//! Pure: whether brokers offer what this client asks for, and whether all offer the same.

use super::finding::{Finding, some_of};
use rkafka_client::BrokerVersions;
use rkafka_protocol::{APIS, ApiKey};

const CHECK: &str = "versions";

/// Without these nothing can be produced or consumed.
const RECORDS: &[ApiKey] = &[
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::SyncGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
];
/// What else the tools ask of every broker.
const ADMINISTRATION: &[ApiKey] = &[
    ApiKey::AlterPartitionReassignments,
    ApiKey::AlterReplicaLogDirs,
    ApiKey::CreatePartitions,
    ApiKey::CreateTopics,
    ApiKey::DeleteGroups,
    ApiKey::DeleteRecords,
    ApiKey::DeleteTopics,
    ApiKey::DescribeCluster,
    ApiKey::DescribeConfigs,
    ApiKey::DescribeGroups,
    ApiKey::DescribeLogDirs,
    ApiKey::ElectLeaders,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::ListGroups,
    ApiKey::ListPartitionReassignments,
    ApiKey::OffsetDelete,
];

/// Judges what each broker offers.
pub fn judge(brokers: &[(i32, &BrokerVersions)]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = brokers.iter().flat_map(|(id, versions)| of_broker(*id, versions)).collect();
    findings.extend(mixture(brokers));
    if findings.is_empty() && !brokers.is_empty() {
        let what = "every broker offers all that this client asks for".to_owned();
        findings.push(Finding::ok(CHECK, "", what));
    }
    findings
}

fn of_broker(id: i32, versions: &BrokerVersions) -> Vec<Finding> {
    let place = format!("broker {id}");
    let missing = |apis: &[ApiKey]| -> Vec<String> {
        apis.iter().filter_map(|api| versions.choose(*api).err()).map(|error| error.to_string()).collect()
    };
    let (records, administration) = (missing(RECORDS), missing(ADMINISTRATION));
    let mut findings = Vec::new();
    if !records.is_empty() {
        let what = format!("records cannot be produced or consumed: {}", some_of(&records));
        let mend = "use a client and a broker of closer releases (this client: 0.8.2 to today's)";
        findings.push(Finding::error(CHECK, place.clone(), what, mend));
    }
    if !administration.is_empty() {
        let what = format!("some tools will not work: {}", some_of(&administration));
        findings.push(Finding::warning(CHECK, place, what, "update the broker"));
    }
    findings
}

/// Brokers that offer different versions, as in the middle of an update.
fn mixture(brokers: &[(i32, &BrokerVersions)]) -> Option<Finding> {
    let (first, others) = brokers.split_first()?;
    for (id, versions) in others {
        let differs = |api: ApiKey| first.1.offered(api) != versions.offered(api);
        let Some(api) = APIS.iter().map(|api| api.key).find(|api| differs(*api)) else { continue };
        let range = |versions: &BrokerVersions| match versions.offered(api) {
            Some(range) => format!("{} to {}", range.min, range.max),
            None => "not at all".to_owned(),
        };
        let what = format!(
            "brokers {} and {id} are of different releases: {} {} and {}",
            first.0,
            api.name(),
            range(first.1),
            range(versions)
        );
        let mend = "finish the update; until then clients use what both know";
        return Some(Finding::warning(CHECK, format!("broker {id}"), what, mend));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::watching::doctor::finding::Severity;
    use rkafka_protocol::messages::{ApiVersionsResponse, api_versions_response::ApiVersion};

    fn offering(except: &[ApiKey], fetch_max: i16) -> BrokerVersions {
        let apis = APIS.iter().filter(|api| !except.contains(&api.key));
        let api = |api_key: ApiKey| ApiVersion {
            api_key: api_key as i16,
            max_version: if api_key == ApiKey::Fetch { fetch_max } else { 99 },
            ..Default::default()
        };
        let api_keys = apis.map(|facts| api(facts.key)).collect();
        BrokerVersions::listed(&ApiVersionsResponse { api_keys, ..Default::default() })
    }

    #[test]
    fn what_is_missing_and_what_differs() {
        let all = offering(&[], 17);
        assert_eq!(judge(&[(1, &all), (2, &all)])[0].severity, Severity::Ok);
        let older = offering(&[], 12);
        let what = "brokers 1 and 2 are of different releases: Fetch 0 to 17 and 0 to 12";
        assert_eq!(judge(&[(1, &all), (2, &older)])[0].what, what);
        let poor = offering(&[ApiKey::Fetch, ApiKey::DeleteRecords], 17);
        let found = judge(&[(1, &poor)]);
        assert_eq!(found[0].what, "records cannot be produced or consumed: The node does not support FETCH");
        assert_eq!(
            (found[1].severity, found[1].what.as_str()),
            (Severity::Warning, "some tools will not work: The node does not support DELETE_RECORDS")
        );
    }
}
