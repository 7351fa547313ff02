//! Pure: which version of each API a connection uses: the highest that both ends know.
//!
//! The client speaks what Apache Kafka 3.9.1's clients speak, and of the APIs that came later what 4.4.0's do. Brokers since 0.10 list their versions (`ApiVersions`,
//! KIP-35); older ones close the connection on that request and are then taken for 0.8.2/0.9.

use super::ClientError;
use rkafka_protocol::{APIS, ApiKey, VersionRange, messages::ApiVersionsResponse};

/// What an 0.8.2 or 0.9 broker offers. The group APIs came with 0.9; an 0.8.2 broker closes the connection on them.
const BEFORE_API_VERSIONS: &[(ApiKey, i16)] = &[
    (ApiKey::Produce, 0),
    (ApiKey::Fetch, 0),
    (ApiKey::ListOffsets, 0),
    (ApiKey::Metadata, 0),
    (ApiKey::OffsetCommit, 1),
    (ApiKey::OffsetFetch, 1),
    (ApiKey::FindCoordinator, 0),
    (ApiKey::JoinGroup, 0),
    (ApiKey::Heartbeat, 0),
    (ApiKey::LeaveGroup, 0),
    (ApiKey::SyncGroup, 0),
    (ApiKey::DescribeGroups, 0),
    (ApiKey::ListGroups, 0),
];

/// The versions that one broker offers.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokerVersions {
    /// Sorted by key. APIs without a name here are dropped.
    ranges: Vec<(ApiKey, VersionRange)>,
    /// What it listed that this client has never heard of, by number.
    unknown: Vec<(i16, VersionRange)>,
    /// The features that its cluster has finalized, and their levels.
    features: Vec<(String, i16)>,
    /// Whether the broker listed its versions itself.
    pub listed: bool,
}

impl BrokerVersions {
    /// The versions that the broker listed.
    pub fn listed(response: &ApiVersionsResponse) -> BrokerVersions {
        let (mut ranges, mut unknown) = (Vec::new(), Vec::new());
        for api in &response.api_keys {
            let range = VersionRange { min: api.min_version, max: api.max_version };
            match ApiKey::from_i16(api.api_key) {
                Some(key) => ranges.push((key, range)),
                None => unknown.push((api.api_key, range)),
            }
        }
        ranges.sort_by_key(|(key, _)| *key as i16);
        unknown.sort_by_key(|(number, _)| *number);
        let features = response.finalized_features.iter();
        let features = features.map(|feature| (feature.name.clone(), feature.max_version_level)).collect();
        BrokerVersions { ranges, unknown, features, listed: true }
    }

    /// The level of a feature that the cluster had finalized when the connection was opened; 0 for none.
    pub fn finalized(&self, feature: &str) -> i16 {
        self.features.iter().find(|(name, _)| name == feature).map_or(0, |(_, level)| *level)
    }

    /// What the broker listed that this client has never heard of, by number.
    pub fn unknown(&self) -> &[(i16, VersionRange)] {
        &self.unknown
    }

    /// What a broker of release 3.9 is known to offer, to brokers that speak to it without asking.
    pub fn of_3_9() -> BrokerVersions {
        // The table is in the order of the keys.
        let ranges = APIS.iter().filter_map(|api| Some((api.key, api.in_3_9?))).collect();
        BrokerVersions { ranges, unknown: Vec::new(), features: Vec::new(), listed: false }
    }

    /// The versions of a broker too old to list them.
    pub(crate) fn before_api_versions() -> BrokerVersions {
        let mut ranges: Vec<_> =
            BEFORE_API_VERSIONS.iter().map(|&(key, max)| (key, VersionRange { min: 0, max })).collect();
        ranges.sort_by_key(|(key, _)| *key as i16);
        BrokerVersions { ranges, unknown: Vec::new(), features: Vec::new(), listed: false }
    }

    /// What the broker offers of `api`.
    pub fn offered(&self, api: ApiKey) -> Option<VersionRange> {
        let at = self.ranges.binary_search_by_key(&(api as i16), |(key, _)| *key as i16).ok()?;
        Some(self.ranges[at].1)
    }

    /// Every API that the broker offers and this build has a name for, in the order of their keys.
    pub fn all(&self) -> &[(ApiKey, VersionRange)] {
        &self.ranges
    }

    /// The highest version of `api` that both ends know.
    ///
    /// Errors: [`ClientError::UnsupportedVersion`] in the words of Kafka's `NodeApiVersions`.
    pub fn choose(&self, api: ApiKey) -> Result<i16, ClientError> {
        self.choose_within(api, own_range(api))
    }

    /// As [`BrokerVersions::choose`], for a caller that can use `own` only.
    pub fn choose_within(&self, api: ApiKey, own: VersionRange) -> Result<i16, ClientError> {
        let Some(theirs) = self.offered(api) else {
            return Err(ClientError::UnsupportedVersion(format!("The node does not support {}", api_constant(api))));
        };
        let version = own.max.min(theirs.max);
        if version < own.min || version < theirs.min {
            return Err(ClientError::UnsupportedVersion(format!(
                "The node does not support {} with version in range [{},{}]. The supported range is [{},{}].",
                api_constant(api),
                own.min,
                own.max,
                theirs.min,
                theirs.max
            )));
        }
        Ok(version)
    }
}

/// The versions of `api` that this client uses: those of 3.9.1's, or of 4.4.0's for an API that 3.9.1 does not have or has
/// as a draft only.
pub fn own_range(api: ApiKey) -> VersionRange {
    let facts = api.facts();
    let own = match is_draft_in_3_9(api) {
        true => facts.in_4_4,
        false => facts.in_3_9.map(|r| VersionRange { min: 0, max: r.max }).or(facts.in_4_4),
    };
    own.or(facts.versions).unwrap_or(VersionRange { min: 0, max: 0 })
}

/// What 3.9.1 has of share groups (KIP-932) was replaced, and no broker of that release offers it.
fn is_draft_in_3_9(api: ApiKey) -> bool {
    matches!(
        api,
        ApiKey::ShareGroupHeartbeat | ApiKey::ShareGroupDescribe | ApiKey::ShareFetch | ApiKey::ShareAcknowledge
    )
}

/// Kafka's constant for an API: `ListOffsets` is `LIST_OFFSETS`. One has another name since 4.1.
fn api_constant(api: ApiKey) -> String {
    if api == ApiKey::ListConfigResources {
        return "LIST_CLIENT_METRICS_RESOURCES".to_owned();
    }
    let mut text = String::new();
    for c in api.name().chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_uppercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::api_versions_response::ApiVersion;

    fn broker(api_key: ApiKey, min_version: i16, max_version: i16) -> BrokerVersions {
        let api = ApiVersion { api_key: api_key as i16, min_version, max_version, ..Default::default() };
        let unknown = ApiVersion { api_key: 30_000, ..Default::default() };
        BrokerVersions::listed(&ApiVersionsResponse { api_keys: vec![unknown, api], ..Default::default() })
    }

    #[test]
    fn the_highest_of_both() {
        assert_eq!(broker(ApiKey::Fetch, 0, 5).choose(ApiKey::Fetch), Ok(5));
        assert_eq!(broker(ApiKey::Fetch, 4, 99).choose(ApiKey::Fetch), Ok(17));
        assert_eq!(BrokerVersions::before_api_versions().choose(ApiKey::Metadata), Ok(0));
    }

    #[test]
    fn share_groups_as_released() {
        assert_eq!(broker(ApiKey::ShareFetch, 1, 2).choose(ApiKey::ShareFetch), Ok(2));
        assert_eq!(broker(ApiKey::ShareGroupHeartbeat, 1, 1).choose(ApiKey::ShareGroupHeartbeat), Ok(1));
        assert_eq!(broker(ApiKey::StreamsGroupDescribe, 0, 1).choose(ApiKey::StreamsGroupDescribe), Ok(1));
        assert!(broker(ApiKey::ShareFetch, 0, 0).choose(ApiKey::ShareFetch).is_err());
    }

    #[test]
    fn nothing_in_common() {
        let text = broker(ApiKey::ListOffsets, 50, 60).choose(ApiKey::ListOffsets).unwrap_err().to_string();
        assert!(text.starts_with("The node does not support LIST_OFFSETS with version in range [0,9]."), "{text}");
        let text = broker(ApiKey::Fetch, 0, 1).choose(ApiKey::CreateTopics).unwrap_err().to_string();
        assert_eq!(text, "The node does not support CREATE_TOPICS");
    }
}
