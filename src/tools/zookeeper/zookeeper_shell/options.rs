//! Pure: the options of the shell's commands, read as ZooKeeper's shell reads them (Apache Commons CLI's default parser,
//! short options only): `-v 3`, `-v3`, `-v=3`, flags in one word (`-sw`), `--` before words that begin with a dash.

/// What a command understands.
#[derive(Debug)]
pub struct Known {
    pub options: &'static [Opt],
    pub group: Group,
}

/// One option: its name without the dash. A command asks by it, so that no name is spelled twice.
#[derive(Clone, Copy, Debug)]
pub struct Opt {
    pub name: &'static str,
    pub takes_value: bool,
    pub about: &'static str,
}

/// Whether the options exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Free,
    AtMostOne,
    ExactlyOne,
}

/// A flag.
pub const fn flag(name: &'static str, about: &'static str) -> Opt {
    Opt { name, takes_value: false, about }
}

/// An option with a value.
pub const fn value(name: &'static str, about: &'static str) -> Opt {
    Opt { name, takes_value: true, about }
}

impl Known {
    pub const NONE: Known = Known::free(&[]);

    pub const fn free(options: &'static [Opt]) -> Known {
        Known { options, group: Group::Free }
    }

    fn named(&self, name: &str) -> Option<&'static Opt> {
        self.options.iter().find(|option| option.name == name)
    }

    /// Whether a word can only be an option, not the value of one.
    fn is_option(&self, word: &str) -> bool {
        let Some(typed) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) else { return false };
        let typed = typed.split('=').next().unwrap_or_default();
        let first = typed.chars().next().map(String::from);
        self.named(typed).is_some() || first.is_some_and(|first| self.named(&first).is_some())
    }
}

/// What stands in a command's words, the command's own name first among [`Given::words`].
#[derive(Debug, Default)]
pub struct Given {
    given: Vec<(&'static str, Option<String>)>,
    words: Vec<String>,
}

impl Given {
    /// Reads `words` (the command's name is the first); the error is in the words of Commons CLI.
    pub fn parse(known: &Known, words: &[String]) -> Result<Given, String> {
        let mut reader = Reader { known, given: Given::default(), open: None };
        let mut only_words = false;
        for word in words {
            match word.as_str() {
                _ if only_words => reader.given.words.push(word.clone()),
                "--" => only_words = true,
                _ => reader.read(word)?,
            }
        }
        reader.no_open_option()?;
        if known.group == Group::ExactlyOne && reader.given.given.is_empty() {
            let all: Vec<String> = known.options.iter().map(|o| format!("-{} {}", o.name, o.about)).collect();
            let all = all.join(", ");
            return Err(format!("org.apache.commons.cli.MissingOptionException: Missing required option: [{all}]"));
        }
        Ok(reader.given)
    }

    /// Words for a command that reads none of its options.
    pub fn unread(words: &[String]) -> Given {
        Given { given: Vec::new(), words: words.to_vec() }
    }

    /// Whether the option was given.
    pub fn has(&self, option: &Opt) -> bool {
        self.given.iter().any(|(given, _)| *given == option.name)
    }

    /// The first value of an option.
    pub fn value(&self, option: &Opt) -> Option<&str> {
        self.given.iter().find(|(given, _)| *given == option.name).and_then(|(_, value)| value.as_deref())
    }

    /// The word at `at`; 0 is the command's name.
    pub fn word(&self, at: usize) -> Option<&str> {
        self.words.get(at).map(String::as_str)
    }

    /// How many words there are, the command's name included.
    pub fn len(&self) -> usize {
        self.words.len()
    }
}

struct Reader<'a> {
    known: &'a Known,
    given: Given,
    /// The option that still wants its value.
    open: Option<&'static Opt>,
}

impl Reader<'_> {
    fn read(&mut self, word: &str) -> Result<(), String> {
        if self.open.is_some() && !self.known.is_option(word) {
            return self.close_with(without_quotes(word));
        }
        let Some(typed) = word.strip_prefix('-').filter(|typed| !typed.is_empty()) else {
            self.given.words.push(word.to_owned());
            return Ok(());
        };
        if typed.starts_with('-') {
            return Err(unrecognized(word));
        }
        match typed.split_once('=') {
            Some((name, value)) => {
                match self.known.named(name).filter(|o| o.takes_value && name.chars().count() == 1) {
                    Some(option) => self.take(option).and_then(|()| self.close_with(value)),
                    None => Err(unrecognized(word)),
                }
            }
            None => match self.known.named(typed) {
                Some(option) => self.take(option),
                None => self.read_joined(word, typed),
            },
        }
    }

    /// Several flags in one word, or an option and its value.
    fn read_joined(&mut self, word: &str, typed: &str) -> Result<(), String> {
        for (at, letter) in typed.char_indices() {
            let option = self.known.named(letter.encode_utf8(&mut [0; 4])).ok_or_else(|| unrecognized(word))?;
            self.take(option)?;
            let rest = typed.get(at + letter.len_utf8()..).unwrap_or_default();
            if option.takes_value && !rest.is_empty() {
                return self.close_with(rest);
            }
        }
        Ok(())
    }

    fn take(&mut self, option: &'static Opt) -> Result<(), String> {
        self.no_open_option()?;
        let other = self.given.given.iter().map(|(name, _)| *name).find(|name| *name != option.name);
        if let (Some(other), true) = (other, self.known.group != Group::Free) {
            return Err(format!(
                "org.apache.commons.cli.AlreadySelectedException: The option '{}' was specified but an option from this \
                 group has already been selected: '{other}'",
                option.name
            ));
        }
        self.given.given.push((option.name, None));
        self.open = option.takes_value.then_some(option);
        Ok(())
    }

    fn close_with(&mut self, value: &str) -> Result<(), String> {
        self.open = None;
        if let Some((_, slot)) = self.given.given.last_mut() {
            *slot = Some(value.to_owned());
        }
        Ok(())
    }

    fn no_open_option(&self) -> Result<(), String> {
        match self.open {
            Some(open) => Err(format!(
                "org.apache.commons.cli.MissingArgumentException: Missing argument for option: {}",
                open.name
            )),
            None => Ok(()),
        }
    }
}

fn unrecognized(word: &str) -> String {
    format!("org.apache.commons.cli.UnrecognizedOptionException: Unrecognized option: {word}")
}

fn without_quotes(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Known = Known::free(&[flag("s", "stats"), flag("w", "watch"), value("v", "version"), value("add", "")]);
    const ONE: Known = Known { options: &[value("n", "num"), value("b", "bytes")], group: Group::ExactlyOne };

    fn read(known: &Known, line: &str) -> Result<String, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let given = Given::parse(known, &words)?;
        let options = given.given.iter().map(|(n, v)| v.as_ref().map_or((*n).to_owned(), |v| format!("{n}={v}")));
        Ok(format!("{} {}", options.collect::<Vec<_>>().join(" "), given.words.join(" ")))
    }

    #[test]
    fn as_commons_cli_reads() {
        for (line, found) in [
            ("ls -s /a", "s ls /a"),
            ("ls -sw /a", "s w ls /a"),
            ("set -v 3 /a", "v=3 set /a"),
            ("set -v3 /a", "v=3 set /a"),
            ("set -v=3 /a", "v=3 set /a"),
            ("set -sv -1 /a", "s v=-1 set /a"),
            ("set /a -- -s", " set /a -s"),
            ("set /a -", " set /a -"),
            ("reconfig -add x", "add=x reconfig"),
        ] {
            assert_eq!(read(&FREE, line).as_deref(), Ok(found), "{line}");
        }
    }

    /// What Apache ZooKeeper 3.8.4's shell prints.
    #[test]
    fn refusals() {
        for (known, line, error) in [
            (&FREE, "ls -z", "UnrecognizedOptionException: Unrecognized option: -z"),
            (&FREE, "ls --s", "UnrecognizedOptionException: Unrecognized option: --s"),
            (&FREE, "ls -s=1", "UnrecognizedOptionException: Unrecognized option: -s=1"),
            (&FREE, "set /a -5", "UnrecognizedOptionException: Unrecognized option: -5"),
            (&FREE, "set -v", "MissingArgumentException: Missing argument for option: v"),
            (&FREE, "set -v -s", "MissingArgumentException: Missing argument for option: v"),
            (&ONE, "setquota /a", "MissingOptionException: Missing required option: [-n num, -b bytes]"),
            (
                &ONE,
                "setquota -n 1 -b 2 /a",
                "AlreadySelectedException: The option 'b' was specified but an option from this group has already been \
                 selected: 'n'",
            ),
        ] {
            assert_eq!(read(known, line), Err(format!("org.apache.commons.cli.{error}")));
        }
    }
}
