//! Pure: topics by name or by a regular expression, as Kafka's tools write them (`TopicFilter.IncludeList`).

use anyhow::Context;
use regex_lite::Regex;

/// The topics that an expression names. A comma stands for "or"; blanks, and quotes around the whole, are dropped.
#[derive(Clone, Debug)]
pub enum TopicFilter {
    /// Names that hold nothing but themselves: no expression needs to be built.
    Names(Vec<String>),
    /// For the whole name.
    Pattern(Regex),
}

impl TopicFilter {
    /// Understands an expression.
    pub fn new(text: &str) -> anyhow::Result<TopicFilter> {
        let text = text.trim().replace(',', "|").replace(' ', "");
        let pattern = text.trim_matches(['"', '\'']);
        if pattern.is_empty() {
            return Ok(TopicFilter::Names(Vec::new()));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if pattern.split('|').all(|name| !name.is_empty() && name.chars().all(plain)) {
            return Ok(TopicFilter::Names(pattern.split('|').map(str::to_owned).collect()));
        }
        let whole = Regex::new(&format!("^(?:{pattern})$"));
        whole.map(TopicFilter::Pattern).with_context(|| format!("{pattern} is an invalid regex."))
    }

    /// Whether the expression was empty and so names no topic; some tools take that for all topics.
    pub fn is_empty(&self) -> bool {
        matches!(self, TopicFilter::Names(names) if names.is_empty())
    }

    /// Whether the topic `name` is one of them.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            TopicFilter::Names(names) => names.iter().any(|one| one == name),
            TopicFilter::Pattern(pattern) => pattern.is_match(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        for (filter, yes, no) in [
            ("a,b", "b", "ab"),
            ("\"a\"", "a", "b"),
            ("a.b", "axb", "ab"),
            (r"a\.b", "a.b", "axb"),
            ("cli-l-.*", "cli-l-a", "xcli-l-a"),
            ("a, b", "b", "c"),
        ] {
            let topics = TopicFilter::new(filter).unwrap();
            assert!(topics.matches(yes) && !topics.matches(no) && !topics.is_empty(), "{filter}");
        }
        for nothing in ["", "\"\"", " "] {
            let topics = TopicFilter::new(nothing).unwrap();
            assert!(topics.is_empty() && !topics.matches("a"), "{nothing:?}");
        }
    }

    /// Kafka's words, and then the reason.
    #[test]
    fn what_is_no_expression() {
        let error = format!("{:#}", TopicFilter::new("\"a(\"").unwrap_err());
        assert!(error.starts_with("a( is an invalid regex.: ") && error.contains("group"), "{error}");
    }
}
