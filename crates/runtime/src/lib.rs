//! The only doors outside: clock, randomness, logging, signals, descriptors. Code that decides takes what it needs from here as
//! arguments, so a test or a simulation can hand in its own. And the locks, which know in which order they are taken.

pub mod acceptor;
pub mod clock;
pub mod descriptors;
pub mod lock;
pub mod logging;
pub mod random;
pub mod shutdown;
