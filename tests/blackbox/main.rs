//! The real binary from outside: processes, ports, files, exit codes. One test program, so that it links once.

mod client;
mod completion;
mod connections;
mod console;
mod copying;
mod descriptors;
mod dev;
mod doctor;
// Fault points are for builds with debug assertions.
#[cfg(debug_assertions)]
mod essential;
mod every_version;
mod harness;
mod hostile;
mod invocation;
mod metadata_shell;
mod mirror;
mod notes;
mod output;
mod output_kraft;
mod pipes;
mod reassigning;
mod records;
mod schemas;
mod stalls;
mod three;
mod top;
mod topics;
mod versions;
mod waiting;
mod warnings;
mod zookeeper_shell;
