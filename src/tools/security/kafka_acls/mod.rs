//! `kafka-acls`: who may do what with which topic, group, transactional id, token or user, and with the cluster.
//!
//! Texts, layouts and exit codes are those of Apache Kafka 3.9.1 and 4.4.0 (`AclCommand`); 4.4 looks
//! first what is there. With `--authorizer-properties` it needs no broker: [`authorizer`].

mod args;
mod authorizer;
mod plan;
mod rules;
mod text;

use crate::{
    access::admin,
    block_on::{block_on, block_on_for_reader},
    era::Era,
    options::{Opt, UsageError, kafka_command},
    terminal::{
        self, Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use args::AclsArgs;
use authorizer::Authorizer;
use plan::{Grants, Place, Plan, Task};
use rkafka_base::acl::{AclBinding, AclFilter, ResourcePattern};
use rkafka_client::Admin;
use rkafka_runtime::logging;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Stdin};

pub const TOOL: Tool =
    Tool { name: "acls", script: "kafka-acls", command: kafka_command::<AclsArgs>, run, shows: &[&ACLS] };

const INTRODUCTION: &str = "This tool helps to manage acls on kafka.";
const DEPRECATED: &str = "Warning: support for ACL configuration directly through the authorizer is deprecated and will be \
                          removed in a future release. Please use --bootstrap-server instead to set ACLs through the \
                          admin client.";
/// The longest answer to a question that is read.
const MAX_ANSWER: u64 = 1024;

/// An ACL.
const ACLS: Shape<7> = Shape::rows(
    "acls --list",
    [
        Field::text("resourceType", "TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN or USER."),
        Field::text("resourceName", "The resource's name, or how it begins."),
        Field::text("patternType", "LITERAL or PREFIXED."),
        Field::text("principal", "Who, as type:name."),
        Field::text("host", "From where; `*` is everywhere."),
        Field::text("operation", "What is done: READ, WRITE and the like."),
        Field::text("permissionType", "ALLOW or DENY."),
    ],
);

/// Who keeps the ACLs.
enum Keeper {
    Brokers(Admin),
    ZooKeeper(Authorizer),
}

impl Keeper {
    /// The ACLs that one of `filters` means.
    async fn list(&self, filters: &[AclFilter]) -> anyhow::Result<Vec<AclBinding>> {
        match self {
            Keeper::Brokers(admin) => {
                let mut acls = Vec::new();
                for filter in filters {
                    acls.extend(admin.describe_acls(filter).await?);
                }
                Ok(acls)
            }
            Keeper::ZooKeeper(authorizer) => authorizer.list(filters).await,
        }
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let (args, asked) = call.typed::<AclsArgs>().map_err(|wrong| wrong.with_table_since_4(call.era()))?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let in_zookeeper = !args.bootstrap_server.is_given() && !args.bootstrap_controller.is_given();
    if in_zookeeper && args.authorizer_properties.is_given() {
        terminal.talk(DEPRECATED);
    }
    let plan = match Plan::of(&args, call.era()) {
        Ok(plan) => plan,
        Err(rule @ UsageError::Rule(_)) => return Err(rule.into()),
        Err(wrong) => return failed(&wrong.into(), terminal),
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let only_shows = matches!(plan.task, Task::List { .. });
    let work = execute(&plan, call.era(), terminal);
    match if only_shows { block_on_for_reader(work) } else { block_on(work)? } {
        Ok(()) => Ok(Exit::OK),
        Err(error) if terminal::is_closed_pipe(&error) => Err(error),
        Err(error) => failed(&error, terminal),
    }
}

/// Tells why nothing more is done, where Kafka's tool tells it.
fn failed(error: &anyhow::Error, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    terminal.line(format_args!("Error while executing ACL command: {error:#}"))?;
    terminal.flush()?;
    if let Some(hint) = admin::hint(error) {
        terminal.talk(hint);
    }
    Ok(Exit::FAILED)
}

async fn execute(plan: &Plan, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    let keeper = match &plan.place {
        Place::Brokers { servers, admin_file } => Keeper::Brokers(admin::open(admin_file.as_deref(), servers).await?),
        Place::Controllers { servers, admin_file } => {
            Keeper::Brokers(admin::open_controllers(admin_file.as_deref(), servers).await?)
        }
        Place::ZooKeeper { authorizer, properties, tls_file } => {
            Keeper::ZooKeeper(Authorizer::open(authorizer.as_deref(), properties, tls_file.as_deref()).await?)
        }
    };
    let done = match &plan.task {
        Task::Add(grants) => add(&keeper, grants, era, terminal).await,
        Task::Remove(grants) => remove(&keeper, grants, (plan.force, era), terminal).await,
        Task::List { resources, principals } => list(&keeper, resources, (principals, era), terminal).await,
    };
    if let Keeper::ZooKeeper(authorizer) = keeper {
        authorizer.close().await;
    }
    done
}

async fn add(keeper: &Keeper, grants: &Grants, era: Era, terminal: &mut Terminal) -> anyhow::Result<()> {
    for (resource, entries) in grants {
        let mut entries = entries.clone();
        if era == Era::V4_4 {
            let there = keeper.list(&[AclFilter::of(resource)]).await?;
            for acl in there.iter().filter(|acl| entries.contains(&acl.entry)) {
                terminal.line(text::exists(acl))?;
            }
            entries.retain(|entry| !there.iter().any(|acl| acl.entry == *entry));
            if entries.is_empty() {
                continue;
            }
        }
        terminal.line(text::adding(resource, &entries, era))?;
        terminal.flush_or_mute()?;
        let acls: Vec<AclBinding> =
            entries.into_iter().map(|entry| AclBinding { pattern: resource.clone(), entry }).collect();
        match keeper {
            Keeper::Brokers(admin) => admin.create_acls(&acls).await?.into_iter().collect::<Result<(), _>>()?,
            Keeper::ZooKeeper(authorizer) => authorizer.create(&acls).await?,
        }
    }
    Ok(())
}

async fn remove(
    keeper: &Keeper,
    grants: &Grants,
    (force, era): (bool, Era),
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let mut answers = BufReader::new(tokio::io::stdin());
    for (resource, entries) in grants {
        if !force {
            terminal.line(text::question(resource, entries, era))?;
            terminal.flush_or_mute()?;
            if !is_yes(&mut answers).await? {
                continue;
            }
        }
        let all = AclFilter::of(resource);
        let filters: Vec<AclFilter> = match entries.as_slice() {
            [] => vec![all],
            entries => entries.iter().map(|entry| AclFilter { entry: Some(entry.clone()), ..all.clone() }).collect(),
        };
        match keeper {
            Keeper::Brokers(admin) => {
                for deleted in admin.delete_acls(&filters).await? {
                    deleted?.into_iter().collect::<Result<Vec<_>, _>>()?;
                }
            }
            Keeper::ZooKeeper(authorizer) => authorizer.delete(&filters).await?,
        }
    }
    Ok(())
}

/// Reads an answer.
///
/// Errors: there is none.
async fn is_yes(answers: &mut BufReader<Stdin>) -> anyhow::Result<bool> {
    let mut line = Vec::new();
    answers.take(MAX_ANSWER).read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        bail!("standard input has no answer; write y or n there, or use --force, which asks nothing");
    }
    Ok(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).eq_ignore_ascii_case("y"))
}

async fn list(
    keeper: &Keeper,
    resources: &[ResourcePattern],
    (principals, era): (&[String], Era),
    terminal: &mut Terminal,
) -> anyhow::Result<()> {
    let filters: Vec<AclFilter> = match resources {
        [] => vec![AclFilter::EVERY],
        some => some.iter().map(AclFilter::of).collect(),
    };
    let acls = keeper.list(&filters).await?;
    if terminal.format() != Format::Text {
        let meant = |acl: &AclBinding| principals.is_empty() || principals.contains(&acl.entry.principal);
        // Sorted, and each once.
        let acls: BTreeSet<AclBinding> = acls.into_iter().filter(meant).collect();
        return Ok(terminal.show(&ACLS, acls.iter().map(row))?);
    }
    Ok(terminal.print(text::listing(&text::by_resource(acls), principals, era))?)
}

fn row(AclBinding { pattern, entry }: &AclBinding) -> [Value; 7] {
    [
        json!(pattern.resource_type.to_string()),
        json!(pattern.name),
        json!(pattern.pattern_type.to_string()),
        json!(entry.principal),
        json!(entry.host),
        json!(entry.operation.to_string()),
        json!(entry.permission.to_string()),
    ]
}
