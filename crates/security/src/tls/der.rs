//! Pure: a reader of DER, as far as key stores and certificates need it.

/// Tags that the readers look for.
pub mod tag {
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const OID: u8 = 0x06;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    /// Context-specific, constructed, number 0.
    pub const CONTEXT_0: u8 = 0xa0;
    /// Context-specific, primitive, number 0.
    pub const IMPLICIT_0: u8 = 0x80;
}

/// The bytes are not what they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed DER")]
pub struct BadDer;

/// One element: its tag, what is in it, and all of it.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    pub tag: u8,
    pub content: &'a [u8],
    pub whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads what is in a constructed element.
    pub fn inside(self) -> Der<'a> {
        Der(self.content)
    }
}

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Der<'a>(pub &'a [u8]);

impl<'a> Der<'a> {
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The tag of the next element.
    pub fn peek(self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element, of definite length.
    pub fn next(&mut self) -> Result<Element<'a>, BadDer> {
        let all = self.0;
        let (&tag, rest) = all.split_first().ok_or(BadDer)?;
        if tag & 0x1f == 0x1f {
            return Err(BadDer);
        }
        let (&first, rest) = rest.split_first().ok_or(BadDer)?;
        let (length, body) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (bytes, body) = rest.split_at_checked(usize::from(first & 0x7f)).ok_or(BadDer)?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), body)
            }
            _ => return Err(BadDer),
        };
        let (content, after) = body.split_at_checked(length).ok_or(BadDer)?;
        self.0 = after;
        Ok(Element { tag, content, whole: all.get(..all.len() - after.len()).ok_or(BadDer)? })
    }

    /// The next element, which must have this tag.
    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, BadDer> {
        let element = self.next()?;
        if element.tag == tag { Ok(element) } else { Err(BadDer) }
    }

    /// The next element if it has this tag.
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, BadDer> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    pub fn sequence(&mut self) -> Result<Der<'a>, BadDer> {
        self.expect(tag::SEQUENCE).map(Element::inside)
    }

    pub fn octets(&mut self) -> Result<&'a [u8], BadDer> {
        self.expect(tag::OCTET_STRING).map(|element| element.content)
    }

    /// A whole number that fits 32 bits and is not negative.
    pub fn number(&mut self) -> Result<u32, BadDer> {
        let content = self.expect(tag::INTEGER)?.content;
        let content = content.strip_prefix(&[0]).unwrap_or(content);
        if content.len() > 4 {
            return Err(BadDer);
        }
        Ok(content.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// An object identifier in dotted form.
    pub fn oid(&mut self) -> Result<String, BadDer> {
        dotted(self.expect(tag::OID)?.content)
    }

    /// AlgorithmIdentifier: the algorithm and its parameters.
    pub fn algorithm(&mut self) -> Result<(String, Der<'a>), BadDer> {
        let mut inside = self.sequence()?;
        Ok((inside.oid()?, inside))
    }
}

/// The dotted form of an object identifier's content.
pub fn dotted(content: &[u8]) -> Result<String, BadDer> {
    let mut arcs: Vec<u64> = Vec::new();
    let mut arc: u64 = 0;
    for byte in content {
        arc = arc.checked_mul(128).ok_or(BadDer)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            match arcs.is_empty() {
                true => {
                    let top = (arc / 40).min(2);
                    arcs.extend([top, arc - top * 40]);
                }
                false => arcs.push(arc),
            }
            arc = 0;
        }
    }
    if arcs.is_empty() || content.last().is_some_and(|last| last & 0x80 != 0) {
        return Err(BadDer);
    }
    Ok(arcs.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_numbers_and_identifiers() {
        let mut der = Der(&[0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00, 0x04, 0x01, 0xff]);
        let mut inside = der.sequence().unwrap();
        assert_eq!(inside.number(), Ok(7));
        assert!(inside.optional(0x05).unwrap().is_some() && inside.is_empty());
        assert_eq!(der.octets(), Ok(&[0xff][..]));
        assert!(der.is_empty());
        assert_eq!(dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d]).unwrap(), "1.2.840.113549.1.5.13");
        assert_eq!(dotted(&[0x55, 0x04, 0x03]).unwrap(), "2.5.4.3");
    }

    #[test]
    fn lengths_that_lie_are_errors() {
        for bytes in
            [&[0x30][..], &[0x30, 0x02, 0x00], &[0x30, 0x85, 1, 1, 1, 1, 1], &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]]
        {
            assert_eq!(Der(bytes).next().err(), Some(BadDer), "{bytes:?}");
        }
        assert_eq!(dotted(&[0x80]), Err(BadDer));
    }
}
