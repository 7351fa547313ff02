//! Pure: how ACLs are shown, in the layouts of the tools of Kafka 3.9.1 and 4.4.0, with their blanks at line ends.

use crate::era::Era;
use rkafka_base::acl::{AccessControlEntry, AclBinding, ResourcePattern};
use std::collections::{BTreeMap, BTreeSet};

/// Entries by resource, both sorted.
pub type ByResource = BTreeMap<ResourcePattern, BTreeSet<AccessControlEntry>>;

/// ACLs by what they are about.
pub fn by_resource(acls: impl IntoIterator<Item = AclBinding>) -> ByResource {
    let mut sorted = ByResource::new();
    for AclBinding { pattern, entry } in acls {
        sorted.entry(pattern).or_default().insert(entry);
    }
    sorted
}

/// Entries, one a line, and in 3.9 a blank behind them.
fn block<'a>(entries: impl IntoIterator<Item = &'a AccessControlEntry>, era: Era) -> String {
    let entries: Vec<String> = entries.into_iter().map(|entry| format!("\t{entry}")).collect();
    entries.join("\n") + era.pick(" ", "")
}

/// What is said before ACLs are added.
pub fn adding(resource: &ResourcePattern, entries: &[AccessControlEntry], era: Era) -> String {
    format!("Adding ACLs for resource `{resource}`: \n {}\n", block(entries, era))
}

/// What 4.4 says of an ACL that is there already.
pub fn exists(acl: &AclBinding) -> String {
    format!("Acl (pattern={}, entry={}) already exists.", acl.pattern, acl.entry)
}

/// What is asked before ACLs are removed.
pub fn question(resource: &ResourcePattern, entries: &[AccessControlEntry], era: Era) -> String {
    if entries.is_empty() {
        return format!("Are you sure you want to delete all ACLs for resource filter `{resource}`? (y/n)");
    }
    let entries = block(entries, era);
    format!("Are you sure you want to remove ACLs: \n {entries}\n from resource filter `{resource}`? (y/n)")
}

/// The ACLs, or for each of `principals` those of it.
pub fn listing(acls: &ByResource, principals: &[String], era: Era) -> String {
    let current = |(resource, entries): (&ResourcePattern, Vec<&AccessControlEntry>)| {
        let heading = era.pick(": \n ", ":\n");
        format!("Current ACLs for resource `{resource}`{heading}{}\n\n", block(entries, era))
    };
    if principals.is_empty() {
        return acls.iter().map(|(resource, entries)| current((resource, entries.iter().collect()))).collect();
    }
    let mut text = String::new();
    for principal in principals {
        text.push_str(&format!("ACLs for principal `{principal}`\n"));
        for (resource, entries) in acls {
            let own: Vec<_> = entries.iter().filter(|entry| entry.principal == *principal).collect();
            if !own.is_empty() {
                text.push_str(&current((resource, own)));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_base::acl::{AclOperation, AclPermission, PatternType, ResourceType};

    fn topic(name: &str) -> ResourcePattern {
        ResourcePattern { resource_type: ResourceType::Topic, name: name.into(), pattern_type: PatternType::Literal }
    }

    fn entry(principal: &str, operation: AclOperation) -> AccessControlEntry {
        AccessControlEntry {
            principal: principal.into(),
            host: "*".into(),
            operation,
            permission: AclPermission::Allow,
        }
    }

    /// As Apache Kafka 3.9.1 prints it.
    #[test]
    fn layout() {
        let entries = [entry("User:a", AclOperation::Read), entry("User:a", AclOperation::Write)];
        assert_eq!(
            adding(&topic("x"), &entries, Era::V3_9),
            "Adding ACLs for resource `ResourcePattern(resourceType=TOPIC, name=x, patternType=LITERAL)`: \n \
             \t(principal=User:a, host=*, operation=READ, permissionType=ALLOW)\n\
             \t(principal=User:a, host=*, operation=WRITE, permissionType=ALLOW) \n"
        );
        assert_eq!(
            question(&topic("x"), &entries[..1], Era::V3_9),
            "Are you sure you want to remove ACLs: \n \
             \t(principal=User:a, host=*, operation=READ, permissionType=ALLOW) \n \
             from resource filter `ResourcePattern(resourceType=TOPIC, name=x, patternType=LITERAL)`? (y/n)"
        );
    }

    /// As Apache Kafka 4.4.0 prints it.
    #[test]
    fn newer_layout() {
        let entries = [entry("User:a", AclOperation::Read)];
        let shown = "\t(principal=User:a, host=*, operation=READ, permissionType=ALLOW)";
        let topic = topic("x");
        assert_eq!(adding(&topic, &entries, Era::V4_4), format!("Adding ACLs for resource `{topic}`: \n {shown}\n"));
        let acl = AclBinding { pattern: topic.clone(), entry: entries[0].clone() };
        assert_eq!(exists(&acl), format!("Acl (pattern={topic}, entry={}) already exists.", shown.trim_start()));
        let listed = listing(&by_resource([acl]), &[], Era::V4_4);
        assert_eq!(listed, format!("Current ACLs for resource `{topic}`:\n{shown}\n\n"));
    }

    #[test]
    fn lists() {
        let acl = |topic_name: &str, principal: &str| AclBinding {
            pattern: topic(topic_name),
            entry: entry(principal, AclOperation::Read),
        };
        let acls = by_resource([acl("y", "User:b"), acl("x", "User:b"), acl("x", "User:a"), acl("x", "User:a")]);
        let all = listing(&acls, &[], Era::V3_9);
        assert_eq!(all.matches("(principal=").count(), 3);
        assert!(all.starts_with("Current ACLs for resource `ResourcePattern(resourceType=TOPIC, name=x,"));
        assert!(all.ends_with(" \n\n"));
        let own = listing(&acls, &["User:a".to_owned(), "User:c".to_owned()], Era::V3_9);
        assert!(own.starts_with("ACLs for principal `User:a`\nCurrent ACLs for"), "{own}");
        assert!(own.ends_with("permissionType=ALLOW) \n\nACLs for principal `User:c`\n"), "{own}");
    }
}
