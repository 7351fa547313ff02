//! ApiVersions 0–4 (KIP-35, KIP-511): what this broker serves, derived from the HANDLERS table.
//!
//! An unknown version is answered in version 0 with UNSUPPORTED_VERSION and the range of ApiVersions itself.
//! Left out: supported and finalized features, of which a broker in ZooKeeper mode has none.

use super::HANDLERS;
use crate::{
    metadata_cache::MetadataCache,
    request::{ReplyFuture, RequestContext, encode},
};
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{ApiVersionsRequest, ApiVersionsResponse, api_versions_response::ApiVersion},
};
use std::sync::Arc;

/// The epoch of `/feature` as a cluster in ZooKeeper mode reports it.
const FINALIZED_FEATURES_EPOCH: i64 = 0;

pub async fn handle(
    _metadata: Arc<MetadataCache>,
    request_context: RequestContext,
    request: ApiVersionsRequest,
) -> ApiVersionsResponse {
    let names_itself = is_valid_name(&request.client_software_name) && is_valid_name(&request.client_software_version);
    if request_context.version >= 3 && !names_itself {
        return ApiVersionsResponse { error_code: ErrorCode::INVALID_REQUEST.0, ..Default::default() };
    }
    ApiVersionsResponse {
        api_keys: HANDLERS.iter().map(|h| api_version(h.key, h.min, h.max)).collect(),
        finalized_features_epoch: FINALIZED_FEATURES_EPOCH,
        ..Default::default()
    }
}

/// The answer to an ApiVersions request of a version that we do not know.
pub fn unsupported(request_context: RequestContext) -> ReplyFuture {
    let own = HANDLERS.iter().filter(|h| h.key == ApiKey::ApiVersions);
    let response = ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION.0,
        api_keys: own.map(|h| api_version(h.key, h.min, h.max)).collect(),
        ..Default::default()
    };
    let frame = encode(ApiKey::ApiVersions, 0, request_context.correlation_id, &response);
    Box::pin(std::future::ready(frame))
}

fn api_version(key: ApiKey, min_version: i16, max_version: i16) -> ApiVersion {
    ApiVersion { api_key: key as i16, min_version, max_version, ..Default::default() }
}

/// KIP-511: letters, digits, dots and dashes, not at the ends.
fn is_valid_name(name: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_alphanumeric();
    let bytes = name.as_bytes();
    let ends = bytes.first().zip(bytes.last());
    ends.is_some_and(|(first, last)| alphanumeric(*first) && alphanumeric(*last))
        && bytes.iter().all(|b| alphanumeric(*b) || matches!(b, b'-' | b'.'))
}
