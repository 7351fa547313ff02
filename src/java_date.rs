//! Dates by the patterns of Java's `SimpleDateFormat`, for output that must equal that of Kafka's tools.

use jiff::{Timestamp, Zoned, tz::TimeZone};

/// A pattern that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// A letter and how often it stands.
    Field(char, usize),
}

/// What may stand in a pattern.
const LETTERS: &str = "GyYMLwWDdFEuaHkKhmsSzZX";

impl DatePattern {
    /// Errors: a letter that means nothing, a quote without an end.
    pub fn parse(pattern: &str) -> Result<DatePattern, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = pattern.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\'' if rest.next_if_eq(&'\'').is_some() => text(&mut parts, '\''),
                '\'' => loop {
                    match rest.next() {
                        None => return Err("Unterminated quote".to_owned()),
                        Some('\'') if rest.next_if_eq(&'\'').is_some() => text(&mut parts, '\''),
                        Some('\'') => break,
                        Some(c) => text(&mut parts, c),
                    }
                },
                c if LETTERS.contains(c) => {
                    let mut count = 1;
                    while rest.next_if_eq(&c).is_some() {
                        count += 1;
                    }
                    parts.push(Part::Field(c, count));
                }
                c if c.is_ascii_alphabetic() => return Err(format!("Illegal pattern character '{c}'")),
                c => text(&mut parts, c),
            }
        }
        Ok(DatePattern(parts))
    }

    /// The time `ms` milliseconds after 1970 began, here.
    pub fn format(&self, ms: i64) -> String {
        match Timestamp::from_millisecond(ms) {
            Ok(time) => self.of(&time.to_zoned(TimeZone::system())),
            Err(_) => ms.to_string(),
        }
    }

    fn of(&self, time: &Zoned) -> String {
        let mut shown = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => shown.push_str(text),
                Part::Field(letter, count) => shown.push_str(&field(*letter, *count, time)),
            }
        }
        shown
    }
}

fn text(parts: &mut Vec<Part>, c: char) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push(c),
        _ => parts.push(Part::Text(c.into())),
    }
}

fn field(letter: char, count: usize, time: &Zoned) -> String {
    let name = |format: &str| time.strftime(format).to_string();
    let hour = time.hour();
    let number = match letter {
        'G' => return "AD".to_owned(),
        'y' if count == 2 => return format!("{:02}", time.year().rem_euclid(100)),
        'Y' if count == 2 => return format!("{:02}", week(time).0.rem_euclid(100)),
        'y' => i64::from(time.year()),
        'Y' => week(time).0,
        'M' | 'L' if count >= 4 => return name("%B"),
        'M' | 'L' if count == 3 => return name("%b"),
        'M' | 'L' => i64::from(time.month()),
        'w' => week(time).1,
        'W' => i64::from((time.day() + time.date().first_of_month().weekday().to_sunday_zero_offset() - 1) / 7 + 1),
        'D' => i64::from(time.day_of_year()),
        'd' => i64::from(time.day()),
        'F' => i64::from((time.day() - 1) / 7 + 1),
        'E' if count >= 4 => return name("%A"),
        'E' => return name("%a"),
        'u' => i64::from(time.weekday().to_monday_one_offset()),
        'a' => return (if hour < 12 { "AM" } else { "PM" }).to_owned(),
        'H' => i64::from(hour),
        'k' => i64::from(if hour == 0 { 24 } else { hour }),
        'K' => i64::from(hour % 12),
        'h' => i64::from(if hour % 12 == 0 { 12 } else { hour % 12 }),
        'm' => i64::from(time.minute()),
        's' => i64::from(time.second()),
        'S' => i64::from(time.millisecond()),
        'z' => return name("%Z"),
        'Z' => return name("%z"),
        _ => return iso_zone(count, time),
    };
    format!("{number:0count$}")
}

/// The year that a week belongs to, and its number there, as in the United States: weeks begin on Sundays, and the first
/// is that of 1 January.
fn week(time: &Zoned) -> (i64, i64) {
    let (date, year, day) = (time.date(), i64::from(time.year()), i64::from(time.day_of_year()));
    let to_saturday = 6 - i64::from(date.weekday().to_sunday_zero_offset());
    if day + to_saturday > i64::from(date.days_in_year()) {
        return (year + 1, 1);
    }
    let first = i64::from(date.first_of_year().weekday().to_sunday_zero_offset());
    (year, (day + first - 1) / 7 + 1)
}

/// `Z`, `+01`, `+0100` or `+01:00`.
fn iso_zone(count: usize, time: &Zoned) -> String {
    let seconds = time.offset().seconds();
    if seconds == 0 {
        return "Z".to_owned();
    }
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    match count {
        1 => format!("{sign}{:02}", minutes / 60),
        2 => format!("{sign}{:02}{:02}", minutes / 60, minutes % 60),
        _ => format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_java_formats() {
        let time = Timestamp::from_millisecond(1_795_374_474_007).unwrap().to_zoned(TimeZone::UTC);
        for (pattern, expected) in [
            ("yyyy-MM-dd HH:mm:ss:SSS", "2026-11-22 19:07:54:007"),
            ("yy'y' ''EEE, d MMM'' h a", "26y 'Sun, 22 Nov' 7 PM"),
            ("HH:mm:ss,SSS X Z", "19:07:54,007 Z +0000"),
            ("D k F W", "326 19 4 4"),
        ] {
            assert_eq!(DatePattern::parse(pattern).unwrap().of(&time), expected, "{pattern}");
        }
        for (date, expected) in [((2027, 1, 1), "2027 1"), ((2026, 12, 31), "2027 1"), ((2026, 12, 26), "2026 52")] {
            let (year, month, day) = date;
            let noon = jiff::civil::date(year, month, day).at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap();
            assert_eq!(DatePattern::parse("YYYY w").unwrap().of(&noon), expected, "{date:?}");
        }
        assert_eq!(DatePattern::parse("yyyy b"), Err("Illegal pattern character 'b'".into()));
        assert!(DatePattern::parse("'x").is_err());
    }
}
