//! What a command answers: fields in their order, then the command's name and an error or none.

use bytes::Bytes;

use super::json::Json;
use crate::http::{Content, Reply};
use rkafka_runtime::files::Reader;

/// One command's answer.
#[derive(Debug)]
pub struct Answer {
    command: String,
    status: u16,
    fields: Vec<(String, Json)>,
    headers: Vec<(&'static str, String)>,
    file: Option<(Reader, u64, Option<Bytes>)>,
}

impl Answer {
    /// An answer with these fields; one called `error` stands for the error.
    pub fn new<K: Into<String>>(command: &str, fields: impl IntoIterator<Item = (K, Json)>) -> Answer {
        let fields = fields.into_iter().map(|(key, value)| (key.into(), value)).collect();
        Answer { command: command.to_owned(), status: 200, fields, headers: Vec::new(), file: None }
    }

    /// Nothing but the name.
    pub fn done(command: &str) -> Answer {
        Answer::new::<String>(command, [])
    }

    /// A status without a word, as Apache's newer commands answer when they fail.
    pub fn status(command: &str, status: u16) -> Answer {
        Answer { status, ..Answer::done(command) }
    }

    /// A refusal: the error comes after the command's name.
    pub fn error(command: &str, status: u16, error: impl Into<String>) -> Answer {
        let fields = [("command", Json::text(command)), ("error", Json::text(error))];
        Answer { status, ..Answer::new(command, fields) }
    }

    pub(crate) fn with_status(self, status: u16) -> Answer {
        Answer { status, ..self }
    }

    pub fn header(mut self, name: &'static str, value: String) -> Answer {
        self.headers.push((name, value));
        self
    }

    /// Sends a file of this length, and what follows it, in place of the fields.
    pub fn file(mut self, file: Reader, length: u64, behind: Option<Bytes>) -> Answer {
        self.file = Some((file, length, behind));
        self
    }

    pub(crate) fn into_reply(self) -> Reply {
        let Answer { command, status, mut fields, headers, file } = self;
        if let Some((file, length, behind)) = file {
            let content = Content::File { file, length, behind };
            return Reply { status, content_type: Some("application/octet-stream"), headers, content };
        }
        for (key, value) in [("command", Json::Text(command)), ("error", Json::Null)] {
            if !fields.iter().any(|(known, _)| known == key) {
                fields.push((key.to_owned(), value));
            }
        }
        Reply { headers, ..Reply::new(status, "application/json", Json::Object(fields).print()) }
    }
}
