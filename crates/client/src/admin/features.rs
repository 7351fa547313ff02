//! Features of a KRaft cluster: which levels its nodes support, which are in force, and changing those.

use super::{Admin, ItemResult, Route, item};
use crate::ClientError;
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{
        ApiVersionsRequest, UpdateFeaturesRequest, api_versions_response::SupportedFeatureKey,
        update_features_request::FeatureUpdateKey,
    },
};
use std::collections::BTreeMap;

/// Which way a feature may go (`FeatureUpdate.UpgradeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureChange {
    Upgrade = 1,
    /// Only where no metadata gets lost.
    SafeDowngrade = 2,
    UnsafeDowngrade = 3,
}

/// A feature as a node tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    pub name: String,
    /// The lowest and highest level that the node supports.
    pub supported: (i16, i16),
    /// The level in force, 0 for none.
    pub finalized: i16,
}

/// The features of a node, sorted by name. A cluster on ZooKeeper has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    pub features: Vec<Feature>,
    /// Which change was the last one, if the node knows.
    pub epoch: Option<i64>,
}

/// The first version of ApiVersions that tells of features.
const WITH_FEATURES: i16 = 3;
/// The first version of UpdateFeatures that can only try, and tells safe from unsafe.
const WITH_KINDS: i16 = 1;

impl Admin {
    /// What a node (`None`: any broker) tells of features.
    pub async fn describe_features(&self, node: Option<i32>) -> Result<Features, ClientError> {
        let route = node.map_or(Route::Any, Route::Node);
        let attempt = || async {
            let connection = self.connection(&route).await?;
            let version = connection.versions().choose(ApiKey::ApiVersions)?;
            if version < WITH_FEATURES {
                return Ok(Features::default());
            }
            let request = ApiVersionsRequest {
                client_software_name: "rkafka".to_owned(),
                client_software_version: env!("CARGO_PKG_VERSION").to_owned(),
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            item(response.error_code, None, ())?;
            let level =
                |name: &str| response.finalized_features.iter().find(|f| f.name == name).map(|f| f.max_version_level);
            let feature = |f: &SupportedFeatureKey| Feature {
                name: f.name.clone(),
                supported: (f.min_version, f.max_version),
                finalized: level(&f.name).unwrap_or(0),
            };
            let mut features: Vec<Feature> = response.supported_features.iter().map(feature).collect();
            features.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(Features { features, epoch: Some(response.finalized_features_epoch).filter(|epoch| *epoch >= 0) })
        };
        self.cluster.retrying("describeFeatures", self.deadline(), attempt).await
    }

    /// Sets levels of features (0 takes one out of force), or with `validate_only` only checks whether that may be done.
    pub async fn update_features(
        &self,
        levels: &BTreeMap<String, i16>,
        change: FeatureChange,
        validate_only: bool,
    ) -> Result<BTreeMap<String, ItemResult<()>>, ClientError> {
        let attempt = || async {
            let connection = self.connection(&Route::Controller).await?;
            let version = connection.versions().choose(ApiKey::UpdateFeatures)?;
            if version < WITH_KINDS && (validate_only || change == FeatureChange::UnsafeDowngrade) {
                let text = "The broker is too old to try a change of features, or to force one";
                return Err(ClientError::UnsupportedVersion(text.to_owned()));
            }
            let by_kind = version >= WITH_KINDS;
            let update = |(feature, level): (&String, &i16)| FeatureUpdateKey {
                feature: feature.clone(),
                max_version_level: *level,
                allow_downgrade: !by_kind && change != FeatureChange::Upgrade,
                upgrade_type: if by_kind { change as i8 } else { FeatureChange::Upgrade as i8 },
                ..Default::default()
            };
            let request = UpdateFeaturesRequest {
                timeout_ms: self.operation_timeout_ms(),
                feature_updates: levels.iter().map(update).collect(),
                validate_only,
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            item(response.error_code, response.error_message.clone().as_deref(), response)
        };
        let response = self.cluster.retrying("updateFeatures", self.deadline(), attempt).await?;
        let result = |name: &String| match response.results.iter().find(|r| r.feature == *name) {
            Some(r) => item(r.error_code, r.error_message.as_deref(), ()),
            None => {
                let message = "The server response did not contain a result for the feature";
                Err(ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some(message)))
            }
        };
        Ok(levels.keys().map(|name| (name.clone(), result(name))).collect())
    }
}
