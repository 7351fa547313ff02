//! Pure: the columns of each view.

/// A column: its title on the screen, and the name of its field in data.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    pub title: &'static str,
    pub field: &'static str,
    pub kind: Kind,
}

/// How a column is aligned, filtered and shown in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Number,
    /// A picture of the past; not part of data.
    Spark,
}

const fn text(title: &'static str, field: &'static str) -> Column {
    Column { title, field, kind: Kind::Text }
}

const fn number(title: &'static str, field: &'static str) -> Column {
    Column { title, field, kind: Kind::Number }
}

const fn spark(title: &'static str) -> Column {
    Column { title, field: "", kind: Kind::Spark }
}

pub const BROKERS: &[Column] = &[
    text("BROKER", "broker"),
    text("ADDRESS", "address"),
    number("LEADS", "leads"),
    number("REPLICAS", "replicas"),
    number("LACKING", "lacking"),
    number("RECORDS/S", "recordsPerSecond"),
    number("BYTES/S", "bytesPerSecond"),
    number("SIZE", "bytes"),
    number("FREE", "freePercent"),
    spark("TREND"),
];
pub const TOPICS: &[Column] = &[
    text("TOPIC", "topic"),
    number("PARTS", "partitions"),
    number("REPL", "replicas"),
    number("LACKING", "lacking"),
    number("OFFLINE", "offline"),
    number("RECORDS/S", "recordsPerSecond"),
    number("BYTES/S", "bytesPerSecond"),
    number("SIZE", "bytes"),
    spark("TREND"),
];
pub const PARTITIONS: &[Column] = &[
    text("TOPIC", "topic"),
    number("PART", "partition"),
    text("LEADER", "leader"),
    text("REPLICAS", "replicas"),
    text("ISR", "isr"),
    number("END", "endOffset"),
    number("RECORDS/S", "recordsPerSecond"),
    number("BYTES/S", "bytesPerSecond"),
    number("SIZE", "bytes"),
    spark("TREND"),
];
pub const GROUPS: &[Column] = &[
    text("GROUP", "group"),
    text("STATE", "state"),
    text("TYPE", "type"),
    number("MEMBERS", "members"),
    number("PARTS", "partitions"),
    number("LAG", "lag"),
    number("LAG/S", "lagPerSecond"),
    number("READS/S", "recordsPerSecond"),
    spark("TREND"),
];
pub const GROUP_PARTITIONS: &[Column] = &[
    text("TOPIC", "topic"),
    number("PART", "partition"),
    number("COMMITTED", "committedOffset"),
    number("END", "endOffset"),
    number("LAG", "lag"),
    number("LAG/S", "lagPerSecond"),
    text("CLIENT", "clientId"),
    text("HOST", "host"),
    spark("TREND"),
];
pub const GROUP_MEMBERS: &[Column] = &[
    text("CLIENT", "clientId"),
    text("HOST", "host"),
    number("PARTS", "partitions"),
    number("LAG", "lag"),
    text("INSTANCE", "instanceId"),
    text("MEMBER", "memberId"),
];
