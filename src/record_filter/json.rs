//! Pure: the JSON of a key or value, read when it is first asked for.

use serde_json::Value;
use std::cell::OnceCell;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Name(String),
    /// Counts from the end if negative.
    Index(i64),
}

/// Bytes that may be JSON.
#[derive(Debug)]
pub struct Lazy<'a> {
    bytes: Option<&'a [u8]>,
    read: OnceCell<Option<Value>>,
}

impl<'a> Lazy<'a> {
    pub fn new(bytes: Option<&'a [u8]>) -> Lazy<'a> {
        Lazy { bytes, read: OnceCell::new() }
    }

    /// What lies at `path`; `None` if there is nothing, or the bytes are no JSON.
    pub fn at(&self, path: &[Step]) -> Option<&Value> {
        let whole = self.read.get_or_init(|| self.bytes.and_then(|bytes| serde_json::from_slice(bytes).ok()));
        path.iter().try_fold(whole.as_ref()?, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(index) => {
                let list = value.as_array()?;
                let index = if *index < 0 { i64::try_from(list.len()).ok()?.checked_add(*index)? } else { *index };
                list.get(usize::try_from(index).ok()?)
            }
        })
    }
}
