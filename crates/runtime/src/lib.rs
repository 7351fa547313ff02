//! The only doors outside: clock, randomness, logging, signals, descriptors, files. Code that decides takes what it needs from
//! here as arguments, so that a test or a simulation can hand in its own. And the locks, which know in which order they are
//! taken ([`lock`]); and how tasks begin ([`tasks`]).
//!
//! Owns the process's log destination and its descriptor reserve; servers and tools start both. Nothing here knows Kafka.

pub mod acceptor;
pub mod clock;
pub mod descriptors;
pub mod disk_lane;
pub mod faults;
pub mod files;
pub mod lock;
pub mod logging;
pub mod pulse;
pub mod random;
pub mod shutdown;
pub mod sync_watch;
pub mod tasks;
