//! Properties files, and the definitions of every key: name, type, default, range.

pub mod definition;
pub mod properties;
