//! Quotas of users, clients and IP addresses.

use super::plan::Entities;
use crate::{
    java_number, java_order,
    terminal::output::{Field, Shape},
};
use anyhow::{anyhow, bail};
use rkafka_base::java_string_hash;
use rkafka_client::{
    Admin,
    admin::{ClientQuotas, QuotaMatch},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// A quota, or a credential.
pub const QUOTAS: Shape<4> = Shape::rows(
    "configs --describe of users, clients and ips",
    [
        Field::object(
            "entity",
            "Whose it is: `user`, `client-id`, `ip` or several, with a name, or null for the default.",
        ),
        Field::text(
            "name",
            "The quota, such as `producer_byte_rate`, or a credential's mechanism, such as `SCRAM-SHA-256`.",
        ),
        Field::number(
            "value",
            "Bytes per second, percent of a thread (`request_percentage`), or changes or connections per second; null for \
             a credential.",
        ),
        Field::integer("iterations", "Of a credential; null for a quota."),
    ],
);

/// The quotas that a user or a client may have.
pub const OF_CLIENTS: [&str; 4] =
    ["producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate"];
/// The quotas that an IP address may have.
pub const OF_IPS: [&str; 1] = ["connection_creation_rate"];

const PARTS: [(&str, &str); 3] = [("user", "user-principal"), ("client-id", "client-id"), ("ip", "ip")];

/// What the wire calls a type of ours.
fn part_type(kind: &str) -> &'static str {
    match kind {
        "users" => "user",
        "clients" => "client-id",
        _ => "ip",
    }
}

async fn of(admin: &Admin, entities: &Entities) -> anyhow::Result<Vec<ClientQuotas>> {
    if entities.names.len() > entities.types.len() {
        bail!("More entity names specified than entity types");
    }
    let wanted = |at: usize| match entities.names.get(at).map(String::as_str) {
        None => QuotaMatch::Any,
        Some("") => QuotaMatch::Default,
        Some(name) => QuotaMatch::Named(name),
    };
    let parts: Vec<(&str, QuotaMatch<'_>)> =
        entities.types.iter().enumerate().map(|(at, kind)| (part_type(kind), wanted(at))).collect();
    Ok(admin.describe_quotas(&parts).await?)
}

/// The quotas of all that is meant, in the order of Kafka's tool.
pub async fn find(admin: &Admin, entities: &Entities) -> anyhow::Result<Vec<ClientQuotas>> {
    let mut all = of(admin, entities).await?;
    let expected = all.len();
    java_order::sort_by_hash(&mut all, expected, |quotas| hash(&quotas.entity));
    for quotas in &mut all {
        let expected = quotas.values.len();
        java_order::sort_by_key(&mut quotas.values, expected, |(key, _)| key);
    }
    Ok(all)
}

/// An entity's quotas for a program.
pub fn rows(quotas: &ClientQuotas) -> Vec<[Value; 4]> {
    let entity: Map<String, Value> = quotas.entity.iter().map(|(kind, name)| (kind.clone(), json!(name))).collect();
    let row = |(name, value): &(String, f64)| [entity.clone().into(), json!(name), json!(value), Value::Null];
    quotas.values.iter().map(row).collect()
}

/// Java's `ClientQuotaEntity.hashCode`.
fn hash(entity: &[(String, Option<String>)]) -> i32 {
    let one =
        |(kind, name): &(String, Option<String>)| java_string_hash(kind) ^ name.as_deref().map_or(0, java_string_hash);
    entity.iter().map(one).fold(31, i32::wrapping_add)
}

/// An entity's quotas as a line.
pub fn shown(quotas: &ClientQuotas) -> String {
    let part = |(kind, title): &(&str, &str)| {
        let (_, name) = quotas.entity.iter().find(|(part, _)| part == kind)?;
        Some(match name {
            Some(name) => format!("{title} '{name}'"),
            None => format!("the default {title}"),
        })
    };
    let parts: Vec<String> = PARTS.iter().filter_map(part).collect();
    let values: Vec<String> =
        quotas.values.iter().map(|(key, value)| format!("{key}={}", java_number::double(*value))).collect();
    format!("Quota configs for {} are {}", parts.join(", "), values.join(", "))
}

/// Alters the quotas of one entity.
pub async fn alter(
    admin: &Admin,
    entities: &Entities,
    added: &BTreeMap<String, String>,
    deleted: &[String],
) -> anyhow::Result<()> {
    let old = of(admin, entities).await?.into_iter().next().map(|quotas| quotas.values).unwrap_or_default();
    super::alter::must_be_set(deleted, |name| old.iter().any(|(key, _)| key == name))?;
    let mut changes = Vec::new();
    for (key, text) in added {
        let value = text.trim().parse::<f64>();
        let value = value
            .map_err(|_| super::alter::invalid(anyhow!("Cannot parse quota configuration value for {key}: {text}")))?;
        changes.push((key.clone(), Some(value)));
    }
    changes.extend(deleted.iter().map(|key| (key.clone(), None)));
    let name = |name: &String| Some(name.clone()).filter(|name| !name.is_empty());
    let entity: Vec<(String, Option<String>)> = entities
        .types
        .iter()
        .zip(&entities.names)
        .map(|(kind, text)| (part_type(kind).to_owned(), name(text)))
        .collect();
    Ok(admin.alter_quotas(&entity, &changes).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_java_shows_them() {
        for (value, text) in [
            (1024.0, "1024.0"),
            (50.5, "50.5"),
            (0.0, "0.0"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (1_048_576_000.0, "1.048576E9"),
            (0.0001, "1.0E-4"),
        ] {
            assert_eq!(java_number::double(value), text);
        }
    }

    #[test]
    fn an_entity() {
        let quotas = ClientQuotas {
            entity: vec![("client-id".into(), None), ("user".into(), Some("u".into()))],
            values: vec![("request_percentage".into(), 50.0)],
        };
        let expected = "Quota configs for user-principal 'u', the default client-id are request_percentage=50.0";
        assert_eq!(shown(&quotas), expected);
        let entity = json!({ "client-id": null, "user": "u" });
        assert_eq!(rows(&quotas), [[entity, json!("request_percentage"), json!(50.0), Value::Null]]);
    }
}
