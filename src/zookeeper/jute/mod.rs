//! Jute, the encoding of every ZooKeeper frame and file.
