//! `connection_stat_reset`, `stat_reset`, `observer_connection_stat_reset`: start counting anew.

use super::{Answer, Call};
use crate::figures::reset;

pub fn connections(call: &Call<'_>) -> Answer {
    reset::connections(call.shared);
    Answer::done("connection_stat_reset")
}

pub fn server(call: &Call<'_>) -> Answer {
    reset::server(call.shared);
    Answer::done("stat_reset")
}

/// A lone server has no observers.
pub fn observers(_call: &Call<'_>) -> Answer {
    Answer::done("observer_connection_stat_reset")
}
