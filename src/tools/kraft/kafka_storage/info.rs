//! `info`: which log dirs a node has, whose they are, and what is wrong with them.

use super::node::Node;
use crate::{
    terminal::output::{Field, Shape},
    tools::kraft::meta_properties::{self, MetaProperties},
};
use serde_json::{Value, json};
use std::path::Path;

/// What was found of a node's storage.
#[derive(Debug, Default)]
pub struct Found {
    /// The log dirs that are there.
    directories: Vec<String>,
    /// What the first one that is formatted says of itself.
    first: Option<MetaProperties>,
    pub problems: Vec<String>,
}

pub const STORAGE: Shape<6> = Shape::single(
    "storage info",
    [
        Field::list("logDirs", "The log dirs that are there."),
        Field::text("clusterId", "Whose they are, as the first formatted one says; null if it does not."),
        Field::integer("nodeId", "The node's id, likewise."),
        Field::text("directoryId", "The first formatted one's own id; null before 3.7."),
        Field::integer("version", "1 for nodes of KRaft, 0 for brokers of ZooKeeper; null if none is formatted."),
        Field::list("problems", "What is wrong with them, a sentence each."),
    ],
);

/// Looks at the log dirs of a node.
pub fn look(node: &Node) -> Found {
    let Found { directories: mut found, mut first, mut problems } = Found::default();
    for directory in &node.directories {
        let path = Path::new(directory);
        if !path.is_dir() {
            let what = if path.exists() { "is not a directory" } else { "does not exist" };
            problems.push(format!("{directory} {what}"));
            continue;
        }
        found.push(directory.clone());
        match MetaProperties::read(path) {
            Ok(None) => problems.push(format!("{directory} is not formatted.")),
            Err(error) => {
                problems.push(format!("Error loading {}: {error:#}", meta_properties::path(path).display()));
            }
            Ok(Some(own)) => match &first {
                None => first = Some(own),
                Some(first) if first.cluster_id != own.cluster_id => {
                    problems.push("Mismatched cluster IDs between storage directories.".to_owned());
                }
                Some(first) if first.node_id != own.node_id => {
                    problems.push("Mismatched node IDs between storage directories.".to_owned());
                }
                Some(_) => {}
            },
        }
    }
    match first.as_ref().map(|meta| meta.version) {
        Some(0) if node.in_kraft => problems.push(
            "The kafka configuration file appears to be for a cluster in KRaft mode, but the directories are formatted \
             for legacy mode."
                .to_owned(),
        ),
        Some(1) if !node.in_kraft => problems.push(
            "The kafka configuration file appears to be for a legacy cluster, but the directories are formatted for a \
             cluster in KRaft mode."
                .to_owned(),
        ),
        _ => {}
    }
    Found { directories: found, first, problems }
}

impl Found {
    /// In Kafka's layout.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.directories.is_empty() {
            let is_one = self.directories.len() == 1;
            text.push_str(if is_one { "Found log directory:\n" } else { "Found log directories:\n" });
            text.extend(self.directories.iter().map(|directory| format!("  {directory}\n")));
            text.push('\n');
        }
        if let Some(meta) = &self.first {
            let entries: Vec<String> = meta.entries().iter().map(|(key, value)| format!("{key}={value}")).collect();
            text.push_str(&format!("Found metadata: {{{}}}\n\n", entries.join(", ")));
        }
        if !self.problems.is_empty() {
            text.push_str(if self.problems.len() == 1 { "Found problem:\n" } else { "Found problems:\n" });
            text.extend(self.problems.iter().map(|problem| format!("  {problem}\n")));
            text.push('\n');
        }
        text
    }

    /// As [`STORAGE`] has it.
    pub fn row(&self) -> [Value; 6] {
        let meta = self.first.as_ref();
        [
            json!(self.directories),
            json!(meta.and_then(|meta| meta.cluster_id.as_ref())),
            json!(meta.and_then(|meta| meta.node_id)),
            json!(meta.and_then(|meta| meta.directory_id.as_ref())),
            json!(meta.map(|meta| meta.version)),
            json!(self.problems),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn node(directories: &[&Path], in_kraft: bool) -> Node {
        let directories: Vec<String> = directories.iter().map(|path| path.display().to_string()).collect();
        Node {
            id: 1,
            is_controller: true,
            in_kraft,
            metadata_directory: directories[0].clone(),
            directories,
            has_static_quorum: false,
            controller_listener: None,
            controller_address: None,
            protocol_version: None,
        }
    }

    #[test]
    fn what_is_found() {
        let root = tempfile::tempdir().unwrap();
        let (one, two, three) = (root.path().join("1"), root.path().join("2"), root.path().join("3"));
        fs::create_dir(&one).unwrap();
        fs::create_dir(&two).unwrap();
        let meta = |cluster: &str| MetaProperties {
            version: 1,
            cluster_id: Some(cluster.into()),
            node_id: Some(1),
            directory_id: None,
        };
        meta("c").write(&one, 0).unwrap();
        let shown = one.display();
        let fine =
            format!("Found log directory:\n  {shown}\n\nFound metadata: {{cluster.id=c, node.id=1, version=1}}\n\n");
        let found = look(&node(&[&one], true));
        assert_eq!((found.text(), found.problems.len()), (fine, 0));
        assert_eq!(found.row()[1..], [json!("c"), json!(1), json!(null), json!(1), json!([])]);
        let show = |node: &Node| look(node).text();
        let found = look(&node(&[&one, &two, &three], false));
        let text = found.text();
        assert_eq!(found.problems.len(), 3);
        assert!(text.starts_with("Found log directories:\n") && text.contains("Found problems:\n"), "{text}");
        for part in ["2 is not formatted.\n", "3 does not exist\n", "appears to be for a legacy cluster"] {
            assert!(text.contains(part), "{text}");
        }
        meta("other").write(&two, 0).unwrap();
        assert!(show(&node(&[&one, &two], true)).contains("Found problem:\n  Mismatched cluster IDs"));
        fs::write(meta_properties::path(&two), "version=7").unwrap();
        assert!(show(&node(&[&one, &two], true)).contains("Error loading"));
    }
}
