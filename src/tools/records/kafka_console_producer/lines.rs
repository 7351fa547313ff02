//! Pure: takes a stream of bytes apart into lines, as Java's `BufferedReader.readLine` does: `\n`, `\r\n` and a lone `\r` end
//! a line, the last line needs no end, and what is not UTF-8 becomes U+FFFD.

use std::borrow::Cow;

/// Turns chunks into blocks of whole lines; a line may start in one chunk and end in a later one.
#[derive(Debug, Default)]
pub struct LineBlocks {
    /// The start of a line whose end has not come yet.
    pending: Vec<u8>,
    /// The last chunk ended with `\r`: a `\n` at the start of the next one belongs to it.
    after_cr: bool,
}

impl LineBlocks {
    /// The lines that end in `chunk`, each with a `\n` behind it. Perhaps none.
    pub fn push(&mut self, chunk: &[u8]) -> String {
        let chunk = self.with_plain_ends(chunk);
        let Some(last) = chunk.iter().rposition(|byte| *byte == b'\n') else {
            self.pending.extend_from_slice(&chunk);
            return String::new();
        };
        let (lines, tail) = chunk.split_at(last + 1);
        let mut block = std::mem::take(&mut self.pending);
        block.extend_from_slice(lines);
        self.pending.extend_from_slice(tail);
        text(block)
    }

    /// The last line, if the stream did not end with the end of one.
    pub fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.pending);
        (!rest.is_empty()).then(|| text(rest))
    }

    /// The chunk with every end of a line as `\n`.
    fn with_plain_ends<'a>(&mut self, chunk: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.after_cr && !chunk.contains(&b'\r') {
            return chunk.into();
        }
        let mut plain = Vec::with_capacity(chunk.len());
        for &byte in chunk {
            let ends_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
            match byte {
                b'\n' if ends_cr => {}
                b'\r' => plain.push(b'\n'),
                byte => plain.push(byte),
            }
        }
        plain.into()
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut blocks = LineBlocks::default();
        let mut all = Vec::new();
        for chunk in chunks {
            let block = blocks.push(chunk);
            let mut rest = block.as_str();
            while let Some((line, after)) = rest.split_once('\n') {
                all.push(line.to_owned());
                rest = after;
            }
            assert_eq!(rest, "", "a block holds whole lines");
        }
        all.extend(blocks.finish());
        all
    }

    #[test]
    fn ends_of_lines() {
        for (input, expected) in [
            (&b"a\nb\n"[..], vec!["a", "b"]),
            (b"a\nb", vec!["a", "b"]),
            (b"a\rb", vec!["a", "b"]),
            (b"a\r\nb\r\n", vec!["a", "b"]),
            (b"\n\nx\n", vec!["", "", "x"]),
            (b"a\n\rb", vec!["a", "", "b"]),
            (b"a\r", vec!["a"]),
            (b"", vec![]),
            (b"a\xffb\n", vec!["a\u{fffd}b"]),
            ("żółć\n日本".as_bytes(), vec!["żółć", "日本"]),
        ] {
            assert_eq!(lines(&[input]), expected, "{input:?}");
            // However the stream is cut into chunks, the lines are the same.
            for cut in 0..=input.len() {
                assert_eq!(lines(&[&input[..cut], &input[cut..]]), expected, "{input:?} cut at {cut}");
                for second in cut..=input.len() {
                    assert_eq!(lines(&[&input[..cut], &input[cut..second], &input[second..]]), expected);
                }
            }
        }
    }
}
