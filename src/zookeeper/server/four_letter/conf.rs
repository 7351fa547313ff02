//! `conf`: the settings in force.

use std::net::SocketAddr;
use std::path::Path;

use super::{Question, dirs, key_value_lines};
use crate::config::ZooKeeperConfig;
use crate::zookeeper::server::storage::FORMAT_FOLDER;

/// A lone server's id.
pub const SERVER_ID: i64 = 0;

pub fn answer(question: &Question<'_>) -> String {
    let config = &question.shared.config;
    let (data_size, log_size) = dirs::sizes(config);
    key_value_lines(&[
        ("clientPort", port(config.has_client_port.then_some(config.client_address))),
        ("secureClientPort", port(config.security.secure_address)),
        ("dataDir", data_folder(&config.data_dir)),
        ("dataDirSize", data_size.to_string()),
        ("dataLogDir", data_folder(&config.data_log_dir)),
        ("dataLogSize", log_size.to_string()),
        ("tickTime", config.tick_time_ms.to_string()),
        ("maxClientCnxns", config.max_client_connections.to_string()),
        ("minSessionTimeout", config.min_session_timeout_ms.to_string()),
        ("maxSessionTimeout", config.max_session_timeout_ms.to_string()),
        ("clientPortListenBacklog", backlog(config).to_string()),
        ("serverId", SERVER_ID.to_string()),
    ])
}

/// −1 without the port.
fn port(address: Option<SocketAddr>) -> String {
    address.map_or("-1".to_owned(), |address| address.port().to_string())
}

/// The folder below the configured one, absolute.
pub fn data_folder(folder: &Path) -> String {
    let folder = folder.join(FORMAT_FOLDER);
    std::path::absolute(&folder).unwrap_or(folder).display().to_string()
}

/// As configured.
pub fn backlog(config: &ZooKeeperConfig) -> i32 {
    config.listen_backlog
}
