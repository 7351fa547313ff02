//! Group coordination: decide, persist, apply.
