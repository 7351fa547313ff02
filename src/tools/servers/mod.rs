//! Servers: started and stopped.

pub mod kafka_server_start;
pub mod process;
pub mod stop;
pub mod zookeeper_server_start;
