//! ACLs: who may do what with which resource.

use super::{Admin, ItemResult, Route, item};
use crate::ClientError;
use rkafka_base::acl::{
    AccessControlEntry, AclBinding, AclFilter, AclOperation, AclPermission, PatternType, ResourcePattern, ResourceType,
};
use rkafka_protocol::{
    ErrorCode,
    messages::{
        CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest, create_acls_request::AclCreation,
        delete_acls_request::DeleteAclsFilter, delete_acls_response::DeleteAclsMatchingAcl,
        describe_acls_response::DescribeAclsResource,
    },
};

/// A version before patterns (KIP-290), whose ACLs are all literal ones.
const BEFORE_PATTERNS: i16 = 0;

impl Admin {
    /// The ACLs that `filter` means, in the order of the answer.
    ///
    /// Errors: `SECURITY_DISABLED` if the broker has no authorizer.
    pub async fn describe_acls(&self, filter: &AclFilter) -> Result<Vec<AclBinding>, ClientError> {
        let request = |version| {
            let asked = filter_fields(filter, version);
            DescribeAclsRequest {
                resource_type_filter: asked.resource_type_filter,
                resource_name_filter: asked.resource_name_filter,
                pattern_type_filter: asked.pattern_type_filter,
                principal_filter: asked.principal_filter,
                host_filter: asked.host_filter,
                operation: asked.operation,
                permission_type: asked.permission_type,
                ..Default::default()
            }
        };
        let response = self.call("describeAcls", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        Ok(response.resources.into_iter().flat_map(of_resource).collect())
    }

    /// Adds ACLs; one result each. Adding one that is there is no error.
    pub async fn create_acls(&self, acls: &[AclBinding]) -> Result<Vec<ItemResult<()>>, ClientError> {
        let creation = |AclBinding { pattern, entry }: &AclBinding| AclCreation {
            resource_type: pattern.resource_type.code(),
            resource_name: pattern.name.clone(),
            resource_pattern_type: pattern.pattern_type.code(),
            principal: entry.principal.clone(),
            host: entry.host.clone(),
            operation: entry.operation.code(),
            permission_type: entry.permission.code(),
            ..Default::default()
        };
        let request = |_| CreateAclsRequest { creations: acls.iter().map(creation).collect(), ..Default::default() };
        let response = self.call("createAcls", Route::Any, request, |_| ErrorCode::NONE).await?;
        let mut results = response.results.into_iter().map(|r| item(r.error_code, r.error_message.as_deref(), ()));
        Ok(acls.iter().map(|_| results.next().unwrap_or_else(|| Err(no_answer("the ACL")))).collect())
    }

    /// Removes the ACLs that each filter means; of each filter which they were, and of each of those whether it is gone.
    pub async fn delete_acls(
        &self,
        filters: &[AclFilter],
    ) -> Result<Vec<ItemResult<Vec<ItemResult<AclBinding>>>>, ClientError> {
        let request = |version| DeleteAclsRequest {
            filters: filters.iter().map(|filter| filter_fields(filter, version)).collect(),
            ..Default::default()
        };
        let response = self.call("deleteAcls", Route::Any, request, |_| ErrorCode::NONE).await?;
        let mut results = response.filter_results.into_iter().map(|r| {
            let matching = r.matching_acls.into_iter().map(of_matching).collect();
            item(r.error_code, r.error_message.as_deref(), matching)
        });
        Ok(filters.iter().map(|_| results.next().unwrap_or_else(|| Err(no_answer("the filter")))).collect())
    }
}

fn no_answer(what: &str) -> ClientError {
    ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, Some(&format!("The broker did not answer for {what}")))
}

/// A filter as the requests have it, at `version`.
fn filter_fields(filter: &AclFilter, version: i16) -> DeleteAclsFilter {
    let entry = filter.entry.as_ref();
    // Old brokers have literal ACLs alone, so those are all. What else is asked for cannot be written at that version.
    let pattern_type = match filter.pattern_type {
        PatternType::Any if version <= BEFORE_PATTERNS => PatternType::Literal,
        other => other,
    };
    DeleteAclsFilter {
        resource_type_filter: filter.resource_type.code(),
        resource_name_filter: filter.name.clone(),
        pattern_type_filter: pattern_type.code(),
        principal_filter: entry.map(|entry| entry.principal.clone()),
        host_filter: entry.map(|entry| entry.host.clone()),
        operation: entry.map_or(AclOperation::Any, |entry| entry.operation).code(),
        permission_type: entry.map_or(AclPermission::Any, |entry| entry.permission).code(),
        ..Default::default()
    }
}

fn of_resource(resource: DescribeAclsResource) -> impl Iterator<Item = AclBinding> {
    let pattern = ResourcePattern {
        resource_type: ResourceType::from_code(resource.resource_type),
        name: resource.resource_name,
        pattern_type: PatternType::from_code(resource.pattern_type),
    };
    resource.acls.into_iter().map(move |acl| AclBinding {
        pattern: pattern.clone(),
        entry: AccessControlEntry {
            principal: acl.principal,
            host: acl.host,
            operation: AclOperation::from_code(acl.operation),
            permission: AclPermission::from_code(acl.permission_type),
        },
    })
}

fn of_matching(acl: DeleteAclsMatchingAcl) -> ItemResult<AclBinding> {
    let binding = AclBinding {
        pattern: ResourcePattern {
            resource_type: ResourceType::from_code(acl.resource_type),
            name: acl.resource_name,
            pattern_type: PatternType::from_code(acl.pattern_type),
        },
        entry: AccessControlEntry {
            principal: acl.principal,
            host: acl.host,
            operation: AclOperation::from_code(acl.operation),
            permission: AclPermission::from_code(acl.permission_type),
        },
    };
    item(acl.error_code, acl.error_message.as_deref(), binding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_on_the_wire() {
        let every = filter_fields(&AclFilter::EVERY, 3);
        assert_eq!((every.resource_type_filter, every.pattern_type_filter, every.operation), (1, 1, 1));
        assert_eq!((every.resource_name_filter, every.principal_filter, every.permission_type), (None, None, 1));
        // Literal ones are all that there are.
        assert_eq!(filter_fields(&AclFilter::EVERY, 0).pattern_type_filter, PatternType::Literal.code());
    }
}
