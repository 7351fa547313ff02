//! Pure: whether a text is a regular expression of RE2, which is what brokers take in subscriptions, and if not why, in
//! the words of RE2/J.

use std::collections::HashSet;

type Checked<T> = Result<T, &'static str>;

const ESCAPE: &str = "invalid escape sequence";
const RANGE: &str = "invalid character class range";
const BRACKET: &str = "missing closing ]";
const NO_ARGUMENT: &str = "missing argument to repetition operator";
const NAME: &str = "invalid named capture";
const MOST_REPEATS: u32 = 1000;

const CATEGORIES: &str = "Any C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z \
                          Zl Zp Zs";
const SCRIPTS: &str = "Arabic Armenian Avestan Balinese Bamum Batak Bengali Bopomofo Brahmi Braille Buginese Buhid \
                       Canadian_Aboriginal Carian Cham Cherokee Common Coptic Cuneiform Cypriot Cyrillic Deseret Devanagari \
                       Egyptian_Hieroglyphs Ethiopic Georgian Glagolitic Gothic Greek Gujarati Gurmukhi Han Hangul Hanunoo \
                       Hebrew Hiragana Imperial_Aramaic Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese \
                       Kaithi Kannada Katakana Kayah_Li Kharoshthi Khmer Lao Latin Lepcha Limbu Linear_B Lisu Lycian Lydian \
                       Malayalam Mandaic Meetei_Mayek Mongolian Myanmar New_Tai_Lue Nko Ogham Ol_Chiki Old_Italic \
                       Old_Persian Old_South_Arabian Old_Turkic Oriya Osmanya Phags_Pa Phoenician Rejang Runic Samaritan \
                       Saurashtra Shavian Sinhala Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet \
                       Tamil Telugu Thaana Thai Tibetan Tifinagh Ugaritic Vai Yi";
const POSIX: &str = "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit";

/// `Err` has what is wrong.
pub fn check(pattern: &str) -> Result<(), &'static str> {
    let mut scan = Scan { rest: pattern, open: vec![false], names: HashSet::new() };
    let mut after_repeat = false;
    while let Some(c) = scan.rest.chars().next() {
        let mut is_repeat = false;
        match c {
            '(' => scan.open_group()?,
            ')' => scan.close_group()?,
            '|' => scan.pass("|", false),
            '[' => scan.class()?,
            '\\' => scan.escape_outside_class()?,
            '*' | '+' | '?' => {
                scan.rest = &scan.rest[1..];
                scan.repeat(after_repeat)?;
                is_repeat = true;
            }
            '{' => {
                is_repeat = true;
                match scan.counts()? {
                    true => scan.repeat(after_repeat)?,
                    false => scan.pass("{", true),
                }
            }
            c => {
                scan.rest = &scan.rest[c.len_utf8()..];
                scan.has_atom(true);
            }
        }
        after_repeat = is_repeat;
    }
    if scan.open.len() > 1 { Err("missing closing )") } else { Ok(()) }
}

struct Scan<'a> {
    rest: &'a str,
    /// Of every group that is open, the whole pattern first: whether there is something that can be repeated.
    open: Vec<bool>,
    names: HashSet<&'a str>,
}

impl<'a> Scan<'a> {
    fn has_atom(&mut self, has: bool) {
        if let Some(last) = self.open.last_mut() {
            *last = has;
        }
    }

    fn pass(&mut self, text: &str, is_atom: bool) {
        self.rest = &self.rest[text.len()..];
        self.has_atom(is_atom);
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn repeat(&mut self, after_repeat: bool) -> Checked<()> {
        self.rest = self.rest.strip_prefix('?').unwrap_or(self.rest);
        match (after_repeat, self.open.last()) {
            (true, _) => Err("invalid nested repetition operator"),
            (false, Some(true)) => Ok(()),
            (false, _) => Err(NO_ARGUMENT),
        }
    }

    /// `{2}`, `{2,}`, `{2,5}`; anything else is text.
    fn counts(&mut self) -> Checked<bool> {
        let Some((inside, rest)) = self.rest[1..].split_once('}') else { return Ok(false) };
        let (least, most) = inside.split_once(',').map_or((inside, Some(inside)), |(a, b)| (a, Some(b)));
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            (is_number && (text.len() == 1 || !text.starts_with('0'))).then(|| text.parse::<u32>().unwrap_or(u32::MAX))
        };
        let Some(from) = number(least) else { return Ok(false) };
        let to = match most {
            None | Some("") => from,
            Some(text) => match number(text) {
                Some(to) => to,
                None => return Ok(false),
            },
        };
        if from > MOST_REPEATS || to > MOST_REPEATS || from > to {
            return Err("bad repetition operator");
        }
        self.rest = rest;
        Ok(true)
    }

    fn open_group(&mut self) -> Checked<()> {
        let Some(perl) = self.rest.strip_prefix("(?") else {
            self.pass("(", true);
            self.open.push(false);
            return Ok(());
        };
        if let Some(named) = perl.strip_prefix("P<").or_else(|| perl.strip_prefix('<')) {
            let (name, rest) = named.split_once('>').ok_or(NAME)?;
            if name.is_empty() || !name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()) {
                return Err(NAME);
            }
            if !self.names.insert(name) {
                return Err("duplicate capture group name");
            }
            self.rest = rest;
            self.has_atom(true);
            self.open.push(false);
            return Ok(());
        }
        self.rest = perl;
        let (mut is_off, mut has_flag) = (false, false);
        loop {
            match self.next() {
                Some('i' | 'm' | 's' | 'U') => has_flag = true,
                Some('-') if !is_off => (is_off, has_flag) = (true, false),
                Some(':' | ')') if is_off && !has_flag => return Err("invalid or unsupported Perl syntax"),
                Some(':') => {
                    self.has_atom(true);
                    self.open.push(false);
                    return Ok(());
                }
                Some(')') => return Ok(()),
                _ => return Err("invalid or unsupported Perl syntax"),
            }
        }
    }

    fn close_group(&mut self) -> Checked<()> {
        if self.open.len() < 2 {
            return Err("regexp/syntax: internal error");
        }
        self.open.pop();
        self.pass(")", true);
        Ok(())
    }

    fn escape_outside_class(&mut self) -> Checked<()> {
        self.has_atom(true);
        let after = &self.rest[1..];
        if let Some(literal) = after.strip_prefix('Q') {
            self.rest = literal.split_once("\\E").map_or("", |(_, rest)| rest);
            return Ok(());
        }
        if after.starts_with(['A', 'b', 'B', 'z']) {
            self.rest = &after[1..];
            return Ok(());
        }
        if !self.class_escape()? {
            self.escape()?;
        }
        Ok(())
    }

    /// `\pL`, `\p{Greek}`, `\d` and the like.
    fn class_escape(&mut self) -> Checked<bool> {
        let Some(after) = self.rest.strip_prefix('\\') else { return Ok(false) };
        if after.starts_with(['d', 'D', 's', 'S', 'w', 'W']) {
            self.rest = &after[1..];
            return Ok(true);
        }
        let Some(named) = after.strip_prefix(['p', 'P']) else { return Ok(false) };
        let (name, rest) = match named.strip_prefix('{') {
            Some(braced) => braced.split_once('}').ok_or(RANGE)?,
            None => named.split_at(named.chars().next().ok_or(RANGE)?.len_utf8()),
        };
        let name = name.strip_prefix('^').unwrap_or(name);
        let known = CATEGORIES.split_whitespace().chain(SCRIPTS.split_whitespace()).any(|known| known == name);
        self.rest = rest;
        if known { Ok(true) } else { Err(RANGE) }
    }

    /// An escape that stands for one character, which is given back.
    fn escape(&mut self) -> Checked<char> {
        self.next();
        let c = self.next().ok_or("trailing backslash at end of expression")?;
        let is_octal = |c: Option<char>| c.is_some_and(|c| ('0'..='7').contains(&c));
        let code = match c {
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
            '0'..='7' if c == '0' || is_octal(self.rest.chars().next()) => {
                let more = self.rest.chars().take(2).take_while(|c| is_octal(Some(*c))).count();
                let digits = format!("{c}{}", &self.rest[..more]);
                self.rest = &self.rest[more..];
                u32::from_str_radix(&digits, 8).ok()
            }
            'x' => self.hexadecimal(),
            'a' => Some(7),
            'f' => Some(12),
            'n' => Some(10),
            'r' => Some(13),
            't' => Some(9),
            'v' => Some(11),
            _ => None,
        };
        code.and_then(char::from_u32).ok_or(ESCAPE)
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let (digits, rest) = match self.rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => self.rest.split_at_checked(2)?,
        };
        self.rest = rest;
        let is_hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
        is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    fn class(&mut self) -> Checked<()> {
        self.pass("[", true);
        self.rest = self.rest.strip_prefix('^').unwrap_or(self.rest);
        let mut is_first = true;
        while is_first || !self.rest.starts_with(']') {
            is_first = false;
            if let Some((name, rest)) = self.rest.strip_prefix("[:").and_then(|inside| inside.split_once(":]")) {
                let name = name.strip_prefix('^').unwrap_or(name);
                if !POSIX.split_whitespace().any(|known| known == name) {
                    return Err(RANGE);
                }
                self.rest = rest;
                continue;
            }
            if self.class_escape()? {
                continue;
            }
            let low = self.class_character()?;
            let is_range = self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]");
            if is_range {
                self.rest = &self.rest[1..];
                if self.class_character()? < low {
                    return Err(RANGE);
                }
            }
        }
        self.rest = &self.rest[1..];
        Ok(())
    }

    fn class_character(&mut self) -> Checked<char> {
        if self.rest.starts_with('\\') { self.escape() } else { self.next().ok_or(BRACKET) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid() {
        let valid =
            "foo.*|a{2,5}?b{,3}|[]a-z^\\d[:alpha:]]+|(?i)x(?:y)(?P<n>z)|\\pL\\p{Greek}\\Q**\\E|\\x41\\x{1F600}\\.\\077";
        assert_eq!(check(valid), Ok(()));
        for text in ["", "a|", "()", "[^]]", "é*", "(?-s:a)", "[a-]"] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_wrong() {
        let wrong = [
            ("[", BRACKET),
            ("[a", BRACKET),
            ("(a", "missing closing )"),
            ("a)", "regexp/syntax: internal error"),
            ("*a", NO_ARGUMENT),
            ("(+)", NO_ARGUMENT),
            ("a|*", NO_ARGUMENT),
            ("a**", "invalid nested repetition operator"),
            ("a{5,2}", "bad repetition operator"),
            ("a{1001}", "bad repetition operator"),
            ("a\\", "trailing backslash at end of expression"),
            ("\\1", ESCAPE),
            ("\\q", ESCAPE),
            ("\\C", ESCAPE),
            ("[b-a]", RANGE),
            ("\\p{Klingon}", RANGE),
            ("[[:foo:]]", RANGE),
            ("(?=a)", "invalid or unsupported Perl syntax"),
            ("(?P<n>a)(?P<n>b)", "duplicate capture group name"),
            ("(?P<a-b>a)", NAME),
        ];
        for (text, reason) in wrong {
            assert_eq!(check(text), Err(reason), "{text}");
        }
    }
}
