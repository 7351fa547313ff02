//! What stands in the logs of Kafka's internal topics: the batches of a segment's file, and the records in them.

pub mod facts;
pub mod framed;
pub mod segment;
