//! The whole core, without sockets: transcripts, seeded runs, bytes recorded from Apache ZooKeeper, hostile bytes.

mod client;
mod core_tests;
mod crowd_tests;
mod damage_tests;
mod doors_tests;
mod driver_tests;
mod exactness_tests;
mod fault_tests;
mod hostile_tests;
mod model;
mod model_tests;
mod recorded_tests;
mod recovery_tests;
mod seeded_tests;
mod tree_tests;
