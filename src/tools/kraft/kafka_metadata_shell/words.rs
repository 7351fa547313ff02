//! Pure: a line cut into words as JLine's `DefaultParser` cuts it: quotes hold blanks together where a word begins with
//! them, and a backslash takes its meaning from what follows it.

const QUOTES: [char; 2] = ['\'', '"'];

/// The words of a line; the last one is empty where the line ends with a blank.
pub fn split(line: &str) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let mut open: Option<char> = None;
    // Whether the word begins with the quote that is open.
    let mut quoted = false;
    let mut escaped = false;
    for c in line.chars() {
        let (was_escaped, is_escape) = (escaped, c == '\\' && !escaped);
        escaped = is_escape;
        match open {
            None if QUOTES.contains(&c) && !was_escaped => {
                open = Some(c);
                quoted = word.is_empty();
                if !quoted {
                    word.push(c);
                }
            }
            Some(quote) if quote == c && !was_escaped => {
                if !quoted {
                    word.push(c);
                }
                (open, quoted) = (None, false);
            }
            None if c.is_whitespace() && !was_escaped => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ if is_escape => {}
            _ => word.push(c),
        }
    }
    words.push(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_quotes_and_backslashes() {
        for (line, words) in [
            ("ls  /a b", vec!["ls", "/a", "b"]),
            (" ls ", vec!["ls", ""]),
            ("", vec![""]),
            ("ls 'a b' \"c'd\"", vec!["ls", "a b", "c'd"]),
            ("ls 'it''s'", vec!["ls", "it's'"]),
            (r"ls a\ b \\* \'x", vec!["ls", "a b", r"\*", "'x"]),
            ("cat \"un d", vec!["cat", "un d"]),
            ("ls '' x", vec!["ls", "x"]),
        ] {
            assert_eq!(split(line), words, "{line}");
        }
    }
}
