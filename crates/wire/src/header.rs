//! Which header version goes with which request (protocol guide, "Request and response headers"; KIP-482, KIP-511).

use crate::messages::ApiKey;

/// The request header's version: 2 for flexible requests, 1 before, 0 for the first ControlledShutdown.
pub fn request_header_version(key: ApiKey, version: i16) -> i16 {
    match (key, version) {
        (ApiKey::ControlledShutdown, 0) => 0,
        _ if version >= key.facts().flexible_since => 2,
        _ => 1,
    }
}

/// The response header's version: 1 for flexible responses, except ApiVersions, whose header never has tags, since
/// the client cannot know yet what the server speaks.
pub fn response_header_version(key: ApiKey, version: i16) -> i16 {
    match key {
        ApiKey::ApiVersions => 0,
        _ => i16::from(version >= key.facts().flexible_since),
    }
}
