//! Pure: a topology as text, as Kafka Streams itself prints it (`TopologyDescriptionFormatter`).

use anyhow::bail;
use rkafka_client::admin::{TopologyDescription, TopologyDescriptionNode};
use std::collections::{BTreeMap, BTreeSet};

const SOURCE: i8 = 1;
const PROCESSOR: i8 = 2;
const SINK: i8 = 3;

/// The text of a topology.
///
/// Errors: a node of a kind that is not known.
pub fn text(topology: &TopologyDescription) -> anyhow::Result<String> {
    let mut text = String::from("Topologies:\n");
    for subtopology in &topology.subtopologies {
        text.push_str(&format!("   Sub-topology: {}\n", subtopology.subtopology_id));
        nodes(&mut text, &subtopology.nodes.iter().collect::<Vec<_>>())?;
        text.push('\n');
    }
    let number = topology.subtopologies.len();
    for (store, number) in topology.global_stores.iter().zip(number..) {
        text.push_str(&format!("   Sub-topology: {number} for global store (will not generate tasks)\n"));
        nodes(&mut text, &[&store.source, &store.processor])?;
        text.push('\n');
    }
    Ok(text)
}

fn nodes(text: &mut String, nodes: &[&TopologyDescriptionNode]) -> anyhow::Result<()> {
    let mut before: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for node in nodes {
        for successor in &node.successors {
            before.entry(successor).or_default().insert(&node.name);
        }
    }
    for node in nodes {
        let before = names(before.get(node.name.as_str()).into_iter().flatten().copied());
        let after = names(node.successors.iter().map(String::as_str));
        let name = &node.name;
        let line = match node.node_type {
            SOURCE => format!("Source: {name} (topics: {})\n      --> {after}", list(&node.source_topics)),
            PROCESSOR => {
                format!("Processor: {name} (stores: {})\n      --> {after}\n      <-- {before}", list(&node.stores))
            }
            SINK => {
                let topic = node.sink_topic.as_deref().unwrap_or("null");
                format!("Sink: {name} (topic: {topic})\n      <-- {before}")
            }
            other => bail!("Unknown topology node type: {other}"),
        };
        text.push_str(&format!("    {line}\n"));
    }
    Ok(())
}

/// `[a, b]`, sorted.
fn list(values: &[String]) -> String {
    let sorted: BTreeSet<&str> = values.iter().map(String::as_str).collect();
    format!("[{}]", sorted.into_iter().collect::<Vec<_>>().join(", "))
}

/// `a, b`, sorted, or `none`.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let sorted: BTreeSet<&str> = names.collect();
    if sorted.is_empty() { "none".to_owned() } else { sorted.into_iter().collect::<Vec<_>>().join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::messages::streams_group_describe_response::{
        TopologyDescriptionGlobalStore, TopologyDescriptionSubtopology,
    };

    fn node(name: &str, node_type: i8, successors: &[&str]) -> TopologyDescriptionNode {
        let successors = successors.iter().map(ToString::to_string).collect();
        TopologyDescriptionNode { name: name.into(), node_type, successors, ..Default::default() }
    }

    #[test]
    fn a_topology() {
        let source =
            TopologyDescriptionNode { source_topics: vec!["b".into(), "a".into()], ..node("in", SOURCE, &["p"]) };
        let sink = TopologyDescriptionNode { sink_topic: Some("t".into()), ..node("out", SINK, &[]) };
        let processor = TopologyDescriptionNode { stores: vec!["s".into()], ..node("p", PROCESSOR, &["out"]) };
        let subtopology = TopologyDescriptionSubtopology {
            subtopology_id: "0".into(),
            nodes: vec![source, processor, sink],
            ..Default::default()
        };
        let global = TopologyDescriptionGlobalStore {
            source: node("gs", SOURCE, &["gp"]),
            processor: node("gp", PROCESSOR, &[]),
            ..Default::default()
        };
        let topology =
            TopologyDescription { subtopologies: vec![subtopology], global_stores: vec![global], ..Default::default() };
        let expected = "Topologies:\n   Sub-topology: 0\n    Source: in (topics: [a, b])\n      --> p\n    \
                        Processor: p (stores: [s])\n      --> out\n      <-- in\n    Sink: out (topic: t)\n      <-- p\n\n   \
                        Sub-topology: 1 for global store (will not generate tasks)\n    \
                        Source: gs (topics: [])\n      --> gp\n    \
                        Processor: gp (stores: [])\n      --> none\n      <-- gs\n\n";
        assert_eq!(text(&topology).unwrap(), expected);
        let wrong = TopologyDescriptionSubtopology { nodes: vec![node("x", 9, &[])], ..Default::default() };
        let wrong = TopologyDescription { subtopologies: vec![wrong], ..Default::default() };
        assert_eq!(text(&wrong).unwrap_err().to_string(), "Unknown topology node type: 9");
    }
}
