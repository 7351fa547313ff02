//! The real binary from outside: processes, ports, files, exit codes. One test program, so that it links once.

mod client;
mod connections;
mod console;
mod descriptors;
mod dev;
// Fault points are for builds with debug assertions.
#[cfg(debug_assertions)]
mod essential;
mod every_version;
mod harness;
mod hostile;
mod invocation;
mod mirror;
mod notes;
mod output;
mod pipes;
mod records;
mod stalls;
mod three;
mod topics;
mod versions;
mod warnings;
mod zookeeper_shell;
