//! Three real brokers of ours and a ZooKeeper server under faults (killed, paused, cut off, out of disk, restarted), while
//! an idempotent acks=all producer and a consumer run. In the end every acknowledged record is read back in order, once,
//! and the consumer has seen exactly the log. The same with Apache Kafka's clients, and with its brokers in the cluster,
//! is in `tests/conformance/cluster/`.

mod chaos;
mod cluster;
mod console;
mod disks;
mod kills;
mod links;
mod load;
mod pauses;
mod process;
mod proxy;
mod restarts;
mod stalls;
