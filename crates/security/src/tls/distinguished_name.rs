//! Pure: the names in a certificate, written as Java's `X500Principal.getName()` writes them (RFC 2253).

use super::der::{BadDer, Der, Element, dotted, tag};

/// The kinds of names that RFC 2253 has words for; Java writes the others as numbers with their value in hex.
const KEYWORDS: &[(&str, &str)] = &[
    ("2.5.4.3", "CN"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("0.9.2342.19200300.100.1.1", "UID"),
];
const COMMON_NAME: &str = "2.5.4.3";
const ESCAPED: &str = ",=+<>#;\"\\";

/// Issuer and subject of a certificate, in DER.
pub fn names_of(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    names(certificate).ok().map(|(issuer, subject)| (issuer.whole, subject.whole))
}

fn names(certificate: &[u8]) -> Result<(Element<'_>, Element<'_>), BadDer> {
    let mut body = Der(certificate).sequence()?.sequence()?;
    body.optional(tag::CONTEXT_0)?;
    body.expect(tag::INTEGER)?;
    body.sequence()?;
    let issuer = body.expect(tag::SEQUENCE)?;
    body.sequence()?;
    Ok((issuer, body.expect(tag::SEQUENCE)?))
}

/// The subject of a certificate, for example `CN=bob,OU=eng,O=acme`.
pub fn subject_of(certificate: &[u8]) -> Option<String> {
    let (_, subject) = names(certificate).ok()?;
    written(subject.inside()).ok()
}

/// The most specific common name of a certificate's subject.
pub fn common_name_of(certificate: &[u8]) -> Option<String> {
    let (_, subject) = names(certificate).ok()?;
    let mut parts = subject.inside();
    let mut found = None;
    while !parts.is_empty() {
        let mut part = parts.expect(tag::SET).ok()?.inside();
        while !part.is_empty() {
            let mut pair = part.sequence().ok()?;
            if pair.oid().ok()? == COMMON_NAME {
                found = text(pair.next().ok()?);
            }
        }
    }
    found
}

/// RFC 2253 puts the last part first.
fn written(mut parts: Der<'_>) -> Result<String, BadDer> {
    let mut names = Vec::new();
    while !parts.is_empty() {
        let mut part = parts.expect(tag::SET)?.inside();
        let mut pairs = Vec::new();
        while !part.is_empty() {
            let mut pair = part.sequence()?;
            let kind = dotted(pair.expect(tag::OID)?.content)?;
            pairs.push(write_pair(&kind, pair.next()?));
        }
        names.push(pairs.join("+"));
    }
    names.reverse();
    Ok(names.join(","))
}

fn write_pair(kind: &str, value: Element<'_>) -> String {
    let keyword = KEYWORDS.iter().find(|(oid, _)| *oid == kind).map(|(_, keyword)| *keyword);
    match keyword.and_then(|keyword| text(value).map(|text| (keyword, text))) {
        Some((keyword, text)) => format!("{keyword}={}", escape(&text)),
        None => {
            let hex: String = value.whole.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{}=#{hex}", keyword.unwrap_or(kind))
        }
    }
}

/// The text of a value, if it is a kind of string.
fn text(value: Element<'_>) -> Option<String> {
    let latin = || value.content.iter().map(|byte| char::from(*byte)).collect();
    match value.tag {
        0x0c => Some(String::from_utf8_lossy(value.content).into_owned()),
        0x13 | 0x14 | 0x16 | 0x1b => Some(latin()),
        0x1e => {
            let units: Vec<u16> =
                value.content.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
            Some(String::from_utf16_lossy(&units))
        }
        _ => None,
    }
}

fn escape(text: &str) -> String {
    let leading = text.chars().take_while(|c| is_blank(*c)).count();
    let trailing = text.chars().rev().take_while(|c| is_blank(*c)).count();
    let length = text.chars().count();
    let mut escaped = String::with_capacity(text.len());
    for (at, letter) in text.chars().enumerate() {
        let is_outer_blank = at < leading || at >= length - trailing;
        if is_outer_blank || ESCAPED.contains(letter) {
            escaped.push('\\');
        }
        match letter {
            '\0' => escaped.push_str("\\00"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

fn is_blank(letter: char) -> bool {
    letter == ' ' || letter == '\r'
}
