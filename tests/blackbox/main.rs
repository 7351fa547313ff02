//! The real binary from outside: processes, ports, files, exit codes. One test program, so that it links once.

mod client;
mod connections;
mod descriptors;
mod dev;
mod essential;
mod every_version;
mod harness;
mod hostile;
mod notes;
mod pipes;
mod records;
mod three;
mod topics;
mod versions;
mod warnings;
mod zookeeper_shell;
