//! SCRAM credentials of users, as far as clients may see and set them: salts and passwords go one way only.

use super::{Admin, ItemResult, Route, item};
use crate::ClientError;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterUserScramCredentialsRequest, DescribeUserScramCredentialsRequest,
        alter_user_scram_credentials_request::{ScramCredentialDeletion, ScramCredentialUpsertion},
        describe_user_scram_credentials_request::UserName,
        describe_user_scram_credentials_response::DescribeUserScramCredentialsResult,
    },
};

/// A user and the mechanisms (as the wire numbers them) and iterations of its credentials.
pub type ScramUser = (String, ItemResult<Vec<(i8, i32)>>);

/// A change to a user's credentials.
pub use rkafka_protocol::messages::alter_user_scram_credentials_request::ScramCredentialUpsertion as NewScramCredential;

impl Admin {
    /// The credentials of users, or (empty) of all. Users without any are left out.
    pub async fn describe_scram_users(&self, users: &[String]) -> Result<Vec<ScramUser>, ClientError> {
        self.only_of_brokers()?;
        let name = |name: &String| UserName { name: name.clone(), ..Default::default() };
        let request = |_| DescribeUserScramCredentialsRequest {
            users: (!users.is_empty()).then(|| users.iter().map(name).collect()),
            ..Default::default()
        };
        let response =
            self.call("describeUserScramCredentials", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        let found = response.results.into_iter().filter(|r| ErrorCode(r.error_code) != ErrorCode::RESOURCE_NOT_FOUND);
        let user = |r: DescribeUserScramCredentialsResult| {
            let credentials = r.credential_infos.iter().map(|info| (info.mechanism, info.iterations)).collect();
            (r.user, item(r.error_code, r.error_message.as_deref(), credentials))
        };
        Ok(found.map(user).collect())
    }

    /// Sets and deletes credentials of one user.
    pub async fn alter_scram_user(
        &self,
        user: &str,
        deleted: &[i8],
        set: &[ScramCredentialUpsertion],
    ) -> ItemResult<()> {
        let deletion = |mechanism: &i8| ScramCredentialDeletion {
            name: user.to_owned(),
            mechanism: *mechanism,
            ..Default::default()
        };
        let request = |_| AlterUserScramCredentialsRequest {
            deletions: deleted.iter().map(deletion).collect(),
            upsertions: set.to_vec(),
            ..Default::default()
        };
        let first = |r: &rkafka_protocol::messages::AlterUserScramCredentialsResponse| {
            r.results.first().map_or(ErrorCode::NONE, |result| ErrorCode(result.error_code))
        };
        let response = self.call("alterUserScramCredentials", Route::Controller, request, first).await?;
        match response.results.iter().find(|result| result.user == user) {
            Some(result) => item(result.error_code, result.error_message.as_deref(), ()),
            None => Err(ClientError::broker(
                ErrorCode::UNKNOWN_SERVER_ERROR,
                Some("The broker did not answer for this user"),
            )),
        }
    }
}
