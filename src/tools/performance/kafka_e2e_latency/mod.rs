//! `kafka-e2e-latency`: how long a record takes from the producer through the cluster to a consumer, one at a time.
//!
//! Texts, order and exit codes are those of Apache Kafka 3.9.1, which knows its arguments by their places, or 4.4.0, which
//! has names for them (`EndToEndLatency`).

mod plan;

use crate::{
    access::{failure::with_hint, properties},
    block_on::block_on,
    era::Era,
    java_number::{double, fixed},
    options::{self, kafka_command},
    terminal::{
        Terminal,
        output::{self, Field, Format},
    },
    tool::{Call, Exit, Tool},
};
use anyhow::{anyhow, bail};
use plan::{LatencyArgs, Plan, Shape};
use rkafka_base::TopicPartition;
use rkafka_client::{
    Admin, ClientError, Properties,
    admin::{NewTopic, OffsetSpec},
    consumer::Consumer,
    producer::{Producer, ProducerRecord},
};
use rkafka_protocol::record::Header;
use rkafka_runtime::{
    clock::{Clock, SystemClock},
    logging,
    shutdown::StopSignals,
};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

pub const TOOL: Tool = Tool {
    name: "e2e-latency",
    script: "kafka-e2e-latency",
    command: kafka_command::<LatencyArgs>,
    run,
    shows: &[&LATENCIES],
};

/// What was measured.
const LATENCIES: output::Shape<5> = output::Shape::single(
    "e2e-latency",
    [
        Field::integer("records", "How many records were sent, each when the one before had come."),
        Field::number("averageLatencyMs", "How long they took on average, in ms; null without records."),
        Field::integer("p50LatencyMs", "The median, in whole ms."),
        Field::integer("p99LatencyMs", "What 99 % stay below, in whole ms."),
        Field::integer("p999LatencyMs", "What 99.9 % stay below, in whole ms."),
    ],
);

const INTRODUCTION: &str =
    "This tool measures end-to-end latency in Kafka by sending messages and timing their reception.";
/// How long a record may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one look takes while the consumer finds out where the topic ends.
const LOOK: Duration = Duration::from_millis(20);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

fn run(call: &Call<'_>, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let by_name = match call.era() {
        Era::V3_9 => None,
        Era::V4_4 => plan::by_name(call.args)?,
    };
    if by_name.is_some() {
        terminal.talk(plan::BY_PLACE);
    }
    let (args, asked) = options::read::<LatencyArgs>(by_name.as_deref().unwrap_or(call.args))?;
    if asked.help || asked.nothing && call.era() == Era::V4_4 {
        call.print_usage(INTRODUCTION, terminal);
        return Ok(Exit::FAILED);
    }
    if asked.version {
        terminal.line(call.era().version())?;
        return Ok(Exit::OK);
    }
    let plan = Plan::of(&args)?;
    logging::start(logging::Destination::Stderr, log::LevelFilter::Warn).map_err(|reason| anyhow!(reason))?;
    let mut file = properties::load(plan.config_file.as_deref())?;
    file.insert("bootstrap.servers".into(), plan.servers.clone());
    block_on(async {
        let mut signals = StopSignals::listen()?;
        tokio::select! {
            biased;
            signal = signals.wait() => Ok(Exit(signal.exit_code())),
            measured = measure(&plan, &file, terminal) => measured,
        }
    })?
}

/// `file` and what the tool itself says.
fn with(file: &Properties, own: &[(&str, &str)]) -> Properties {
    let mut all = file.clone();
    all.extend(own.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    all
}

async fn measure(plan: &Plan, file: &Properties, terminal: &mut Terminal) -> anyhow::Result<Exit> {
    let group = format!("test-group-{}", SystemClock.now().0);
    let for_consumer = [
        ("group.id", group.as_str()),
        ("enable.auto.commit", "false"),
        ("auto.offset.reset", "latest"),
        ("fetch.max.wait.ms", "0"),
    ];
    let mut consumer =
        Consumer::new(&with(file, &for_consumer)).await.map_err(|error: ClientError| with_hint(&error))?;
    let longest = i64::MAX.to_string();
    let for_producer = [("linger.ms", "0"), ("max.block.ms", longest.as_str()), ("acks", plan.acks.as_str())];
    let producer = Producer::new(&with(file, &for_producer), None).await.map_err(|error| with_hint(&error))?;
    let admin = Admin::over(consumer.cluster().clone());
    let existing = admin.list_topics().await.map_err(|error| with_hint(&error))?;
    if !existing.iter().any(|topic| *topic.name == *plan.topic) {
        create(&admin, &plan.topic, terminal).await?;
    }
    seek_to_end(&mut consumer, &admin, &plan.topic).await?;
    let mut latencies = Vec::with_capacity(plan.records.min(1 << 20));
    let (mut total, mut random) = (0.0, JavaRandom::new(0));
    for number in 0..plan.records {
        let parts = Parts::new(&plan.shape, &mut random);
        let begin = Instant::now();
        producer.send(&parts.record(&plan.topic)).await.map_err(|error| with_hint(&error))?;
        let came = wait_for(&mut consumer, &parts).await;
        let elapsed = begin.elapsed();
        if let Err(error) = came {
            // As Kafka's tool does; that nothing came is what is to be told.
            let _ = consumer.commit().await;
            return Err(error);
        }
        let nanos = elapsed.as_nanos() as f64;
        if number % 1000 == 0 {
            terminal.say(format_args!("{number}\t{}", double(nanos / 1000.0 / 1000.0)))?;
            terminal.flush()?;
        }
        total += nanos;
        latencies.push(elapsed.as_millis());
    }
    let average_ms = total / plan.records as f64 / 1000.0 / 1000.0;
    latencies.sort_unstable();
    let [p50, p99, p999] =
        [0.5, 0.99, 0.999].map(|part| latencies.get((latencies.len() as f64 * part) as usize).copied().unwrap_or(0));
    match terminal.format() {
        Format::Text => {
            terminal.line(format_args!("Avg latency: {} ms", fixed(average_ms, 4)))?;
            terminal.line(format_args!("Percentiles: 50th = {p50}, 99th = {p99}, 99.9th = {p999}"))?;
        }
        _ => {
            let [p50, p99, p999] = [p50, p99, p999].map(|ms| json!(u64::try_from(ms).unwrap_or(u64::MAX)));
            terminal.show(&LATENCIES, [[json!(plan.records), json!(average_ms), p50, p99, p999]])?;
        }
    }
    terminal.flush()?;
    consumer.commit().await.map_err(|error| with_hint(&error))?;
    producer.close(CLOSE_TIMEOUT).await?;
    consumer.close().await?;
    Ok(Exit::OK)
}

async fn create(admin: &Admin, topic: &str, terminal: &mut Terminal) -> anyhow::Result<()> {
    terminal.say(format_args!(
        "Topic \"{topic}\" does not exist. Will create topic with 1 partition(s) and replication factor = 1"
    ))?;
    let new = NewTopic { name: topic.to_owned(), num_partitions: 1, replication_factor: 1, ..NewTopic::default() };
    let created = admin.create_topics(&[new], false).await;
    if let Err(error) = created.and_then(|results| {
        results.into_iter().next().unwrap_or(Err(ClientError::State("the broker said nothing of the topic".to_owned())))
    }) {
        terminal.say(format_args!("Creation of topic {topic} failed"))?;
        return Err(with_hint(&error));
    }
    Ok(())
}

/// Has the consumer stand at the end of all partitions.
async fn seek_to_end(consumer: &mut Consumer, admin: &Admin, topic: &str) -> anyhow::Result<()> {
    let name: Arc<str> = topic.into();
    let deadline = Instant::now() + PATIENCE;
    let partitions: Vec<TopicPartition> = loop {
        let found = admin.describe_topics(std::slice::from_ref(&name)).await.map_err(|error| with_hint(&error))?;
        match found.into_iter().next() {
            // A new topic is known to the brokers a moment later.
            Some(Ok(view)) if !view.partitions.is_empty() => {
                break view.partitions.iter().map(|p| TopicPartition::new(name.clone(), p.partition)).collect();
            }
            Some(Err(error)) if Instant::now() >= deadline => return Err(with_hint(&error)),
            _ if Instant::now() >= deadline => bail!("topic {topic} has no partitions"),
            _ => tokio::time::sleep(LOOK).await,
        }
    };
    consumer.assign(&partitions);
    for partition in &partitions {
        consumer.seek_to(partition, OffsetSpec::Latest)?;
    }
    while partitions.iter().any(|partition| consumer.position(partition).is_none()) {
        if Instant::now() >= deadline {
            let cause = consumer.last_failure().map(|error| format!(": {error}")).unwrap_or_default();
            bail!("the end of topic {topic} is not known after {} s{cause}", PATIENCE.as_secs());
        }
        consumer.poll(LOOK).await.map_err(|error| with_hint(&error))?;
    }
    Ok(())
}

/// Waits for the record that was sent, which must come alone.
async fn wait_for(consumer: &mut Consumer, sent: &Parts) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Some(mut fetched) = consumer.poll(left).await.map_err(|error| with_hint(&error))? else {
            bail!("poll() timed out before finding a result (timeout:[{}])", PATIENCE.as_millis());
        };
        let mut count = 0;
        while let Some(batch) = fetched.next_batch() {
            for record in batch?.records() {
                let value = record?.value.unwrap_or_default();
                if count == 0 && value != sent.value {
                    let (read, sent) = (String::from_utf8_lossy(value), String::from_utf8_lossy(&sent.value));
                    bail!(
                        "The message read [{read}] did not match the message sent [{sent}]\nSomebody else writes to the \
                         topic: use one of your own."
                    );
                }
                count += 1;
            }
        }
        match count {
            0 => {}
            1 => return Ok(()),
            _ => bail!("Only one result was expected during this test. We found [{count}]"),
        }
    }
}

/// A record's parts, of one random letter each, as Kafka's tool makes them.
struct Parts {
    value: Vec<u8>,
    key: Option<Vec<u8>>,
    headers: Vec<Header>,
}

impl Parts {
    fn new(shape: &Shape, random: &mut JavaRandom) -> Parts {
        let mut letters = |size: usize| vec![b'A' + random.below(26) as u8; size];
        let value = letters(shape.value);
        let key = (shape.key > 0).then(|| letters(shape.key));
        let headers = (0..shape.headers)
            .map(|_| Header {
                key: letters(shape.header_key).into(),
                value: shape.header_value.map(|size| letters(size).into()),
            })
            .collect();
        Parts { value, key, headers }
    }

    fn record<'a>(&'a self, topic: &'a str) -> ProducerRecord<'a> {
        let (key, value) = (self.key.as_deref(), Some(self.value.as_slice()));
        ProducerRecord { topic, key, value, headers: &self.headers, ..ProducerRecord::default() }
    }
}

/// Java's `Random`.
struct JavaRandom(u64);

impl JavaRandom {
    const MULTIPLIER: u64 = 0x5_DEEC_E66D;
    const MASK: u64 = (1 << 48) - 1;

    fn new(seed: u64) -> JavaRandom {
        JavaRandom((seed ^ JavaRandom::MULTIPLIER) & JavaRandom::MASK)
    }

    /// A number below `bound`, which is positive and no power of two.
    fn below(&mut self, bound: i32) -> i32 {
        loop {
            self.0 = self.0.wrapping_mul(JavaRandom::MULTIPLIER).wrapping_add(0xB) & JavaRandom::MASK;
            let bits = (self.0 >> 17) as i32;
            let number = bits % bound;
            if bits.wrapping_sub(number).wrapping_add(bound - 1) >= 0 {
                return number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_as_java_draws_them() {
        let mut random = JavaRandom::new(0);
        // What `new Random(0).nextInt(26)` gives.
        assert_eq!([(); 4].map(|()| random.below(26)), [18, 18, 23, 21]);
        let shape = Shape { value: 2, key: 1, headers: 1, header_key: 1, header_value: Some(3) };
        let parts = Parts::new(&shape, &mut JavaRandom::new(0));
        assert_eq!((parts.value.as_slice(), parts.key.as_deref()), (&b"SS"[..], Some(&b"S"[..])));
        assert_eq!(parts.headers[0].value.as_deref(), Some(&b"VVV"[..]));
    }
}
