//! Sockets: accepting connections, cutting their bytes into frames, sending replies.
//!
//! One task per connection owns its socket both ways. Requests of a connection start in order and are answered in
//! order; a connection that sends what is not Kafka's protocol is closed with one log line that says what it sent,
//! and no other connection notices.

mod connection;
mod connections;
mod frame;
mod server;
mod sniff;
mod transport;
mod writer;

pub use connections::ConnectionLimits;
pub use server::{BoundListener, ListenerConfig, SocketOptions, SocketServer};
