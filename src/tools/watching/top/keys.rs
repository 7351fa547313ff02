//! Pure: bytes of a terminal become keys (ECMA-48 and xterm's sequences).

const ESCAPE: u8 = 0x1b;
/// The longest sequence that is waited for; a longer one is no key.
const MAX_SEQUENCE: usize = 16;

/// What was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Character(char),
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    Enter,
    Tab,
    Backspace,
    Escape,
    Interrupt,
}

/// Keys from bytes as they come, which may be half a key.
#[derive(Debug, Default)]
pub struct Decoder {
    pending: Vec<u8>,
}

impl Decoder {
    /// Whether a key has begun.
    pub fn is_waiting(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The keys that are complete with these bytes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Key> {
        self.pending.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((length, key)) = first(&self.pending) {
            keys.extend(key);
            self.pending.drain(..length);
        }
        keys
    }

    /// Nothing more has come: an ESC that stands alone was the key of that name.
    pub fn finish(&mut self) -> Option<Key> {
        let pending = std::mem::take(&mut self.pending);
        (pending == [ESCAPE]).then_some(Key::Escape)
    }
}

/// The first key and how many bytes it takes; no key for bytes that mean nothing here. `None` while it is not complete.
fn first(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    let single = |key| Some((1, Some(key)));
    match *bytes.first()? {
        ESCAPE => escape(bytes),
        3 => single(Key::Interrupt),
        9 => single(Key::Tab),
        10 | 13 => single(Key::Enter),
        8 | 127 => single(Key::Backspace),
        0..0x20 => Some((1, None)),
        byte => {
            let length = match byte {
                0xc0..0xe0 => 2,
                0xe0..0xf0 => 3,
                0xf0..0xf8 => 4,
                _ => 1,
            };
            let taken = bytes.get(..length)?;
            Some((length, std::str::from_utf8(taken).ok().and_then(|text| text.chars().next()).map(Key::Character)))
        }
    }
}

/// `ESC [ parameters letter`, `ESC O letter`, or an ESC before something else.
fn escape(bytes: &[u8]) -> Option<(usize, Option<Key>)> {
    match *bytes.get(1)? {
        b'[' => {
            let ends = |byte: &u8| (0x40..0x7f).contains(byte);
            let Some(end) = bytes[2..].iter().position(ends).map(|at| at + 2) else {
                return (bytes.len() > MAX_SEQUENCE).then_some((bytes.len(), None));
            };
            // `1;5A` is an arrow with a modifier.
            let first_number: Option<u8> =
                std::str::from_utf8(&bytes[2..end]).ok().and_then(|text| text.split(';').next()?.parse().ok());
            let key = match (bytes[end], first_number) {
                (b'~', Some(1 | 7)) => Some(Key::First),
                (b'~', Some(4 | 8)) => Some(Key::Last),
                (b'~', Some(5)) => Some(Key::PageUp),
                (b'~', Some(6)) => Some(Key::PageDown),
                (letter, _) => arrow(letter),
            };
            Some((end + 1, key))
        }
        b'O' => Some((3, arrow(*bytes.get(2)?))),
        ESCAPE => Some((1, Some(Key::Escape))),
        _ => Some((2, None)),
    }
}

fn arrow(letter: u8) -> Option<Key> {
    match letter {
        b'A' => Some(Key::Up),
        b'B' => Some(Key::Down),
        b'C' => Some(Key::Right),
        b'D' => Some(Key::Left),
        b'H' => Some(Key::First),
        b'F' => Some(Key::Last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_whole_and_in_pieces() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"q\x1b[A\x1bOB\r"), [Key::Character('q'), Key::Up, Key::Down, Key::Enter]);
        assert_eq!(decoder.push(b"\x1b"), []);
        assert!(decoder.is_waiting());
        assert_eq!(decoder.push(b"[6~\x1b[1;5C"), [Key::PageDown, Key::Right]);
        assert_eq!(decoder.push("é".as_bytes()), [Key::Character('é')]);
        assert_eq!(decoder.push(&[0xc3]), []);
        assert_eq!(decoder.push(&[0xa9, 3, 127, 9]), [Key::Character('é'), Key::Interrupt, Key::Backspace, Key::Tab]);
    }

    #[test]
    fn an_escape_alone() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"\x1b"), []);
        assert_eq!(decoder.finish(), Some(Key::Escape));
        assert_eq!(decoder.finish(), None);
        assert_eq!(decoder.push(b"\x1b\x1b[A"), [Key::Escape, Key::Up]);
    }

    #[test]
    fn bytes_that_mean_nothing() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"\x01\xff\x1bx\x1b[99zq"), [Key::Character('q')]);
        assert_eq!(decoder.push(&[b"\x1b[".as_slice(), &[b'1'; 40]].concat()), []);
        assert!(!decoder.is_waiting());
    }
}
