//! Reads a file of saved topics, in whatever format it is, and finds where it was cut short.

use super::{Entry, FileFormat, frames, lines};
use anyhow::{Context, bail, ensure};
use rkafka_protocol::record::crc32c;
use std::io::{BufRead, BufReader, Read};

/// How much is read at once.
const BUFFER: usize = 1 << 20;
/// The most bytes of a line.
const MAX_LINE: usize = frames::MAX_FRAME;

/// What comes next in a file.
#[derive(Debug)]
pub enum Next {
    Entry(Entry),
    /// The file is over.
    Over,
    /// The last entry is not all there: whoever wrote it was stopped.
    Torn,
}

/// A file, or what comes through a pipe.
pub struct Reader<R> {
    input: BufReader<R>,
    format: FileFormat,
    /// How many bytes hold whole entries.
    whole: u64,
    lines: u64,
}

impl<R: Read> Reader<R> {
    /// Finds out the format. `None` for an input without a byte.
    ///
    /// Errors: it is none of ours.
    pub fn open(input: R) -> anyhow::Result<Option<Reader<R>>> {
        let mut input = BufReader::with_capacity(BUFFER, input);
        let first = input.fill_buf()?.first().copied();
        let format = match first {
            None => return Ok(None),
            Some(first) if first == frames::MAGIC[0] => FileFormat::Binary,
            Some(b'{') => FileFormat::Lines,
            Some(_) => bail!("it is no file of 'rkafka save': it begins neither with its magic number nor with '{{'"),
        };
        let mut whole = 0;
        if format == FileFormat::Binary {
            let mut preamble = Vec::new();
            input.by_ref().take(frames::PREAMBLE as u64).read_to_end(&mut preamble)?;
            let expected = frames::preamble();
            if preamble.len() == expected.len() && preamble.starts_with(&frames::MAGIC) && preamble != expected {
                bail!("it is of another version of the format than {}, which this program knows", frames::VERSION);
            }
            ensure!(expected.starts_with(&preamble), "it is no file of 'rkafka save'");
            whole = preamble.len() as u64;
        }
        Ok(Some(Reader { input, format, whole, lines: 0 }))
    }

    pub fn format(&self) -> FileFormat {
        self.format
    }

    /// How many bytes of the file hold whole entries, up to the last one read.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// The next entry.
    ///
    /// Errors: reading fails, or the file is damaged elsewhere than at its end; which byte or line it is.
    pub fn next(&mut self) -> anyhow::Result<Next> {
        match self.format {
            FileFormat::Binary => self.next_frame().with_context(|| format!("byte {}", self.whole)),
            FileFormat::Lines => self.next_line().with_context(|| format!("line {}", self.lines)),
        }
    }

    fn next_frame(&mut self) -> anyhow::Result<Next> {
        let mut prefix = Vec::with_capacity(frames::PREFIX);
        self.input.by_ref().take(frames::PREFIX as u64).read_to_end(&mut prefix)?;
        if prefix.is_empty() && self.whole >= frames::PREAMBLE as u64 {
            return Ok(Next::Over);
        }
        let Ok(prefix) = <[u8; frames::PREFIX]>::try_from(prefix) else { return Ok(Next::Torn) };
        let Some((length, checksum)) = frames::prefix(prefix) else {
            // After a loss of power, what was to be written may be zeros.
            ensure!(prefix == [0; frames::PREFIX] && self.rest_is_zeros()?, "the file is damaged here");
            return Ok(Next::Torn);
        };
        let mut body = Vec::new();
        self.input.by_ref().take(length as u64).read_to_end(&mut body)?;
        if body.len() < length {
            ensure!(frames::may_be_cut(length, &body), "the file is damaged here: a length is wrong");
            return Ok(Next::Torn);
        }
        if crc32c(&body) != checksum {
            ensure!(self.rest_is_zeros()?, "the file is damaged here: the checksum is wrong");
            return Ok(Next::Torn);
        }
        let entry = frames::entry(body.into())?;
        self.whole += (frames::PREFIX + length) as u64;
        Ok(Next::Entry(entry))
    }

    fn next_line(&mut self) -> anyhow::Result<Next> {
        loop {
            let mut line = Vec::new();
            self.input.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
            if line.is_empty() {
                return Ok(Next::Over);
            }
            self.lines += 1;
            let is_whole = line.ends_with(b"\n");
            ensure!(is_whole || line.len() < MAX_LINE, "it is longer than {MAX_LINE} bytes");
            if line.trim_ascii().is_empty() {
                self.whole += line.len() as u64;
                continue;
            }
            return match lines::entry(&line) {
                Ok(entry) => {
                    // Editors leave the last newline out; whoever writes on must not join the lines.
                    self.whole += if is_whole { line.len() as u64 } else { 0 };
                    Ok(Next::Entry(entry))
                }
                Err(_) if !is_whole => Ok(Next::Torn),
                Err(error) => Err(error),
            };
        }
    }

    fn rest_is_zeros(&mut self) -> anyhow::Result<bool> {
        loop {
            let rest = self.input.fill_buf()?;
            if rest.is_empty() {
                return Ok(true);
            }
            if rest.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let length = rest.len();
            self.input.consume(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::copying::facts::Head;
    use crate::tools::copying::saved::writer::Writer;
    use bytes::Bytes;
    use rkafka_base::TimestampMs;
    use rkafka_protocol::record::{Batch, BatchBuilder, BatchOptions};

    fn file(format: FileFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, format);
        writer.begin(&Head { id: "id".into(), cluster: "c".into() }).unwrap();
        let mut builder = BatchBuilder::new(BatchOptions::default());
        (0..3).for_each(|_| builder.append(TimestampMs(5), None, Some(b"value"), &[]));
        writer.batch(("t", 0), 1, &Batch::parse(&builder.finish().unwrap()).unwrap()).unwrap();
        writer.end().unwrap();
        bytes
    }

    /// How many entries there are, how it ends, and how many bytes are whole.
    fn walk(bytes: &[u8]) -> anyhow::Result<(usize, bool, u64)> {
        let Some(mut reader) = Reader::open(bytes)? else { return Ok((0, false, 0)) };
        let mut count = 0;
        loop {
            match reader.next()? {
                Next::Entry(_) => count += 1,
                Next::Over => return Ok((count, false, reader.whole())),
                Next::Torn => return Ok((count, true, reader.whole())),
            }
        }
    }

    #[test]
    fn a_file_may_end_anywhere() {
        for (format, entries) in [(FileFormat::Binary, 3), (FileFormat::Lines, 4)] {
            let bytes = file(format);
            assert_eq!(walk(&bytes).unwrap(), (entries, false, bytes.len() as u64));
            for cut in 1..bytes.len() {
                let (count, torn, whole) = walk(&bytes[..cut]).unwrap();
                let cut = cut as u64;
                assert!(
                    count <= entries && whole <= cut && (torn || whole == cut || format == FileFormat::Lines),
                    "{cut}"
                );
                // What is whole can be written on: it is the beginning of the file.
                assert!(walk(&bytes[..whole as usize]).unwrap().0 <= count);
            }
        }
    }

    #[test]
    fn damage_is_no_end() {
        let mut bytes = file(FileFormat::Binary);
        let middle = frames::PREAMBLE + 12;
        bytes[middle] ^= 1;
        assert!(format!("{:#}", walk(&bytes).unwrap_err()).contains("damaged"));
        bytes[middle] ^= 1;
        // Lengths that lead behind the end: of the head, and of the batch behind it.
        let head = frames::PREAMBLE + 3;
        for last in [head, head + frames::PREFIX + usize::from(bytes[head])] {
            bytes[last - 1] ^= 0x10;
            assert!(format!("{:#}", walk(&bytes).unwrap_err()).contains("a length is wrong"), "{last}");
            bytes[last - 1] ^= 0x10;
        }
        let length = bytes.len() as u64;
        bytes.extend([0; 100]);
        assert_eq!(walk(&bytes).unwrap(), (3, true, length));
        assert!(walk(b"hello").is_err());
        assert!(walk(b"\x89rkafka\n\0\0\0\x02").unwrap_err().to_string().contains("another version"));
        assert_eq!(walk(b"").unwrap().0, 0);
    }

    /// What begins in the middle of a batch is written so, whatever the format.
    #[test]
    fn records_before_the_beginning_do_not_count() {
        let lines = String::from_utf8(file(FileFormat::Lines)).unwrap();
        assert!(!lines.contains("\"offset\":0") && lines.contains("\"offset\":1"), "{lines}");
        let bytes = file(FileFormat::Binary);
        let mut reader = Reader::open(bytes.as_slice()).unwrap().unwrap();
        reader.next().unwrap();
        let Next::Entry(Entry::Batch { from, batch, .. }) = reader.next().unwrap() else { panic!("no batch") };
        assert_eq!((from, Batch::parse(&Bytes::clone(&batch)).unwrap().header.count), (1, 3));
    }
}
