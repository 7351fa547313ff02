//! `environment`: where the server runs.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::figures::environment::entries;

pub fn run(_call: &Call<'_>) -> Answer {
    Answer::new("environment", entries().into_iter().map(|(key, value)| (key, Json::Text(value))))
}
