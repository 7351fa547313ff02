//! Transactions and the producers that write in them.

pub mod kafka_transactions;
