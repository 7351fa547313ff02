//! Delegation tokens (KIP-48): secrets by which others act for a principal, for a while.

use super::{Admin, Route, item};
use crate::ClientError;
use bytes::Bytes;
use rkafka_protocol::{
    ApiKey, ErrorCode,
    messages::{
        CreateDelegationTokenRequest, DescribeDelegationTokenRequest, ExpireDelegationTokenRequest,
        RenewDelegationTokenRequest, create_delegation_token_request::CreatableRenewers,
        describe_delegation_token_request::DescribeDelegationTokenOwner,
        describe_delegation_token_response::DescribedDelegationToken,
    },
};

/// A principal: its type (`User`) and its name.
pub type Principal = (String, String);

/// A token. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationToken {
    pub id: String,
    /// The secret.
    pub hmac: Bytes,
    /// Who is acted for.
    pub owner: Principal,
    /// Who asked for it.
    pub requester: Principal,
    /// Who may prolong it.
    pub renewers: Vec<Principal>,
    pub issued_ms: i64,
    pub expires_ms: i64,
    /// Until when it can be prolonged.
    pub max_ms: i64,
}

/// The first versions that tell owner and requester apart (KIP-373).
const WITH_OWNER: i16 = 3;

impl Admin {
    /// Makes a token for `owner`, or for the caller. It lives for `max_lifetime_ms` at most (−1: as long as the broker lets
    /// it).
    pub async fn create_delegation_token(
        &self,
        owner: Option<&Principal>,
        renewers: &[Principal],
        max_lifetime_ms: i64,
    ) -> Result<DelegationToken, ClientError> {
        let attempt = || async {
            let connection = self.connection(&Route::Any).await?;
            let version = connection.versions().choose(ApiKey::CreateDelegationToken)?;
            if owner.is_some() && version < WITH_OWNER {
                let text = "The broker is too old to make a token for another principal";
                return Err(ClientError::UnsupportedVersion(text.to_owned()));
            }
            let renewer = |(principal_type, principal_name): &Principal| CreatableRenewers {
                principal_type: principal_type.clone(),
                principal_name: principal_name.clone(),
                ..Default::default()
            };
            let request = CreateDelegationTokenRequest {
                owner_principal_type: owner.map(|(kind, _)| kind.clone()),
                owner_principal_name: owner.map(|(_, name)| name.clone()),
                renewers: renewers.iter().map(renewer).collect(),
                max_lifetime_ms,
                ..Default::default()
            };
            let response = connection.call_at(&request, version).await?;
            let own: Principal = (response.principal_type, response.principal_name);
            let asked = (response.token_requester_principal_type, response.token_requester_principal_name);
            let token = DelegationToken {
                id: response.token_id,
                hmac: response.hmac,
                requester: if version < WITH_OWNER { own.clone() } else { asked },
                owner: own,
                renewers: renewers.to_vec(),
                issued_ms: response.issue_timestamp_ms,
                expires_ms: response.expiry_timestamp_ms,
                max_ms: response.max_timestamp_ms,
            };
            item(response.error_code, None, token)
        };
        self.cluster.retrying("createDelegationToken", self.deadline(), attempt).await
    }

    /// Prolongs a token by `period_ms` (−1: by what the broker is set to). Gives back when it expires.
    pub async fn renew_delegation_token(&self, hmac: &Bytes, period_ms: i64) -> Result<i64, ClientError> {
        let request =
            |_| RenewDelegationTokenRequest { hmac: hmac.clone(), renew_period_ms: period_ms, ..Default::default() };
        let response = self.call("renewToken", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, None, response.expiry_timestamp_ms)
    }

    /// Has a token expire in `period_ms` (a negative one: at once). Gives back when it expires.
    pub async fn expire_delegation_token(&self, hmac: &Bytes, period_ms: i64) -> Result<i64, ClientError> {
        let request = |_| ExpireDelegationTokenRequest {
            hmac: hmac.clone(),
            expiry_time_period_ms: period_ms,
            ..Default::default()
        };
        let response = self.call("expireToken", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, None, response.expiry_timestamp_ms)
    }

    /// The tokens of `owners`; of all whose tokens the caller may see, if none is named.
    pub async fn describe_delegation_tokens(&self, owners: &[Principal]) -> Result<Vec<DelegationToken>, ClientError> {
        let owner = |(principal_type, principal_name): &Principal| DescribeDelegationTokenOwner {
            principal_type: principal_type.clone(),
            principal_name: principal_name.clone(),
            ..Default::default()
        };
        let named = (!owners.is_empty()).then(|| owners.iter().map(owner).collect::<Vec<_>>());
        let request = |_| DescribeDelegationTokenRequest { owners: named.clone(), ..Default::default() };
        let response = self.call("describeDelegationToken", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, None, response.tokens.into_iter().map(described).collect())
    }
}

fn described(token: DescribedDelegationToken) -> DelegationToken {
    let owner: Principal = (token.principal_type, token.principal_name);
    let requester = (token.token_requester_principal_type, token.token_requester_principal_name);
    DelegationToken {
        id: token.token_id,
        hmac: token.hmac,
        // Old brokers do not tell it apart.
        requester: if requester.0.is_empty() { owner.clone() } else { requester },
        owner,
        renewers: token.renewers.into_iter().map(|r| (r.principal_type, r.principal_name)).collect(),
        issued_ms: token.issue_timestamp,
        expires_ms: token.expiry_timestamp,
        max_ms: token.max_timestamp,
    }
}
