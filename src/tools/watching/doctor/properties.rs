//! Pure: the properties that the client was given: names that mean nothing, names given twice, values that cannot be.

use super::finding::Finding;
use rkafka_config::{
    client_tables::{ADMIN, CLIENT, CONSUMER, PRODUCER},
    definition::{Definition, find},
    properties::Properties,
    settings::nearest,
};
use std::collections::BTreeMap;

const CHECK: &str = "properties";

/// Judges the entries of `file`.
pub fn judge(file: &str, properties: &Properties) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in properties.entries() {
        if let Some(before) = lines.insert(&entry.key, entry.line) {
            let what = format!("{} stands in line {before}, too, which does not count", entry.key);
            findings.push(Finding::warning(CHECK, place(file, entry.line), what, "remove one of the two lines"));
        }
    }
    for (key, entry) in properties.effective() {
        findings.extend(unknown(file, key, entry.line));
        let Some(definition) = definition(key) else { continue };
        if let Err(invalid) = definition.parse(&entry.value) {
            let allowed = definition.allowed().map(|allowed| format!(" (allowed: {allowed})")).unwrap_or_default();
            let what = format!("{invalid}{allowed}");
            findings.push(Finding::error(CHECK, place(file, entry.line), what, format!("correct {key}")));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, file, "every property is known"));
    }
    findings
}

fn place(file: &str, line: usize) -> String {
    format!("{file}:{line}")
}

fn definition(key: &str) -> Option<&'static Definition> {
    find(CLIENT, key).or_else(|| find(ADMIN, key))
}

/// What is said of a property that an admin client does not know.
fn unknown(file: &str, key: &str, line: usize) -> Option<Finding> {
    if definition(key).is_some() {
        return None;
    }
    let place = place(file, line);
    if find(PRODUCER, key).is_some() || find(CONSUMER, key).is_some() {
        let whose = if find(PRODUCER, key).is_some() { "producers" } else { "consumers" };
        let what = format!("{key} is a property of {whose}, which tools that administer pass over");
        return Some(Finding::ok(CHECK, place, what));
    }
    let names = [CLIENT, ADMIN, PRODUCER, CONSUMER].into_iter().flatten().map(|definition| definition.name);
    let what = format!("no client of Kafka 3.9 knows {key}: it has no effect");
    let mend = match nearest(key, names) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("remove {key}, or correct its name"),
    };
    Some(Finding::warning(CHECK, place, what, mend))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Vec<String> {
        let properties = Properties::parse(text.as_bytes()).unwrap();
        judge("f", &properties).iter().map(|finding| words(&finding.text())).collect()
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn misspelt_strange_and_doubled() {
        assert_eq!(judged("client.id=x\n"), ["ok properties f: every property is known"]);
        assert_eq!(
            judged("secuirty.protocol=SSL\n"),
            [
                "warning properties f:1: no client of Kafka 3.9 knows secuirty.protocol: it has no effect > did you mean \
              security.protocol?"
            ]
        );
        assert_eq!(
            judged("zzz=1\n")[0],
            "warning properties f:1: no client of Kafka 3.9 knows zzz: it has no effect > remove zzz, or correct its name"
        );
        assert_eq!(
            judged("acks=1\n"),
            ["ok properties f:1: acks is a property of producers, which tools that administer pass over"]
        );
        assert_eq!(
            judged("client.id=a\nclient.id=b\n"),
            [
                "warning properties f:2: client.id stands in line 1, too, which does not count > remove one of the two lines"
            ]
        );
    }

    #[test]
    fn values() {
        let found = judged("request.timeout.ms=soon\n");
        assert!(
            found[0].starts_with("error properties f:1: Invalid value soon for configuration request.timeout.ms"),
            "{found:?}"
        );
    }
}
