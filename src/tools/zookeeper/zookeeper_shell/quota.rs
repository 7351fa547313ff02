//! Pure: the content of a quota's nodes below `/zookeeper/quota` (`StatsTrack`): limits, and what is used.

use std::collections::BTreeMap;

/// Where quotas are kept.
pub const ROOT: &str = "/zookeeper/quota";
/// The node with the limits.
pub const LIMITS: &str = "zookeeper_limits";
/// The node with what is used.
pub const STATS: &str = "zookeeper_stats";

pub const COUNT: &str = "count";
pub const BYTES: &str = "bytes";
pub const COUNT_HARD: &str = "countHardLimit";
pub const BYTES_HARD: &str = "byteHardLimit";

/// `count=3,bytes=-1=;byteHardLimit=-1;countHardLimit=9`; −1 is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track(BTreeMap<String, i64>);

impl Track {
    /// Reads a node's data; `None` if it is not of that form.
    pub fn parse(data: &[u8]) -> Option<Track> {
        let mut track = Track::default();
        let text = std::str::from_utf8(data).ok()?;
        for pair in text.split([',', ';']).filter(|pair| !pair.is_empty()) {
            let mut parts = pair.split('=');
            let (key, value) = (parts.next()?, parts.next()?);
            track.0.insert(key.to_owned(), if value.is_empty() { -1 } else { value.parse().ok()? });
        }
        Some(track)
    }

    pub fn get(&self, key: &str) -> i64 {
        self.0.get(key).copied().unwrap_or(-1)
    }

    pub fn set(&mut self, key: &str, value: i64) {
        self.0.insert(key.to_owned(), value);
    }

    /// All keys and values, for JSON.
    pub fn entries(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(key, value)| (key.as_str(), *value))
    }

    /// What exceeds the limits already, as warnings.
    pub fn warnings(&self, used: &Track) -> Vec<String> {
        let below = |keys: [&str; 2], used: i64| keys.iter().any(|key| (0..used).contains(&self.get(key)));
        let mut warnings = Vec::new();
        for (kind, soft, hard) in [("count", COUNT, COUNT_HARD), ("bytes", BYTES, BYTES_HARD)] {
            let used = used.get(soft);
            if below([soft, hard], used) {
                let text = format!("[Warning]: the {kind} quota you create is less than the existing {kind}:{used}");
                warnings.push(text);
            }
        }
        warnings
    }
}

impl std::fmt::Display for Track {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{COUNT}={},{BYTES}={}", self.get(COUNT), self.get(BYTES))?;
        let mut before = "=";
        for (key, value) in self.0.iter().filter(|(key, _)| !matches!(key.as_str(), COUNT | BYTES)) {
            // The lone '=' lets servers before 3.7 pass over what follows.
            write!(f, "{before};{key}={value}")?;
            before = "";
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_what_apache_does() {
        for text in ["count=5,bytes=-1=;byteHardLimit=-1;countHardLimit=-1", "count=2,bytes=1"] {
            assert_eq!(Track::parse(text.as_bytes()).unwrap().to_string(), text);
        }
        assert_eq!(Track::parse(b"").unwrap().to_string(), "count=-1,bytes=-1");
        for broken in ["count", "count=x", "count=1,=x", "a\nb"] {
            assert_eq!(Track::parse(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn warns_of_what_is_exceeded() {
        let mut limits = Track::default();
        limits.set(COUNT, 1);
        limits.set(BYTES_HARD, 10);
        let used = Track::parse(b"count=2,bytes=10").unwrap();
        let warning = "[Warning]: the count quota you create is less than the existing count:2";
        assert_eq!(limits.warnings(&used), [warning]);
    }
}
