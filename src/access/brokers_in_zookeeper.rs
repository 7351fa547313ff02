//! `--zookeeper`: finding a cluster's brokers where they register, as tools did before they could ask the brokers.

use anyhow::{Context, bail};
use rkafka_config::broker::SecurityProtocol;
use rkafka_registry::{RegistryError, brokers};
use rkafka_zookeeper_client::{Watch, ZkClient, ZkConnect, ZkOptions};
use std::time::Duration;

/// How long ZooKeeper may take to answer the first time.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The session lives as long as the look-up; this bounds it should the tool be killed.
const SESSION_TIMEOUT: Duration = Duration::from_secs(10);

/// The brokers registered under `connect` (`host:port,host:port/chroot`) as a `bootstrap.servers` text.
///
/// Errors name the address and what to try: ZooKeeper unreachable, not a ZooKeeper, or no broker registered.
pub async fn find(connect: &str) -> anyhow::Result<String> {
    let servers: ZkConnect = connect.parse().with_context(|| format!("--zookeeper {connect}"))?;
    let mut options = ZkOptions::new(servers, SESSION_TIMEOUT);
    options.connect_timeout = CONNECT_TIMEOUT;
    options.create_chroot = false;
    let client = ZkClient::open(options).await?;
    let live = brokers::read_all(&client, Watch::No).await;
    // The answer is here; a session that cannot be closed ends by its timeout.
    let _ = client.close().await;
    let live = match live {
        Err(error) if error.is_no_node() => Vec::new(),
        other => other.map_err(|error: RegistryError| anyhow::anyhow!("ZooKeeper at {connect}: {error}"))?,
    };
    let plain = live.iter().flat_map(|broker| &broker.registration.endpoints);
    let plain = plain.filter(|endpoint| endpoint.security_protocol == SecurityProtocol::Plaintext);
    let addresses: Vec<String> = plain
        .map(|endpoint| match endpoint.host.contains(':') {
            true => format!("[{}]:{}", endpoint.host, endpoint.port),
            false => format!("{}:{}", endpoint.host, endpoint.port),
        })
        .collect();
    match (addresses.is_empty(), live.is_empty()) {
        (false, _) => Ok(addresses.join(",")),
        (true, true) => bail!(
            "no broker is registered in ZooKeeper at {connect}; start one, or add the chroot that the brokers use \
             (zookeeper.connect) to --zookeeper"
        ),
        (true, false) => bail!("no broker registered in ZooKeeper at {connect} has a PLAINTEXT listener"),
    }
}
