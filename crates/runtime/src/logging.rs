//! Server logs in the layout that scripts know from Kafka's `log4j.properties`:
//! `[2026-01-31 12:00:00,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)`.
//!
//! A record's target is Kafka's or ZooKeeper's logger name. `RKAFKA_LOG` sets levels: one default, and one for each
//! logger or parent of loggers, e.g. `RKAFKA_LOG=warn,kafka.server=debug,org.apache.zookeeper=off`. They may change while
//! the program runs ([`set_level`], [`set_levels`]).

use arc_swap::ArcSwapOption;
use log::{LevelFilter, Log, Metadata, Record};
use std::{
    borrow::Cow,
    io::{self, Write},
    sync::{Arc, OnceLock},
};

/// Loggers that may have a level of their own.
const MAX_EXCEPTIONS: usize = 1000;

/// How a record becomes a line, if not as Kafka's servers have it.
static LAYOUT: OnceLock<fn(&Record<'_>) -> String> = OnceLock::new();
/// Done before a line on stderr.
static BEFORE: OnceLock<fn()> = OnceLock::new();
/// The levels in force; `None` before the start, when nothing is logged.
static LEVELS: ArcSwapOption<Levels> = ArcSwapOption::const_empty();

/// Where log lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Servers, as Kafka's own configuration has it.
    Stdout,
    /// Tools: stdout is theirs for data.
    Stderr,
}

/// The levels in force: a default, and exceptions by logger name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Levels {
    default: LevelFilter,
    exceptions: Vec<(String, LevelFilter)>,
}

impl Levels {
    /// Reads `level` and `logger=level` words, separated by commas. The error names the word at fault.
    pub fn parse(text: &str, default: LevelFilter) -> Result<Levels, String> {
        let mut levels = Levels { default, exceptions: Vec::new() };
        for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
            let (logger, level) = word.split_once('=').map_or((None, word), |(l, v)| (Some(l.trim()), v.trim()));
            let level = level_of(level)
                .ok_or_else(|| format!("'{word}' has no level; levels are off, error, warn, info, debug, trace"))?;
            match logger {
                Some(l) => levels.exceptions.push((l.to_string(), level)),
                None => levels.default = level,
            }
        }
        levels.sort();
        Ok(levels)
    }

    /// The longest name that fits decides.
    fn sort(&mut self) {
        self.exceptions.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }

    /// The level of loggers that have none of their own.
    pub fn default(&self) -> LevelFilter {
        self.default
    }

    /// Loggers, or parents of loggers, with their levels.
    pub fn exceptions(&self) -> impl Iterator<Item = (&str, LevelFilter)> {
        self.exceptions.iter().map(|(name, level)| (name.as_str(), *level))
    }

    fn of(&self, logger: &str) -> LevelFilter {
        let fits = |name: &str| logger.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.exceptions.iter().find(|(name, _)| fits(name)).map_or(self.default, |(_, level)| *level)
    }

    fn loudest(&self) -> LevelFilter {
        self.exceptions.iter().map(|(_, l)| *l).fold(self.default, Ord::max)
    }
}

/// log4j's names are welcome too.
fn level_of(name: &str) -> Option<LevelFilter> {
    match name.to_ascii_lowercase().as_str() {
        "fatal" => Some(LevelFilter::Error),
        "all" => Some(LevelFilter::Trace),
        other => other.parse().ok(),
    }
}

struct Logger {
    destination: Destination,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        LEVELS.load().as_ref().is_some_and(|levels| metadata.level() <= levels.of(metadata.target()))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let line = LAYOUT.get().map_or_else(|| in_kafkas_layout(record), |layout| layout(record));
        // A closed or full stream must not end the server; there is nobody left to tell.
        let _ = match self.destination {
            Destination::Stdout => io::stdout().lock().write_all(line.as_bytes()),
            Destination::Stderr => {
                if let Some(before) = BEFORE.get() {
                    before();
                }
                io::stderr().lock().write_all(line.as_bytes())
            }
        };
    }

    fn flush(&self) {
        let _ = io::stdout().lock().flush();
    }
}

fn in_kafkas_layout(record: &Record<'_>) -> String {
    let now = jiff::Zoned::now();
    format!(
        "[{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}] {} {} ({})\n",
        now.year(),
        now.month(),
        now.day(),
        now.hour(),
        now.minute(),
        now.second(),
        now.millisecond(),
        record.level(),
        harmless(&record.args().to_string(), true),
        record.target()
    )
}

/// A text that may hold what strangers sent: control characters are shown, not sent to the terminal. Tabs stay, and line
/// ends, or with `in_a_line` those that a tab follows, as in lists of settings: nobody begins a log line but us.
pub fn harmless(text: &str, in_a_line: bool) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control()) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\t' => shown.push(c),
            '\n' if !in_a_line || rest.as_str().starts_with('\t') => shown.push(c),
            c if c.is_control() => shown.extend(c.escape_default()),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Starts logging with `default` unless `RKAFKA_LOG` says otherwise. A second call changes nothing.
pub fn start(destination: Destination, default: LevelFilter) -> Result<(), String> {
    let levels = std::env::var("RKAFKA_LOG").unwrap_or_default();
    let levels = Levels::parse(&levels, default).map_err(|reason| format!("RKAFKA_LOG: {reason}"))?;
    if log::set_boxed_logger(Box::new(Logger { destination })).is_ok() {
        put_in_force(levels);
    }
    Ok(())
}

/// From now on `layout` makes the lines, each with its newline: for tools whose stderr a program reads. The first call counts.
pub fn lay_out_by(layout: fn(&Record<'_>) -> String) {
    // A second layout is the same one.
    let _ = LAYOUT.set(layout);
}

/// From now on `before` is called ahead of each line on stderr: whoever draws there takes it away. The first call counts.
pub fn call_before_lines(before: fn()) {
    // A second one is the same.
    let _ = BEFORE.set(before);
}

fn put_in_force(levels: Levels) {
    log::set_max_level(levels.loudest());
    LEVELS.store(Some(Arc::new(levels)));
}

/// The levels in force.
pub fn levels() -> Levels {
    let levels = LEVELS.load();
    levels.as_deref().cloned().unwrap_or(Levels { default: LevelFilter::Off, exceptions: Vec::new() })
}

/// Changes the level of a logger (and of those below its name), or without one the level of all that have none of their
/// own. The error says what is wrong.
pub fn set_level(logger: Option<&str>, level: &str) -> Result<(), String> {
    let level = level_of(level)
        .ok_or_else(|| format!("'{level}' is no level; levels are off, error, warn, info, debug, trace"))?;
    let mut levels = levels();
    match logger {
        None => levels.default = level,
        Some(logger) => {
            levels.exceptions.retain(|(name, _)| name != logger);
            if levels.exceptions.len() >= MAX_EXCEPTIONS {
                return Err(format!("{MAX_EXCEPTIONS} loggers have a level of their own already"));
            }
            levels.exceptions.push((logger.to_string(), level));
            levels.sort();
        }
    }
    put_in_force(levels);
    Ok(())
}

/// Replaces all levels by these words (see [`Levels::parse`]); the default is info where they name none.
pub fn set_levels(text: &str) -> Result<(), String> {
    put_in_force(Levels::parse(text, LevelFilter::Info)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_send_neither_begins_a_line_nor_reaches_the_terminal() {
        let forged = "group x\n[2026-11-27 00:00:00,000] FATAL \u{1b}[31mforged\r\u{7f}\u{9b}2J";
        assert_eq!(
            harmless(forged, true),
            "group x\\n[2026-11-27 00:00:00,000] FATAL \\u{1b}[31mforged\\r\\u{7f}\\u{9b}2J"
        );
        let settings = "values: \n\tacks = all\n\tä = ö";
        assert_eq!(harmless(settings, true), settings);
        assert_eq!(harmless("a\nb\u{1b}", false), "a\nb\\u{1b}");
    }

    #[test]
    fn the_longest_logger_name_decides() {
        let levels = Levels::parse("warn, kafka=info,kafka.server.KafkaServer=off", LevelFilter::Info).unwrap();
        assert_eq!(levels.of("kafka.server.KafkaServer"), LevelFilter::Off);
        assert_eq!(levels.of("kafka.server.KafkaServerX"), LevelFilter::Info);
        assert_eq!(levels.of("org.apache.zookeeper"), LevelFilter::Warn);
        assert_eq!(levels.loudest(), LevelFilter::Info);
    }

    #[test]
    fn a_word_without_a_level_is_named() {
        let error = Levels::parse("info,kafka=loud", LevelFilter::Info).unwrap_err();
        assert!(error.contains("'kafka=loud'"), "{error}");
    }

    #[test]
    fn levels_change_while_the_program_runs() {
        set_levels("warn,a.b=debug").unwrap();
        set_level(Some("a.b.c"), "TRACE").unwrap();
        set_level(None, "error").unwrap();
        let levels = levels();
        assert_eq!(
            (levels.of("a.b.d"), levels.of("a.b.c"), levels.of("x")),
            (LevelFilter::Debug, LevelFilter::Trace, LevelFilter::Error)
        );
        assert!(set_level(None, "loud").unwrap_err().contains("'loud'"));
        assert!(set_levels("loud").is_err());
    }
}
