//! `conf`: the settings in force.

use super::{Question, key_value_lines};
use crate::figures::dirs;
use crate::figures::settings::{SERVER_ID, client_port, data_folder, port};

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
