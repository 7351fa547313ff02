//! Pure: writes jute primitives.

use super::NULL_STRING;

/// A growing byte buffer of one or more records.
#[derive(Debug, Default, Clone)]
pub struct Output {
    bytes: Vec<u8>,
}

impl Output {
    pub fn new() -> Output {
        Output::default()
    }

    pub fn with_capacity(capacity: usize) -> Output {
        Output { bytes: Vec::with_capacity(capacity) }
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes.push(u8::from(value));
    }

    pub fn i32(&mut self, value: i32) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    pub fn i64(&mut self, value: i64) {
        self.bytes.extend_from_slice(&value.to_be_bytes());
    }

    /// A length or count. Values above i32::MAX cannot occur: frames and files are bounded far below.
    pub fn length(&mut self, length: usize) {
        self.i32(i32::try_from(length).unwrap_or(i32::MAX));
    }

    pub fn buffer(&mut self, value: Option<&[u8]>) {
        match value {
            Some(bytes) => {
                self.length(bytes.len());
                self.bytes.extend_from_slice(bytes);
            }
            None => self.i32(-1),
        }
    }

    /// A string; [`NULL_STRING`] is written as null.
    pub fn string(&mut self, value: &str) {
        self.buffer((value != NULL_STRING).then_some(value.as_bytes()));
    }

    /// Bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Overwrites the i32 at `position`, for a length known only at the end.
    pub(crate) fn patch_i32(&mut self, position: usize, value: i32) {
        if let Some(slot) = self.bytes.get_mut(position..position + 4) {
            slot.copy_from_slice(&value.to_be_bytes());
        }
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Forgets what was written after the first `length` bytes, and gives back the memory that it took.
    pub fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
        self.bytes.shrink_to(64);
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub fn into_vec(self) -> Vec<u8> {
        self.bytes
    }
}
