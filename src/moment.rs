//! Pure: points in time as rkafka's own options take them: `2026-11-01`, `2026-11-01T08:30`, with seconds and their
//! fraction, with a zone (UTC without one); `now`; and `-1h30m`, which is so long before now.

use crate::java_time;

/// Units and their milliseconds. The longer names first: `ms` is not minutes.
const UNITS: &[(&str, i64)] =
    &[("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 7 * 86_400_000)];
/// What may be left out of a time of day, and what stands for it then.
const SECONDS: &str = ":00.000";

/// The milliseconds since 1970 that `text` names, seen from `now_ms`. Errors: how it has to look.
pub fn read(text: &str, now_ms: i64) -> Result<i64, String> {
    if text == "now" {
        return Ok(now_ms);
    }
    if let Some(ago) = text.strip_prefix('-') {
        let before = duration_ms(ago).and_then(|ms| now_ms.checked_sub(ms));
        return before.ok_or_else(|| wrong(text));
    }
    date(text).ok_or_else(|| wrong(text))
}

fn wrong(text: &str) -> String {
    format!(
        "'{text}' is no time; it has to look like 2026-11-01, 2026-11-01T08:30:00+01:00 (UTC without a zone), -1h30m or now"
    )
}

/// The milliseconds of `1h30m`: numbers, each with one of ms, s, m, h, d and w.
pub fn duration_ms(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut all = 0i64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let count: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, ms) = UNITS.iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        all = all.checked_add(count.checked_mul(*ms)?)?;
    }
    (!text.is_empty()).then_some(all)
}

/// The milliseconds since 1970 of a date, with or without a time of day.
pub fn date(text: &str) -> Option<i64> {
    // Java's reader wants everything.
    let (day, time) = text.split_once('T').unwrap_or((text, "00:00"));
    let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone_at);
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let is_fraction = (1..=9).contains(&fraction.len()) && fraction.bytes().all(|digit| digit.is_ascii_digit());
    let seconds = match time.split(':').count() {
        2 if fraction == "0" => SECONDS.to_owned(),
        3 if is_fraction => format!(".{}", format!("{fraction:0<3}").get(..3)?),
        _ => return None,
    };
    java_time::date_time(&format!("{day}T{time}{seconds}{zone}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        const DAY: i64 = 1_793_491_200_000;
        for (text, ms) in [
            ("2026-11-01", DAY),
            ("2026-11-01T00:00", DAY),
            ("2026-11-01T00:00:00Z", DAY),
            ("2026-11-01T01:00+01:00", DAY),
            ("2026-11-01T00:00:00.5", DAY + 500),
            ("2026-11-01T00:00:00.123456", DAY + 123),
            ("now", 10_000_000),
            ("-1h", 6_400_000),
            ("-1h30m", 4_600_000),
            ("-10ms", 9_999_990),
            ("-2s", 9_998_000),
        ] {
            assert_eq!(read(text, 10_000_000), Ok(ms), "{text}");
        }
        for text in [
            "",
            "-",
            "1h",
            "-1",
            "-1y",
            "-h",
            "2026-11",
            "2026-13-01",
            "2026-11-01T1",
            "tomorrow",
            "2026-11-01T00:00.5",
        ] {
            let error = read(text, 0).unwrap_err();
            assert!(error.starts_with(&format!("'{text}' is no time")), "{error}");
        }
        assert!(read("-9999999999999999w", 0).is_err());
    }
}
