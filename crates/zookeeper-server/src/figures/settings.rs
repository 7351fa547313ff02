//! The settings in force, as far as they are shown in another form than they have.

use std::net::SocketAddr;
use std::path::Path;

use crate::storage::FORMAT_FOLDER;
use rkafka_config::ZooKeeperConfig;

/// A lone server's id.
pub const SERVER_ID: i64 = 0;

/// Where clients connect without TLS; −1 when they cannot.
pub fn client_port(config: &ZooKeeperConfig) -> i32 {
    if config.has_client_port { port(config.client_address) } else { -1 }
}

/// The number of a port as the settings show it.
pub fn port(address: SocketAddr) -> i32 {
    i32::from(address.port())
}

/// The folder below the configured one, absolute.
pub fn data_folder(folder: &Path) -> String {
    let folder = folder.join(FORMAT_FOLDER);
    std::path::absolute(&folder).unwrap_or(folder).display().to_string()
}
