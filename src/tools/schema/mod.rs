//! Schemas: what a Schema Registry has.

pub mod schema_registry;
