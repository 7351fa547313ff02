//! Server logs in the layout that scripts know from Kafka's `log4j.properties`:
//! `[2026-01-31 12:00:00,123] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)`.
//!
//! A record's target is Kafka's or ZooKeeper's logger name. `RKAFKA_LOG` sets levels: one default, and one for each
//! logger or parent of loggers, e.g. `RKAFKA_LOG=warn,kafka.server=debug,org.apache.zookeeper=off`.

use log::{LevelFilter, Log, Metadata, Record};
use std::io::{self, Write};

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
            let level = level_of(level).ok_or_else(|| {
                format!("RKAFKA_LOG: '{word}' has no level; levels are off, error, warn, info, debug, trace")
            })?;
            match logger {
                Some(l) => levels.exceptions.push((l.to_string(), level)),
                None => levels.default = level,
            }
        }
        // The longest name that fits decides.
        levels.exceptions.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Ok(levels)
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
    levels: Levels,
    destination: Destination,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.levels.of(metadata.target())
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let now = jiff::Zoned::now();
        let line = format!(
            "[{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}] {} {} ({})\n",
            now.year(),
            now.month(),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            now.millisecond(),
            record.level(),
            record.args(),
            record.target()
        );
        // A closed or full stream must not end the server; there is nobody left to tell.
        let _ = match self.destination {
            Destination::Stdout => io::stdout().lock().write_all(line.as_bytes()),
            Destination::Stderr => io::stderr().lock().write_all(line.as_bytes()),
        };
    }

    fn flush(&self) {
        let _ = io::stdout().lock().flush();
    }
}

/// Starts logging with `default` unless `RKAFKA_LOG` says otherwise. A second call changes nothing.
pub fn start(destination: Destination, default: LevelFilter) -> Result<(), String> {
    let levels = Levels::parse(&std::env::var("RKAFKA_LOG").unwrap_or_default(), default)?;
    let loudest = levels.loudest();
    if log::set_boxed_logger(Box::new(Logger { levels, destination })).is_ok() {
        log::set_max_level(loudest);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
