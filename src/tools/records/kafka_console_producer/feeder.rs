//! Feeds lines to the producer, on a thread of its own: reading, splitting and appending here, sending there.

use super::{
    input::{Came, Input},
    line_reader::LineReader,
};
use crate::schemas::encoder::{Encoder, Part};
use anyhow::{anyhow, bail};
use rkafka_client::{
    ClientError,
    producer::{Producer, ProducerRecord},
};
use rkafka_protocol::record::Header;
use rkafka_runtime::clock::{Clock, SystemClock};
use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, sync::oneshot, time::Instant};

/// The logger of the callback that Kafka's tool gives to its producer.
const CALLBACK: &str = "org.apache.kafka.clients.producer.internals.ErrorLoggingCallback";
/// How often somebody looks why a record is not taken in.
const LOOK: Duration = Duration::from_millis(200);
/// How long a record may wait until a hint is given why.
const HINT_AFTER: Duration = Duration::from_secs(5);

/// How many messages there were, and how many of them were not delivered.
#[derive(Debug, Default)]
pub struct Tally {
    pub read: AtomicU64,
    pub failed: AtomicU64,
}

/// What is fed to whom.
pub struct Feeder {
    pub producer: Arc<Producer>,
    pub runtime: Handle,
    pub topic: String,
    pub reader: LineReader,
    /// `None` for texts as they are.
    pub encoder: Option<Encoder>,
    /// Wait for each message; the first failure ends.
    pub sync: bool,
    pub tally: Arc<Tally>,
    pub hinted: bool,
}

/// How the input ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Fed {
    All,
    Interrupted,
}

impl Feeder {
    /// Feeds all of `input`.
    ///
    /// Errors: a line that cannot be understood; with `sync`, a message that was not delivered; a peer that is no broker.
    pub fn run(mut self, mut input: Input) -> anyhow::Result<Fed> {
        loop {
            match input.next()? {
                Came::Lines(lines) => {
                    let mut rest = lines.as_str();
                    let now = SystemClock.now().0;
                    while let Some((line, after)) = rest.split_once('\n') {
                        self.line(line, now)?;
                        rest = after;
                    }
                }
                Came::Last(line) => {
                    self.line(&line, SystemClock.now().0)?;
                    return Ok(Fed::All);
                }
                Came::End => return Ok(Fed::All),
                Came::Interrupt => return Ok(Fed::Interrupted),
            }
        }
    }

    #[inline]
    fn line(&mut self, line: &str, now: i64) -> anyhow::Result<()> {
        let topic = std::mem::take(&mut self.topic);
        let fed = if self.reader.is_plain() && self.encoder.is_none() {
            self.feed(&ProducerRecord {
                topic: &topic,
                value: Some(line.as_bytes()),
                timestamp: Some(now),
                ..ProducerRecord::default()
            })
        } else {
            self.parsed(&topic, line, now)
        };
        self.topic = topic;
        fed
    }

    fn parsed(&mut self, topic: &str, line: &str, now: i64) -> anyhow::Result<()> {
        let parsed = self.reader.parse(line).map_err(|error| anyhow!(error))?;
        let (key, value) = (self.encode(Part::Key, parsed.key)?, self.encode(Part::Value, parsed.value)?);
        self.feed(&ProducerRecord {
            topic,
            partition: None,
            key: key.as_deref(),
            value: value.as_deref(),
            headers: &parsed.headers,
            timestamp: Some(now),
        })
    }

    fn encode<'a>(&self, part: Part, text: Option<&'a str>) -> anyhow::Result<Option<Cow<'a, [u8]>>> {
        match (&self.encoder, text) {
            (_, None) => Ok(None),
            (None, Some(text)) => Ok(Some(text.as_bytes().into())),
            (Some(encoder), Some(text)) => {
                let number = self.tally.read.load(Ordering::Relaxed) + 1;
                let encoded = encoder.encode(part, text);
                encoded.map(|bytes| Some(bytes.into())).map_err(|what| anyhow!("message {number}: {what}"))
            }
        }
    }

    #[inline]
    fn feed(&mut self, record: &ProducerRecord) -> anyhow::Result<()> {
        self.tally.read.fetch_add(1, Ordering::Relaxed);
        if !self.sync && self.producer.try_append(record).is_ok() {
            return Ok(());
        }
        self.feed_waiting(record)
    }

    #[cold]
    fn feed_waiting(&mut self, record: &ProducerRecord) -> anyhow::Result<()> {
        let waiting = Waiting {
            producer: self.producer.clone(),
            sync: self.sync,
            hinted: self.hinted,
            topic: record.topic.to_owned(),
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: record.headers.to_vec(),
            timestamp: record.timestamp,
        };
        let (tell, taken) = oneshot::channel();
        // On the runtime's own thread: it may end while this one waits.
        self.runtime.spawn(async move {
            let _ = tell.send(waiting.take().await);
        });
        let Ok((taken, hinted)) = taken.blocking_recv() else {
            // Nobody is left to hear it.
            bail!("the producer has ended");
        };
        self.hinted = hinted;
        match taken {
            Ok(()) => Ok(()),
            Err(error) if self.sync || error.is_hopeless() => Err(with_hint(&error)),
            Err(error) => {
                self.tally.failed.fetch_add(1, Ordering::Relaxed);
                log_failure(record.topic, record.key, record.value, &error);
                self.hinted = self.hinted || give_hint(&error);
                Ok(())
            }
        }
    }
}

/// A record that cannot be taken in at once.
struct Waiting {
    producer: Arc<Producer>,
    sync: bool,
    hinted: bool,
    topic: String,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<Header>,
    timestamp: Option<i64>,
}

impl Waiting {
    /// Waits until it is taken in, or with `sync` written. Also tells whether a hint has been given why it takes long.
    async fn take(self) -> (Result<(), ClientError>, bool) {
        let mut hinted = self.hinted;
        let record = ProducerRecord {
            topic: &self.topic,
            partition: None,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            headers: &self.headers,
            timestamp: self.timestamp,
        };
        let since = Instant::now();
        let mut taking = std::pin::pin!(async {
            match self.sync {
                true => self.producer.send(&record).await.map(drop),
                false => self.producer.append(&record).await,
            }
        });
        loop {
            tokio::select! {
                biased;
                taken = &mut taking => return (taken, hinted),
                () = tokio::time::sleep(LOOK) => match self.producer.last_failure() {
                    // Waiting on makes no broker of it.
                    Some(error) if error.is_hopeless() => return (Err(error), hinted),
                    Some(error) if !hinted && since.elapsed() >= HINT_AFTER => hinted = give_hint(&error),
                    _ => {}
                },
            }
        }
    }
}

fn give_hint(error: &ClientError) -> bool {
    let hint = error.hint();
    if let Some(hint) = &hint {
        log::warn!(target: super::LOGGER, "{hint}");
    }
    hint.is_some()
}

/// The error and what to try next, in one line.
pub fn with_hint(error: &ClientError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => anyhow!("{error}. {hint}"),
        None => anyhow!("{error}"),
    }
}

/// Says, in the words of Kafka's callback, that a message was not delivered.
pub fn log_failure(topic: &str, key: Option<&[u8]>, value: Option<&[u8]>, error: &ClientError) {
    let size = |field: Option<&[u8]>| field.map_or("null".to_owned(), |bytes| format!("{} bytes", bytes.len()));
    log::error!(target: CALLBACK,
        "Error when sending message to topic {topic} with key: {}, value: {} with error: {error}", size(key), size(value));
}
