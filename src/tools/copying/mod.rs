//! Topics from one place to another: into files and back, and from cluster to cluster.
//!
//! What is read comes from a [`source`], what is written goes through a [`sink`], which knows of every partition how far
//! the target has it ([`progress`]) and where its records are there ([`translation`]). [`saved`] are the files.

pub mod rkafka_copy;
pub mod rkafka_load;
pub mod rkafka_mirror;
pub mod rkafka_save;

mod choice;
mod facts;
mod naming;
mod place;
mod progress;
mod saved;
mod sink;
mod source;
mod translation;
