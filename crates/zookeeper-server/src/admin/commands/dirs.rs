//! `dirs`: the bytes in the data folders.

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::figures::dirs::sizes;

pub fn run(call: &Call<'_>) -> Answer {
    let (data_size, log_size) = sizes(&call.shared.config);
    Answer::new("dirs", [("datadir_size", Json::count(data_size)), ("logdir_size", Json::count(log_size))])
}
