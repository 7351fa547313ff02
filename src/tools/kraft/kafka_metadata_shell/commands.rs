//! Pure: the commands, and how a line of words becomes one. Names, words and what is said of a wrong line are those of
//! Kafka's shell, which reads such a line with argparse4j, too.

use crate::options::argparse::row;
use std::fmt::Write;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Cat,
    Cd,
    Exit,
    Find,
    Help,
    History,
    Ls,
    Man,
    Pwd,
    ShowTree,
}

/// How many words a command takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Words {
    None,
    /// At most one.
    Maybe,
    One,
    Any,
    Some,
}

/// A command.
#[derive(Debug)]
pub struct Spec {
    pub name: &'static str,
    pub kind: Kind,
    about: &'static str,
    words: Words,
    /// What the words are called, and what they are.
    argument: (&'static str, &'static str),
    /// Whether it makes sense only where others follow.
    session_only: bool,
}

const fn spec(
    kind: Kind,
    name: &'static str,
    about: &'static str,
    words: Words,
    argument: (&'static str, &'static str),
) -> Spec {
    let session_only = !matches!(kind, Kind::Cat | Kind::Find | Kind::Ls | Kind::ShowTree);
    Spec { name, kind, about, words, argument, session_only }
}

const NOTHING: (&str, &str) = ("", "");

/// All of them, by name.
pub const ALL: [Spec; 10] = [
    spec(
        Kind::Cat,
        "cat",
        "Show the contents of metadata files.",
        Words::Some,
        ("targets", "The metadata files to display."),
    ),
    spec(Kind::Cd, "cd", "Set the current working directory.", Words::Maybe, ("target", "The directory to change to.")),
    spec(Kind::Exit, "exit", "Exit the metadata shell.", Words::None, NOTHING),
    spec(
        Kind::Find,
        "find",
        "Search for nodes in the directory hierarchy.",
        Words::Any,
        ("paths", "The paths to start at."),
    ),
    spec(Kind::Help, "help", "Display this help message.", Words::None, NOTHING),
    spec(
        Kind::History,
        "history",
        "Print command history.",
        Words::Maybe,
        ("numEntriesToShow", "The number of entries to show."),
    ),
    spec(Kind::Ls, "ls", "List metadata nodes.", Words::Any, ("targets", "The metadata node paths to list.")),
    spec(
        Kind::Man,
        "man",
        "Show the help text for a specific command.",
        Words::One,
        ("cmd", "The command to get help text for."),
    ),
    spec(Kind::Pwd, "pwd", "Print the current working directory.", Words::None, NOTHING),
    spec(
        Kind::ShowTree,
        "tree",
        "Show the contents of metadata nodes in a tree structure.",
        Words::Some,
        ("targets", "The metadata nodes to display."),
    ),
];

/// What a line of words means.
#[derive(Debug, PartialEq, Eq)]
pub enum Line {
    Nothing,
    Command(Kind, Vec<String>),
    /// Only this is to be shown.
    Say(String),
}

/// Reads a line; outside a `session` there are fewer commands.
pub fn read(words: &[String], session: bool) -> Line {
    let used = words.iter().rposition(|word| !word.is_empty()).map_or(0, |last| last + 1);
    let Some((name, rest)) = words[..used].split_first() else { return Line::Nothing };
    match command(name, rest, session) {
        Ok((kind, words)) => Line::Command(kind, words),
        Err(text) => Line::Say(text),
    }
}

fn command(name: &str, rest: &[String], session: bool) -> Result<(Kind, Vec<String>), String> {
    if name == "--" {
        return Err(if rest.is_empty() { "too few arguments".to_owned() } else { unknown(rest) });
    }
    if is_option(name) {
        return Err(unknown(&[name.to_owned()]));
    }
    let known = || ALL.iter().filter(|spec| session || !spec.session_only);
    let near: Vec<&Spec> = match known().find(|spec| spec.name == name) {
        Some(spec) => vec![spec],
        None => known().filter(|spec| spec.name.starts_with(name) && !name.is_empty()).collect(),
    };
    let names = |specs: &mut dyn Iterator<Item = &Spec>, quote: &str| {
        specs.map(|spec| format!("{quote}{}{quote}", spec.name)).collect::<Vec<_>>().join(", ")
    };
    let spec = match near[..] {
        [spec] => spec,
        [] => return Err(format!("invalid choice: '{name}' (choose from {})", names(&mut known(), "'"))),
        _ => {
            let could = names(&mut near.into_iter(), "");
            return Err(format!("ambiguous command: {name} could match {could}"));
        }
    };
    let words = spec.arguments(rest)?;
    // A beginning is understood, and what follows it looked at, but it is not done.
    if spec.name != name {
        return Err(format!("invalid choice: '{name}': did you mean '{}'?", spec.name));
    }
    Ok((spec.kind, words))
}

impl Spec {
    /// The words after the command. Errors: what is to be shown instead.
    fn arguments(&self, rest: &[String]) -> Result<Vec<String>, String> {
        let options_end = rest.iter().position(|word| word == "--").unwrap_or(rest.len());
        for word in &rest[..options_end] {
            if word == "-h" || word.len() > 2 && "--help".starts_with(word.as_str()) {
                return Err(self.usage(true));
            }
            if is_option(word) {
                return Err(unknown(std::slice::from_ref(word)));
            }
        }
        let words: Vec<String> = rest[..options_end].iter().chain(rest.iter().skip(options_end + 1)).cloned().collect();
        let (least, most) = match self.words {
            Words::None => (0, 0),
            Words::Maybe => (0, 1),
            Words::One => (1, 1),
            Words::Any => (0, usize::MAX),
            Words::Some => (1, usize::MAX),
        };
        if words.len() > most {
            return Err(unknown(&words[most..]));
        }
        if words.len() < least {
            return Err("too few arguments".to_owned());
        }
        if self.kind == Kind::History
            && let Some(number) = words.first().filter(|number| number.parse::<i32>().is_err())
        {
            let name = self.argument.0;
            return Err(format!(
                "argument {name}: could not convert '{number}' to Integer (For input string: \"{number}\")"
            ));
        }
        Ok(words)
    }

    /// How the command is used: as `-h` after it says it, or as `man` does.
    fn usage(&self, asked_after_it: bool) -> String {
        let (name, about) = self.argument;
        let words = match self.words {
            Words::None => String::new(),
            Words::Maybe => format!(" [{name}]"),
            Words::One => format!(" {name}"),
            Words::Any => format!(" [{name} [{name} ...]]"),
            Words::Some => format!(" {name} [{name} ...]"),
        };
        let mut text = match asked_after_it {
            true => format!("usage:  {} [-h]{words}\n", self.name),
            false => format!("usage: {}{words}\n", self.name),
        };
        if self.words != Words::None {
            text.push_str(&format!("\npositional arguments:\n{}", row(&format!("  {name}"), about)));
        }
        if asked_after_it {
            text.push_str("\noptional arguments:\n");
            text.push_str(&row("  -h, --help", "show this help message and exit"));
        }
        text.trim_end_matches('\n').to_owned()
    }
}

/// What `help` shows.
pub fn help() -> String {
    let names = format!("{{{}}}", ALL.iter().map(|spec| spec.name).collect::<Vec<_>>().join(","));
    let mut text = format!(
        "Welcome to the Apache Kafka metadata shell.\n\nusage:  {names} ...\n\npositional arguments:\n  {names}\n"
    );
    for spec in &ALL {
        let about = match spec.kind {
            // argparse4j fills a line that goes on below with blanks.
            Kind::ShowTree => "Show the contents  of  metadata  nodes  in  a tree\u{0}structure.",
            _ => spec.about,
        };
        let mut lines = about.split('\u{0}');
        text.push_str(&row(&format!("    {}", spec.name), lines.next().unwrap_or_default()));
        // Writing to a String cannot fail.
        lines.for_each(|line| _ = writeln!(text, "{:25}{line}", ""));
    }
    text
}

/// What `man` shows.
pub fn manual(name: &str) -> String {
    match ALL.iter().find(|spec| spec.name == name) {
        Some(spec) => format!("{name}: {}\n\n{}\n", spec.about, spec.usage(false)),
        None => format!("man: unknown command {name}. Type help to get a list of commands.\n"),
    }
}

fn is_option(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-') && word.parse::<f64>().is_err()
}

fn unknown(words: &[String]) -> String {
    format!("unrecognized arguments: '{}'", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str, session: bool) -> Line {
        read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), session)
    }

    #[test]
    fn lines_that_mean_something() {
        let command = |kind, words: &[&str]| Line::Command(kind, words.iter().map(|word| (*word).to_owned()).collect());
        for (line, wanted) in [
            ("", Line::Nothing),
            ("ls", command(Kind::Ls, &[])),
            ("ls  ", command(Kind::Ls, &[])),
            ("ls -1 /a", command(Kind::Ls, &["-1", "/a"])),
            ("ls a -- -x", command(Kind::Ls, &["a", "-x"])),
            ("history -1", command(Kind::History, &["-1"])),
            ("cd", command(Kind::Cd, &[])),
        ] {
            assert_eq!(of(line, true), wanted, "{line}");
        }
    }

    #[test]
    fn lines_that_are_wrong() {
        for (line, session, wanted) in [
            ("l /", false, "invalid choice: 'l': did you mean 'ls'?"),
            ("pwd", false, "invalid choice: 'pwd' (choose from 'cat', 'find', 'ls', 'tree')"),
            ("c", true, "ambiguous command: c could match cat, cd"),
            ("c /", false, "invalid choice: 'c': did you mean 'cat'?"),
            ("ca", true, "too few arguments"),
            ("cat", false, "too few arguments"),
            ("exit 3 4", true, "unrecognized arguments: '3 4'"),
            ("man a b", true, "unrecognized arguments: 'b'"),
            ("ls -x y", true, "unrecognized arguments: '-x'"),
            ("-x", true, "unrecognized arguments: '-x'"),
            ("--", true, "too few arguments"),
            ("-- ls", true, "unrecognized arguments: 'ls'"),
            (
                "history x",
                true,
                "argument numEntriesToShow: could not convert 'x' to Integer (For input string: \"x\")",
            ),
            (
                "cat --he",
                true,
                "usage:  cat [-h] targets [targets ...]\n\npositional arguments:\n  targets                The metadata \
                 files to display.\n\noptional arguments:\n  -h, --help             show this help message and exit",
            ),
        ] {
            assert_eq!(of(line, session), Line::Say(wanted.to_owned()), "{line}");
        }
    }

    #[test]
    fn help_and_manual() {
        assert!(
            help().contains("\n  {cat,cd,exit,find,help,history,ls,man,pwd,tree}\n    cat                  Show the")
        );
        assert_eq!(manual("exit"), "exit: Exit the metadata shell.\n\nusage: exit\n");
        assert_eq!(manual("x"), "man: unknown command x. Type help to get a list of commands.\n");
    }
}
