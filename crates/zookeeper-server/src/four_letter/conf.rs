//! `conf`: the settings in force.

use std::net::SocketAddr;
use std::path::Path;

use super::{Question, dirs, key_value_lines};
use crate::storage::FORMAT_FOLDER;
use rkafka_config::ZooKeeperConfig;

/// A lone server's id.
pub const SERVER_ID: i64 = 0;

pub fn answer(question: &Question<'_>) -> String {
    let config = &question.shared.config;
    let (data_size, log_size) = dirs::sizes(config);
    key_value_lines(&[
        ("clientPort", client_port(config).to_string()),
        ("secureClientPort", config.security.secure_address.map_or(-1, port).to_string()),
        ("dataDir", data_folder(&config.data_dir)),
        ("dataDirSize", data_size.to_string()),
        ("dataLogDir", data_folder(&config.data_log_dir)),
        ("dataLogSize", log_size.to_string()),
        ("tickTime", config.tick_time_ms.to_string()),
        ("maxClientCnxns", config.max_client_connections.to_string()),
        ("minSessionTimeout", config.min_session_timeout_ms.to_string()),
        ("maxSessionTimeout", config.max_session_timeout_ms.to_string()),
        ("clientPortListenBacklog", config.listen_backlog.to_string()),
        ("serverId", SERVER_ID.to_string()),
    ])
}

/// Where clients connect without TLS; −1 when they cannot.
pub fn client_port(config: &ZooKeeperConfig) -> i32 {
    if config.has_client_port { port(config.client_address) } else { -1 }
}

fn port(address: SocketAddr) -> i32 {
    i32::from(address.port())
}

/// The folder below the configured one, absolute.
pub fn data_folder(folder: &Path) -> String {
    let folder = folder.join(FORMAT_FOLDER);
    std::path::absolute(&folder).unwrap_or(folder).display().to_string()
}
