//! Pure: a typed line into words, as ZooKeeper's shell cuts it: at spaces, with `'…'` and `"…"` kept together where a
//! word begins with the quote.

use regex_lite::Regex;

/// ZooKeeper's own expression (`ZooKeeperMain.MyCommandOptions`); a quote that is never closed is passed over.
const WORD: &str = r#"\s*([^"']\S*|"[^"]*"|'[^']*')\s*"#;

/// The words of `line`, without the quotes around them.
pub fn split(line: &str) -> Vec<String> {
    let Ok(word) = Regex::new(WORD) else { return Vec::new() };
    word.captures_iter(line).filter_map(|found| found.get(1)).map(|found| unquoted(found.as_str()).to_owned()).collect()
}

fn unquoted(word: &str) -> &str {
    let inner = |quote| word.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_quotes() {
        for (line, words) in [
            ("ls /", vec!["ls", "/"]),
            ("  get   -s /a  ", vec!["get", "-s", "/a"]),
            (r#"set /a "two words""#, vec!["set", "/a", "two words"]),
            (r#"set /a 'it "is"'"#, vec!["set", "/a", r#"it "is""#]),
            (r#"create /a """#, vec!["create", "/a", ""]),
            (r#"set /a {"a":1,"b":"c d"}"#, vec!["set", "/a", r#"{"a":1,"b":"c"#, r#"d"}"#]),
            (r#"get "/a"#, vec!["get", "/a"]),
            ("\"", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(split(line), words, "{line}");
        }
    }
}
