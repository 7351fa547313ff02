//! `kafka-replica-verification`: whether all replicas of topics have the same batches, again and again.
//!
//! Texts and exit codes are those of Apache Kafka 3.9.1 (`ReplicaVerificationTool`).

mod replicas;
mod report;

use super::topic_filter::TopicFilter;
use crate::{
    access::failure::with_hint,
    block_on::block_on,
    java_order::{UNSIZED, sort_by_partition},
    options::{Once, Opt, UsageError, kafka_command, refuse_together},
    terminal::Terminal,
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use clap::Args;
use replicas::{Answer, BatchSeen, Lag, compare};
use report::Report;
use rkafka_base::TopicPartition;
use rkafka_client::{Admin, ClientError, Cluster, Properties, admin::OffsetSpec, parse_addresses};
use rkafka_protocol::{
    VersionRange,
    messages::{
        ApiKey, FetchRequest, FetchResponse,
        fetch_request::{FetchPartition, FetchTopic},
    },
    record::Batches,
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

pub const TOOL: Tool = Tool {
    name: "replica-verification",
    script: "kafka-replica-verification",
    command: kafka_command::<VerificationArgs>,
    run,
    shows: &[&report::FOUND],
};

const INTRODUCTION: &str = "Validate that all replicas for a set of topics have the same data.";
/// The logger of Kafka's own tool.
const LOGGER: &str = "org.apache.kafka.tools.ReplicaVerificationTool";
/// Who asks: one to whom every replica answers, not the leader alone.
const DEBUGGING_CONSUMER: i32 = -2;
/// The versions in which topics have names and the one who asks says who that is.
const FETCH_VERSIONS: VersionRange = VersionRange { min: 4, max: 12 };
/// How often topics are looked for.
const LOOKS: u32 = 10;
/// How long a partition may go without a leader at the beginning.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long is waited after a round in which no broker has waited.
const PAUSE: Duration = Duration::from_millis(100);

/// What can be typed.
#[derive(Debug, Args)]
#[command(about = "Compare the replicas of topics")]
struct VerificationArgs {
    #[arg(long, value_name = "String: hostname:port,...,hostname:port", help = "REQUIRED: brokers to start from.")]
    broker_list: Once<String>,
    #[arg(
        long,
        value_name = "Integer: bytes",
        default_value = "1048576",
        help = "The most bytes of a partition at once."
    )]
    fetch_size: Once<i32>,
    #[arg(long, value_name = "Integer: ms", default_value = "1000", help = "How long a broker waits for new records.")]
    max_wait_ms: Once<i32>,
    #[arg(
        long,
        value_name = "String: Java regex (String)",
        default_value = ".*",
        help = "DEPRECATED, use --topics-include. Ignored if that is given."
    )]
    topic_white_list: Once<String>,
    #[arg(long, value_name = "String: Java regex (String)", default_value = ".*", help = "The topics to verify.")]
    topics_include: Once<String>,
    #[arg(
        long,
        value_name = "Long: timestamp/-1(latest)/-2(earliest)",
        default_value = "-1",
        help = "Where to begin: the end, the start, or the first record from a time on."
    )]
    time: Once<i64>,
    #[arg(long, value_name = "Long: ms", default_value = "30000", help = "How often the largest lag is printed.")]
    report_interval_ms: Once<i64>,
}

/// What is meant.
#[derive(Debug)]
struct Plan {
    servers: String,
    topics: TopicFilter,
    begin: OffsetSpec,
    fetch_size: i32,
    max_wait_ms: i32,
    interval_ms: i64,
}

impl Plan {
    /// Understands the options.
    fn of(args: &VerificationArgs) -> anyhow::Result<Plan> {
        let servers = args.broker_list.required()?;
        refuse_together(&args.topics_include, &[&args.topic_white_list])?;
        if servers.split(',').any(|server| server.rsplit_once(':').is_none()) || parse_addresses(&servers).is_err() {
            let text = "Please provide valid host:port like host1:9091,host2:9092\n ";
            return Err(UsageError::Rule(text.to_owned()).into());
        }
        let include = if args.topics_include.is_given() { &args.topics_include } else { &args.topic_white_list };
        Ok(Plan {
            servers,
            topics: TopicFilter::new(include.text()?.unwrap_or_default())?,
            begin: match args.time.value()?.unwrap_or(-1) {
                -1 => OffsetSpec::Latest,
                -2 => OffsetSpec::Earliest,
                time => OffsetSpec::Timestamp(time),
            },
            fetch_size: args.fetch_size.value()?.unwrap_or_default(),
            max_wait_ms: args.max_wait_ms.value()?.unwrap_or_default(),
            interval_ms: args.report_interval_ms.value()?.unwrap_or_default(),
        })
    }

    fn properties(&self) -> Properties {
        // An answer takes as long as the broker waits, and then what answers take.
        let timeout = i64::from(self.max_wait_ms.max(0)) + 30_000;
        let own = [
            ("bootstrap.servers", self.servers.clone()),
            ("request.timeout.ms", timeout.min(i32::MAX.into()).to_string()),
        ];
        own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    log::warn!(target: LOGGER, "This tool is deprecated and may be removed in a future major release.");
    let (args, asked) = call.typed::<VerificationArgs>()?;
    if let Some(exit) = call.help_or_version(asked, INTRODUCTION, terminal)? {
        return Ok(exit);
    }
    let plan = Plan::of(&args)?;
    block_on(async {
        let mut signals = StopSignals::listen()?;
        let mut report = Report::begin(terminal)?;
        let ended = tokio::select! {
            biased;
            signal = signals.wait() => Ok(Exit(signal.exit_code())),
            verified = verify(&plan, &mut report) => verified,
        };
        report.end()?;
        ended
    })?
}

async fn verify(plan: &Plan, report: &mut Report<'_>) -> anyhow::Result<Exit> {
    let admin = Admin::new(&plan.properties()).await.map_err(|error| with_hint(&error))?;
    let Some(mut watch) = Watch::begin(plan, &admin).await? else {
        log::error!(target: LOGGER,
            "No topics found. [topics-include] if specified, is either filtering out all topics or there is no topic.");
        return Ok(Exit::FAILED);
    };
    report.started()?;
    let mut reported = SystemClock.now().0;
    loop {
        let began = SystemClock.monotonic();
        let answers = watch.fetch(plan, admin.cluster()).await;
        let mut lag = Lag::default();
        for (partition, offset) in &mut watch.offsets {
            let nothing = BTreeMap::new();
            let of_replicas = answers.get(partition).unwrap_or(&nothing);
            let compared = compare(partition, *offset, of_replicas);
            report.differences(&compared)?;
            if compared.diverged.is_some() {
                return Ok(Exit::FAILED);
            }
            *offset = compared.offset;
            lag.add(partition, *offset, of_replicas);
        }
        let now = SystemClock.now().0;
        if now - reported > plan.interval_ms {
            report.lag(&lag, watch.offsets.len())?;
            reported = now;
        }
        report.flush()?;
        // Brokers that cannot be reached answer at once.
        tokio::time::sleep(PAUSE.saturating_sub(began.elapsed())).await;
    }
}

/// What is compared.
struct Watch {
    /// Up to where the replicas of each partition are the same, in the order in which Kafka's tool goes through them.
    offsets: Vec<(TopicPartition, i64)>,
    /// The partitions of each broker.
    by_broker: BTreeMap<i32, Vec<TopicPartition>>,
}

impl Watch {
    /// `None` if no topic is wanted.
    async fn begin(plan: &Plan, admin: &Admin) -> anyhow::Result<Option<Watch>> {
        let names = wanted(plan, admin).await?;
        let mut by_broker: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
        let mut asked = Vec::new();
        for topic in admin.describe_topics(&names).await.map_err(|error| with_hint(&error))? {
            let topic = topic.map_err(|error| with_hint(&error))?;
            for partition in &topic.partitions {
                let name = TopicPartition::new(topic.name.clone(), partition.partition);
                for broker in partition.replicas.iter().collect::<BTreeSet<_>>() {
                    by_broker.entry(*broker).or_default().push(name.clone());
                }
                asked.push((name, plan.begin));
            }
        }
        if asked.is_empty() {
            return Ok(None);
        }
        let mut offsets = begin_offsets(admin, &asked).await?;
        sort_by_partition(&mut offsets, UNSIZED, |(partition, _)| partition);
        Ok(Some(Watch { offsets, by_broker }))
    }

    /// Asks every broker at once.
    async fn fetch(&self, plan: &Plan, cluster: &Cluster) -> HashMap<TopicPartition, BTreeMap<i32, Answer>> {
        let offsets: HashMap<&TopicPartition, i64> = self.offsets.iter().map(|(tp, offset)| (tp, *offset)).collect();
        let mut asking = tokio::task::JoinSet::new();
        for (broker, partitions) in &self.by_broker {
            let request = request(plan, partitions, &offsets);
            let (cluster, broker) = (cluster.clone(), *broker);
            asking.spawn(async move { (broker, ask(&cluster, broker, &request).await) });
        }
        let mut answers: HashMap<TopicPartition, BTreeMap<i32, Answer>> = HashMap::new();
        while let Some(asked) = asking.join_next().await {
            let Ok((broker, answer)) = asked else { continue };
            let mut came = match answer {
                Ok(response) => taken_apart(response),
                Err(error) => {
                    log::warn!(target: LOGGER, "Broker {broker} was not heard: {error}");
                    HashMap::new()
                }
            };
            for partition in self.by_broker.get(&broker).into_iter().flatten() {
                let answer = came.remove(partition).unwrap_or_else(Answer::none);
                answers.entry(partition.clone()).or_default().insert(broker, answer);
            }
        }
        answers
    }
}

/// The topics that are wanted. One that was just created may not be known to every broker for a moment.
async fn wanted(plan: &Plan, admin: &Admin) -> anyhow::Result<Vec<Arc<str>>> {
    for _ in 0..LOOKS {
        let listed = admin.list_topics().await.map_err(|error| with_hint(&error))?;
        let names = listed.into_iter().map(|topic| topic.name).filter(|name| plan.topics.matches(name));
        let names: Vec<Arc<str>> = names.collect();
        if !names.is_empty() {
            return Ok(names);
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(Vec::new())
}

/// Where to begin. A partition whose leader is being elected is waited for.
async fn begin_offsets(
    admin: &Admin,
    asked: &[(TopicPartition, OffsetSpec)],
) -> anyhow::Result<Vec<(TopicPartition, i64)>> {
    let deadline = SystemClock.monotonic() + PATIENCE;
    'again: loop {
        let mut offsets = Vec::new();
        for (partition, found) in admin.list_offsets(asked, false).await.map_err(|error| with_hint(&error))? {
            match found {
                Ok(found) if found.offset < 0 => {
                    bail!("{partition} has no record at or after the time given by --time");
                }
                Ok(found) => offsets.push((partition, found.offset)),
                Err(error) if error.is_retriable() && SystemClock.monotonic() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                    continue 'again;
                }
                Err(error) => return Err(with_hint(&error)),
            }
        }
        return Ok(offsets);
    }
}

fn request(plan: &Plan, partitions: &[TopicPartition], offsets: &HashMap<&TopicPartition, i64>) -> FetchRequest {
    let mut topics: BTreeMap<Arc<str>, Vec<FetchPartition>> = BTreeMap::new();
    for partition in partitions {
        topics.entry(partition.topic.clone()).or_default().push(FetchPartition {
            partition: partition.partition,
            current_leader_epoch: -1,
            fetch_offset: offsets.get(partition).copied().unwrap_or(0),
            partition_max_bytes: plan.fetch_size,
            ..FetchPartition::default()
        });
    }
    let topic = |(name, partitions): (Arc<str>, Vec<FetchPartition>)| FetchTopic {
        topic: name.to_string(),
        partitions,
        ..FetchTopic::default()
    };
    FetchRequest {
        replica_id: DEBUGGING_CONSUMER,
        max_wait_ms: plan.max_wait_ms,
        min_bytes: 1,
        max_bytes: i32::MAX,
        session_epoch: -1,
        topics: topics.into_iter().map(topic).collect(),
        ..FetchRequest::default()
    }
}

async fn ask(cluster: &Cluster, broker: i32, request: &FetchRequest) -> Result<FetchResponse, ClientError> {
    let connection = cluster.node(broker).await?;
    let version = connection.versions().choose_within(ApiKey::Fetch, FETCH_VERSIONS)?;
    connection.call_at(request, version).await
}

fn taken_apart(response: FetchResponse) -> HashMap<TopicPartition, Answer> {
    let mut answers = HashMap::new();
    for topic in response.responses {
        let name: Arc<str> = topic.topic.into();
        for partition in topic.partitions {
            let records = partition.records.as_ref().and_then(|records| records.as_bytes()).cloned();
            let batches = Batches::new(records.unwrap_or_default()).map_while(Result::ok).map(|batch| BatchSeen {
                last_offset: batch.header.last_offset().0,
                next_offset: batch.header.next_offset().0,
                checksum: batch.header.crc,
            });
            let answer = Answer { high_watermark: partition.high_watermark, batches: batches.collect() };
            answers.insert(TopicPartition::new(name.clone(), partition.partition_index), answer);
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::typed;

    fn plan(line: &str) -> Result<Plan, String> {
        let args: VerificationArgs = typed(line).map_err(|error| error.to_string())?;
        Plan::of(&args).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_verified() {
        let plan = |line: &str| plan(&format!("--broker-list a:1 {line}")).unwrap();
        assert!(plan("").topics.matches("any") && !plan("--topics-include b").topics.matches("any"));
        assert!(!plan("--topic-white-list b").topics.matches("any"));
        for (line, begin) in
            [("", OffsetSpec::Latest), ("--time -2", OffsetSpec::Earliest), ("--time 5", OffsetSpec::Timestamp(5))]
        {
            assert_eq!(plan(line).begin, begin);
        }
        assert_eq!(plan("--max-wait-ms 5").properties()["request.timeout.ms"], "30005");
    }

    #[test]
    fn refusals() {
        let error = |line: &str| plan(line).unwrap_err();
        assert_eq!(error("--topics-include a"), "Missing required argument \"[broker-list]\"");
        assert!(error("--broker-list a").starts_with("Please provide valid host:port"));
        assert_eq!(
            error("--broker-list a:1 --topics-include a --topic-white-list b"),
            "Option \"[topics-include]\" can't be used with option \"[topic-white-list]\""
        );
    }
}
