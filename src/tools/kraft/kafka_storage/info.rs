//! `info`: which log dirs a node has, whose they are, and what is wrong with them.

use super::node::Node;
use crate::tools::kraft::meta_properties::{self, MetaProperties};
use std::path::Path;

/// What is shown, and how many problems there are.
pub fn show(node: &Node) -> (String, usize) {
    let mut problems = Vec::new();
    let mut found = Vec::new();
    let mut first: Option<MetaProperties> = None;
    for directory in &node.directories {
        let path = Path::new(directory);
        if !path.is_dir() {
            let what = if path.exists() { "is not a directory" } else { "does not exist" };
            problems.push(format!("{directory} {what}"));
            continue;
        }
        found.push(directory);
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
    let mut text = String::new();
    if !found.is_empty() {
        text.push_str(if found.len() == 1 { "Found log directory:\n" } else { "Found log directories:\n" });
        text.extend(found.iter().map(|directory| format!("  {directory}\n")));
        text.push('\n');
    }
    if let Some(meta) = first {
        let entries: Vec<String> = meta.entries().iter().map(|(key, value)| format!("{key}={value}")).collect();
        text.push_str(&format!("Found metadata: {{{}}}\n\n", entries.join(", ")));
    }
    if !problems.is_empty() {
        text.push_str(if problems.len() == 1 { "Found problem:\n" } else { "Found problems:\n" });
        text.extend(problems.iter().map(|problem| format!("  {problem}\n")));
        text.push('\n');
    }
    (text, problems.len())
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
        assert_eq!(show(&node(&[&one], true)), (fine, 0));
        let (text, problems) = show(&node(&[&one, &two, &three], false));
        assert_eq!(problems, 3);
        assert!(text.starts_with("Found log directories:\n") && text.contains("Found problems:\n"), "{text}");
        for part in ["2 is not formatted.\n", "3 does not exist\n", "appears to be for a legacy cluster"] {
            assert!(text.contains(part), "{text}");
        }
        meta("other").write(&two, 0).unwrap();
        assert!(show(&node(&[&one, &two], true)).0.contains("Found problem:\n  Mismatched cluster IDs"));
        fs::write(meta_properties::path(&two), "version=7").unwrap();
        assert!(show(&node(&[&one, &two], true)).0.contains("Error loading"));
    }
}
