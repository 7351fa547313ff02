//! The only doors outside: clock, randomness, logging, signals. Code that decides takes what it needs from here as
//! arguments, so a test or a simulation can hand in its own.

pub mod clock;
pub mod logging;
pub mod random;
pub mod shutdown;
pub mod tls;
