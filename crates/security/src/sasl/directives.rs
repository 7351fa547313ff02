//! Pure: `name=value,name="quoted \"value\""`, which challenges and responses are made of.

use super::SaslError;

/// Longer tokens are refused (RFC 2831 allows 4096 bytes).
const MAX_TOKEN: usize = 8192;

/// The directives of one token.
#[derive(Debug, Default)]
pub struct Directives(Vec<(String, Vec<u8>)>);

impl Directives {
    pub fn parse(token: &[u8]) -> Result<Directives, SaslError> {
        if token.len() > MAX_TOKEN {
            return Err(SaslError::new("the token is too long"));
        }
        let mut directives = Vec::new();
        let mut rest = token;
        loop {
            rest = skip(rest, |byte| byte.is_ascii_whitespace() || byte == b',');
            if rest.is_empty() {
                return Ok(Directives(directives));
            }
            let equals = rest.iter().position(|byte| *byte == b'=');
            let (name, after) = equals
                .and_then(|at| rest.split_at_checked(at))
                .ok_or_else(|| SaslError::new("a directive has no value"))?;
            let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
            let (value, after) = value(skip(&after[1..], |byte| byte.is_ascii_whitespace()))?;
            directives.push((name, value));
            rest = after;
        }
    }

    /// The value of the first directive with this name.
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// The value as text: UTF-8 if the other side says so, Latin-1 otherwise.
    pub fn text(&self, name: &str) -> Option<String> {
        let bytes = self.bytes(name)?;
        match self.bytes("charset") {
            Some(charset) if charset.eq_ignore_ascii_case(b"utf-8") => {
                Some(String::from_utf8_lossy(bytes).into_owned())
            }
            _ => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        }
    }

    pub fn required(&self, name: &str) -> Result<String, SaslError> {
        self.text(name).ok_or_else(|| SaslError::new(format!("{name} is missing")))
    }
}

fn skip(bytes: &[u8], is_skipped: impl Fn(u8) -> bool) -> &[u8] {
    let start = bytes.iter().position(|byte| !is_skipped(*byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

/// A value and what stands behind it.
fn value(bytes: &[u8]) -> Result<(Vec<u8>, &[u8]), SaslError> {
    if bytes.first() != Some(&b'"') {
        let end = bytes.iter().position(|byte| *byte == b',').unwrap_or(bytes.len());
        let (value, rest) = bytes.split_at(end);
        return Ok((value.trim_ascii_end().to_vec(), rest));
    }
    let mut value = Vec::new();
    let mut at = 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok((value, &bytes[at + 1..])),
            b'\\' => {
                at += 1;
                value.extend(bytes.get(at));
            }
            _ => value.push(byte),
        }
        at += 1;
    }
    Err(SaslError::new("a quoted value does not end"))
}

/// `value` in quotes.
pub fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
