//! How the watch over brokers reaches their listeners: a door, since what lies behind it is a network.

use rkafka_client::{BrokerConnection, BrokerVersions, ClientConfig, ClientError, Target};
use rkafka_protocol::messages::ApiVersionsRequest;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// How long a connection attempt, or the first answer of a broker that listens again, may take.
pub const PATIENCE: Duration = Duration::from_secs(2);
/// ApiVersions 0 is understood by every broker since 0.10.
const ANY_BROKER_KNOWS: i16 = 0;

/// What comes of waiting, of a trait that is an object.
pub type Awaited<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The listeners of all brokers.
pub trait Listeners: Send + Sync {
    /// Connects to one, for [`PATIENCE`] at the most.
    fn open<'a>(&'a self, target: &'a Target) -> Awaited<'a, Result<Box<dyn Open>, Unopened>>;
}

/// An open connection; dropping it closes it.
pub trait Open: Send + Sync {
    /// Whether a broker, and not only its machine, is at the other end. Takes no longer than [`PATIENCE`].
    fn answers(&self) -> Awaited<'_, bool>;

    /// Waits for the connection's end.
    fn ended(&self) -> Awaited<'_, ()>;
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unopened {
    /// The machine says that nobody listens.
    Refused,
    /// Nothing was heard, or it could not be tried, which proves nothing.
    Silent,
}

/// The brokers' own, over the network.
pub struct NetworkListeners {
    config: ClientConfig,
}

impl NetworkListeners {
    /// As broker `own_id`.
    pub fn new(own_id: i32) -> NetworkListeners {
        let config = ClientConfig::between_brokers(own_id.to_string(), format!("[Controller id={own_id}] "), PATIENCE);
        NetworkListeners { config }
    }
}

impl Listeners for NetworkListeners {
    fn open<'a>(&'a self, target: &'a Target) -> Awaited<'a, Result<Box<dyn Open>, Unopened>> {
        Box::pin(async move {
            match BrokerConnection::open_blind(target, &self.config, BrokerVersions::of_3_9()).await {
                Ok(connection) => Ok(Box::new(connection) as Box<dyn Open>),
                Err(ClientError::Connect { refused: true, .. }) => Err(Unopened::Refused),
                Err(_) => Err(Unopened::Silent),
            }
        })
    }
}

impl Open for BrokerConnection {
    fn answers(&self) -> Awaited<'_, bool> {
        Box::pin(async { self.call_at(&ApiVersionsRequest::default(), ANY_BROKER_KNOWS).await.is_ok() })
    }

    fn ended(&self) -> Awaited<'_, ()> {
        Box::pin(async {
            self.until_closed().await;
        })
    }
}
