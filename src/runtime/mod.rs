//! The only doors outside: clock, randomness, logging, shutdown.
