//! What handlers may use, grouped by area: a handler gets one of these contexts, not the broker.

use crate::{
    admin::AdminContext, controller_requests::ControllerRequests, data::DataContext, groups::GroupContext,
    metadata_cache::MetadataCache,
};
use std::sync::Arc;

/// One context per area of the broker. Start-up builds it once; requests share it.
pub struct Services {
    /// For the handlers that only read the cluster's metadata.
    pub metadata: Arc<MetadataCache>,
    /// For records and what is known of them.
    pub data: Arc<DataContext>,
    /// For consumer groups and their offsets.
    pub groups: Arc<GroupContext>,
    /// For topics, settings, the cluster, and producer ids.
    pub admin: Arc<AdminContext>,
    /// For what the controller says.
    pub controller_requests: Arc<ControllerRequests>,
}
