//! What the schema facts say of requests: fields, and the versions that have them.

use serde_json::Value;
use std::{collections::HashMap, ops::RangeInclusive};

/// One field as a version has it.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    /// The type without the brackets of an array.
    pub kind: String,
    pub is_array: bool,
    pub nullable: bool,
    /// The fields of a struct.
    pub fields: Vec<Field>,
}

/// A request in one version.
pub struct Request {
    pub api: String,
    pub flexible: bool,
    pub fields: Vec<Field>,
}

impl Request {
    /// The places of all arrays: their names, from the outermost inwards.
    pub fn arrays(&self) -> Vec<Vec<String>> {
        let mut found = Vec::new();
        collect(&self.fields, &[], &mut found);
        found
    }
}

fn collect(fields: &[Field], above: &[String], found: &mut Vec<Vec<String>>) {
    for field in fields {
        let path = [above, std::slice::from_ref(&field.name)].concat();
        if field.is_array {
            found.push(path.clone());
        }
        collect(&field.fields, &path, found);
    }
}

/// The facts of all requests by API key.
pub struct Facts(HashMap<i16, Value>);

impl Facts {
    pub fn read() -> Facts {
        let text = include_str!("../../crates/wire/schema/messages.jsonl");
        let all = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        let requests = all.filter(|message| message["type"] == "request");
        Facts(requests.filter_map(|r| Some((i16::try_from(r["apiKey"].as_i64()?).ok()?, r))).collect())
    }

    /// A request as a version has it; `None` if nothing is known of that API.
    pub fn request(&self, key: i16, version: i16) -> Option<Request> {
        let message = self.0.get(&key)?;
        assert!(versions(&message["validVersions"]).contains(&version), "API {key} has no version {version}");
        let common: HashMap<&str, &Value> =
            list(&message["commonStructs"]).filter_map(|s| Some((s["name"].as_str()?, &s["fields"]))).collect();
        Some(Request {
            api: message["name"].as_str()?.trim_end_matches("Request").to_owned(),
            flexible: versions(&message["flexibleVersions"]).contains(&version),
            fields: fields(&message["fields"], version, &common),
        })
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The fields of one version, without the tagged ones: each may be left out, and none of a request is an array.
fn fields(facts: &Value, version: i16, common: &HashMap<&str, &Value>) -> Vec<Field> {
    let untagged = |f: &&Value| !versions(&f["taggedVersions"]).contains(&version);
    let there = list(facts).filter(|f| versions(&f["versions"]).contains(&version)).filter(untagged);
    there
        .map(|f| {
            let kind = f["type"].as_str().expect("a type");
            let (is_array, kind) = kind.strip_prefix("[]").map_or((false, kind), |inner| (true, inner));
            let inner = if f["fields"].is_array() { Some(&f["fields"]) } else { common.get(kind).copied() };
            Field {
                name: f["name"].as_str().expect("a name").to_owned(),
                kind: kind.to_owned(),
                is_array,
                nullable: versions(&f["nullableVersions"]).contains(&version),
                fields: inner.map(|inner| fields(inner, version, common)).unwrap_or_default(),
            }
        })
        .collect()
}

/// `3`, `0-5`, `2+`, `none` or nothing.
fn versions(value: &Value) -> RangeInclusive<i16> {
    let number = |text: &str| text.parse::<i16>().unwrap_or_else(|e| panic!("version {text}: {e}"));
    let text = value.as_str().unwrap_or("none");
    match text.split_once('-') {
        // No version at all.
        _ if text == "none" => RangeInclusive::new(1, 0),
        Some((first, last)) => number(first)..=number(last),
        None => match text.strip_suffix('+') {
            Some(first) => number(first)..=i16::MAX,
            None => number(text)..=number(text),
        },
    }
}
