//! `--zookeeper`: what brokers read when they start, written and shown without a broker (`ConfigCommand`'s ZooKeeper mode).

use super::{
    alter::{credentials, invalid, must_be_set},
    broker_settings::{self, ENCODER},
    describe::SETTINGS,
    plan::{Alteration, Entities, Task},
};
use crate::{
    access::zookeeper_access::ZooKeeperAccess,
    era::Era,
    terminal::{Terminal, output::Format},
};
use anyhow::{Context, anyhow};
use rkafka_registry::{
    DEFAULT_ENTITY, EntityConfig, brokers,
    configs::{self, Fence},
};
use rkafka_security::{password_encoder::PasswordEncoder, scram::ScramMechanism};
use rkafka_zookeeper_client::{Watch, ZkClient, ZkConnect, ZkOptions};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// Session and first connection, as in Kafka's tool.
const TIMEOUT: Duration = Duration::from_secs(30);
const NOT_RUNNING: &str =
    "Broker configuration operations using ZooKeeper are only supported if the affected broker(s) are not running.";

/// Does `task` in ZooKeeper at `connect`.
pub async fn run(
    connect: &str,
    tls_file: Option<&str>,
    entities: &Entities,
    task: Task,
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let servers: ZkConnect = connect.parse().with_context(|| format!("--zookeeper {connect}"))?;
    let mut options = ZkOptions::new(servers, TIMEOUT);
    options.connect_timeout = TIMEOUT;
    options.create_chroot = false;
    options.client = ZooKeeperAccess::read(tls_file, None)?.options;
    let zk = ZkClient::open(options).await?;
    let path = Path::of(entities);
    let done = match task {
        Task::Describe { .. } => describe(&zk, &path, terminal).await,
        // Only 3.9's tool speaks with ZooKeeper.
        Task::Alter(changes) => alter(&zk, &path, super::with_file(changes, Era::V3_9, terminal)?, terminal).await,
    };
    // What is written is written; a session that cannot be closed ends by its timeout.
    let _ = zk.close().await;
    done
}

/// Whose node: a type and a name, as the node is called; `None` stands for all.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Path {
    kind: String,
    name: Option<String>,
}

impl Path {
    /// Only users and brokers come here, one of them.
    fn of(entities: &Entities) -> Path {
        let kind = entities.kind().to_owned();
        let name = entities.names.first().map(|name| match name.as_str() {
            "" => DEFAULT_ENTITY.to_owned(),
            name if kind == "users" => sanitized(name),
            name => name.to_owned(),
        });
        Path { kind, name }
    }

    /// A setting of it for a program. ZooKeeper has no more than its name and value.
    fn row(&self, name: &str, value: &str) -> [Value; 8] {
        let entity = self.name.as_deref().filter(|name| *name != DEFAULT_ENTITY).map(desanitized);
        let unknown = Value::Null;
        [
            json!(self.kind),
            json!(entity),
            json!(name),
            json!(value),
            unknown.clone(),
            unknown.clone(),
            unknown,
            json!([]),
        ]
    }

    /// The path below `/config`.
    fn node(&self) -> String {
        format!("{}/{}", self.kind, self.name.as_deref().unwrap_or_default())
    }

    /// As Kafka's tool calls it: `user-principal 'u'`.
    fn shown(&self) -> String {
        let title = if self.kind == "users" { "user-principal" } else { &self.kind };
        match self.name.as_deref() {
            Some(DEFAULT_ENTITY) => format!("default {title}"),
            Some(name) if self.kind == "users" => format!("{title} '{}'", desanitized(name)),
            Some(name) => format!("{title} '{name}'"),
            None => self.kind.clone(),
        }
    }
}

/// A name as a node can bear it: URL encoding, with `%20` for a blank and `%2A` for `*`.
fn sanitized(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_') => text.push(char::from(b)),
            b => text.push_str(&format!("%{b:02X}")),
        }
    }
    text
}

fn desanitized(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = name.get(at + 1..at + 3).filter(|_| *byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(code.unwrap_or(if *byte == b'+' { b' ' } else { *byte }));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

async fn must_not_run(zk: &ZkClient, path: &Path, what: &str) -> anyhow::Result<()> {
    match path.name.as_deref() {
        Some(id) if id != DEFAULT_ENTITY => {
            let id: i32 = id.parse()?;
            if brokers::read(zk, id).await?.is_some() {
                let text = format!("requirement failed: {what} - broker {id} is running. {NOT_RUNNING}");
                return Err(invalid(anyhow!(text)));
            }
        }
        _ => {
            let running = match brokers::ids(zk, Watch::No).await {
                Err(error) if error.is_no_node() => 0,
                ids => ids?.len(),
            };
            if running > 0 {
                let text = format!("requirement failed: {what} - {running} brokers are running. {NOT_RUNNING}");
                return Err(invalid(anyhow!(text)));
            }
        }
    }
    Ok(())
}

async fn describe(zk: &ZkClient, path: &Path, terminal: &mut Terminal) -> anyhow::Result<()> {
    if path.kind == "brokers" {
        must_not_run(zk, path, "--bootstrap-server option must be specified to describe brokers").await?;
    }
    let all_users = path.kind == "users" && path.name.is_none();
    let mut rows = Vec::new();
    for path in all(zk, path).await? {
        let config = configs::read(zk, &path.node()).await?;
        if config.is_empty() && all_users {
            continue;
        }
        if terminal.format() != Format::Text {
            rows.extend(config.iter().map(|(name, value)| path.row(name, value)));
            continue;
        }
        let pairs: Vec<String> = config.iter().map(|(name, value)| format!("{name}={value}")).collect();
        terminal.line(format_args!("Configs for {} are {}", path.shown(), pairs.join(",")))?;
    }
    if terminal.format() != Format::Text {
        terminal.show(&SETTINGS, rows)?;
    }
    Ok(())
}

/// Every node that is meant.
async fn all(zk: &ZkClient, path: &Path) -> anyhow::Result<Vec<Path>> {
    if path.name.is_some() {
        return Ok(vec![path.clone()]);
    }
    let names = configs::entities(zk, &path.kind).await?;
    Ok(names.into_iter().map(|name| Path { name: Some(name), ..path.clone() }).collect())
}

async fn alter(zk: &ZkClient, path: &Path, changes: Alteration, terminal: &mut Terminal) -> anyhow::Result<()> {
    let what = format!(
        "--bootstrap-server option must be specified to update {} configs: {{add: {}, delete: {}}}",
        path.kind,
        listed(changes.added.keys()),
        listed(changes.deleted.iter())
    );
    let added = match path.kind.as_str() {
        "users" => only_credentials(path, &changes, &what)?,
        _ => {
            must_not_run(zk, path, &what).await?;
            of_broker(changes.added.clone(), path.name.as_deref() != Some(DEFAULT_ENTITY))?
        }
    };
    let mut config: EntityConfig = configs::read(zk, &path.node()).await?;
    must_be_set(&changes.deleted, |name| config.contains_key(name))?;
    config.extend(added);
    config.retain(|name, _| !changes.deleted.contains(name));
    let fence = Fence::read(zk).await?;
    match config.is_empty() && path.kind == "users" && configs::entities(zk, &path.node()).await?.is_empty() {
        true => configs::remove(zk, &fence, &path.node()).await?,
        false => configs::write(zk, &fence, &path.node(), &config).await?,
    }
    Ok(terminal.say(format_args!("Completed updating config for entity: {}.", path.shown()))?)
}

/// Names alone: values may be secret.
fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The settings of a user, which may only be credentials.
fn only_credentials(path: &Path, changes: &Alteration, what: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let mut names = changes.added.keys().chain(&changes.deleted);
    if !names.all(|name| ScramMechanism::from_name(name).is_some()) {
        let text = "User configuration updates using ZooKeeper are only supported for SCRAM credential updates.";
        return Err(invalid(anyhow!("requirement failed: {what}. {text}")));
    }
    if path.name.as_deref() == Some(DEFAULT_ENTITY) {
        let names = listed(changes.added.keys());
        return Err(invalid(anyhow!("requirement failed: Unknown Dynamic Configuration: {names}.")));
    }
    let mut added = BTreeMap::new();
    for new in credentials(changes)? {
        let salted = new.mechanism.salted(&new.password, new.iterations);
        let salted = salted.ok_or_else(|| anyhow!("the system has no randomness to give"))?;
        added.insert(new.mechanism.name().to_owned(), new.mechanism.credential(&salted, new.iterations));
    }
    Ok(added)
}

/// The settings of a broker, checked, and with the passwords among them encrypted.
fn of_broker(added: BTreeMap<String, String>, of_one: bool) -> anyhow::Result<BTreeMap<String, String>> {
    let (encoder, mut added): (BTreeMap<_, _>, BTreeMap<_, _>) =
        added.into_iter().partition(|(name, _)| name.starts_with(ENCODER));
    broker_settings::check(&added, of_one)?;
    let passwords: Vec<String> = added.keys().filter(|name| broker_settings::is_password(name)).cloned().collect();
    if passwords.is_empty() {
        return Ok(added);
    }
    let Some(secret) = encoder.get("password.encoder.secret") else {
        return Err(invalid(anyhow!(
            "requirement failed: password.encoder.secret must be specified to update {}. Other password encoder configs \
             like cipher algorithm and iterations may also be specified to override the default encoding parameters. \
             Password encoder configs will not be persisted in ZooKeeper.",
            passwords.join(", ")
        )));
    };
    let encoder = password_encoder(secret, &encoder)?;
    for name in passwords {
        if let Some(value) = added.get_mut(&name) {
            *value = encoder.encode(value)?;
        }
    }
    Ok(added)
}

fn password_encoder(secret: &str, settings: &BTreeMap<String, String>) -> anyhow::Result<PasswordEncoder> {
    let mut encoder = PasswordEncoder::new(secret);
    let number = |text: &String| text.parse::<u32>().with_context(|| format!("'{text}' is no number"));
    if let Some(cipher) = settings.get("password.encoder.cipher.algorithm") {
        encoder.cipher.clone_from(cipher);
    }
    if let Some(algorithm) = settings.get("password.encoder.keyfactory.algorithm") {
        encoder.key_factory.clone_from(algorithm);
    }
    if let Some(bits) = settings.get("password.encoder.key.length") {
        encoder.key_bits = usize::try_from(number(bits)?)?;
    }
    if let Some(iterations) = settings.get("password.encoder.iterations") {
        encoder.iterations = number(iterations)?.try_into().context("password.encoder.iterations is 0")?;
    }
    Ok(encoder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(types: &[&str], names: &[&str]) -> Path {
        let own = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Path::of(&Entities { types: own(types), names: own(names) })
    }

    #[test]
    fn nodes_and_names() {
        let user = path(&["users"], &["al ice*ü"]);
        assert_eq!(user.node(), "users/al%20ice%2A%C3%BC");
        assert_eq!(user.shown(), "user-principal 'al ice*ü'");
        let default = path(&["brokers"], &[""]);
        assert_eq!((default.node().as_str(), default.shown().as_str()), ("brokers/<default>", "default brokers"));
        assert_eq!(path(&["users"], &[]).name, None);
    }

    #[test]
    fn passwords_of_brokers_are_encrypted() {
        let of = |pairs: &[(&str, &str)]| {
            let added = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            of_broker(added, true).map_err(|error| error.to_string())
        };
        let name = "listener.name.a.ssl.key.password";
        assert!(of(&[(name, "x")]).unwrap_err().starts_with("requirement failed: password.encoder.secret must be"));
        let secret = ("password.encoder.secret", "s");
        let made = of(&[(name, "x"), secret, ("password.encoder.iterations", "1")]).unwrap();
        assert!(made.len() == 1 && made[name].starts_with("keyFactoryAlgorithm:"), "{made:?}");
        let factory = |name| ("password.encoder.keyfactory.algorithm", name);
        let made = of(&[(name, "x"), secret, factory("PBKDF2WithHmacSHA256")]).unwrap();
        assert!(made[name].starts_with("keyFactoryAlgorithm:PBKDF2WithHmacSHA256,"), "{made:?}");
        assert!(of(&[(name, "x"), secret, factory("PBKDF9")]).is_err());
    }
}
