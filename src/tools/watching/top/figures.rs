//! Pure: figures as a person reads them, and text that fits.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

const SPARKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// What stands for a figure that is not known.
pub const UNKNOWN: &str = "-";

/// `1234567` is `1.2M`; below ten thousand all digits are shown.
pub fn count(value: f64) -> String {
    scaled(value, 1000.0, &["", "k", "M", "G", "T"], 10_000.0)
}

/// `1536` is `1.5Ki`, in units of 1024 bytes.
pub fn bytes(value: f64) -> String {
    scaled(value, 1024.0, &["B", "Ki", "Mi", "Gi", "Ti", "Pi"], 1024.0)
}

fn scaled(value: f64, step: f64, units: &[&str], from: f64) -> String {
    if value.abs() < from {
        let whole = value.fract() == 0.0 || value.abs() >= 10.0;
        return if whole { format!("{value:.0}{}", units[0]) } else { format!("{value:.1}{}", units[0]) };
    }
    let (mut value, mut unit) = (value, 0);
    while value.abs() >= step && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    if value.abs() >= 100.0 { format!("{value:.0}{}", units[unit]) } else { format!("{value:.1}{}", units[unit]) }
}

/// The last `width` values as blocks, the highest of them as high as a line.
pub fn sparkline(values: &[f64], width: usize) -> String {
    let shown = &values[values.len().saturating_sub(width)..];
    let most = shown.iter().copied().fold(0.0, f64::max);
    let block = |value: &f64| {
        let level = if most > 0.0 { (value / most * (SPARKS.len() - 1) as f64).round() as usize } else { 0 };
        SPARKS[level.min(SPARKS.len() - 1)]
    };
    shown.iter().map(block).collect()
}

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text in exactly `columns`, cut with an ellipsis or filled with blanks. What would move the cursor is a `?`.
pub fn fit(text: &str, columns: usize, to_the_right: bool) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let taken = width(&text);
    if taken <= columns {
        let blanks = " ".repeat(columns - taken);
        return if to_the_right { blanks + &text } else { text + &blanks };
    }
    let Some(room) = columns.checked_sub(1) else { return String::new() };
    let (mut cut, mut taken) = (String::new(), 0);
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide > room {
            break;
        }
        cut.push(c);
        taken += wide;
    }
    cut.push('…');
    cut.push_str(&" ".repeat(room - taken));
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures() {
        let counts =
            [(0.0, "0"), (0.25, "0.2"), (9999.0, "9999"), (12_345.0, "12.3k"), (-20_000.0, "-20.0k"), (5e9, "5.0G")];
        for (value, text) in counts {
            assert_eq!(count(value), text);
        }
        for (value, text) in [(0.0, "0B"), (1023.0, "1023B"), (1536.0, "1.5Ki"), (300.0 * 1048576.0, "300Mi")] {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn sparks() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 4.0, 8.0], 4), "▂▃▅█");
        assert_eq!(sparkline(&[0.0, 0.0], 4), "▁▁");
        assert_eq!(sparkline(&[], 4), "");
    }

    #[test]
    fn fitting() {
        assert_eq!(fit("abc", 5, false), "abc  ");
        assert_eq!(fit("abc", 5, true), "  abc");
        assert_eq!(fit("abcdef", 4, false), "abc…");
        assert_eq!(fit("日本語", 4, false), "日… ");
        assert_eq!(fit("a\x1b[2Jb", 7, false), "a?[2Jb ");
        assert_eq!(fit("abc", 0, false), "");
    }
}
