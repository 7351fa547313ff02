//! Pure: Kafka's wire protocol, bytes to values and back, for every message and version of 3.9.1, 4.1.1 and 4.4.0.
//!
//! Nothing here reads a socket, a clock or a file. The message types are generated at build time from the schema
//! facts in `schema/` by `build/`; what stands here by hand is what the generated code calls: [`Reader`], [`Writer`],
//! [`Records`], [`Uuid`], and the tables of APIs and error codes.

mod api;
mod error_code;
mod header;
mod reader;
mod records;
pub mod text;
mod uuid;
mod writer;

pub use api::{ApiFacts, VersionRange};
pub use error_code::ErrorCode;
pub use header::{request_header_version, response_header_version};
pub use messages::{APIS, ApiKey};
pub use reader::{MAX_ARRAY_ELEMENTS, MAX_ARRAY_LENGTH, MAX_STRING, MAX_TAGGED_FIELDS, Reader};
pub use records::{FileRegion, Records, Segment};
pub use uuid::Uuid;
pub use writer::{Writer, varint_len};

use std::ops::RangeInclusive;

/// A tagged field without a name here: its tag and its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct RawTaggedField {
    pub tag: u32,
    pub data: bytes::Bytes,
}

/// A message that Kafka's schema defines; the version picks which fields stand on the wire.
pub trait Message: Sized + Default {
    const NAME: &'static str;
    /// The versions that [`Message::decode`] and [`Message::encode`] know.
    const VERSIONS: RangeInclusive<i16>;
    /// The first version with compact lengths and tagged fields; `i16::MAX` if none has them.
    const FLEXIBLE_SINCE: i16;

    /// Reads the message. Lengths are bounded by what remains in `r`, so hostile ones are errors, not allocations.
    fn decode(r: &mut Reader, version: i16) -> Result<Self, WireError>;
    /// Writes the message. A value that `version` cannot carry is an error, unless the schema lets it be dropped.
    fn encode(&self, w: &mut Writer, version: i16) -> Result<(), WireError>;
}

/// A request: the API that it calls and the message that answers it.
pub trait Request: Message {
    const KEY: ApiKey;
    type Response: Message;
}

/// Why bytes are not a message, or a value cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("{what} needs {needed} bytes, {remaining} remain")]
    Truncated { what: &'static str, needed: usize, remaining: usize },
    #[error("length {length} of {what} is out of range, {remaining} bytes remain")]
    BadLength { what: &'static str, length: i64, remaining: usize },
    #[error("{0} is null where null is not allowed")]
    UnexpectedNull(&'static str),
    #[error("a variable-length integer runs past {0} bytes")]
    VarintTooLong(usize),
    #[error("the frame holds more than {0} array elements")]
    TooManyElements(usize),
    #[error("{what} has {length} elements, more than {max}")]
    ArrayTooLong { what: &'static str, length: usize, max: usize },
    #[error("tagged field {0} is out of order, repeated, or of another length than it says")]
    BadTag(u32),
    #[error("{0} bytes are left over after the message")]
    TrailingBytes(usize),
    #[error("{name} has no version {version}")]
    UnknownVersion { name: &'static str, version: i16 },
    #[error("{field} is set, but version {version} cannot carry it")]
    NotInVersion { field: &'static str, version: i16 },
    #[error("{what} of {length} bytes is too long for its length field")]
    TooLong { what: &'static str, length: usize },
}

impl WireError {
    fn not_in_version(field: &'static str, version: i16) -> WireError {
        WireError::NotInVersion { field, version }
    }
}

fn check_version<M: Message>(version: i16) -> Result<(), WireError> {
    if M::VERSIONS.contains(&version) { Ok(()) } else { Err(WireError::UnknownVersion { name: M::NAME, version }) }
}

/// The generated messages, one module each; the messages themselves are re-exported here by name.
#[allow(clippy::all, clippy::pedantic, dead_code, unused_imports, unreachable_patterns, unused_parens)]
pub mod messages {
    use crate::{ApiFacts, Message, Reader, VersionRange, WireError, Writer};
    use bytes::Bytes;

    pub(crate) mod prelude {
        pub(crate) use crate::check_version;
        pub use crate::messages::ApiKey;
        pub use crate::{Message, RawTaggedField, Reader, Records, Request, Uuid, WireError, Writer};
        pub use bytes::Bytes;
        pub use std::ops::RangeInclusive;
    }

    include!(concat!(env!("OUT_DIR"), "/messages.rs"));
}
