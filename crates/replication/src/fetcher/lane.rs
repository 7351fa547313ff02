//! A connection to the leader, opened when it is needed, with at most one fetch under way on it.

use super::{FetchSettings, FetcherHost};
use rkafka_base::BrokerId;
use rkafka_client::{ClientConfig, ClientError, DirectConnection, Target};
use rkafka_protocol::{
    Request,
    messages::{FetchRequest, FetchResponse},
};
use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

/// Who is called, and how.
pub struct Dial {
    pub leader: BrokerId,
    pub host: Arc<dyn FetcherHost>,
    pub config: ClientConfig,
    pub timeout: Duration,
}

/// Why an exchange with the leader failed.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error("broker {0} is not known to be alive")]
    NotAlive(BrokerId),
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// What an exchange ends with: the connection, for the next one, and the answer.
type Exchanged = (Option<DirectConnection>, Result<FetchResponse, ExchangeError>);

/// One of a fetcher's connections.
pub struct Lane {
    dial: Arc<Dial>,
    connection: Option<DirectConnection>,
    under_way: Option<Pin<Box<dyn Future<Output = Exchanged> + Send>>>,
}

impl Dial {
    pub fn new(settings: &FetchSettings, leader: BrokerId, id: usize, host: Arc<dyn FetcherHost>) -> Dial {
        let client_id = format!("broker-{}-fetcher-{id}", settings.broker);
        let prefix = format!("[ReplicaFetcher replicaId={}, leaderId={leader}, fetcherId={id}] ", settings.broker);
        let mut config = ClientConfig::between_brokers(client_id, prefix, settings.socket_timeout);
        config.receive_buffer_bytes = settings.receive_buffer_bytes;
        Dial { leader, host, config, timeout: settings.socket_timeout }
    }

    async fn connect(&self) -> Result<DirectConnection, ExchangeError> {
        let address = self.host.address(self.leader).ok_or(ExchangeError::NotAlive(self.leader))?;
        let target = Target { address, node_id: self.leader.0, resolved: Vec::new() };
        Ok(DirectConnection::open(&target, &self.config).await?)
    }

    /// Sends one request and waits for its answer, over `connection` if there is one; after an error there is none.
    async fn exchange<R: Request>(
        &self,
        connection: &mut Option<DirectConnection>,
        request: &R,
        version: i16,
    ) -> Result<R::Response, ExchangeError> {
        let mut open = match connection.take() {
            Some(open) => open,
            None => self.connect().await?,
        };
        let answer = open.call(request, version, self.timeout).await?;
        *connection = Some(open);
        Ok(answer)
    }
}

impl Lane {
    pub fn new(dial: &Arc<Dial>) -> Lane {
        Lane { dial: Arc::clone(dial), connection: None, under_way: None }
    }

    pub fn is_busy(&self) -> bool {
        self.under_way.is_some()
    }

    /// Sends a fetch; [`Self::arrived`] has the answer.
    pub fn send(&mut self, request: FetchRequest, version: i16) {
        let dial = Arc::clone(&self.dial);
        let mut connection = self.connection.take();
        self.under_way = Some(Box::pin(async move {
            let answer = dial.exchange(&mut connection, &request, version).await;
            (connection, answer)
        }));
    }

    /// The answer to the fetch under way; never, if there is none.
    pub(crate) async fn arrived(&mut self) -> Result<FetchResponse, ExchangeError> {
        let Some(exchange) = &mut self.under_way else { return std::future::pending().await };
        let (connection, answer) = exchange.await;
        self.under_way = None;
        self.connection = connection;
        answer
    }

    /// Asks something else while no fetch is under way.
    pub async fn ask<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, ExchangeError> {
        self.dial.exchange(&mut self.connection, request, version).await
    }

    /// Gives up the connection, and what is under way.
    pub(crate) fn hang_up(&mut self) {
        self.under_way = None;
        self.connection = None;
    }
}
