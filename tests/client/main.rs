//! The client library against a broker of ours in the same process. One test program, so that it links once.

mod cluster;
mod consume;
mod controller_requests;
mod groups;
mod produce;
mod reassignments;
mod several_brokers;
