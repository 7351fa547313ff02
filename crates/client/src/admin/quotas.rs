//! Quotas of users, clients and addresses.

use super::{Admin, ItemResult, Route, item};
use crate::ClientError;
use rkafka_protocol::{
    ErrorCode,
    messages::{
        AlterClientQuotasRequest, DescribeClientQuotasRequest,
        alter_client_quotas_request::{EntityData, EntryData, OpData},
        describe_client_quotas_request::ComponentData,
        describe_client_quotas_response,
    },
};

/// Whose quotas are asked for, of one type (`user`, `client-id`, `ip`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaMatch<'a> {
    Named(&'a str),
    /// The default for all that have none of their own.
    Default,
    /// All of the type.
    Any,
}

/// Whose quotas these are: types and names (`None`: the default of the type). And the quotas.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientQuotas {
    pub entity: Vec<(String, Option<String>)>,
    pub values: Vec<(String, f64)>,
}

impl Admin {
    /// The quotas of the entities that consist of exactly these parts.
    pub async fn describe_quotas(&self, parts: &[(&str, QuotaMatch<'_>)]) -> Result<Vec<ClientQuotas>, ClientError> {
        self.only_of_brokers()?;
        let component = |(entity_type, wanted): &(&str, QuotaMatch<'_>)| {
            let (match_type, name) = match wanted {
                QuotaMatch::Named(name) => (0, Some((*name).to_owned())),
                QuotaMatch::Default => (1, None),
                QuotaMatch::Any => (2, None),
            };
            ComponentData { entity_type: (*entity_type).to_owned(), match_type, match_: name, ..Default::default() }
        };
        let request = |_| DescribeClientQuotasRequest {
            components: parts.iter().map(component).collect(),
            strict: true,
            ..Default::default()
        };
        let response = self.call("describeClientQuotas", Route::Any, request, |r| ErrorCode(r.error_code)).await?;
        item(response.error_code, response.error_message.as_deref(), ())?;
        Ok(response.entries.unwrap_or_default().into_iter().map(quotas).collect())
    }

    /// Changes quotas of one entity (`None`: takes the quota away).
    pub async fn alter_quotas(
        &self,
        entity: &[(String, Option<String>)],
        changes: &[(String, Option<f64>)],
    ) -> ItemResult<()> {
        let part = |(entity_type, entity_name): &(String, Option<String>)| EntityData {
            entity_type: entity_type.clone(),
            entity_name: entity_name.clone(),
            ..Default::default()
        };
        let op = |(key, value): &(String, Option<f64>)| OpData {
            key: key.clone(),
            value: value.unwrap_or_default(),
            remove: value.is_none(),
            ..Default::default()
        };
        let request = |_| AlterClientQuotasRequest {
            entries: vec![EntryData {
                entity: entity.iter().map(part).collect(),
                ops: changes.iter().map(op).collect(),
                ..Default::default()
            }],
            validate_only: false,
            ..Default::default()
        };
        let first = |r: &rkafka_protocol::messages::AlterClientQuotasResponse| {
            r.entries.first().map_or(ErrorCode::NONE, |entry| ErrorCode(entry.error_code))
        };
        let response = self.call("alterClientQuotas", Route::Any, request, first).await?;
        match response.entries.first() {
            Some(entry) => item(entry.error_code, entry.error_message.as_deref(), ()),
            None => Err(ClientError::broker(ErrorCode::UNKNOWN_SERVER_ERROR, None)),
        }
    }
}

fn quotas(entry: describe_client_quotas_response::EntryData) -> ClientQuotas {
    ClientQuotas {
        entity: entry.entity.into_iter().map(|part| (part.entity_type, part.entity_name)).collect(),
        values: entry.values.into_iter().map(|value| (value.key, value.value)).collect(),
    }
}
