//! What a lone server says of things that ensembles have: `leader`, `observers`, `voting_view`, `zabstate`; and
//! `is_read_only` and `ruok`, which have nothing more to say.

use super::{Answer, Call};
use crate::admin::json::Json;

pub fn leader(_call: &Call<'_>) -> Answer {
    Answer::new("leader", [("error", Json::text("server is not initialized"))])
}

pub fn observers(_call: &Call<'_>) -> Answer {
    Answer::new("observers", [("synced_observers", Json::Whole(0)), ("observers", Json::List(Vec::new()))])
}

pub fn voting_view(_call: &Call<'_>) -> Answer {
    Answer::new("voting_view", [("current_config", Json::Object(Vec::new()))])
}

pub fn zabstate(_call: &Call<'_>) -> Answer {
    Answer::new("zabstate", [("voting", Json::Flag(false)), ("zabstate", Json::text(""))])
}

pub fn is_read_only(_call: &Call<'_>) -> Answer {
    Answer::new("is_read_only", [("read_only", Json::Flag(false))])
}

pub fn ruok(_call: &Call<'_>) -> Answer {
    Answer::done("ruok")
}
