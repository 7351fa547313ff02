//! Pure: Java's `.properties` syntax, which every Kafka and ZooKeeper settings file is written in.
//!
//! Follows `java.util.Properties.load`: Latin-1 text; `#` and `!` comments; a logical line goes on after an odd number of
//! backslashes at the end of a line; the key ends at the first unescaped `=`, `:` or blank; `\t \n \r \f \uXXXX` and
//! `\` + any character are escapes. Unlike Java's, each entry remembers its line, so that an error can name it.

use std::collections::BTreeMap;

/// The largest settings file that is read, in bytes.
pub(crate) const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// One `key=value` of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: String,
    /// The line where the key stands, from 1; 0 when the entry comes from elsewhere (the command line).
    pub line: usize,
}

/// What is wrong with a file's syntax.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    #[error("line {line}: \\u must be followed by four hexadecimal digits")]
    Unicode { line: usize },
    #[error("the file is larger than {MAX_FILE_BYTES} bytes")]
    TooLarge,
}

/// A file's entries in the order in which they stand. When a key occurs more than once the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    entries: Vec<Entry>,
}

impl Properties {
    /// Parses a whole file.
    pub fn parse(bytes: &[u8]) -> Result<Properties, SyntaxError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(SyntaxError::TooLarge);
        }
        let mut lines = LogicalLines { bytes, at: 0, line: 0 };
        let mut entries = Vec::new();
        while let Some((line, text)) = lines.next_line() {
            entries.push(parse_line(&text, line)?);
        }
        Ok(Properties { entries })
    }

    /// All entries, in file order, repeated keys included.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that counts for `key`.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }

    /// The value that counts for `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entry(key).map(|entry| entry.value.as_str())
    }

    /// Adds an entry that is stronger than every earlier one of the same key, such as `--override key=value`.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.entries.push(Entry { key: key.into(), value: value.into(), line: 0 });
    }

    /// The entries that count, by key.
    pub fn effective(&self) -> BTreeMap<&str, &Entry> {
        self.entries.iter().map(|entry| (entry.key.as_str(), entry)).collect()
    }

    /// Keys that stand in the file more than once: `(ignored, the one that counts)`.
    pub(crate) fn duplicates(&self) -> Vec<(&Entry, &Entry)> {
        let effective = self.effective();
        let overridden = |entry: &&Entry| entry.line != 0;
        self.entries
            .iter()
            .filter(overridden)
            .filter_map(|entry| effective.get(entry.key.as_str()).map(|last| (entry, *last)))
            .filter(|(entry, last)| !std::ptr::eq(*entry, *last) && last.line != 0)
            .collect()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Properties {
        let mut properties = Properties::default();
        pairs.into_iter().for_each(|(key, value)| properties.set(key, value));
        properties
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0c)
}

/// Joins continued lines and drops comments and empty lines.
struct LogicalLines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
}

impl LogicalLines<'_> {
    /// The next natural line without leading blanks and without its end. CR, LF and CR LF end a line.
    fn natural(&mut self) -> Option<&[u8]> {
        if self.at >= self.bytes.len() {
            return None;
        }
        self.line += 1;
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
        self.at += end + 1;
        if rest.get(end) == Some(&b'\r') && rest.get(end + 1) == Some(&b'\n') {
            self.at += 1;
        }
        let start = rest[..end].iter().position(|b| !is_blank(*b)).unwrap_or(end);
        Some(&rest[start..end])
    }

    fn next_line(&mut self) -> Option<(usize, Vec<u8>)> {
        loop {
            let natural = self.natural()?;
            if matches!(natural.first(), None | Some(b'#' | b'!')) {
                continue;
            }
            let mut text = natural.to_vec();
            let first = self.line;
            while ends_in_open_escape(&text) {
                text.pop();
                match self.natural() {
                    Some(more) => text.extend_from_slice(more),
                    None => break,
                }
            }
            if !text.is_empty() {
                return Some((first, text));
            }
        }
    }
}

fn ends_in_open_escape(text: &[u8]) -> bool {
    text.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

fn parse_line(text: &[u8], line: usize) -> Result<Entry, SyntaxError> {
    let mut escaped = false;
    let key_end = text
        .iter()
        .position(|&b| {
            let ends = !escaped && (is_blank(b) || matches!(b, b'=' | b':'));
            escaped = !escaped && b == b'\\';
            ends
        })
        .unwrap_or(text.len());
    let mut value = skip_blanks(&text[key_end..]);
    if let Some(b'=' | b':') = value.first() {
        value = skip_blanks(&value[1..]);
    }
    Ok(Entry { key: unescape(&text[..key_end], line)?, value: unescape(value, line)?, line })
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|b| !is_blank(*b)).unwrap_or(text.len());
    &text[start..]
}

/// Resolves escapes. Works on UTF-16 units, because `\uXXXX` pairs may form one character.
fn unescape(text: &[u8], line: usize) -> Result<String, SyntaxError> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        if byte != b'\\' {
            units.push(u16::from(byte));
            continue;
        }
        let unit = match bytes.next() {
            None => continue,
            Some(b't') => u16::from(b'\t'),
            Some(b'n') => u16::from(b'\n'),
            Some(b'r') => u16::from(b'\r'),
            Some(b'f') => 0x0c,
            Some(b'u') => {
                let digits = bytes.as_slice().get(..4).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
                let digits = digits.and_then(|d| std::str::from_utf8(d).ok()).ok_or(SyntaxError::Unicode { line })?;
                bytes = bytes.as_slice()[4..].iter();
                u16::from_str_radix(digits, 16).map_err(|_| SyntaxError::Unicode { line })?
            }
            Some(&other) => u16::from(other),
        };
        units.push(unit);
    }
    Ok(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String, usize)> {
        let parsed = Properties::parse(text.as_bytes()).unwrap();
        parsed.entries().iter().map(|e| (e.key.clone(), e.value.clone(), e.line)).collect()
    }

    fn one(text: &str) -> (String, String) {
        let all = pairs(text);
        assert_eq!(all.len(), 1, "{text:?}");
        (all[0].0.clone(), all[0].1.clone())
    }

    #[test]
    fn separators_and_blanks() {
        for text in ["k=v", "k:v", "k v", "k = v", "  k\t:\tv", "k   =v", "k\x0cv"] {
            assert_eq!(one(text), ("k".into(), "v".into()), "{text:?}");
        }
        assert_eq!(one("k=v "), ("k".into(), "v ".into()), "trailing blanks stay, as in Java");
        assert_eq!(one("k==v"), ("k".into(), "=v".into()));
        assert_eq!(one("k : = v"), ("k".into(), "= v".into()));
        assert_eq!(one("k"), ("k".into(), String::new()));
        assert_eq!(one("=v"), (String::new(), "v".into()));
    }

    #[test]
    fn escapes() {
        assert_eq!(one(r"a\=b\:c\ d=e"), ("a=b:c d".into(), "e".into()));
        assert_eq!(one(r"k=C:\\dir\tx\q"), ("k".into(), "C:\\dir\txq".into()));
        assert_eq!(one(r"k=\u00e9\ud83d\ude00"), ("k".into(), "é😀".into()));
        assert_eq!(Properties::parse(b"\n\nk=\\u00g1"), Err(SyntaxError::Unicode { line: 3 }));
        assert_eq!(Properties::parse(b"k=\\u00"), Err(SyntaxError::Unicode { line: 1 }));
    }

    #[test]
    fn latin_1() {
        let parsed = Properties::parse(b"k=\xe9").unwrap();
        assert_eq!(parsed.get("k"), Some("é"));
    }

    #[test]
    fn comments_continuations_and_line_numbers() {
        let text = "# one\n!two\r\n\n  # three\nlisteners=PLAINTEXT://:1,\\\n   #SSL://:2\\\\\nb=1\rc=2\nend=x\\";
        assert_eq!(
            pairs(text),
            [
                ("listeners".into(), "PLAINTEXT://:1,#SSL://:2\\".into(), 5),
                ("b".into(), "1".into(), 7),
                ("c".into(), "2".into(), 8),
                ("end".into(), "x".into(), 9),
            ]
        );
    }

    #[test]
    fn the_last_of_several_counts() {
        let mut parsed = Properties::parse(b"a=1\nb=2\na=3\n").unwrap();
        assert_eq!(parsed.get("a"), Some("3"));
        let repeated: Vec<_> = parsed.duplicates().iter().map(|(first, last)| (first.line, last.line)).collect();
        assert_eq!(repeated, [(1, 3)]);
        parsed.set("b", "9");
        assert_eq!(parsed.get("b"), Some("9"));
        assert_eq!(parsed.duplicates().len(), 1, "an override is no duplicate");
    }

    #[test]
    fn hostile_bytes_never_panic() {
        let mut seed = 0x9e37_79b9_u32;
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..64)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    b"\\u=:# \n\r0aF\xff"[(seed >> 24) as usize % 12]
                })
                .collect();
            let _ = Properties::parse(&bytes);
        }
    }
}
