//! `monitor`: the figures of `mntr`.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::figures::{VERSION, monitor};
use crate::metrics::Figure;

pub fn run(call: &Call<'_>) -> Answer {
    let head = [("version".to_owned(), Json::text(VERSION)), ("server_state".to_owned(), Json::text("standalone"))];
    let figures = monitor::figures(call.shared).into_iter().map(|(name, figure)| match figure {
        Figure::Whole(value) => (name, Json::Whole(value)),
        Figure::Real(value) => (name, Json::Real(value)),
    });
    Answer::new("monitor", head.into_iter().chain(figures))
}
