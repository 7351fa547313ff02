//! The controller: decides which broker leads which partition.

mod channels;

pub use channels::BrokerChannels;
