//! `conf`: the settings in force.

use std::fmt::Write as _;

use super::{Question, dirs};

pub fn answer(question: &Question<'_>) -> String {
    let config = &question.shared.config;
    let (data_size, log_size) = dirs::sizes(config);
    let folder = |path: &std::path::Path| path.join("version-2").display().to_string();
    let lines = [
        ("clientPort", config.client_address.port().to_string()),
        ("secureClientPort", "-1".to_owned()),
        ("dataDir", folder(&config.data_dir)),
        ("dataDirSize", data_size.to_string()),
        ("dataLogDir", folder(&config.data_log_dir)),
        ("dataLogSize", log_size.to_string()),
        ("tickTime", config.tick_time_ms.to_string()),
        ("maxClientCnxns", config.max_client_connections.to_string()),
        ("minSessionTimeout", config.min_session_timeout_ms.to_string()),
        ("maxSessionTimeout", config.max_session_timeout_ms.to_string()),
        ("clientPortListenBacklog", config.listen_backlog.to_string()),
        ("serverId", "0".to_owned()),
    ];
    lines.iter().fold(String::new(), |mut text, (key, value)| {
        let _infallible = writeln!(text, "{key}={value}");
        text
    })
}
