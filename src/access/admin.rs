//! The admin client of a tool: from `--bootstrap-server` and `--command-config`.

use super::properties;
use anyhow::anyhow;
use rkafka_client::{Admin, ClientError, Properties};

const SERVERS: &str = "bootstrap.servers";
const CONTROLLERS: &str = "bootstrap.controllers";

/// Whom an admin client asks: `--bootstrap-server` or `--bootstrap-controller`, host:port,host:port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    Brokers(String),
    /// KRaft controllers (KIP-919).
    Controllers(String),
}

impl Door {
    /// An admin client that goes in there; as [`open`].
    pub async fn open(&self, file: Option<&str>) -> anyhow::Result<Admin> {
        match self {
            Door::Brokers(servers) => open(file, servers).await,
            Door::Controllers(controllers) => open_controllers(file, controllers).await,
        }
    }

    /// The client's property and what it is.
    pub fn property(&self) -> (&'static str, &str) {
        match self {
            Door::Brokers(servers) => (SERVERS, servers),
            Door::Controllers(controllers) => (CONTROLLERS, controllers),
        }
    }
}

/// An admin client for `servers` with the properties of `file`. Nothing is asked yet, but names are looked up.
///
/// Errors: the file cannot be read; in Kafka's words, with what to do, no client can be made of it.
pub async fn open(file: Option<&str>, servers: &str) -> anyhow::Result<Admin> {
    open_at(file, SERVERS, servers).await
}

/// As [`open`], to KRaft controllers (KIP-919).
pub async fn open_controllers(file: Option<&str>, controllers: &str) -> anyhow::Result<Admin> {
    open_at(file, CONTROLLERS, controllers).await
}

async fn open_at(file: Option<&str>, key: &str, addresses: &str) -> anyhow::Result<Admin> {
    let mut properties = properties::load(file)?;
    properties.insert(key.to_owned(), addresses.to_owned());
    open_with(&properties).await
}

/// As [`open`], with all its properties.
pub async fn open_with(properties: &Properties) -> anyhow::Result<Admin> {
    Admin::new(properties).await.map_err(|error| {
        let hint = error.hint().map(|hint| format!(". {hint}")).unwrap_or_default();
        anyhow!("Failed to create new KafkaAdminClient: {error}{hint}")
    })
}

/// The error, with what to try next below it, if that is known.
pub fn explained(error: anyhow::Error) -> anyhow::Error {
    match hint(&error) {
        Some(hint) => anyhow!("{error:#}\n{hint}"),
        None => error,
    }
}

/// What to try next after a failure, if that is known.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    error.downcast_ref::<ClientError>().and_then(ClientError::hint)
}
