//! Tidy's own test: small trees that a rule must refuse, word for word, and some that it must let pass.
//!
//! A file in `snippets/` holds the cases of one rule:
//! ```text
//! == what the case is about
//! --- crates/log/src/a.rs
//! the file's text
//! --- refused
//! crates/log/src/a.rs:2 what is found
//! ```
//! A case without `--- refused` passes.

use crate::{RULES, lengths, tree};
use std::{collections::BTreeMap, fs};

struct Case {
    about: String,
    files: BTreeMap<String, String>,
    refused: Vec<String>,
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut part = String::new();
    for line in text.lines() {
        if let Some(about) = line.strip_prefix("== ") {
            cases.push(Case { about: about.to_string(), files: BTreeMap::new(), refused: Vec::new() });
            part.clear();
        } else if let Some(name) = line.strip_prefix("--- ") {
            part = name.to_string();
            if let Some(case) = cases.last_mut().filter(|_| part != "refused") {
                case.files.insert(part.clone(), String::new());
            }
        } else if let Some(case) = cases.last_mut().filter(|_| !part.is_empty()) {
            match part.as_str() {
                "refused" if line.is_empty() => {}
                "refused" => case.refused.push(line.to_string()),
                path => *case.files.entry(path.to_string()).or_default() += &format!("{line}\n"),
            }
        }
    }
    cases
}

#[test]
fn every_rule_refuses_what_it_must_and_nothing_else() {
    let folder = crate::root().join("tests/tidy/snippets");
    let mut wrong = Vec::new();
    for (name, _, rule, _) in RULES {
        let text = fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap_or_else(|e| panic!("{name}.txt: {e}"));
        let cases = cases(&text);
        assert!(
            cases.iter().any(|c| c.refused.is_empty()) && cases.iter().any(|c| !c.refused.is_empty()),
            "{name}.txt"
        );
        for case in cases {
            let found = rule(&tree::parse(case.files));
            if found != case.refused {
                wrong.push(format!("{name}, {}:\n    expected {:#?}\n    found {found:#?}", case.about, case.refused));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn exceptions_that_nothing_needs_are_refused() {
    let path = "crates/log/src/lib.rs".to_string();
    let tree = tree::parse(BTreeMap::from([(path, "//! Short.\n".to_string())]));
    let found = lengths::unneeded(&tree, &["crates/log/src/lib.rs", "crates/log/src/gone.rs"]);
    assert_eq!(found.len(), 2, "{found:?}");
}
