//! The ZooKeeper client that brokers and tools use.
