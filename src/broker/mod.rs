//! The broker: everything wired together.
