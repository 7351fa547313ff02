//! The ZooKeeper server: prepare, persist, apply.
