//! Going to an address as a client would: look its name up, connect to each address behind it, and ask what answers there
//! who it is.

use super::{
    super::together,
    listener::{self, Listener},
};
use rkafka_client::{
    BrokerConnection, BrokerVersions, ClientConfig, ClientError, ClusterView, HostPort, Target, Topics,
    admin::ResourceKind,
};
use rkafka_protocol::{
    ApiKey,
    messages::{DescribeConfigsRequest, describe_configs_request::DescribeConfigsResource},
};
use std::{collections::BTreeMap, net::SocketAddr, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// The settings of a broker that the doctor judges.
const SETTINGS: &[&str] = &[
    "advertised.listeners",
    "default.replication.factor",
    "listeners",
    "min.insync.replicas",
    "offsets.topic.replication.factor",
    "transaction.state.log.min.isr",
    "transaction.state.log.replication.factor",
];
/// A client asks for no more than these ids when it wants to know which broker it has before it.
const MAX_IDS: usize = 1000;

/// What each address behind a name gave.
type Outcomes = Vec<(SocketAddr, Result<Seen, Failure>)>;

/// How it went at one name.
#[derive(Clone, Debug)]
pub struct Reach {
    pub address: HostPort,
    /// What each address behind the name gave; or why there is none.
    pub sockets: Result<Outcomes, String>,
}

/// A broker that answered.
#[derive(Clone, Debug)]
pub struct Seen {
    /// How long connecting and the first answer took.
    pub took: Duration,
    pub versions: BrokerVersions,
    /// The cluster as this broker knows it, without topics.
    pub view: ClusterView,
    /// Who it is, if it lets this client read its configuration.
    pub identity: Option<Identity>,
}

/// Which broker it is, and those of its settings that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub id: i32,
    pub settings: BTreeMap<String, String>,
}

/// Why an address is of no use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection.
    Connect { reason: String, refused: bool },
    /// Something listens there that this client, as it is configured, cannot speak with.
    Listener(Listener),
    /// A broker answered with an error.
    Broker(String),
    /// Time was up.
    Late,
}

impl Reach {
    /// The first broker that answered.
    pub fn seen(&self) -> Option<&Seen> {
        self.sockets.as_ref().ok()?.iter().find_map(|(_, outcome)| outcome.as_ref().ok())
    }
}

/// How addresses are tried.
#[derive(Clone, Debug)]
pub struct Tries {
    /// The client as it is configured; `None` if no client can be made of the properties.
    pub config: Option<ClientConfig>,
    /// A client without TLS and SASL.
    pub plain: ClientConfig,
    pub deadline: Instant,
    /// How long a question may take that only finds out what listens at an address.
    pub patience: Duration,
}

/// Tries all that is behind `address`, and keeps the first connection of use.
pub async fn reach(address: HostPort, tries: Tries) -> (Reach, Option<BrokerConnection>) {
    let looked_up = timeout_at(tries.deadline, tokio::net::lookup_host((address.host.clone(), address.port))).await;
    let mut found: Vec<SocketAddr> = match looked_up {
        Ok(Ok(found)) => found.collect(),
        Ok(Err(error)) => return (Reach { address, sockets: Err(reason(&error.to_string())) }, None),
        Err(_) => return (Reach { address, sockets: Err("the name service does not answer".to_owned()) }, None),
    };
    // As clients do: IPv4 first.
    found.sort_by_key(SocketAddr::is_ipv6);
    found.dedup();
    let visits = found.iter().map(|socket| visit(address.clone(), *socket, tries.clone()));
    let (mut sockets, mut connection) = (Vec::new(), None);
    for (socket, outcome) in found.iter().zip(together::all(visits).await) {
        let outcome = outcome.map(|(seen, opened)| {
            connection.get_or_insert(opened);
            seen
        });
        sockets.push((*socket, outcome));
    }
    (Reach { address, sockets: Ok(sockets) }, connection)
}

/// The system's words without what Rust says around them.
fn reason(text: &str) -> String {
    let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(text);
    text.split_once(" (os error").map_or(text, |(words, _)| words).to_owned()
}

async fn visit(address: HostPort, socket: SocketAddr, tries: Tries) -> Result<(Seen, BrokerConnection), Failure> {
    let target = Target { address, node_id: -1, resolved: vec![socket] };
    let failure = match &tries.config {
        Some(config) => match timeout_at(tries.deadline, ask(&target, config, tries.patience)).await {
            Ok(Ok(seen)) => return Ok(seen),
            Ok(Err(error)) => error,
            Err(_) => return Err(Failure::Late),
        },
        // Nothing but what listens there can be found out.
        None => {
            let connected = timeout_at(tries.deadline, tokio::net::TcpStream::connect(socket)).await;
            match connected {
                Ok(Ok(_)) => ClientError::Disconnected { address: target.address.to_string(), during: String::new() },
                Ok(Err(error)) => {
                    let refused = error.kind() == std::io::ErrorKind::ConnectionRefused;
                    return Err(Failure::Connect { reason: reason(&error.to_string()), refused });
                }
                Err(_) => return Err(Failure::Late),
            }
        }
    };
    match failure {
        ClientError::Connect { reason, refused, .. } => Err(Failure::Connect { reason, refused }),
        ClientError::NotKafka { .. }
        | ClientError::Disconnected { .. }
        | ClientError::Timeout { .. }
        | ClientError::BadFrame { .. }
        | ClientError::UnsupportedVersion(_) => {
            let recognised = listener::recognise(&target, socket, &tries.plain, tries.patience);
            Err(match timeout(tries.patience * 2, recognised).await {
                Ok(listener) => Failure::Listener(listener),
                Err(_) => Failure::Listener(Listener::Silent),
            })
        }
        other => Err(Failure::Broker(other.to_string())),
    }
}

async fn ask(
    target: &Target,
    config: &ClientConfig,
    patience: Duration,
) -> Result<(Seen, BrokerConnection), ClientError> {
    let start = Instant::now();
    let connection = BrokerConnection::open(target, config).await?;
    let version = connection.versions().choose(ApiKey::Metadata)?;
    let view = ClusterView::of(connection.call_at(&Topics::None.request(version, false), version).await?);
    let took = start.elapsed();
    let identity = timeout(patience, identify(&connection, &view)).await.ok().flatten();
    let versions = connection.versions().clone();
    Ok((Seen { took, versions, view, identity }, connection))
}

/// Which of the cluster's brokers it is: only that one answers for its own settings.
async fn identify(connection: &BrokerConnection, view: &ClusterView) -> Option<Identity> {
    let resource = |id: &i32| DescribeConfigsResource {
        resource_type: ResourceKind::Broker as i8,
        resource_name: id.to_string(),
        configuration_keys: Some(SETTINGS.iter().map(ToString::to_string).collect()),
        ..Default::default()
    };
    let resources = view.nodes.keys().take(MAX_IDS).map(resource).collect();
    let request = DescribeConfigsRequest { resources, ..Default::default() };
    let answer = connection.call(&request).await.ok()?;
    let own = answer.results.into_iter().find(|result| result.error_code == 0)?;
    let settings = own.configs.into_iter().filter_map(|config| Some((config.name, config.value?)));
    Some(Identity { id: own.resource_name.parse().ok()?, settings: settings.collect() })
}
