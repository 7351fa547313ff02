//! `system_properties`: the settings that Apache ZooKeeper keeps as Java system properties, and what a Java process would
//! say of where it runs. Passwords are masked; Apache's server shows them.

use std::collections::BTreeMap;

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::figures::environment::entries;

/// The entries of the environment that are Java system properties too.
const SHARED: &[&str] = &["java.io.tmpdir", "os.arch", "os.name", "os.version", "user.dir", "user.home", "user.name"];

pub fn run(call: &Call<'_>) -> Answer {
    let fixed =
        [("file.encoding", "UTF-8"), ("file.separator", "/"), ("line.separator", "\n"), ("path.separator", ":")];
    let mut properties: BTreeMap<String, String> =
        fixed.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let here = entries().into_iter().filter(|(key, _)| SHARED.contains(key));
    properties.extend(here.map(|(key, value)| (key.to_owned(), value)));
    properties.extend(call.shared.config.doors.system_properties.iter().cloned());
    Answer::new("system_properties", properties.into_iter().map(|(key, value)| (key, Json::Text(value))))
}
