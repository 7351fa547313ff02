//! Pure: an expression's words.

use super::Wrong;
use crate::moment;

/// A word of the language and where it begins, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    pub at: usize,
    pub token: Token,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// A field, a part of a path, or an operator made of letters.
    Word(String),
    /// Between quotes.
    Text(String),
    Integer(i64),
    Decimal(f64),
    /// Milliseconds since 1970.
    Time(i64),
    Symbol(&'static str),
    End,
}

/// The longer ones first.
const SYMBOLS: &[&str] = &["!=", "<=", ">=", "!~", "=", "<", ">", "~", "(", ")", "[", "]", ",", "."];

/// Takes `text` apart. The last token is the end.
pub fn tokens(text: &str, now_ms: i64) -> Result<Vec<Placed>, Wrong> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, length) = match first {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '"' | '\'' => string(rest, first, at)?,
            c if c.is_alphabetic() || matches!(c, '_' | '$' | '@') => word(rest, now_ms),
            c if c.is_ascii_digit() || (c == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) => {
                number(rest, at, now_ms)?
            }
            _ => symbol(rest, at)?,
        };
        found.push(Placed { at, token });
        at += length;
    }
    found.push(Placed { at: text.len(), token: Token::End });
    Ok(found)
}

fn word(rest: &str, now_ms: i64) -> (Token, usize) {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '@');
    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    match &rest[..length] {
        "now" => (Token::Time(now_ms), length),
        word => (Token::Word(word.to_owned()), length),
    }
}

fn symbol(rest: &str, at: usize) -> Result<(Token, usize), Wrong> {
    if rest.starts_with("==") {
        return Err(Wrong { at, what: "'==' is written as =".into() });
    }
    match SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => {
            let odd: String = rest.chars().take(1).collect();
            Err(Wrong { at, what: format!("'{}' means nothing here", odd.escape_debug()) })
        }
    }
}

/// A number, or a time that begins like one.
fn number(rest: &str, at: usize, now_ms: i64) -> Result<(Token, usize), Wrong> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '+' | '-');
    let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    let text = &rest[..length];
    if let Ok(number) = text.parse() {
        return Ok((Token::Integer(number), length));
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let looks_like_a_date = digits > 0 && text.as_bytes().get(digits) == Some(&b'-');
    let looks_like_a_duration = text.starts_with('-') && text.ends_with(|c: char| c.is_ascii_alphabetic());
    if looks_like_a_date || looks_like_a_duration {
        let time = moment::read(text, now_ms).map_err(|what| Wrong { at, what })?;
        return Ok((Token::Time(time), length));
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok((Token::Decimal(number), length)),
        _ => Err(Wrong { at, what: format!("'{text}' is no number") }),
    }
}

fn string(rest: &str, quote: char, at: usize) -> Result<(Token, usize), Wrong> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((place, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((Token::Text(text), place + 1)),
            '\\' => match chars.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, c)) if c == quote || c == '\\' => text.push(c),
                // Those of regular expressions are passed on.
                Some((_, c)) if !c.is_alphanumeric() || "dDsSwWbB".contains(c) => text.extend(['\\', c]),
                Some((_, c)) => {
                    return Err(Wrong {
                        at: at + place,
                        what: format!("'\\{c}' stands for nothing; \\\\ is a backslash"),
                    });
                }
                None => break,
            },
            c => text.push(c),
        }
    }
    Err(Wrong { at, what: "this string has no end".into() })
}
