//! `initial_configuration`: the settings as they were given. Passwords are masked; Apache's server shows them.

use super::{Answer, Call};
use crate::admin::json::Json;

pub fn run(call: &Call<'_>) -> Answer {
    Answer::new("initial_configuration", [("initial_configuration", Json::text(&call.shared.config.doors.given))])
}
