//! Rules as they are written.

use super::{
    Faults, Operation,
    rule::{Rule, Stall},
};
use rustix::io::Errno;
use std::{
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

const OPERATIONS: &[(&str, Operation)] = &[
    ("open", Operation::Open),
    ("create", Operation::Create),
    ("mkdir", Operation::MakeDir),
    ("read", Operation::Read),
    ("write", Operation::Write),
    ("sync", Operation::Sync),
    ("truncate", Operation::Truncate),
    ("rename", Operation::Rename),
    ("remove", Operation::Remove),
    ("list", Operation::List),
];

const ERRORS: &[(&str, Errno)] = &[
    ("EACCES", Errno::ACCESS),
    ("EDQUOT", Errno::DQUOT),
    ("EEXIST", Errno::EXIST),
    ("EFBIG", Errno::FBIG),
    ("EINTR", Errno::INTR),
    ("EIO", Errno::IO),
    ("EMFILE", Errno::MFILE),
    ("ENFILE", Errno::NFILE),
    ("ENODEV", Errno::NODEV),
    ("ENOENT", Errno::NOENT),
    ("ENOMEM", Errno::NOMEM),
    ("ENOSPC", Errno::NOSPC),
    ("EPERM", Errno::PERM),
    ("EROFS", Errno::ROFS),
    ("ESTALE", Errno::STALE),
    ("ETIMEDOUT", Errno::TIMEDOUT),
];

const UNITS: &[(&str, f64)] = &[("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Faults, String> {
        let mut faults = Faults { seed: 0, rules: Vec::new() };
        for rule in text.split(';').filter(|rule| !rule.trim().is_empty()) {
            match rule.trim().strip_prefix("seed=") {
                Some(seed) => faults.seed = number("seed", seed)?,
                None => faults.rules.push(one(rule)?),
            }
        }
        Ok(faults)
    }
}

fn one(text: &str) -> Result<Rule, String> {
    let mut rule = Rule::default();
    for word in text.split_whitespace() {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "short" if value.is_empty() => rule.short = true,
            "stall" if rule.stall.is_some() => return Err(format!("'{word}': the rule stalls already")),
            "stall" if value == "forever" => rule.stall = Some(Stall::Forever),
            "stall" => rule.stall = Some(Stall::For(duration(key, value)?)),
            "while" if rule.stall.is_some() => return Err(format!("'{word}': the rule stalls already")),
            "while" if !Path::new(value).is_absolute() => {
                return Err(format!("'{word}' names no file from the root on"));
            }
            "while" => rule.stall = Some(Stall::While(PathBuf::from(value))),
            "error" => rule.error = Some(named(ERRORS, key, value)?),
            "op" => {
                let operations = value.split(',').map(|name| named(OPERATIONS, key, name));
                rule.operations = operations.collect::<Result<_, _>>()?;
            }
            "path" => rule.path = value.to_owned(),
            "p" => {
                let p = number::<f64>(key, value)?;
                rule.probability =
                    Some(p).filter(|p| (0.0..=1.0).contains(p)).ok_or(format!("'{word}' is not from 0 to 1"))?;
            }
            "from" => rule.from = duration(key, value)?,
            "until" => rule.until = Some(duration(key, value)?),
            "after" => rule.after = number(key, value)?,
            "times" => rule.times = Some(number(key, value)?),
            _ => return Err(format!("'{word}' is no word of a rule")),
        }
    }
    let may_be_short = rule.operations.is_empty() || rule.operations.contains(&Operation::Write);
    match rule.has_fault() {
        true if rule.short && !may_be_short => Err(format!("'short' in '{}': only a write is short", text.trim())),
        true => Ok(rule),
        false => Err(format!("'{}' has no fault: stall, while, error or short", text.trim())),
    }
}

fn number<T: FromStr>(key: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("'{key}={value}' is no number"))
}

fn duration(key: &str, value: &str) -> Result<Duration, String> {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = value.get(digits.len()..).unwrap_or_default();
    let seconds = UNITS.iter().find(|(name, _)| *name == unit).and_then(|(_, seconds)| {
        let count: f64 = digits.parse().ok()?;
        Duration::try_from_secs_f64(count * seconds).ok()
    });
    seconds.ok_or_else(|| format!("'{key}={value}' is no time, such as 500ms, 8s or 2m"))
}

fn named<T: Copy>(table: &[(&str, T)], key: &str, name: &str) -> Result<T, String> {
    let found = table.iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let known: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        format!("'{key}={name}': '{name}' is none of {}", known.join(" "))
    })
}
