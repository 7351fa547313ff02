//! Pure: spans of time as they are typed: `5s`, `500ms`, `2m`; a bare number is seconds.

use std::time::Duration;

/// The longest span that makes sense to wait for.
const MOST: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads a span of time above 0 and up to a day.
pub fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let no_span = || "a span of time is a number and a unit: 500ms, 5s, 2m, 1h".to_owned();
    if number.is_empty() {
        return Err(no_span());
    }
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("'{unit}' is no unit of time: write 500ms, 5s, 2m or 1h")),
    };
    let number: f64 = number.parse().map_err(|_| no_span())?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(span) if !span.is_zero() && span <= MOST => Ok(span),
        _ => Err("a span of time above 0 and up to 24h is wanted".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        for (text, millis) in
            [("5", 5000), ("5s", 5000), ("1.5s", 1500), ("250ms", 250), ("2m", 120_000), ("24h", 86_400_000)]
        {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "0", "5d", "25h", "-1", "1.2.3", "1e9"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
