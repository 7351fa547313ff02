//! Pure: points in time and durations as Java reads them, for `--to-datetime` and `--by-duration`.

use anyhow::{anyhow, bail};
use regex_lite::{Captures, Regex};

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// The milliseconds since 1970 of `YYYY-MM-DDTHH:mm:SS.sss`, in UTC if no zone (`Z`, `+01`, `+01:00`) follows. What
/// follows the dot is a number of milliseconds, not a fraction.
pub fn date_time(text: &str) -> anyhow::Result<i64> {
    if !text.contains('T') {
        bail!("Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
    }
    let pattern = r"^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)(?:Z|([+-])(\d{1,2})(?::?(\d{2}))?)?$";
    let parsed = Regex::new(pattern)?.captures(text).and_then(|parts| milliseconds(&parts));
    parsed.ok_or_else(|| {
        anyhow!("Unparseable date: \"{text}\"; it has to look like 2026-01-31T23:59:59.000, with or without a zone")
    })
}

fn milliseconds(parts: &Captures<'_>) -> Option<i64> {
    let number = |group: usize| parts.get(group)?.as_str().parse::<i64>().ok();
    let below = |group: usize, end: i64| number(group).filter(|n| *n < end);
    let days = days_since_1970(number(1)?, number(2)?, number(3)?)?;
    let seconds = (days * 24 + below(4, 24)?) * 3600 + below(5, 60)? * 60 + below(6, 60)?;
    let milliseconds = below(7, 1000)?;
    let minutes = match parts.get(8).map(|sign| sign.as_str()) {
        None => 0,
        Some(sign) => {
            let offset = below(9, 24)? * 60 + number(10).unwrap_or(0);
            if sign == "-" { -offset } else { offset }
        }
    };
    Some((seconds - minutes * 60) * 1000 + milliseconds)
}

/// The day of a date of the Gregorian calendar, if there is such a date.
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = |month: i64| match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=length(month)).contains(&day) {
        return None;
    }
    let before = year - 1;
    let of_years = before * 365 + before / 4 - before / 100 + before / 400;
    let of_months: i64 = (1..month).map(length).sum();
    const UNTIL_1970: i64 = 719_162;
    Some(of_years + of_months + day - 1 - UNTIL_1970)
}

/// The nanoseconds of an ISO 8601 duration of days and less, `PnDTnHnMnS`, as Java reads it.
pub fn duration(text: &str) -> anyhow::Result<i128> {
    let pattern =
        r"^(?i)([-+]?)P(?:([-+]?\d+)D)?(T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$";
    let nanos = Regex::new(pattern)?.captures(text).and_then(|parts| nanoseconds(&parts));
    nanos.ok_or_else(|| anyhow!("Text cannot be parsed to a Duration"))
}

fn nanoseconds(parts: &Captures<'_>) -> Option<i128> {
    let has = |group: usize| parts.get(group).is_some();
    let is_empty = ![2, 4, 5, 6].into_iter().any(has) || parts.get(3).is_some_and(|time| time.as_str().len() == 1);
    if is_empty {
        return None;
    }
    let number = |group: usize| match parts.get(group) {
        None => Some(0),
        Some(digits) => digits.as_str().parse::<i64>().ok().map(i128::from),
    };
    let seconds = ((number(2)? * 24 + number(4)?) * 60 + number(5)?) * 60 + number(6)?;
    let fraction: i128 = match parts.get(7).map(|digits| digits.as_str()) {
        None | Some("") => 0,
        Some(digits) => format!("{digits:0<9}").parse().ok()?,
    };
    let is_below_zero = parts.get(6).is_some_and(|seconds| seconds.as_str().starts_with('-'));
    let all = seconds * NANOS_PER_SECOND + if is_below_zero { -fraction } else { fraction };
    Some(if parts.get(1).is_some_and(|sign| sign.as_str() == "-") { -all } else { all })
}

/// The milliseconds since 1970 of the moment so many nanoseconds before `now_ns`. One that is too far away is refused: the
/// nearest that there is may be the wrong end.
pub fn before(now_ns: i128, nanoseconds: i128) -> anyhow::Result<i64> {
    let moment = now_ns.checked_sub(nanoseconds).map(|moment| moment.div_euclid(1_000_000));
    let moment = moment.and_then(|ms| i64::try_from(ms).ok());
    moment.ok_or_else(|| anyhow!("Instant exceeds minimum or maximum instant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(date_time("1970-01-01T00:00:01.500").unwrap(), 1500);
        assert_eq!(date_time("1970-01-01T01:00:00.000+01:00").unwrap(), 0);
        assert_eq!(date_time("1970-01-01T00:00:00.000-01").unwrap(), 3_600_000);
        assert_eq!(date_time("2024-02-29T23:59:59.999").unwrap(), 1_709_251_199_999);
        assert_eq!(date_time("2020-01-01T00:00:00.5Z").unwrap(), 1_577_836_800_005);
        for wrong in [
            "2020-13-01T00:00:00.000",
            "2023-02-29T00:00:00.000",
            "2020-01-01T00:00:00",
            "2020-01-01T24:00:00.000",
            "2020-01-01Tx",
        ] {
            assert!(date_time(wrong).unwrap_err().to_string().starts_with("Unparseable date"), "{wrong}");
        }
        assert!(date_time("2020-01-01").unwrap_err().to_string().contains("does not contain a 'T'"));
    }

    #[test]
    fn moments_before_now() {
        assert_eq!(before(5_000_000, 3_000_000).unwrap(), 2);
        assert_eq!(before(5_000_000, 6_000_001).unwrap(), -2);
        for far in [duration("P999999999999D").unwrap(), duration("-P999999999999D").unwrap(), i128::MIN] {
            assert!(before(5, far).is_err());
        }
    }

    #[test]
    fn durations() {
        let seconds = |text: &str| duration(text).unwrap() / NANOS_PER_SECOND;
        assert_eq!(seconds("P1D"), 86_400);
        assert_eq!(seconds("pt1h2m3s"), 3723);
        assert_eq!(seconds("-P1DT-1H"), -82_800);
        assert_eq!(duration("PT0.5S").unwrap(), 500_000_000);
        assert_eq!(duration("PT-0.5S").unwrap(), -500_000_000);
        for wrong in ["1day", "P", "PT", "P1DT", "P1Y", ""] {
            assert_eq!(duration(wrong).unwrap_err().to_string(), "Text cannot be parsed to a Duration", "{wrong}");
        }
    }
}
