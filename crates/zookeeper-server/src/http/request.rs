//! A request as the sites want it: path and query decoded.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use hyper::body::{Body as _, Incoming};
use hyper::{HeaderMap, Method};

use super::pace::Pace;

/// One request.
#[derive(Debug)]
pub struct Request {
    pub method: Method,
    /// Decoded, without `;parameters`.
    pub path: String,
    /// Decoded, in order.
    pub query: Vec<(String, String)>,
    pub remote: SocketAddr,
    headers: HeaderMap,
    body: Incoming,
    /// For how long the content may be slow.
    grace: Duration,
    /// Of the content, once it is read.
    pace: Option<Pace>,
}

impl Request {
    pub fn new(request: hyper::Request<Incoming>, remote: SocketAddr, grace: Duration) -> Request {
        let (parts, body) = request.into_parts();
        Request {
            path: path(parts.uri.path()),
            query: query(parts.uri.query().unwrap_or_default()),
            method: parts.method,
            remote,
            headers: parts.headers,
            body,
            grace,
            pace: None,
        }
    }

    /// A header's first value, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The first value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The next piece of the content, at most `limit` bytes in all; `None` behind the last one. A client that is slower
    /// than the least pace is not waited for.
    pub(crate) async fn piece(&mut self, limit: usize) -> Result<Option<Bytes>> {
        loop {
            let pace = self.pace.get_or_insert_with(|| Pace::begin(self.grace));
            let next = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
            let Ok(next) = tokio::time::timeout_at(pace.deadline(), next).await else {
                bail!("the content comes too slowly");
            };
            let Some(frame) = next.transpose()? else { return Ok(None) };
            let Ok(data) = frame.into_data() else { continue };
            pace.moved(data.len());
            if pace.bytes() > limit as u64 {
                bail!("the content is longer than {limit} bytes");
            }
            return Ok(Some(data));
        }
    }

    /// Reads the content, at most `limit` bytes.
    pub async fn content(&mut self, limit: usize) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        while let Some(piece) = self.piece(limit).await? {
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }
}

fn path(raw: &str) -> String {
    let plain: Vec<&str> = raw.split('/').map(|part| part.split(';').next().unwrap_or_default()).collect();
    decode(&plain.join("/"), false)
}

fn query(raw: &str) -> Vec<(String, String)> {
    let pairs = raw.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Undoes percent-encoding; what is not UTF-8 is replaced.
fn decode(raw: &str, plus_is_blank: bool) -> String {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = behind.first_chunk::<2>().and_then(|digits| {
            let digits = str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        match (first, escaped) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            (b'+', _) if plus_is_blank => {
                bytes.push(b' ');
                rest = behind;
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_queries_are_decoded() {
        assert_eq!(path("/commands;a=b/nop%C3%A9+x;y"), "/commands/nopé+x");
        let pairs = query("traceMask=3%30&a+b=c&&d&e=%zz%4");
        let shown: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(shown, ["traceMask=30", "a b=c", "d=", "e=%zz%4"]);
    }
}
