//! Pure: what one line says: headers, key and value, by the rules of Kafka's `LineMessageReader`.

use bytes::Bytes;
use regex_lite::Regex;
use rkafka_client::Properties;
use rkafka_protocol::record::Header;

/// The properties of `--property` and `--reader-config`, understood.
#[derive(Debug)]
pub struct LineReader {
    parse_key: bool,
    key_separator: String,
    parse_headers: bool,
    headers_delimiter: String,
    headers_separator: Regex,
    headers_key_separator: String,
    ignore_error: bool,
    null_marker: Option<String>,
    line_number: u64,
}

/// A line taken apart.
#[derive(Debug, PartialEq)]
pub struct Parsed<'a> {
    pub headers: Vec<Header>,
    pub key: Option<&'a str>,
    pub value: Option<&'a str>,
}

impl LineReader {
    /// Understands the properties. Unknown ones are passed over, as Kafka does.
    ///
    /// Errors, in Kafka's words: separators that are equal; a `headers.separator` that is no regular expression.
    pub fn configure(properties: &Properties) -> Result<LineReader, String> {
        let flag = |name: &str| properties.get(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let text = |name: &str, default: &str| properties.get(name).map_or(default, String::as_str).to_owned();
        let separator = text("headers.separator", ",");
        let reader = LineReader {
            parse_key: flag("parse.key"),
            key_separator: text("key.separator", "\t"),
            parse_headers: flag("parse.headers"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: Regex::new(&separator)
                .map_err(|error| format!("headers.separator '{separator}' is not a regular expression: {error}"))?,
            headers_key_separator: text("headers.key.separator", ":"),
            ignore_error: flag("ignore.error"),
            null_marker: properties.get("null.marker").cloned(),
            line_number: 0,
        };
        reader.check_differ()?;
        Ok(reader)
    }

    fn check_differ(&self) -> Result<(), String> {
        let separator = self.headers_separator.as_str();
        let (delimiter, of_key) = (self.headers_delimiter.as_str(), self.headers_key_separator.as_str());
        let null = self.null_marker.as_deref();
        let pairs = [
            ("headers.delimiter and headers.separator", delimiter == separator),
            ("headers.delimiter and headers.key.separator", delimiter == of_key),
            ("headers.separator and headers.key.separator", separator == of_key),
            ("null.marker and key.separator", null == Some(self.key_separator.as_str())),
            ("null.marker and headers.separator", null == Some(separator)),
            ("null.marker and headers.delimiter", null == Some(delimiter)),
            ("null.marker and headers.key.separator", null == Some(of_key)),
        ];
        match pairs.iter().find(|(_, equal)| *equal) {
            Some((names, _)) => Err(format!("{names} may not be equal")),
            None => Ok(()),
        }
    }

    /// Whether each line is a value and nothing else, so that it need not be taken apart.
    pub fn is_plain(&self) -> bool {
        !self.parse_key && !self.parse_headers && self.null_marker.is_none()
    }

    /// Takes the next line apart.
    ///
    /// Errors, in Kafka's words: a separator is missing, unless `ignore.error` is set.
    pub fn parse<'a>(&mut self, line: &'a str) -> Result<Parsed<'a>, String> {
        self.line_number += 1;
        let headers = self.cut(self.parse_headers, line, &self.headers_delimiter, "headers delimiter")?;
        let (headers, rest) = headers.map_or((None, line), |(head, rest)| (Some(head), rest));
        let key = self
            .cut(self.parse_key, rest, &self.key_separator, "key separator")
            // Kafka shows the whole line, not only what is left of it.
            .map_err(|_| self.missing("key separator", line))?;
        let (key, value) = key.map_or((None, rest), |(key, value)| (Some(key), value));
        let headers = match headers.filter(|text| !self.is_null(text)) {
            Some(text) => self.headers(text)?,
            None => Vec::new(),
        };
        let not_null = |text: &&str| !self.is_null(text);
        Ok(Parsed { headers, key: key.filter(not_null), value: Some(value).filter(not_null) })
    }

    fn is_null(&self, text: &str) -> bool {
        self.null_marker.as_deref() == Some(text)
    }

    fn cut<'a>(
        &self,
        wanted: bool,
        line: &'a str,
        separator: &str,
        name: &str,
    ) -> Result<Option<(&'a str, &'a str)>, String> {
        if !wanted {
            return Ok(None);
        }
        match line.split_once(separator) {
            None if !self.ignore_error => Err(self.missing(name, line)),
            found => Ok(found),
        }
    }

    fn missing(&self, name: &str, line: &str) -> String {
        format!("No {name} found on line number {}: '{line}'", self.line_number)
    }

    fn headers(&self, text: &str) -> Result<Vec<Header>, String> {
        let mut pairs: Vec<&str> = self.headers_separator.split(text).collect();
        // As Java splits: empty pieces at the end are none.
        while pairs.len() > 1 && pairs.last().is_some_and(|last| last.is_empty()) {
            pairs.pop();
        }
        pairs.into_iter().map(|pair| self.header(pair)).collect()
    }

    fn header(&self, pair: &str) -> Result<Header, String> {
        let bytes = |text: &str| Bytes::copy_from_slice(text.as_bytes());
        match pair.split_once(self.headers_key_separator.as_str()) {
            Some((key, _)) if self.is_null(key) => {
                Err(format!("Header keys should not be equal to the null marker '{key}' as they can't be null"))
            }
            Some((key, value)) => {
                Ok(Header { key: bytes(key), value: Some(value).filter(|value| !self.is_null(value)).map(bytes) })
            }
            None if self.ignore_error => Ok(Header { key: bytes(pair), value: None }),
            None => Err(format!("No header key separator found in pair '{pair}' on line number {}", self.line_number)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(list: &[(&str, &str)]) -> Result<LineReader, String> {
        LineReader::configure(&list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect())
    }

    /// `headers|key|value`, with `-` for null.
    fn shown(list: &[(&str, &str)], line: &str) -> String {
        let mut reader = reader(list).unwrap();
        match reader.parse(line) {
            Err(error) => error,
            Ok(parsed) => {
                let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
                let header = |h: &Header| format!("{}={}", text(&h.key), h.value.as_ref().map_or("-".into(), text));
                let headers: Vec<String> = parsed.headers.iter().map(header).collect();
                format!("{}|{}|{}", headers.join("&"), parsed.key.unwrap_or("-"), parsed.value.unwrap_or("-"))
            }
        }
    }

    const KEYED: &[(&str, &str)] = &[("parse.key", "true"), ("key.separator", ":"), ("null.marker", "NULL")];
    const ALL: &[(&str, &str)] = &[("parse.key", " TRUE "), ("parse.headers", "true"), ("null.marker", "NULL")];

    #[test]
    fn keys_values_and_nulls() {
        assert_eq!(shown(&[], "a\tb"), "|-|a\tb");
        assert_eq!(shown(KEYED, "k:v:w"), "|k|v:w");
        assert_eq!(shown(KEYED, "k:NULL"), "|k|-");
        assert_eq!(shown(KEYED, "NULL:v"), "|-|v");
        assert_eq!(shown(KEYED, ":v"), "||v");
        assert_eq!(shown(KEYED, "nosep"), "No key separator found on line number 1: 'nosep'");
        assert_eq!(shown(&[("parse.key", "true"), ("ignore.error", "true")], "nosep"), "|-|nosep");
    }

    #[test]
    fn headers() {
        assert_eq!(shown(ALL, "h1:v1,h2:NULL\tk\tv"), "h1=v1&h2=-|k|v");
        assert_eq!(shown(ALL, "NULL\tk\tv"), "|k|v");
        assert_eq!(shown(ALL, "h1:v1,,\tk\tv"), "h1=v1|k|v");
        assert_eq!(shown(ALL, "h1\tk\tv"), "No header key separator found in pair 'h1' on line number 1");
        assert_eq!(shown(ALL, "x"), "No headers delimiter found on line number 1: 'x'");
        assert_eq!(shown(ALL, "h:1\tx"), "No key separator found on line number 1: 'h:1\tx'");
        let regex = [("parse.headers", "true"), ("headers.separator", "[;|]")];
        assert_eq!(shown(&regex, "a:1;b:2|c:3\tv"), "a=1&b=2&c=3|-|v");
    }

    #[test]
    fn equal_separators_are_refused() {
        let error = reader(&[("parse.headers", "true"), ("headers.delimiter", ",")]).unwrap_err();
        assert_eq!(error, "headers.delimiter and headers.separator may not be equal");
        let error = reader(&[("null.marker", ":")]).unwrap_err();
        assert_eq!(error, "null.marker and headers.key.separator may not be equal");
    }
}
