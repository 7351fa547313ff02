//! `shed_connections`: closes about so many per cent of the connections, so that their clients look for another server.
//! The content says `{"percentage": 25}`. Sessions stay.

use super::Answer;
use crate::admin::json::Json;
use crate::admin::{Admin, COMMANDS_TARGET};
use crate::connection::ConnId;
use crate::http::Request;

const NAME: &str = "shed_connections";
/// The longest content, in bytes.
const MAX_CONTENT: usize = 4096;

pub async fn run(admin: &Admin, request: &mut Request) -> Answer {
    let percentage = match percentage(request).await {
        Ok(percentage) => percentage,
        Err(reason) => return with_error(reason),
    };
    let is_chosen = |_: &ConnId| percentage == 100 || fastrand::i64(0..100) < percentage;
    let shed = admin.shared.with_core(|core, _| {
        let chosen: Vec<ConnId> = core.connections.keys().copied().filter(is_chosen).collect();
        chosen.iter().for_each(|conn| core.close(*conn));
        chosen.len()
    });
    log::info!(target: COMMANDS_TARGET, "Shed {shed} connections ({percentage}%)");
    Answer::new(NAME, [("connections_shed", Json::count(shed)), ("percentage_requested", Json::Whole(percentage))])
}

async fn percentage(request: &mut Request) -> Result<i64, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("Invalid JSON or failed to read request body: {error}");
    let content = request.content(MAX_CONTENT).await.map_err(|error| unreadable(&error))?;
    let value: serde_json::Value = serde_json::from_slice(&content).map_err(|error| unreadable(&error))?;
    let Some(percentage) = value.get("percentage") else { return Err("Missing required field: percentage".into()) };
    // As Jackson reads an int: what is not a number is 0.
    let percentage = percentage.as_i64().or_else(|| percentage.as_str()?.trim().parse().ok()).unwrap_or(0);
    match percentage {
        0..=100 => Ok(percentage),
        _ => Err("Percentage must be between 0 and 100".into()),
    }
}

fn with_error(reason: String) -> Answer {
    let fields = [("error", Json::Text(reason))];
    Answer::new(NAME, fields).with_status(400)
}
