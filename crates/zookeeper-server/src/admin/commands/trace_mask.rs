//! `get_trace_mask` and `set_trace_mask`.

use super::{Answer, Call};
use crate::admin::json::Json;

pub fn get(call: &Call<'_>) -> Answer {
    Answer::new("get_trace_mask", [("tracemask", Json::Whole(call.shared.trace_mask.get()))])
}

pub fn set(call: &Call<'_>) -> Answer {
    let refused = |got: &str| {
        let error = format!("setTraceMask requires long traceMask argument{got}");
        Answer::new("set_trace_mask", [("error", Json::Text(error))])
    };
    let Some(text) = call.request.parameter("traceMask") else { return refused("") };
    let Ok(mask) = text.parse() else { return refused(&format!(", got {text}")) };
    call.shared.trace_mask.set(mask);
    Answer::new("set_trace_mask", [("tracemask", Json::Whole(mask))])
}
