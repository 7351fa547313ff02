//! `last_snapshot`: the newest snapshot file: its zxid in hexadecimal and its time in seconds.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::{Answer, Call};
use crate::admin::json::Json;
use crate::storage::FORMAT_FOLDER;
use rkafka_runtime::files;

pub fn run(call: &Call<'_>) -> Answer {
    let (zxid, at_s) = newest(&call.shared.config.data_dir.join(FORMAT_FOLDER)).unwrap_or((-1, -1));
    Answer::new("last_snapshot", [("zxid", Json::Text(format!("{zxid:x}"))), ("timestamp", Json::Whole(at_s))])
}

fn newest(folder: &Path) -> Option<(i64, i64)> {
    let snapshots = files::read_dir(folder).ok()?.flatten().filter_map(|entry| {
        let name = entry.file_name();
        let zxid = name.to_str()?.strip_prefix("snapshot.")?.split('.').next()?;
        Some((i64::from_str_radix(zxid, 16).ok()?, entry))
    });
    let (zxid, entry) = snapshots.max_by_key(|(zxid, _)| *zxid)?;
    let age = entry.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some((zxid, i64::try_from(age.as_secs()).ok()?))
}
