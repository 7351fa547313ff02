//! Turns the schema facts under `schema/` into message types in `$OUT_DIR/messages.rs`.
//!
//! Input: one JSON object a line, in the shape of Kafka's own message definitions (names, types, versions,
//! nullability, tags, defaults), merged from 3.9.1, 4.1.1 and 4.4.0. Output: one module a message, each with plain
//! structs and their `decode` and `encode`, plus the tables that name every API key.

mod emit;
mod model;

use std::{env, fs, path::Path};

fn main() {
    println!("cargo:rerun-if-changed=schema");
    println!("cargo:rerun-if-changed=build");
    let mut messages = Vec::new();
    for file in ["schema/messages.jsonl", "schema/coordinator-records.jsonl"] {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{file}: {e}"));
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            messages.push(model::Message::parse(line).unwrap_or_else(|e| panic!("{file}: {e}: {line}")));
        }
    }
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("messages.rs");
    fs::write(&out, emit::all(&messages)).unwrap_or_else(|e| panic!("{}: {e}", out.display()));
}
