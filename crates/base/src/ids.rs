//! Pure: numbers that must not be mixed up, each with the wire's own width.

use std::fmt;

macro_rules! newtype {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl From<$inner> for $name {
            fn from(v: $inner) -> $name {
                $name(v)
            }
        }
    };
}

newtype! {
    /// A record's position in its partition, from 0.
    Offset(i64)
}
newtype! {
    /// A broker's id, `broker.id`; −1 stands for "none" on the wire.
    BrokerId(i32)
}
newtype! {
    /// Counts the leaders of one partition.
    LeaderEpoch(i32)
}
newtype! {
    /// Counts the controllers of the cluster.
    ControllerEpoch(i32)
}
newtype! {
    /// An idempotent or transactional producer's id; −1 stands for "none".
    ProducerId(i64)
}
newtype! {
    /// Counts the incarnations of one producer id.
    ProducerEpoch(i16)
}
newtype! {
    /// Milliseconds since 1970-01-01 UTC; −1 stands for "none".
    TimestampMs(i64)
}

impl Offset {
    /// The offset `n` records further on.
    pub fn plus(self, n: i64) -> Offset {
        Offset(self.0 + n)
    }
}

impl LeaderEpoch {
    /// "No epoch", −1 on the wire.
    pub const NONE: LeaderEpoch = LeaderEpoch(-1);
}

impl BrokerId {
    /// "No broker", −1 on the wire.
    pub const NONE: BrokerId = BrokerId(-1);
}

impl ProducerId {
    /// "No producer id", −1 on the wire.
    pub const NONE: ProducerId = ProducerId(-1);
}
