//! Who may speak, and that nobody else listens: TLS contexts from key stores of every format ([`tls`]), and the SASL
//! mechanisms ([`sasl`]), both sides of each.
//!
//! Owns no socket: listeners and clients drive it. The settings it is made from are `rkafka_config`'s.

pub mod password_encoder;
pub mod sasl;
pub mod scram;
pub mod tls;
