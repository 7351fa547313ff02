//! What looks at the files of a broker, without one.

pub mod kafka_dump_log;
