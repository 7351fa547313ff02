//! Pure: from options to what is meant: where, and which ACLs of which resources.
//!
//! Kafka's tool keeps resources and entries in sets whose order hangs on where objects lie in memory. Here both are in the
//! order in which they were typed.

use super::{args::AclsArgs, rules};
use crate::{
    era::Era,
    options::{Flag, Opt, Repeated, UsageError},
};
use rkafka_base::acl::{
    AccessControlEntry, AclOperation, AclPermission, CLUSTER_NAME, PatternType, ResourcePattern, ResourceType, WILDCARD,
};

/// What is meant.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan {
    pub place: Place,
    pub task: Task,
    /// Whether nothing is asked before something is removed.
    pub force: bool,
}

/// Who is asked.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    Brokers { servers: String, admin_file: Option<String> },
    Controllers { servers: String, admin_file: Option<String> },
    ZooKeeper { authorizer: Option<String>, properties: Vec<String>, tls_file: Option<String> },
}

/// Resources, each with entries; of a filter without any, all are meant.
pub type Grants = Vec<(ResourcePattern, Vec<AccessControlEntry>)>;

#[derive(Debug, PartialEq, Eq)]
pub enum Task {
    Add(Grants),
    Remove(Grants),
    /// The ACLs of these resources (all, if there are none), apart for each of the principals, if there are any.
    List {
        resources: Vec<ResourcePattern>,
        principals: Vec<String>,
    },
}

impl Place {
    /// Where the ACLs are.
    pub fn of(args: &AclsArgs) -> Result<Place, UsageError> {
        if let Some(servers) = args.bootstrap_controller.value()? {
            return Ok(Place::Controllers { servers, admin_file: args.command_config.value()? });
        }
        Ok(match args.bootstrap_server.value()? {
            Some(servers) => Place::Brokers { servers, admin_file: args.command_config.value()? },
            None => Place::ZooKeeper {
                authorizer: args.authorizer.value()?,
                properties: args.authorizer_properties.values().into_iter().map(str::to_owned).collect(),
                tls_file: args.zk_tls_config_file.value()?,
            },
        })
    }
}

impl Plan {
    /// Understands the options, of which [`rules`] has seen whether they go together.
    pub fn of(args: &AclsArgs, era: Era) -> Result<Plan, UsageError> {
        rules::check(args, era)?;
        let place = Place::of(args)?;
        let pattern_type = pattern_type(args)?;
        let task = if args.add.is_given() {
            if ![PatternType::Literal, PatternType::Prefixed].contains(&pattern_type) {
                return Err(UsageError::Rule(format!(
                    "A '--resource-pattern-type' value of '{pattern_type}' is not valid when adding acls."
                )));
            }
            let grants = grants(args, pattern_type, era)?;
            if grants.iter().any(|(_, entries)| entries.is_empty()) {
                let text = "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.";
                return Err(UsageError::Rule(text.to_owned()));
            }
            Task::Add(grants)
        } else if args.remove.is_given() {
            Task::Remove(grants(args, pattern_type, era)?)
        } else {
            Task::List { resources: resources(args, pattern_type), principals: principals(&args.principal)? }
        };
        Ok(Plan { place, task, force: args.force.is_given() })
    }
}

fn pattern_type(args: &AclsArgs) -> Result<PatternType, UsageError> {
    let Some(text) = args.resource_pattern_type.text()? else { return Ok(PatternType::Literal) };
    PatternType::from_title(text).ok_or_else(|| UsageError::Unparsable {
        option: args.resource_pattern_type.name().to_owned(),
        letter: None,
        value: text.to_owned(),
        kind: "PatternType",
    })
}

/// What was typed, each once.
fn once<T: PartialEq>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut kept = Vec::new();
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}

fn resources(args: &AclsArgs, pattern_type: PatternType) -> Vec<ResourcePattern> {
    let of = |resource_type, option: &Repeated| {
        let named = move |name: &str| ResourcePattern { resource_type, name: name.trim().to_owned(), pattern_type };
        option.values().into_iter().map(named).collect::<Vec<_>>()
    };
    let asks_for_cluster = args.cluster.is_given() || args.idempotent.is_given();
    let cluster = (pattern_type == PatternType::Literal && asks_for_cluster).then(cluster);
    once(
        [
            of(ResourceType::Topic, &args.topic),
            cluster.into_iter().collect(),
            of(ResourceType::Group, &args.group),
            of(ResourceType::TransactionalId, &args.transactional_id),
            of(ResourceType::DelegationToken, &args.delegation_token),
            of(ResourceType::User, &args.user_principal),
        ]
        .into_iter()
        .flatten(),
    )
}

fn cluster() -> ResourcePattern {
    ResourcePattern {
        resource_type: ResourceType::Cluster,
        name: CLUSTER_NAME.to_owned(),
        pattern_type: PatternType::Literal,
    }
}

/// Which entries of which resources the options mean.
fn grants(args: &AclsArgs, pattern_type: PatternType, era: Era) -> Result<Grants, UsageError> {
    use AclOperation::{Create, Describe, IdempotentWrite, Read, Write};
    let is_role = |role: &Flag| role.is_given();
    let mut grants = Grants::new();
    if !is_role(&args.producer) && !is_role(&args.consumer) {
        let typed = args.operation.values();
        let typed = if typed.is_empty() { vec![AclOperation::All.title()] } else { typed };
        let known = |text: &str| AclOperation::from_title(text.trim()).unwrap_or(AclOperation::Unknown);
        let entries = entries(args, &once(typed.into_iter().map(known)))?;
        grants.extend(needed(args, pattern_type)?.into_iter().map(|resource| (resource, entries.clone())));
    }
    if is_role(&args.consumer) {
        for resource in needed(args, pattern_type)? {
            match resource.resource_type {
                ResourceType::Topic => grants.push((resource, entries(args, &[Read, Describe])?)),
                ResourceType::Group => grants.push((resource, entries(args, &[Read])?)),
                _ => {}
            }
        }
    }
    if is_role(&args.producer) {
        for resource in needed(args, pattern_type)? {
            match resource.resource_type {
                ResourceType::Topic => add(&mut grants, resource, entries(args, &[Write, Describe, Create])?),
                ResourceType::TransactionalId => add(&mut grants, resource, entries(args, &[Write, Describe])?),
                _ => {}
            }
        }
        if args.idempotent.is_given() {
            add(&mut grants, cluster(), entries(args, &[IdempotentWrite])?);
        }
    }
    check_operations(&grants, era)?;
    Ok(grants)
}

fn add(grants: &mut Grants, resource: ResourcePattern, entries: Vec<AccessControlEntry>) {
    match grants.iter_mut().find(|(known, _)| *known == resource) {
        Some((_, known)) => *known = once(known.drain(..).chain(entries)),
        None => grants.push((resource, entries)),
    }
}

/// The resources, of which there must be one.
fn needed(args: &AclsArgs, pattern_type: PatternType) -> Result<Vec<ResourcePattern>, UsageError> {
    let resources = resources(args, pattern_type);
    if resources.is_empty() {
        return Err(UsageError::Rule(
            "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or \
             --delegation-token <Delegation Token ID>"
                .to_owned(),
        ));
    }
    Ok(resources)
}

/// Everybody who was named, doing each of `operations` from everywhere that was named.
fn entries(args: &AclsArgs, operations: &[AclOperation]) -> Result<Vec<AccessControlEntry>, UsageError> {
    let mut entries = Vec::new();
    for (who, from, permission) in [
        (&args.allow_principal, &args.allow_host, AclPermission::Allow),
        (&args.deny_principal, &args.deny_host, AclPermission::Deny),
    ] {
        let principals = principals(who)?;
        let hosts = if from.is_given() { from.values() } else { vec![WILDCARD] };
        let hosts = once(hosts.into_iter().map(str::trim));
        for principal in &principals {
            for operation in operations {
                entries.extend(hosts.iter().map(|host| AccessControlEntry {
                    principal: principal.clone(),
                    host: (*host).to_owned(),
                    operation: *operation,
                    permission,
                }));
            }
        }
    }
    Ok(entries)
}

/// Principals, each a type and a name.
fn principals(option: &Repeated) -> Result<Vec<String>, UsageError> {
    let principal = |text: &str| match text.trim() {
        text if text.contains(':') => Ok(text.to_owned()),
        text => {
            Err(UsageError::Unusable(format!("expected a string in format principalType:principalName but got {text}")))
        }
    };
    Ok(once(option.values().into_iter().map(principal).collect::<Result<Vec<_>, _>>()?))
}

/// What can be done with a resource, besides all (`AclEntry.supportedOperations`).
fn operations(resource_type: ResourceType, era: Era) -> &'static [AclOperation] {
    use AclOperation as Op;
    match resource_type {
        ResourceType::Topic => &[
            Op::Read,
            Op::Write,
            Op::Create,
            Op::Describe,
            Op::Delete,
            Op::Alter,
            Op::DescribeConfigs,
            Op::AlterConfigs,
        ],
        ResourceType::Group => match era {
            Era::V3_9 => &[Op::Read, Op::Describe, Op::Delete],
            Era::V4_4 => &[Op::Read, Op::Describe, Op::Delete, Op::DescribeConfigs, Op::AlterConfigs],
        },
        ResourceType::Cluster => &[
            Op::Create,
            Op::ClusterAction,
            Op::DescribeConfigs,
            Op::AlterConfigs,
            Op::IdempotentWrite,
            Op::Alter,
            Op::Describe,
        ],
        ResourceType::TransactionalId => match era {
            Era::V3_9 => &[Op::Describe, Op::Write],
            Era::V4_4 => &[Op::Describe, Op::Write, Op::TwoPhaseCommit],
        },
        ResourceType::DelegationToken => &[Op::Describe],
        ResourceType::User => &[Op::CreateTokens, Op::DescribeTokens],
        ResourceType::Any | ResourceType::Unknown => &[],
    }
}

fn check_operations(grants: &Grants, era: Era) -> Result<(), UsageError> {
    for (resource, entries) in grants {
        let kind = resource.resource_type;
        let valid = operations(kind, era);
        let is_valid =
            |entry: &AccessControlEntry| entry.operation == AclOperation::All || valid.contains(&entry.operation);
        if !entries.iter().all(is_valid) {
            let all: Vec<&AclOperation> = valid.iter().chain(&[AclOperation::All]).collect();
            let listed = |name: fn(&AclOperation) -> String| {
                all.iter().map(|operation| name(operation)).collect::<Vec<_>>().join(", ")
            };
            let names = era
                .pick(listed(|operation| operation.title().to_owned()), format!("[{}]", listed(ToString::to_string)));
            return Err(UsageError::Rule(format!("ResourceType {kind} only supports operations {names}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: AclsArgs = typed(&format!("--bootstrap-server b {line}")).map_err(|error| error.to_string())?;
        Plan::of(&args, Era::V3_9).map_err(|error| error.to_string())
    }

    /// Resources and entries, each as one short text.
    fn added(line: &str) -> Vec<String> {
        let Task::Add(grants) = plan(&format!("--add {line}")).unwrap().task else { panic!("{line}") };
        let entry = |entry: &AccessControlEntry| {
            format!("{} {} {} {}", entry.permission, entry.principal, entry.operation, entry.host)
        };
        grants
            .iter()
            .map(|(resource, entries)| {
                let entries: Vec<String> = entries.iter().map(entry).collect();
                format!("{} {}: {}", resource.resource_type, resource.name, entries.join(", "))
            })
            .collect()
    }

    #[test]
    fn entries_of_resources() {
        assert_eq!(
            added(
                "--topic t --topic t --cluster --allow-principal User:a --operation describe --deny-principal User:b"
            ),
            [
                "TOPIC t: ALLOW User:a DESCRIBE *, DENY User:b DESCRIBE *",
                "CLUSTER kafka-cluster: ALLOW User:a DESCRIBE *, DENY User:b DESCRIBE *",
            ]
        );
        assert_eq!(
            added("--user-principal User:u --allow-principal User:a --allow-host h --allow-host i"),
            ["USER User:u: ALLOW User:a ALL h, ALLOW User:a ALL i"]
        );
        // A host without a principal says nothing.
        let error = plan("--add --topic t --allow-host h").unwrap_err();
        assert!(error.starts_with("You must specify one of: --allow-principal"), "{error}");
    }

    #[test]
    fn roles() {
        assert_eq!(
            added("--producer --idempotent --topic t --transactional-id x --allow-principal User:a"),
            [
                "TOPIC t: ALLOW User:a WRITE *, ALLOW User:a DESCRIBE *, ALLOW User:a CREATE *",
                "TRANSACTIONAL_ID x: ALLOW User:a WRITE *, ALLOW User:a DESCRIBE *",
                "CLUSTER kafka-cluster: ALLOW User:a IDEMPOTENT_WRITE *",
            ]
        );
        assert_eq!(
            added("--producer --consumer --topic t --group g --allow-principal User:a"),
            [
                "TOPIC t: ALLOW User:a READ *, ALLOW User:a DESCRIBE *, ALLOW User:a WRITE *, ALLOW User:a CREATE *",
                "GROUP g: ALLOW User:a READ *",
            ]
        );
    }

    #[test]
    fn what_is_wrong() {
        for (line, expected) in [
            ("--add --allow-principal User:a", "You must provide at least one resource: --topic <topic> or --cluster"),
            ("--remove", "You must provide at least one resource"),
            (
                "--add --allow-principal bob --topic x",
                "expected a string in format principalType:principalName but got bob",
            ),
            ("--list --principal x", "expected a string in format principalType:principalName but got x"),
            (
                "--add --topic t --allow-principal User:a --operation Foo",
                "ResourceType TOPIC only supports operations Read,",
            ),
            (
                "--add --group g --allow-principal User:a --operation Write",
                "ResourceType GROUP only supports operations",
            ),
            ("--list --resource-pattern-type foo", "Cannot parse argument 'foo' of option resource-pattern-type"),
            (
                "--add --topic t --resource-pattern-type match",
                "A '--resource-pattern-type' value of 'MATCH' is not valid when adding acls.",
            ),
        ] {
            let error = plan(line).unwrap_err();
            assert!(error.starts_with(expected), "{line}: {error}");
        }
    }

    #[test]
    fn places() {
        assert_eq!(plan("--list").unwrap().task, Task::List { resources: Vec::new(), principals: Vec::new() });
        let args: AclsArgs = typed("--authorizer-properties zookeeper.connect=z --list --principal User:a").unwrap();
        let plan = Plan::of(&args, Era::V3_9).unwrap();
        let properties = vec!["zookeeper.connect=z".to_owned()];
        assert_eq!(plan.place, Place::ZooKeeper { authorizer: None, properties, tls_file: None });
        assert_eq!(plan.task, Task::List { resources: Vec::new(), principals: vec!["User:a".to_owned()] });
    }

    #[test]
    fn removing_all_of_a_resource() {
        let plan = plan("--remove --force --topic t --resource-pattern-type any").unwrap();
        let Task::Remove(grants) = &plan.task else { panic!("{plan:?}") };
        assert!(plan.force && grants.len() == 1 && grants[0].1.is_empty());
        assert_eq!(grants[0].0.pattern_type, PatternType::Any);
    }
}
