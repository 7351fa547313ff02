//! rkafka: the Kafka you start in milliseconds. This package is the one binary and its tools; what they stand on are the
//! crates below `crates/`, of which ARCHITECTURE.md has the map.
//!
//! [`program`] finds the tool that a command line names and tells how it ended. [`tools`] has the tools by area and the
//! table of all. What they share: [`options`] (a struct a tool, read as Kafka's tools read a command line), [`tool`]
//! (what a tool is), [`invocation`] and [`prepare`] (what all tools understand), [`terminal`] (the only code that prints),
//! [`access`] (how a tool finds and may speak to a cluster), [`background`], [`block_on`], [`contexts`], [`era`] (whose
//! texts are spoken), [`examples`], [`feature_levels`], [`handbook`], [`java_class`], [`java_date`], [`java_number`],
//! [`java_order`], [`java_time`], [`launcher`], [`moment`], [`pace`], [`partition_json`], [`reaching`], [`record_filter`], [`running`],
//! [`schemas`], [`scripts`].

pub mod access;
pub mod background;
pub mod block_on;
pub mod contexts;
pub mod era;
pub mod examples;
pub mod feature_levels;
pub mod handbook;
pub mod internal_records;
pub mod invocation;
pub mod java_class;
pub mod java_date;
pub mod java_number;
pub mod java_order;
pub mod java_time;
pub mod launcher;
pub mod moment;
pub mod options;
pub mod pace;
pub mod partition_json;
pub mod prepare;
pub mod pretty_table;
pub mod program;
pub mod reaching;
pub mod record_filter;
pub mod running;
pub mod schemas;
pub mod scripts;
pub mod terminal;
pub mod tool;
pub mod tools;
