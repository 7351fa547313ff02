//! `configuration`: the settings in force.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::figures::settings::{SERVER_ID, client_port, data_folder};

pub fn run(call: &Call<'_>) -> Answer {
    let config = &call.shared.config;
    Answer::new(
        "configuration",
        [
            ("client_port", Json::count(client_port(config))),
            ("data_dir", Json::Text(data_folder(&config.data_dir))),
            ("data_log_dir", Json::Text(data_folder(&config.data_log_dir))),
            ("tick_time", Json::count(config.tick_time_ms)),
            ("max_client_cnxns", Json::count(config.max_client_connections)),
            ("min_session_timeout", Json::count(config.min_session_timeout_ms)),
            ("max_session_timeout", Json::count(config.max_session_timeout_ms)),
            ("server_id", Json::count(SERVER_ID)),
            ("client_port_listen_backlog", Json::count(config.listen_backlog)),
        ],
    )
}
