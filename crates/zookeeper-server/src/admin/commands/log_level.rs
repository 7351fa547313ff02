//! `log_level`: the log levels in force; `?logger=org.apache.zookeeper.server&level=debug` changes one while the server
//! runs (without `logger` the level of all that have none of their own). Apache's server leaves this to JMX.

use super::{Answer, Call};
use crate::admin::json::Json;
use rkafka_runtime::logging;

pub fn run(call: &Call<'_>) -> Answer {
    if let Some(level) = call.request.parameter("level") {
        let logger = call.request.parameter("logger").filter(|logger| !logger.is_empty());
        if let Err(reason) = logging::set_level(logger, level) {
            return Answer::new("log_level", [("error", Json::Text(reason))]);
        }
    }
    let levels = logging::levels();
    let exceptions = levels.exceptions().map(|(logger, level)| (logger, Json::text(level.as_str())));
    Answer::new("log_level", [("level", Json::text(levels.default().as_str())), ("loggers", Json::object(exceptions))])
}
