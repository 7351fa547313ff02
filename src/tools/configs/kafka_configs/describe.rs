//! `--describe` by the brokers.

use super::{plan::Entities, quotas};
use crate::{
    era::Era,
    java_order,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
};
use anyhow::bail;
use rkafka_client::{
    Admin,
    admin::{ConfigResource, ResourceKind},
};
use rkafka_protocol::{
    ErrorCode,
    messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsSynonym},
};
use rkafka_security::scram::ScramMechanism;
use serde_json::{Value, json};
use std::time::Duration;

/// A setting of a topic, a broker and so on.
pub const SETTINGS: Shape<8> = Shape::rows(
    "configs --describe",
    [
        Field::text(
            "entityType",
            "`topics`, `brokers`, `broker-loggers`, `client-metrics` or `groups`; with `--zookeeper` also `users`.",
        ),
        Field::text("entityName", "A name or a broker's id; null for the default of all brokers."),
        Field::text("name", "The setting's name."),
        Field::text("value", "Its value; null if it is none or not to be told."),
        Field::text("source", "Where the value comes from, such as `DYNAMIC_TOPIC_CONFIG`; null with `--zookeeper`."),
        Field::boolean("isSensitive", "Whether the value is a secret; null with `--zookeeper`."),
        Field::boolean("isReadOnly", "Whether it can only be changed with a restart; null with `--zookeeper`."),
        Field::list(
            "synonyms",
            "Settings that the value comes from or would come from without this one: objects with `name`, `value` and \
             `source`, in the order in which they count.",
        ),
    ],
);

/// How often a broker is asked about a topic that it does not know, and how long to wait in between.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(100);

/// The names of `ConfigEntry.ConfigSource`, by number.
const SOURCES: [&str; 9] = [
    "UNKNOWN",
    "DYNAMIC_TOPIC_CONFIG",
    "DYNAMIC_BROKER_CONFIG",
    "DYNAMIC_DEFAULT_BROKER_CONFIG",
    "STATIC_BROKER_CONFIG",
    "DEFAULT_CONFIG",
    "DYNAMIC_BROKER_LOGGER_CONFIG",
    "DYNAMIC_CLIENT_METRICS_CONFIG",
    "DYNAMIC_GROUP_CONFIG",
];

/// Prints the settings of what was asked for.
pub async fn run(
    admin: &Admin,
    entities: &Entities,
    all: bool,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    match entities.kind() {
        "users" | "clients" | "ips" => describe_entities(admin, entities, terminal).await,
        kind => describe_resources(admin, kind, entities.names.first(), all, era, terminal).await,
    }
}

async fn describe_entities(admin: &Admin, entities: &Entities, terminal: &mut Terminal) -> anyhow::Result<()> {
    let is_text = terminal.format() == Format::Text;
    let found = quotas::find(admin, entities).await?;
    if is_text {
        for quotas in &found {
            terminal.line(quotas::shown(quotas))?;
        }
    }
    let mut rows: Vec<[Value; 4]> = found.iter().flat_map(quotas::rows).collect();
    let only_users = entities.types.iter().all(|kind| kind == "users");
    if only_users && !entities.names.iter().any(String::is_empty) {
        for (user, credentials) in admin.describe_scram_users(&entities.names).await? {
            match credentials {
                Ok(credentials) if is_text => terminal.line(shown_credentials(&user, &credentials))?,
                Ok(credentials) => rows.extend(credentials.iter().map(|credential| credential_row(&user, *credential))),
                Err(error) => terminal.say_failure(format_args!(
                    "Error retrieving SCRAM credential configs for user-principal '{user}': {error}"
                ))?,
            }
        }
    }
    if !is_text {
        terminal.show(&quotas::QUOTAS, rows)?;
    }
    Ok(())
}

fn mechanism(number: i8) -> &'static str {
    ScramMechanism::from_number(number).map_or("UNKNOWN", ScramMechanism::name)
}

fn shown_credentials(user: &str, credentials: &[(i8, i32)]) -> String {
    let one = |(number, iterations): &(i8, i32)| format!("{}=iterations={iterations}", mechanism(*number));
    let list: Vec<String> = credentials.iter().map(one).collect();
    format!("SCRAM credential configs for user-principal '{user}' are {}", list.join(", "))
}

fn credential_row(user: &str, (number, iterations): (i8, i32)) -> [Value; 4] {
    [json!({ "user": user }), json!(mechanism(number)), Value::Null, json!(iterations)]
}

async fn describe_resources(
    admin: &Admin,
    kind: &str,
    name: Option<&String>,
    all: bool,
    era: Era,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let names = match name {
        Some(name) if era == Era::V4_4 && !name.is_empty() && !is_there(admin, kind, name).await? => {
            let kind = singular(kind);
            terminal.say(format_args!("The {kind} '{name}' doesn't exist and doesn't have dynamic config."))?;
            Vec::new()
        }
        Some(name) => vec![name.clone()],
        None => names(admin, kind).await?,
    };
    if terminal.format() != Format::Text {
        let mut rows = Vec::new();
        for name in names {
            let settings = settings(admin, kind, &name, true, all).await?;
            rows.extend(settings.iter().map(|config| row(kind, &name, config)));
        }
        return Ok(terminal.show(&SETTINGS, rows)?);
    }
    for name in names {
        let what = if all { "All" } else { "Dynamic" };
        match name.as_str() {
            "" => terminal.line(format_args!("Default configs for {kind} in the cluster are:"))?,
            name => terminal.line(format_args!("{what} configs for {} {name} are:", singular(kind)))?,
        }
        // The next step may take a while, or fail.
        terminal.flush()?;
        for config in settings(admin, kind, &name, true, all).await? {
            terminal.line(format_args!("  {}", shown(&config)))?;
        }
    }
    Ok(())
}

/// Whether there is something of a type and name of whose settings something can be told.
async fn is_there(admin: &Admin, kind: &str, name: &str) -> anyhow::Result<bool> {
    let names = match kind {
        // Internal topics have settings, too.
        "topics" => return Ok(admin.list_topics().await?.iter().any(|topic| *topic.name == *name)),
        "broker-loggers" => names(admin, "brokers").await?,
        kind => names(admin, kind).await?,
    };
    Ok(names.iter().any(|known| known == name))
}

/// All that have settings of a type, in the order of Kafka's tool.
async fn names(admin: &Admin, kind: &str) -> anyhow::Result<Vec<String>> {
    let mut names: Vec<String> = match kind {
        "topics" => admin.list_topics().await?.into_iter().map(|topic| topic.name.to_string()).collect(),
        "client-metrics" => admin.list_client_metrics().await?,
        "groups" => admin.list_groups(&[], &[]).await?.into_iter().map(|group| group.group_id).collect(),
        _ => {
            let mut ids: Vec<i32> = admin.describe_cluster(false).await?.nodes.iter().map(|node| node.id).collect();
            ids.sort_unstable();
            return Ok(ids.iter().map(ToString::to_string).chain([String::new()]).collect());
        }
    };
    if kind != "client-metrics" {
        java_order::sort_by_key(&mut names, java_order::UNSIZED, |name| name);
    }
    Ok(names)
}

/// `topics` as it stands before a name; `client-metrics` loses its last letter, too, in Kafka's tool.
pub fn singular(kind: &str) -> &str {
    let mut characters = kind.chars();
    characters.next_back();
    characters.as_str()
}

/// The resource of a type and name, and the source of what has been set for it alone.
pub fn resource(kind: &str, name: &str) -> (ConfigResource, Option<i8>) {
    let (resource_kind, source) = match kind {
        "topics" => (ResourceKind::Topic, Some(1)),
        "brokers" => (ResourceKind::Broker, Some(if name.is_empty() { 3 } else { 2 })),
        "broker-loggers" => (ResourceKind::BrokerLogger, None),
        "client-metrics" => (ResourceKind::ClientMetrics, Some(7)),
        _ => (ResourceKind::Group, Some(8)),
    };
    (ConfigResource { kind: resource_kind, name: name.to_owned() }, source)
}

/// The settings of a resource, sorted: those that were set for it, or all.
pub async fn settings(
    admin: &Admin,
    kind: &str,
    name: &str,
    with_synonyms: bool,
    all: bool,
) -> anyhow::Result<Vec<DescribeConfigsResourceResult>> {
    let (resource, source) = resource(kind, name);
    if kind.starts_with("broker") && !name.is_empty() {
        must_be_there(admin, name).await?;
    }
    let mut found = described(admin, resource, with_synonyms).await?;
    found.retain(|config| all || source.is_none_or(|source| config.config_source == source));
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Asks again for a moment when a topic is not known: it may have been made just now, by another broker.
async fn described(
    admin: &Admin,
    resource: ConfigResource,
    with_synonyms: bool,
) -> anyhow::Result<Vec<DescribeConfigsResourceResult>> {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let results = admin.describe_configs(std::slice::from_ref(&resource), with_synonyms, false).await?;
        match results.into_iter().next() {
            Some(Err(e)) if e.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) && tries > 0 => {
                tokio::time::sleep(PAUSE).await;
            }
            Some(configs) => return Ok(configs?),
            None => return Ok(Vec::new()),
        }
    }
}

/// Kafka's tool waits for a broker that is not there until its time is up.
async fn must_be_there(admin: &Admin, id: &str) -> anyhow::Result<()> {
    let nodes = admin.describe_cluster(false).await?.nodes;
    let mut ids: Vec<i32> = nodes.iter().map(|node| node.id).collect();
    if id.parse().is_ok_and(|id| ids.contains(&id)) {
        return Ok(());
    }
    ids.sort_unstable();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    bail!("Broker {id} is not in the cluster now; the brokers that are: {}", ids.join(", "));
}

fn source(number: i8) -> &'static str {
    usize::try_from(number).ok().and_then(|at| SOURCES.get(at)).unwrap_or(&SOURCES[0])
}

fn row(kind: &str, entity: &str, config: &DescribeConfigsResourceResult) -> [Value; 8] {
    let synonym = |s: &DescribeConfigsSynonym| json!({ "name": s.name, "value": s.value, "source": source(s.source) });
    [
        json!(kind),
        json!(Some(entity).filter(|name| !name.is_empty())),
        json!(config.name),
        json!(config.value),
        json!(source(config.config_source)),
        json!(config.is_sensitive),
        json!(config.read_only),
        config.synonyms.iter().map(synonym).collect(),
    ]
}

fn shown(config: &DescribeConfigsResourceResult) -> String {
    let null = || "null".to_owned();
    let synonym = |s: &DescribeConfigsSynonym| {
        format!("{}:{}={}", source(s.source), s.name, s.value.clone().unwrap_or_else(null))
    };
    let synonyms: Vec<String> = config.synonyms.iter().map(synonym).collect();
    let (value, synonyms) = (config.value.clone().unwrap_or_else(null), synonyms.join(", "));
    format!("{}={value} sensitive={} synonyms={{{synonyms}}}", config.name, config.is_sensitive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::describe_configs_response::DescribeConfigsSynonym;

    #[test]
    fn a_setting() {
        let synonym = |name: &str, value: Option<&str>, source| DescribeConfigsSynonym {
            name: name.into(),
            value: value.map(Into::into),
            source,
            ..Default::default()
        };
        let config = DescribeConfigsResourceResult {
            name: "a".into(),
            value: Some("1".into()),
            synonyms: vec![synonym("a", Some("1"), 1), synonym("log.a", None, 5)],
            ..Default::default()
        };
        let expected = "a=1 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:a=1, DEFAULT_CONFIG:log.a=null}";
        assert_eq!(shown(&config), expected);
        assert_eq!((singular("topics"), singular("client-metrics")), ("topic", "client-metric"));
    }
}
