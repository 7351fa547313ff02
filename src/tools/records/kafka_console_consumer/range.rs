//! Pure: from where to where is read, as `--from`, `--to`, `--tail` and `--follow` say it.

use super::args::ConsumerArgs;
use crate::{
    moment,
    options::{Once, Opt, UsageError},
};

/// The most messages of `--tail`: they are held in memory.
pub const MAX_TAIL: u64 = 1_000_000;

/// A place in each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Earliest,
    /// So many offsets before the end; 0 is the end.
    Back(i64),
    Offset(i64),
    /// The first message at or after a time, in milliseconds since 1970.
    Time(i64),
}

/// Where reading begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// At a place in each partition.
    At(Mark),
    /// With the last so many messages of all partitions.
    Tail(u64),
    /// Where Kafka's own options say.
    AsKafka,
}

/// What is read of each partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub begin: Begin,
    /// The place before which it ends.
    pub end: Option<Mark>,
    /// Whether it goes on behind the end that the log has now.
    pub follow: bool,
}

fn unusable<T>(message: String) -> Result<T, UsageError> {
    Err(UsageError::Unusable(message))
}

impl Range {
    /// What the options mean; `None` if none of them was given. Times count back from `now_ms`.
    pub fn of(args: &ConsumerArgs, now_ms: i64) -> Result<Option<Range>, UsageError> {
        let own = &args.own;
        let beginnings: [&dyn Opt; 4] = [&own.from, &own.tail, &args.offset, &args.from_beginning];
        let mut given = beginnings.into_iter().filter(|option| option.is_given());
        if let (Some(one), Some(other)) = (given.next(), given.next())
            && (own.from.is_given() || own.tail.is_given())
        {
            let (one, other) = (one.name(), other.name());
            return unusable(format!("--{one} and --{other} both say where to begin: give one of them"));
        }
        let follow = match own.follow.text()? {
            None => None,
            Some("yes") => Some(true),
            Some("no") => Some(false),
            Some(other) => return unusable(format!("--follow is yes or no, not '{other}'")),
        };
        let from = mark(&own.from, now_ms)?;
        let end = mark(&own.to, now_ms)?;
        if own.to.is_given() && follow == Some(true) {
            return unusable("--to names an end, and --follow yes goes on for ever: give one of them".into());
        }
        match end {
            Some(Mark::Earliest) => return unusable("--to earliest is before every message".into()),
            Some(Mark::Time(ms)) if ms > now_ms => {
                return unusable("--to names a time that has not come: leave it out, or end with Ctrl-C".into());
            }
            _ => {}
        }
        let tail = match own.tail.value()? {
            Some(count @ 1..=MAX_TAIL) => Some(count),
            Some(_) => return unusable(format!("--tail takes a number from 1 to {MAX_TAIL}")),
            None => None,
        };
        let begin = match (from, tail) {
            (Some(mark), _) => Begin::At(mark),
            (_, Some(count)) => Begin::Tail(count),
            _ => Begin::AsKafka,
        };
        if begin == Begin::AsKafka && end.is_none() && follow != Some(false) {
            return Ok(None);
        }
        // A place that is behind the end can still be waited for.
        let waits = matches!(end, None | Some(Mark::Offset(_)));
        Ok(Some(Range { begin, end, follow: follow.unwrap_or(waits) }))
    }
}

fn mark(option: &Once<String>, now_ms: i64) -> Result<Option<Mark>, UsageError> {
    let Some(text) = option.text()? else { return Ok(None) };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| {
        text.parse().map_err(|_| UsageError::Unusable(format!("--{}: {text} is larger than any offset", option.name())))
    };
    Ok(Some(match text {
        "earliest" => Mark::Earliest,
        "latest" => Mark::Back(0),
        offset if digits(offset) => Mark::Offset(number(offset)?),
        back if back.strip_prefix('-').is_some_and(digits) => Mark::Back(number(&back[1..])?),
        time => Mark::Time(moment::read(time, now_ms).map_err(|what| {
            UsageError::Unusable(format!(
                "--{}: {what}, or earliest, latest, an offset, or -N for N before the end",
                option.name()
            ))
        })?),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    const NOW: i64 = 1_793_500_000_000;

    fn range(line: &str) -> Result<Option<Range>, String> {
        let args = typed(&format!("--topic t {line}")).map_err(|error| error.to_string())?;
        Range::of(&args, NOW).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_meant() {
        let hour = Mark::Time(NOW - 3_600_000);
        for (line, begin, end, follow) in [
            ("--from -1h", Begin::At(hour), None, true),
            ("--from 2026-11-01T00:00 --to -1h", Begin::At(Mark::Time(1_793_491_200_000)), Some(hour), false),
            ("--from 7 --to 9", Begin::At(Mark::Offset(7)), Some(Mark::Offset(9)), true),
            ("--from 7 --to 9 --follow no", Begin::At(Mark::Offset(7)), Some(Mark::Offset(9)), false),
            ("--from -7 --to -0", Begin::At(Mark::Back(7)), Some(Mark::Back(0)), false),
            ("--from earliest --follow no", Begin::At(Mark::Earliest), None, false),
            ("--from latest --follow yes", Begin::At(Mark::Back(0)), None, true),
            ("--from-beginning --follow no", Begin::AsKafka, None, false),
            ("--to latest", Begin::AsKafka, Some(Mark::Back(0)), false),
            ("--tail 5", Begin::Tail(5), None, true),
            ("--tail 5 --follow no", Begin::Tail(5), None, false),
        ] {
            assert_eq!(range(line), Ok(Some(Range { begin, end, follow })), "{line}");
        }
        for line in ["", "--follow yes", "--from-beginning", "--partition 0 --offset 4"] {
            assert_eq!(range(line), Ok(None), "{line}");
        }
    }

    #[test]
    fn what_is_refused() {
        for (line, reason) in [
            ("--from 1 --from-beginning", "--from and --from-beginning both say where to begin: give one of them"),
            ("--tail 1 --partition 0 --offset 1", "--tail and --offset both say where to begin: give one of them"),
            ("--from 1 --tail 1", "--from and --tail both say where to begin: give one of them"),
            ("--follow maybe", "--follow is yes or no, not 'maybe'"),
            ("--to -0 --follow yes", "--to names an end, and --follow yes goes on for ever: give one of them"),
            ("--to earliest", "--to earliest is before every message"),
            ("--to 2030-01-01", "--to names a time that has not come: leave it out, or end with Ctrl-C"),
            ("--tail 0", "--tail takes a number from 1 to 1000000"),
            ("--tail x", "Cannot parse argument 'x' of option tail"),
            ("--from 99999999999999999999", "--from: 99999999999999999999 is larger than any offset"),
        ] {
            assert_eq!(range(line).unwrap_err(), reason, "{line}");
        }
        let error = range("--from yesterday").unwrap_err();
        assert!(error.starts_with("--from: 'yesterday' is no time; it has to look like 2026-11-01, "), "{error}");
        assert!(error.ends_with("earliest, latest, an offset, or -N for N before the end"), "{error}");
    }
}
