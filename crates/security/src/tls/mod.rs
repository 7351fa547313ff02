//! TLS: who we are and whom we trust, read from the files that Java keeps them in.
//!
//! One file per format ([`pem`], [`pkcs12`], [`jks`]), each pure; [`store`] reads the files, and [`contexts`] makes of
//! them what a server or client hands to its connections. Nothing is read before TLS is asked for.

mod ciphers;
mod contexts;
mod der;
mod distinguished_name;
mod ec_key;
mod jks;
mod pem;
mod pkcs12;
mod pkcs8;
mod store;
mod verifier;

pub use contexts::{client_context, server_context, server_name};
pub use distinguished_name::subject_of;
pub use rkafka_config::{ClientAuth, Store, StoreKind, TlsOptions, TlsOptionsError};
pub use store::{Material, StoreError};

#[cfg(test)]
mod tests;
