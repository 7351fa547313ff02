//! Pure: floating-point numbers as Java's `toString` shows them.

/// The text of a double: plain from 1e-3 up to 1e7, with an exponent (`1.0E10`) outside, always with a decimal point.
pub fn double(value: f64) -> String {
    shown(value.is_nan(), value.is_infinite(), value.is_sign_negative(), value.abs(), &format!("{:e}", value.abs()))
}

/// The text of a float.
pub fn float(value: f32) -> String {
    let size = f64::from(value.abs());
    shown(value.is_nan(), value.is_infinite(), value.is_sign_negative(), size, &format!("{:e}", value.abs()))
}

/// A double with so many digits behind the point, as `%.4f` has it: Java rounds the shortest decimal digits half up, not the
/// binary number.
pub fn fixed(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return double(value);
    }
    let shortest = value.abs().to_string();
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    let mut number: Vec<u8> =
        whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(digits)).collect();
    if fraction.as_bytes().get(digits).is_some_and(|next| *next >= b'5') {
        let nines = number.iter().rev().take_while(|digit| **digit == b'9').count();
        let rest = number.len() - nines;
        number.iter_mut().skip(rest).for_each(|digit| *digit = b'0');
        match number[..rest].last_mut() {
            Some(digit) => *digit += 1,
            None => number.insert(0, b'1'),
        }
    }
    let (whole, fraction) = number.split_at(number.len() - digits);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let point = if digits == 0 { "" } else { "." };
    format!("{sign}{}{point}{}", String::from_utf8_lossy(whole), String::from_utf8_lossy(fraction))
}

/// `scientific` is the number's shortest digits, as `1.25e-7`.
fn shown(nan: bool, infinite: bool, negative: bool, size: f64, scientific: &str) -> String {
    if nan {
        return "NaN".into();
    }
    let sign = if negative { "-" } else { "" };
    if infinite {
        return format!("{sign}Infinity");
    }
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if size == 0.0 {
        return format!("{sign}0.0");
    }
    if !(1e-3..1e7).contains(&size) {
        let point = if mantissa.contains('.') { "" } else { ".0" };
        return format!("{sign}{mantissa}{point}E{exponent}");
    }
    format!("{sign}{}", plain(&mantissa.replace('.', ""), exponent))
}

/// The digits with the decimal point where the exponent says.
fn plain(digits: &str, exponent: i32) -> String {
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1));
    }
    let whole = exponent as usize + 1;
    let padded = format!("{digits:0<whole$}");
    let (before, after) = padded.split_at(whole);
    format!("{before}.{}", if after.is_empty() { "0" } else { after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_java_shows_them() {
        for (value, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (100.0, "100.0"),
            (0.001, "0.001"),
            (0.00099, "9.9E-4"),
            (1234567.125, "1234567.125"),
            (9999999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (1.25e300, "1.25E300"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(value), text);
        }
        assert_eq!((fixed(1.23456, 2), fixed(f64::INFINITY, 2)), ("1.23".into(), "Infinity".into()));
        for (value, digits, text) in [
            (0.25, 1, "0.3"),
            (20.25, 1, "20.3"),
            (0.125, 2, "0.13"),
            (1.005, 2, "1.01"),
            (9.995, 2, "10.00"),
            (-0.5, 0, "-1"),
            (3.0, 4, "3.0000"),
            (1e21, 1, "1000000000000000000000.0"),
            (0.0004, 3, "0.000"),
        ] {
            assert_eq!(fixed(value, digits), text, "{value}");
        }
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(3.4e38), "3.4E38");
    }
}
