//! `kafka-transactions`: transactions and their producers, those that hang, and aborting them.
//!
//! Texts, layout and exit codes are those of Apache Kafka 3.9.1 (`TransactionsCommand`), with what 4.4 has besides.

mod plan;
mod shown;

use crate::{
    access::admin,
    block_on::{block_on, block_on_for_reader},
    options::{UsageError, argparse::reason},
    terminal::{Terminal, output::Format},
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use plan::{COMMANDS, Plan, Task};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError,
    admin::{OpenTransaction, PartitionProducer, TransactionDescription, TransactionFilter},
};
use rkafka_protocol::ErrorCode;
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
};
use std::collections::{BTreeMap, BTreeSet};

pub const TOOL: Tool = Tool {
    name: "transactions",
    script: "kafka-transactions",
    command: || COMMANDS.command(),
    run,
    shows: &[&shown::LISTED, &shown::DESCRIBED, &shown::PRODUCERS, &shown::HANGING],
};

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let ((place, typed), at) = match call.commands(&COMMANDS, terminal)? {
        Ok(typed) => typed,
        Err(exit) => return Ok(exit),
    };
    let plan = match Plan::of(&place, &typed) {
        Ok(plan) => plan,
        Err(error) => match error.downcast_ref::<UsageError>() {
            Some(wrong) => return Ok(call.refuse_command(&COMMANDS, Some(at), reason(wrong), terminal)),
            None => return Err(error),
        },
    };
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let changes = matches!(plan.task, Task::AbortAt { .. } | Task::Abort { .. } | Task::Terminate { .. });
    match changes {
        true => block_on(change(&plan))??,
        false => block_on_for_reader(show(&plan, terminal))?,
    }
    Ok(Exit::OK)
}

async fn open(plan: &Plan) -> anyhow::Result<Admin> {
    admin::open(plan.admin_file.as_deref(), &plan.servers).await
}

/// A failure as Kafka's tool tells it, with what to do in the next line.
fn failed(what: &str, error: &ClientError) -> anyhow::Error {
    let hint = error.hint().map(|hint| format!("\n{hint}")).unwrap_or_default();
    anyhow!("{what}: {error}. Enable debug logging for additional detail.{hint}")
}

async fn change(plan: &Plan) -> anyhow::Result<()> {
    let admin = open(plan).await?;
    let (partition, transaction) = match &plan.task {
        Task::Abort { partition, open } => (partition, *open),
        Task::AbortAt { partition, start } => {
            let what = format!("Failed to validate producer state for partition {partition}");
            let producers = admin.describe_producers(partition, None).await.map_err(|error| failed(&what, &error))?;
            let Some(producer) = producers.iter().find(|producer| producer.current_txn_start_offset == *start) else {
                bail!("Could not find any open transactions starting at offset {start} on partition {partition}");
            };
            let producer_epoch = i16::try_from(producer.producer_epoch)
                .map_err(|_| anyhow!("{partition}: the broker tells of producer epoch {}", producer.producer_epoch))?;
            let coordinator_epoch = producer.coordinator_epoch.max(0);
            (partition, OpenTransaction { producer_id: producer.producer_id, producer_epoch, coordinator_epoch })
        }
        Task::Terminate { id } => {
            let what = format!("Failed to force terminate transactionalId `{id}`");
            return admin.fence_producer(id).await.map_err(|error| failed(&what, &error));
        }
        _ => return Ok(()),
    };
    let what = format!("Failed to abort transaction of producer {} on partition {partition}", transaction.producer_id);
    admin.abort_transaction(partition, transaction).await.map_err(|error| failed(&what, &error))
}

async fn show(plan: &Plan, terminal: &mut Terminal) -> anyhow::Result<()> {
    let admin = open(plan).await?;
    let is_text = terminal.format() == Format::Text;
    match &plan.task {
        Task::Describe { id } => {
            let what = format!("Failed to describe transaction state of transactional-id `{id}`");
            let found = admin.describe_transaction(id).await.map_err(|error| failed(&what, &error))?;
            match is_text {
                true => terminal.print(shown::description(id, &found, now()))?,
                false => terminal.show(&shown::DESCRIBED, [shown::description_row(id, &found, now())])?,
            }
        }
        Task::Producers { partition, broker } => {
            let found = admin.describe_producers(partition, *broker).await.map_err(|error| {
                let place = broker.map_or_else(|| "leader".to_owned(), |id| format!("broker {id}"));
                failed(&format!("Failed to describe producers for partition {partition} on {place}"), &error)
            })?;
            match is_text {
                true => terminal.print(shown::producers(&found))?,
                false => terminal.show(&shown::PRODUCERS, found.iter().map(shown::producer_row))?,
            }
        }
        Task::Hanging { broker, topic, partition, longer_than_ms } => {
            let partitions = match (topic, partition) {
                (Some(topic), Some(partition)) => vec![TopicPartition::new(topic.as_str(), *partition)],
                _ => partitions(&admin, topic.as_deref(), *broker).await?,
            };
            let candidates = candidates(&admin, &partitions, *broker, *longer_than_ms).await?;
            let (found, now) = (still_open(&admin, candidates).await?, now());
            match is_text {
                true => terminal.print(shown::hanging(&found, now))?,
                false => terminal.show(&shown::HANGING, found.iter().map(|one| shown::hanging_row(one, now)))?,
            }
        }
        Task::List(filter) => {
            let found = admin.list_transactions(filter).await;
            let found = found.map_err(|error| failed("Failed to list transactions", &error))?;
            match is_text {
                true => terminal.print(shown::listing(&found))?,
                false => terminal.show(&shown::LISTED, shown::listed(&found))?,
            }
        }
        Task::AbortAt { .. } | Task::Abort { .. } | Task::Terminate { .. } => {}
    }
    Ok(())
}

fn now() -> i64 {
    SystemClock.now().0
}

/// Where to look: the partitions of a topic or of all, on one broker or all.
async fn partitions(admin: &Admin, topic: Option<&str>, broker: Option<i32>) -> anyhow::Result<Vec<TopicPartition>> {
    let names = match topic {
        Some(topic) => vec![topic.into()],
        None => {
            let topics = admin.list_topics().await.map_err(|error| failed("Failed to list topics", &error))?;
            topics.into_iter().map(|topic| topic.name).collect()
        }
    };
    let what = format!("Failed to describe {} topics", names.len());
    let mut partitions = Vec::new();
    for topic in admin.describe_topics(&names).await.map_err(|error| failed(&what, &error))? {
        let topic = topic.map_err(|error| failed(&what, &error))?;
        let here = topic.partitions.iter().filter(|p| broker.is_none_or(|id| p.replicas.contains(&id)));
        partitions.extend(here.map(|p| TopicPartition::new(topic.name.clone(), p.partition)));
    }
    Ok(partitions)
}

/// A transaction that a partition has open.
#[derive(Debug)]
struct Candidate {
    partition: TopicPartition,
    producer: PartitionProducer,
}

/// The transactions that have been open for too long.
async fn candidates(
    admin: &Admin,
    partitions: &[TopicPartition],
    broker: Option<i32>,
    longer_than_ms: i64,
) -> anyhow::Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for partition in partitions {
        let producers = admin.describe_producers(partition, broker).await.map_err(|error| {
            let place = broker.map_or_else(|| "its leader".to_owned(), |id| format!("broker {id}"));
            failed(&format!("Failed to describe producers for partition {partition} on {place}"), &error)
        })?;
        let now = now();
        let old = producers.into_iter().filter(|producer| {
            producer.current_txn_start_offset >= 0 && now.saturating_sub(producer.last_timestamp) > longer_than_ms
        });
        found.extend(old.map(|producer| Candidate { partition: partition.clone(), producer }));
    }
    Ok(found)
}

/// Those of the candidates that no coordinator knows to be open: nobody will ever end them.
async fn still_open(admin: &Admin, candidates: Vec<Candidate>) -> anyhow::Result<Vec<Candidate>> {
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let ids: BTreeSet<i64> = candidates.iter().map(|candidate| candidate.producer.producer_id).collect();
    let what = format!("Failed to list transactions for {} producers", ids.len());
    let filter = TransactionFilter { producer_ids: ids.iter().copied().collect(), ..Default::default() };
    let listed = admin.list_transactions(&filter).await.map_err(|error| failed(&what, &error))?;
    let mut known: BTreeMap<i64, TransactionDescription> = BTreeMap::new();
    for transaction in listed.into_values().flatten().filter(|transaction| ids.contains(&transaction.producer_id)) {
        match admin.describe_transaction(&transaction.transactional_id).await {
            Ok(description) => {
                known.insert(transaction.producer_id, description);
            }
            Err(error) if error.code() == Some(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND) => {}
            Err(error) => return Err(failed("Failed to describe transactions", &error)),
        }
    }
    let is_known = |candidate: &Candidate| {
        known.get(&candidate.producer.producer_id).is_some_and(|known| known.partitions.contains(&candidate.partition))
    };
    Ok(candidates.into_iter().filter(|candidate| !is_known(candidate)).collect())
}
