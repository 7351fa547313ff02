//! Pure: the trait of everything that has a jute encoding, and the macro that declares records.

use bytes::Bytes;

use super::{Input, JuteError, Output};

/// A jute buffer: null and empty are different values, and both are kept.
pub type Buffer = Option<Bytes>;

/// A value with a jute encoding.
pub trait Record: Sized {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError>;
    fn write(&self, output: &mut Output);

    /// The record alone as bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut output = Output::new();
        self.write(&mut output);
        output.into_vec()
    }

    /// Reads one record from the front of `bytes`; what follows it is ignored, as ZooKeeper does.
    fn from_bytes(bytes: &[u8]) -> Result<Self, JuteError> {
        Self::read(&mut Input::new(bytes))
    }
}

impl Record for bool {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        input.bool()
    }
    fn write(&self, output: &mut Output) {
        output.bool(*self);
    }
}

impl Record for i32 {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        input.i32()
    }
    fn write(&self, output: &mut Output) {
        output.i32(*self);
    }
}

impl Record for i64 {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        input.i64()
    }
    fn write(&self, output: &mut Output) {
        output.i64(*self);
    }
}

impl Record for String {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        input.string()
    }
    fn write(&self, output: &mut Output) {
        output.string(self);
    }
}

impl Record for Buffer {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        input.buffer()
    }
    fn write(&self, output: &mut Output) {
        output.buffer(self.as_deref());
    }
}

impl<T: Record> Record for Vec<T> {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        // No reservation from the count: a count of millions over a short rest fails at its first missing element.
        let count = input.count()?;
        (0..count).map(|_| T::read(input)).collect()
    }
    fn write(&self, output: &mut Output) {
        output.length(self.len());
        self.iter().for_each(|element| element.write(output));
    }
}

/// Declares a record: a struct whose fields are encoded in order.
macro_rules! record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind),* }

        impl $crate::Record for $name {
            fn read(
                input: &mut $crate::Input<'_>,
            ) -> Result<Self, $crate::JuteError> {
                Ok($name { $($field: $crate::Record::read(input)?),* })
            }
            fn write(&self, output: &mut $crate::Output) {
                $($crate::Record::write(&self.$field, output);)*
            }
        }
    };
}
pub(crate) use record;
