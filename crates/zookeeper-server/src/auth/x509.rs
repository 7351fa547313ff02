//! Pure: the scheme `x509`: whom a certificate names, as `CN=bob,O=acme`.

/// The names of attributes that Java's `X500Principal` knows.
const KEYWORDS: &[&str] = &[
    "CN",
    "C",
    "L",
    "S",
    "ST",
    "O",
    "OU",
    "T",
    "IP",
    "STREET",
    "DC",
    "DNQUALIFIER",
    "DNQ",
    "SURNAME",
    "GIVENNAME",
    "INITIALS",
    "GENERATION",
    "EMAIL",
    "EMAILADDRESS",
    "UID",
    "SERIALNUMBER",
];
/// What stands in a value only behind a backslash or in quotes.
const SPECIAL: &str = "\"<>";

/// Whether Java would read this as a distinguished name.
pub fn is_valid(name: &str) -> bool {
    if name.is_empty() {
        return true;
    }
    split(name).is_some_and(|pairs| pairs.iter().all(|pair| is_pair(pair)))
}

/// The pairs between `,`, `;` and `+` that stand neither in quotes nor behind a backslash; `None` if quotes do not end.
fn split(name: &str) -> Option<Vec<&str>> {
    let (mut pairs, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped) = (false, false);
    for (at, letter) in name.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' | '+' if !quoted => {
                pairs.push(name.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    pairs.push(name.get(start..)?);
    (!quoted && !escaped).then_some(pairs)
}

fn is_pair(pair: &str) -> bool {
    let Some((key, value)) = pair.split_once('=') else { return false };
    is_key(key.trim()) && is_value(value.trim())
}

fn is_key(key: &str) -> bool {
    let upper = key.to_ascii_uppercase();
    let dotted = upper.strip_prefix("OID.").unwrap_or(&upper);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    KEYWORDS.contains(&upper.as_str()) || (dotted.contains('.') && dotted.split('.').all(is_number))
}

fn is_value(value: &str) -> bool {
    if let Some(hex) = value.strip_prefix('#') {
        return hex.len() >= 4 && hex.len() % 2 == 0 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(inner) = value.strip_prefix('"') {
        return inner.ends_with('"');
    }
    let mut escaped = false;
    value.chars().all(|letter| {
        let is_fine = escaped || !SPECIAL.contains(letter);
        escaped = !escaped && letter == '\\';
        is_fine
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_java_takes_them() {
        let valid =
            ["", "CN=", "1.2.3=a", "OID.1.2.3=a", "CN=a;O=b", " cn = a , o = b ", "CN=a+O=b", "DNQ=a", "CN=a b=c"];
        let invalid =
            ["bob", "CN", "CN=a,", "=a", "FOO=a", "CN=a,,O=b", "CN=\"a", "CN=a\"b", "CN=<a>", "E=a", "CN=#x+OU=y"];
        valid.iter().for_each(|name| assert!(is_valid(name), "{name}"));
        invalid.iter().for_each(|name| assert!(!is_valid(name), "{name}"));
        assert!(is_valid(r"CN=me\, myself,OU=eng,O=rkafka,C=DE") && is_valid("CN=\"a, b\",O=c"));
    }
}
