//! Pure: what the records hold, one after the other.

use super::{
    plan::{Keys, PayloadSource, Plan},
    random::Random,
};
use regex_lite::Regex;

/// Makes keys and values.
pub struct Payloads {
    kind: Kind,
    keys: Keys,
    random: Random,
    value: Vec<u8>,
    key: Vec<u8>,
}

enum Kind {
    Letters,
    Listed(Vec<Vec<u8>>),
    Number,
}

impl Payloads {
    /// `listed` is what [`split`] made of the file, if there is one.
    pub fn new(plan: &Plan, listed: Vec<Vec<u8>>) -> Payloads {
        let (kind, size) = match &plan.payload {
            PayloadSource::Size(size) => (Kind::Letters, *size),
            PayloadSource::File { .. } => (Kind::Listed(listed), 0),
            PayloadSource::Number => (Kind::Number, 0),
        };
        Payloads { kind, keys: plan.keys, random: Random::new(plan.seed), value: vec![0; size], key: Vec::new() }
    }

    /// Key and value of a record.
    pub fn next(&mut self, number: u64) -> (Option<&[u8]>, &[u8]) {
        let key = match self.keys {
            Keys::None => None,
            Keys::Range(count) => Some(number % u64::from(count)),
            Keys::Random(count) => Some(u64::from(self.random.below(count))),
        };
        self.key.clear();
        let key = key.map(|key| {
            self.key.extend_from_slice(key.to_string().as_bytes());
            self.key.as_slice()
        });
        let value = match &self.kind {
            Kind::Letters => {
                // A local one lies in registers while the letters are drawn.
                let mut random = self.random.clone();
                self.value.iter_mut().for_each(|byte| *byte = b'A' + random.below(26) as u8);
                self.random = random;
                &self.value
            }
            Kind::Listed(all) => {
                let count = u32::try_from(all.len()).unwrap_or(u32::MAX).max(1);
                let at = self.random.below(count) as usize;
                return (key, all.get(at).map_or(&[], Vec::as_slice));
            }
            Kind::Number => {
                self.value.clear();
                self.value.extend_from_slice(number.to_string().as_bytes());
                &self.value
            }
        };
        (key, value)
    }
}

/// The messages of a file. Errors: a delimiter that is no expression, a file that holds nothing.
pub fn split(text: &str, delimiter: &str) -> Result<Vec<Vec<u8>>, String> {
    let delimiter = Regex::new(delimiter).map_err(|error| format!("--payload-delimiter {delimiter}: {error}"))?;
    let mut parts: Vec<&str> = delimiter.split(text).collect();
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    if parts.is_empty() {
        return Err("File does not exist or empty file provided.".to_owned());
    }
    Ok(parts.into_iter().map(|part| part.as_bytes().to_vec()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payloads(kind: Kind, keys: Keys, size: usize) -> Payloads {
        Payloads { kind, keys, random: Random::new(0), value: vec![0; size], key: Vec::new() }
    }

    #[test]
    fn values_and_keys() {
        let mut letters = payloads(Kind::Letters, Keys::None, 4);
        assert_eq!(letters.next(0), (None, &b"YQHH"[..]));
        assert_eq!(letters.next(1), (None, &b"NEBS"[..]));
        let mut numbers = payloads(Kind::Number, Keys::Range(3), 0);
        assert_eq!(numbers.next(7), (Some(&b"1"[..]), &b"7"[..]));
        let mut listed = payloads(Kind::Listed(vec![b"a".to_vec(), b"b".to_vec()]), Keys::Random(1), 0);
        let (key, value) = listed.next(0);
        assert_eq!(key, Some(&b"0"[..]));
        assert!(value == b"a" || value == b"b");
    }

    #[test]
    fn files() {
        assert_eq!(split("a\n\nb\n\n", "\n").unwrap(), [b"a".to_vec(), vec![], b"b".to_vec()]);
        assert_eq!(split("a1b22c", "[0-9]+").unwrap().len(), 3);
        assert!(split("\n", "\n").is_err());
        assert!(split("a", "(").is_err());
    }
}
