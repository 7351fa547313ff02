//! Pure: JSON as Apache's AdminServer writes it (Jackson's pretty printer): `"key" : value`, two blanks per level of
//! objects, lists on one line.

use std::fmt::Write as _;

use crate::metrics::java_double;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Flag(bool),
    Whole(i64),
    Real(f64),
    Text(String),
    List(Vec<Json>),
    /// Keys in their order.
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    /// A number, however it is counted here.
    pub fn count(count: impl TryInto<i64>) -> Json {
        Json::Whole(count.try_into().unwrap_or(i64::MAX))
    }

    pub fn object<K: Into<String>>(pairs: impl IntoIterator<Item = (K, Json)>) -> Json {
        Json::Object(pairs.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    pub fn print(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, 0);
        text
    }

    fn write(&self, text: &mut String, level: usize) {
        match self {
            Json::Null => text.push_str("null"),
            Json::Flag(flag) => text.push_str(if *flag { "true" } else { "false" }),
            Json::Whole(number) => text.push_str(&number.to_string()),
            Json::Real(number) if number.is_finite() => text.push_str(&java_double(*number)),
            Json::Real(number) => quote(text, &java_double(*number)),
            Json::Text(value) => quote(text, value),
            Json::List(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at == 0 { " " } else { ", " });
                    item.write(text, level);
                }
                text.push_str(" ]");
            }
            Json::Object(pairs) => write_object(pairs, text, level),
        }
    }
}

fn write_object(pairs: &[(String, Json)], text: &mut String, level: usize) {
    if pairs.is_empty() {
        return text.push_str("{ }");
    }
    text.push('{');
    for (at, (key, value)) in pairs.iter().enumerate() {
        text.push_str(if at == 0 { "\n" } else { ",\n" });
        text.push_str(&"  ".repeat(level + 1));
        quote(text, key);
        text.push_str(" : ");
        value.write(text, level + 1);
    }
    text.push('\n');
    text.push_str(&"  ".repeat(level));
    text.push('}');
}

fn quote(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            c if c < ' ' => {
                let _infallible = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_jacksons() {
        let inner = Json::object([("a", Json::Whole(1)), ("b", Json::Object(Vec::new()))]);
        let value = Json::object([
            ("list", Json::List(vec![inner.clone(), inner])),
            ("none", Json::List(Vec::new())),
            ("ids", Json::List(vec![Json::Whole(1), Json::Whole(2)])),
            ("text", Json::text("a\"b\n\u{1}é")),
            ("real", Json::Real(0.5)),
            ("nan", Json::Real(f64::NAN)),
            ("error", Json::Null),
        ]);
        assert_eq!(
            value.print(),
            "{\n  \"list\" : [ {\n    \"a\" : 1,\n    \"b\" : { }\n  }, {\n    \"a\" : 1,\n    \"b\" : { }\n  } ],\n  \
             \"none\" : [ ],\n  \"ids\" : [ 1, 2 ],\n  \"text\" : \"a\\\"b\\n\\u0001é\",\n  \"real\" : 0.5,\n  \
             \"nan\" : \"NaN\",\n  \"error\" : null\n}"
        );
    }
}
