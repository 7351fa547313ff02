//! What a command has to say: lines for people, in ZooKeeper's layout, and the same as JSON. Nothing of it comes from
//! outside but the time zone of the machine, in which [`Answer::stat`] shows times.
//!
//! Both are gathered while the command runs and printed when it has ended, after the events that came meanwhile: an event
//! that a command causes stands in front of its answer, always.

use super::failure::Failure;
use jiff::{Timestamp, tz::TimeZone};
use rkafka_zookeeper_client::Stat;
use serde_json::{Map, Value, json};

/// Where a piece of text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// What a command has said so far.
#[derive(Debug, Default)]
pub struct Answer {
    pub pieces: Vec<(Stream, String)>,
    pub json: Map<String, Value>,
    notes: Vec<String>,
}

impl Answer {
    /// A line for stdout.
    pub fn line(&mut self, text: impl Into<String>) {
        self.print(text.into() + "\n");
    }

    /// Text for stdout.
    pub fn print(&mut self, text: String) {
        self.pieces.push((Stream::Out, text));
    }

    /// A line for stderr.
    pub fn talk(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.notes.push(text.clone());
        self.pieces.push((Stream::Err, text));
    }

    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.json.insert(key.to_owned(), value.into());
    }

    /// A node's statistics, eleven lines.
    pub fn stat(&mut self, stat: &Stat) {
        self.print(stat_lines(stat, &TimeZone::system()));
        self.set("stat", stat_json(stat));
    }

    /// The whole answer as one JSON object.
    pub fn into_json(mut self, command: &str, outcome: Result<(), &Failure>) -> Value {
        let mut object = Map::new();
        object.insert("command".into(), command.into());
        object.append(&mut self.json);
        if !self.notes.is_empty() {
            object.insert("messages".into(), self.notes.into());
        }
        if let Err(failure) = outcome {
            object.insert("error".into(), failure.message.as_str().into());
            if let Some(code) = failure.code {
                object.insert("code".into(), code.0.into());
            }
            object.insert("exitCode".into(), failure.exit.into());
        }
        object.into()
    }
}

fn stat_lines(stat: &Stat, zone: &TimeZone) -> String {
    format!(
        "cZxid = 0x{:x}\nctime = {}\nmZxid = 0x{:x}\nmtime = {}\npZxid = 0x{:x}\ncversion = {}\ndataVersion = {}\n\
         aclVersion = {}\nephemeralOwner = 0x{:x}\ndataLength = {}\nnumChildren = {}\n",
        stat.czxid,
        java_date(stat.ctime, zone),
        stat.mzxid,
        java_date(stat.mtime, zone),
        stat.pzxid,
        stat.cversion,
        stat.version,
        stat.aversion,
        stat.ephemeral_owner,
        stat.data_length,
        stat.num_children
    )
}

/// Zxids and session ids in hexadecimal, as everywhere else: many programs read JSON's numbers as floating ones.
fn stat_json(stat: &Stat) -> Value {
    let hex = |id: i64| format!("0x{id:x}");
    json!({
        "cZxid": hex(stat.czxid),
        "ctime": stat.ctime,
        "mZxid": hex(stat.mzxid),
        "mtime": stat.mtime,
        "pZxid": hex(stat.pzxid),
        "cversion": stat.cversion,
        "dataVersion": stat.version,
        "aclVersion": stat.aversion,
        "ephemeralOwner": hex(stat.ephemeral_owner),
        "dataLength": stat.data_length,
        "numChildren": stat.num_children,
    })
}

/// A time in ms as Java's `Date` shows it: `Thu Jan 01 00:00:00 UTC 1970`.
fn java_date(ms: i64, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(time) => time.to_zoned(zone.clone()).strftime("%a %b %d %H:%M:%S %Z %Y").to_string(),
        // Beyond the year 9999, which only a broken clock writes.
        Err(_) => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_in_zookeepers_layout() {
        let stat =
            Stat { czxid: 31, ctime: 0, mtime: 1_764_000_000_000, ephemeral_owner: -1, version: 3, ..Stat::default() };
        let text = stat_lines(&stat, &TimeZone::UTC);
        assert!(text.starts_with("cZxid = 0x1f\nctime = Thu Jan 01 00:00:00 UTC 1970\nmZxid = 0x0\n"), "{text}");
        assert!(text.contains("mtime = Mon Nov 24 16:00:00 UTC 2025\n"), "{text}");
        assert!(text.contains("ephemeralOwner = 0xffffffffffffffff\ndataLength = 0\n"), "{text}");
        assert_eq!(stat_json(&stat)["cZxid"], "0x1f");
    }

    #[test]
    fn one_object_for_an_answer() {
        let mut answer = Answer::default();
        answer.set("path", "/a");
        answer.talk("quota for /a does not exist.");
        let failure = Failure::new("no");
        let json = answer.into_json("x", Err(&failure)).to_string();
        assert_eq!(
            json,
            r#"{"command":"x","error":"no","exitCode":1,"messages":["quota for /a does not exist."],"path":"/a"}"#
        );
    }
}
