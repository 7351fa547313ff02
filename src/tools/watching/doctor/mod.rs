//! `rkafka doctor`: what keeps this client from that cluster, and what of the cluster's own state clients will feel. It
//! only asks: nothing is produced, made or changed.

mod addresses;
mod clock;
mod finding;
mod listener;
mod properties;
mod reach;
mod state;
mod versions;

use super::{span, together};
use crate::{
    access::client_defaults,
    block_on::block_on_for_reader,
    options::clap_command,
    terminal::{
        Terminal,
        output::{Field, Format, Shape},
    },
    tool::{Call, Exit, Tool},
};
use addresses::{Advertised, Spoken};
use anyhow::anyhow;
use clap::Args;
use finding::{Finding, Severity};
use reach::{Reach, Tries};
use rkafka_client::{
    BrokerConnection, ClientConfig, ClientKind, ClusterView, HostPort, Properties, TopicView, Topics,
    admin::ResourceKind, parse_addresses,
};
use rkafka_config::file;
use rkafka_protocol::{
    ApiKey,
    messages::{
        DescribeConfigsRequest, DescribeQuorumRequest,
        describe_configs_request::DescribeConfigsResource,
        describe_quorum_request::{PartitionData, TopicData},
    },
};
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};

pub const TOOL: Tool =
    Tool { name: "doctor", script: "doctor", command: clap_command::<DoctorArgs>, run, shows: &[&FINDINGS] };

/// A finding.
const FINDINGS: Shape<5> = Shape::rows(
    "doctor",
    [
        Field::text("severity", "ok, warning or error."),
        Field::text(
            "check",
            "Which check it was: properties, bootstrap, cluster, advertised, versions, controller, partitions, internal, clock.",
        ),
        Field::text("place", "The address, broker, topic or file that it is about; may be empty."),
        Field::text("what", "What was found."),
        Field::text("mend", "The command or setting that mends it; empty where nothing is to be mended."),
    ],
);

/// What was typed makes no sense, or names a file that cannot be read.
const MISUSED: Exit = Exit(2);
/// The client's name in the brokers' logs.
const CLIENT_ID: &str = "rkafka-doctor";
/// The topic of KRaft's metadata, which has one partition.
const METADATA_TOPIC: &str = "__cluster_metadata";
/// The setting of a topic for how many replicas must be in sync.
const MIN_INSYNC: &str = "min.insync.replicas";
/// How many topics are asked for it, those that lack replicas first.
const MAX_TOPICS: usize = 2000;
/// How many brokers are visited.
const MAX_BROKERS: usize = 1000;

/// What can be typed.
#[derive(Debug, Args)]
#[command(
    about = "Find out what keeps this client from a cluster, and what is wrong with the cluster as clients see it",
    after_help = "Every line says how bad it is (ok, warning, error), where, and what mends it. The exit code is 0 without \
                  errors, 1 with one, 2 when the command line is wrong.\n\nExamples:\n  rkafka doctor --bootstrap-server \
                  localhost:9092\n  rkafka doctor --bootstrap-server broker:9093 --command-config client.properties\n  rkafka \
                  doctor --bootstrap-server a:9092,b:9092 --timeout 2s --quiet\n  rkafka doctor --bootstrap-server localhost:9092 --output json"
)]
struct DoctorArgs {
    #[arg(long, value_name = "HOST:PORT,...", help = "The addresses that clients begin with")]
    bootstrap_server: String,
    #[arg(long, value_name = "FILE", help = "The properties file of the client, which is examined, too")]
    command_config: Option<String>,
    #[arg(
        long,
        value_name = "SPAN",
        default_value = "5s",
        value_parser = span::parse,
        help = "How long the examination may take in all: 5s, 500ms, 1m"
    )]
    timeout: Duration,
    #[arg(long, short, help = "Leave out what is well")]
    quiet: bool,
}

/// What is meant.
struct Plan {
    servers: Vec<HostPort>,
    properties: Properties,
    /// What the file holds, judged.
    of_file: Vec<Finding>,
    timeout: Duration,
    quiet: bool,
}

impl Plan {
    fn of(args: DoctorArgs) -> anyhow::Result<Plan> {
        let servers = parse_addresses(&args.bootstrap_server)?;
        let (mut properties, mut of_file) = (client_defaults::get(), Vec::new());
        if let Some(path) = &args.command_config {
            let parsed = file::load(path)?;
            of_file = properties::judge(path, &parsed);
            properties.extend(parsed.effective().into_iter().map(|(key, entry)| (key.to_owned(), entry.value.clone())));
        }
        properties.insert("bootstrap.servers".to_owned(), args.bootstrap_server);
        Ok(Plan { servers, properties, of_file, timeout: args.timeout, quiet: args.quiet })
    }

    fn spoken(&self) -> Spoken<'_> {
        Spoken(self.properties.get("security.protocol").map_or("PLAINTEXT", |protocol| protocol.trim()))
    }
}

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let args: DoctorArgs = match call.clap(terminal) {
        Ok(args) => args,
        Err(Exit::OK) => return Ok(Exit::OK),
        Err(_) => return Ok(MISUSED),
    };
    let plan = match Plan::of(args) {
        Ok(plan) => plan,
        Err(error) => {
            terminal.talk(format_args!("rkafka doctor: {error:#}"));
            return Ok(MISUSED);
        }
    };
    // What clients warn of is found here, too.
    logging::start(logging::Destination::Stderr, log::LevelFilter::Off).map_err(|reason| anyhow!(reason))?;
    let start = Instant::now();
    let findings = block_on_for_reader(async { Ok(examine(&plan, start).await) })?;
    let wanted = findings.iter().filter(|finding| !plan.quiet || finding.severity > Severity::Ok);
    match terminal.format() {
        Format::Text => wanted.into_iter().try_for_each(|finding| terminal.line(finding.text()))?,
        _ => terminal.show(&FINDINGS, wanted.map(row))?,
    }
    terminal.talk(format_args!("{} ({:.1} s)", finding::summary(&findings), start.elapsed().as_secs_f64()));
    let has_errors = findings.iter().any(|finding| finding.severity == Severity::Error);
    Ok(if has_errors { Exit::FAILED } else { Exit::OK })
}

fn row(finding: &Finding) -> [Value; 5] {
    let Finding { severity, check, place, what, mend } = finding;
    [json!(severity.name()), json!(check), json!(place), json!(what), json!(mend)]
}

/// The parts of the time there is: for the bootstrap addresses, for what comes then, and for the rest.
struct Times {
    bootstrap: Instant,
    brokers: Instant,
    state: Instant,
    /// How long it may take to find out what listens at an address.
    patience: Duration,
}

impl Times {
    fn of(start: Instant, whole: Duration) -> Times {
        Times {
            bootstrap: start + whole.mul_f64(0.3),
            brokers: start + whole.mul_f64(0.75),
            state: start + whole.mul_f64(0.95),
            patience: whole.mul_f64(0.1),
        }
    }
}

/// All findings, in the order in which a client comes to what they are about.
async fn examine(plan: &Plan, start: Instant) -> Vec<Finding> {
    let times = Times::of(start, plan.timeout);
    let mut findings = plan.of_file.clone();
    let config = match ClientConfig::read(ClientKind::Admin, &plan.properties, CLIENT_ID) {
        Ok(config) => Some(config),
        Err(error) => {
            let (what, mend) = (error.to_string(), "correct it in the file of --command-config");
            // A value that cannot be read was found in the file.
            if !findings.iter().any(|finding| what.starts_with(&finding.what) || finding.what.starts_with(&what)) {
                findings.push(Finding::error("properties", "", what, mend));
            }
            None
        }
    };
    let bounded = |config: ClientConfig| ClientConfig {
        request_timeout: plan.timeout,
        connection_setup_timeout: plan.timeout,
        ..config
    };
    let servers = plan.properties.get("bootstrap.servers").map_or("", String::as_str);
    let plain = match ClientConfig::of(ClientKind::Admin, servers) {
        Ok(plain) => bounded(ClientConfig { client_id: CLIENT_ID.to_owned(), ..plain }),
        Err(error) => {
            findings.push(Finding::error("bootstrap", "", error.to_string(), "correct --bootstrap-server"));
            return findings;
        }
    };
    let tries = Tries { config: config.map(bounded), plain, deadline: times.bootstrap, patience: times.patience };
    let visits = plan.servers.iter().map(|address| reach::reach(address.clone(), tries.clone()));
    let (bootstrap, connections): (Vec<Reach>, Vec<_>) = together::all(visits).await.into_iter().unzip();
    findings.extend(addresses::bootstrap(&bootstrap, plan.spoken()));
    let seen = bootstrap.iter().find_map(Reach::seen);
    let (Some(seen), Some(connection)) = (seen, connections.into_iter().flatten().next()) else {
        return findings;
    };
    let later = Tries { deadline: times.brokers, ..tries };
    let (brokers, state, clock) = tokio::join!(
        visit_brokers(&seen.view, &later),
        timeout_at(times.state, state_of(&connection)),
        timeout_at(times.state, clock_of(&connection))
    );
    findings.push(state::cluster(&seen.view));
    findings.extend(of_brokers(&seen.view, &brokers, &bootstrap, plan.spoken()));
    findings.push(state::controller(&seen.view));
    match state {
        Ok(Ok((view, min_insync))) => {
            findings.extend(state::partitions(&view, &min_insync));
            let identities = brokers.iter().chain(&bootstrap).filter_map(|reach| reach.seen()?.identity.as_ref());
            let settings = identities.map(|identity| &identity.settings).next().cloned().unwrap_or_default();
            findings.extend(state::internal_topics(&view, &settings));
        }
        Ok(Err(error)) => findings.push(unknown_state(&error.to_string())),
        Err(_) => findings.push(unknown_state("the broker did not answer in time; --timeout gives it more")),
    }
    findings.extend(clock.ok().flatten());
    findings
}

fn unknown_state(reason: &str) -> Finding {
    let mend = "see the log of the broker at the bootstrap address";
    Finding::error("partitions", "", format!("what state they are in cannot be known: {reason}"), mend)
}

/// Goes to the address that each broker advertises.
async fn visit_brokers(view: &ClusterView, tries: &Tries) -> Vec<Reach> {
    let nodes = view.nodes.values().take(MAX_BROKERS);
    let visits = nodes.map(|node| reach::reach(node.address.clone(), tries.clone()));
    together::all(visits).await.into_iter().map(|(reach, _)| reach).collect()
}

fn of_brokers(view: &ClusterView, brokers: &[Reach], bootstrap: &[Reach], spoken: Spoken) -> Vec<Finding> {
    let mut findings = Vec::new();
    let cluster_id = view.cluster_id.as_deref();
    for (node, reach) in view.nodes.values().zip(brokers) {
        findings.extend(Advertised { node, reach, bootstrap, cluster_id, spoken }.judge());
    }
    if view.nodes.len() > brokers.len() {
        let what = format!("{} brokers were not visited", view.nodes.len() - brokers.len());
        findings.push(Finding::warning("advertised", "", what, "look at them with rkafka broker-api-versions"));
    }
    let nodes = view.nodes.keys().zip(brokers);
    let offered: Vec<_> = nodes.filter_map(|(id, reach)| Some((*id, &reach.seen()?.versions))).collect();
    findings.extend(versions::judge(&offered));
    findings
}

/// All topics, and how many replicas of each must be in sync.
async fn state_of(connection: &BrokerConnection) -> anyhow::Result<(ClusterView, BTreeMap<Arc<str>, usize>)> {
    let version = connection.versions().choose(ApiKey::Metadata)?;
    let view = ClusterView::of(connection.call_at(&Topics::All.request(version, false), version).await?);
    let mut topics: Vec<&TopicView> = view.topics.values().collect();
    let lacks = |topic: &TopicView| topic.partitions.iter().any(|p| p.isr.len() < p.replicas.len());
    topics.sort_by_key(|topic| (!lacks(topic), topic.name.clone()));
    let resource = |topic: &&TopicView| DescribeConfigsResource {
        resource_type: ResourceKind::Topic as i8,
        resource_name: topic.name.to_string(),
        configuration_keys: Some(vec![MIN_INSYNC.to_owned()]),
        ..Default::default()
    };
    let resources = topics.iter().take(MAX_TOPICS).map(resource).collect();
    let request = DescribeConfigsRequest { resources, ..Default::default() };
    // Who may not read settings still sees leaders and replicas.
    let Ok(answer) = connection.call(&request).await else { return Ok((view, BTreeMap::new())) };
    let least = answer.results.into_iter().filter_map(|result| {
        let config = result.configs.into_iter().find(|config| config.name == MIN_INSYNC)?;
        Some((result.resource_name.into(), config.value?.parse().ok()?))
    });
    let least = least.collect();
    Ok((view, least))
}

/// What can be said of the clocks: nothing in a cluster with ZooKeeper, whose brokers do not tell the time.
async fn clock_of(connection: &BrokerConnection) -> Option<Finding> {
    let topics = vec![TopicData {
        topic_name: METADATA_TOPIC.to_owned(),
        partitions: vec![PartitionData::default()],
        ..Default::default()
    }];
    let request = DescribeQuorumRequest { topics, ..Default::default() };
    let before = now();
    let answer = connection.call(&request).await.ok()?;
    Some(clock::judge(clock::controllers_time(&answer)?, before, now()))
}

/// This machine's time, in milliseconds since 1970.
fn now() -> i64 {
    SystemClock.now().0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(servers: &str, file: Option<String>) -> anyhow::Result<Plan> {
        let timeout = Duration::from_secs(1);
        Plan::of(DoctorArgs { bootstrap_server: servers.to_owned(), command_config: file, timeout, quiet: false })
    }

    #[test]
    fn what_is_meant() {
        let plain = plan("a:1,b:2", None).unwrap();
        assert_eq!((plain.servers.len(), plain.spoken().0, plain.of_file.len()), (2, "PLAINTEXT", 0));
        assert!(plan("nowhere", None).is_err() && plan("a:1", Some("/no/such/file".to_owned())).is_err());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("client.properties");
        std::fs::write(&path, "security.protocol = SSL \nfrob=1\n").unwrap();
        let secured = plan("a:1", Some(path.display().to_string())).unwrap();
        assert_eq!((secured.spoken().0, secured.of_file.len()), ("SSL", 1));
    }
}
