//! Pure: a producer's properties, by Kafka's names and with Kafka's defaults.

use crate::{
    ClientConfig, ClientError, ClientKind, Properties,
    settings::{ClientSettings, invalid},
};
use rkafka_protocol::record::Codec;
use std::time::Duration;

/// How many brokers must have a record before it counts as sent (`acks`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// Nobody says anything.
    None = 0,
    /// The leader.
    Leader = 1,
    /// All in-sync replicas.
    All = -1,
}

/// Whether repeated sends are told apart by sequence numbers (`enable.idempotence`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idempotence {
    Off,
    /// By default: brokers that are too old for it are used without.
    IfPossible,
    /// The user asked for it.
    Required,
}

/// Which partition a record without one goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Partitioning {
    /// By the key's hash; records without a key stick to one partition for a batch's worth of bytes (KIP-794).
    Default,
    /// As [`Partitioning::Default`], keys or not (`partitioner.ignore.keys`, `UniformStickyPartitioner`).
    Sticky,
    /// In turn.
    RoundRobin,
}

/// What Kafka's `ProducerConfig` holds. Field names are the properties' names.
#[derive(Clone, Debug)]
pub struct ProducerConfig {
    pub client: ClientConfig,
    pub acks: Acks,
    pub batch_size: usize,
    /// How far a batch may grow while it cannot be sent: `batch.size` if that was given.
    pub batch_limit: usize,
    pub linger: Duration,
    pub buffer_memory: usize,
    pub max_block: Duration,
    pub max_request_size: usize,
    pub max_in_flight: usize,
    pub retries: u32,
    pub delivery_timeout: Duration,
    pub compression: Codec,
    pub compression_level: Option<i32>,
    pub idempotence: Idempotence,
    pub partitioning: Partitioning,
    /// Of a producer that writes in transactions only.
    pub transactional_id: Option<String>,
    /// How long a transaction may be open before its coordinator aborts it (`transaction.timeout.ms`).
    pub transaction_timeout_ms: i32,
}

/// How far a batch grows while the brokers are behind, unless `batch.size` was given. Kafka's producer would queue many
/// batches of 16 KiB and send them one per request; fewer, larger ones cost both ends less.
const ELASTIC_BATCH: usize = 512 << 10;
/// What a request takes besides its batches, at most.
const REQUEST_OVERHEAD: usize = 1 << 10;

impl ProducerConfig {
    /// Reads a producer's properties.
    ///
    /// Errors: a bad value, or values that contradict each other, in Kafka's words.
    pub fn read(properties: &Properties) -> Result<ProducerConfig, ClientError> {
        let s = ClientSettings(properties);
        let transactional_id = s.text("transactional.id").map(str::to_owned);
        if transactional_id.as_deref() == Some("") {
            return Err(invalid("transactional.id", "", "String must be non-empty"));
        }
        let acks = s.choice(
            "acks",
            Acks::All,
            &[("all", Acks::All), ("-1", Acks::All), ("0", Acks::None), ("1", Acks::Leader)],
        )?;
        let linger = s.millis("linger.ms", 0)?;
        let client = ClientConfig::read(ClientKind::Producer, properties, "producer-1")?;
        let batch_size = size(s.int("batch.size", 16_384, 0)?);
        let max_request_size = size(s.int("max.request.size", 1_048_576, 0)?);
        let elastic = ELASTIC_BATCH.min(max_request_size.saturating_sub(REQUEST_OVERHEAD)).max(batch_size);
        let max_in_flight = size(s.int("max.in.flight.requests.per.connection", 5, 1)?);
        let retries = s.int("retries", i32::MAX, 0)?.unsigned_abs();
        let compression = compression(&s)?;
        Ok(ProducerConfig {
            acks,
            batch_size,
            batch_limit: if s.text("batch.size").is_some() { batch_size } else { elastic },
            linger,
            buffer_memory: usize::try_from(s.number("buffer.memory", 33_554_432, 0)?).unwrap_or(usize::MAX),
            max_block: s.millis("max.block.ms", 60_000)?,
            max_request_size,
            max_in_flight,
            retries,
            delivery_timeout: delivery_timeout(&s, linger, client.request_timeout)?,
            compression,
            compression_level: compression_level(&s, compression)?,
            idempotence: idempotence(&s, acks, retries, max_in_flight, transactional_id.is_some())?,
            partitioning: partitioning(&s)?,
            transactional_id,
            transaction_timeout_ms: s.int("transaction.timeout.ms", 60_000, 0)?,
            client,
        })
    }
}

fn size(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}

fn compression(s: &ClientSettings) -> Result<Codec, ClientError> {
    let codecs = Codec::ALL.map(|codec| (codec.name(), codec));
    s.choice("compression.type", Codec::None, &codecs)
}

fn compression_level(s: &ClientSettings, codec: Codec) -> Result<Option<i32>, ClientError> {
    let level = |name, default, least| s.int(name, default, least).map(Some);
    match codec {
        Codec::Gzip => Ok(level("compression.gzip.level", -1, -1)?.filter(|l| *l >= 0)),
        Codec::Lz4 => level("compression.lz4.level", 9, 1),
        Codec::Zstd => level("compression.zstd.level", 3, -131_072),
        Codec::None | Codec::Snappy => Ok(None),
    }
}

fn delivery_timeout(s: &ClientSettings, linger: Duration, request: Duration) -> Result<Duration, ClientError> {
    let timeout = s.millis("delivery.timeout.ms", 120_000)?;
    let least = linger + request;
    if timeout >= least {
        return Ok(timeout);
    }
    if s.text("delivery.timeout.ms").is_some() {
        let text = "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms";
        return Err(ClientError::Config(text.to_owned()));
    }
    Ok(least)
}

fn idempotence(
    s: &ClientSettings,
    acks: Acks,
    retries: u32,
    max_in_flight: usize,
    is_transactional: bool,
) -> Result<Idempotence, ClientError> {
    let asked = s.flag("enable.idempotence", is_transactional)?;
    if s.text("enable.idempotence").is_some() && !asked {
        if is_transactional {
            let text = "Cannot set a transactional.id without also enabling idempotence.";
            return Err(ClientError::Config(text.to_owned()));
        }
        return Ok(Idempotence::Off);
    }
    let contradiction = if retries == 0 {
        "Must set retries to non-zero when using the idempotent producer."
    } else if acks != Acks::All {
        "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence."
    } else if max_in_flight > 5 {
        "Must set max.in.flight.requests.per.connection to at most 5 to use the idempotent producer."
    } else {
        return Ok(if asked { Idempotence::Required } else { Idempotence::IfPossible });
    };
    if asked { Err(ClientError::Config(contradiction.to_owned())) } else { Ok(Idempotence::Off) }
}

fn partitioning(s: &ClientSettings) -> Result<Partitioning, ClientError> {
    if s.flag("partitioner.ignore.keys", false)? {
        return Ok(Partitioning::Sticky);
    }
    let Some(class) = s.text("partitioner.class") else { return Ok(Partitioning::Default) };
    match class.rsplit('.').next().unwrap_or(class) {
        "" | "DefaultPartitioner" => Ok(Partitioning::Default),
        "RoundRobinPartitioner" => Ok(Partitioning::RoundRobin),
        "UniformStickyPartitioner" => Ok(Partitioning::Sticky),
        _ => Err(invalid(
            "partitioner.class",
            class,
            "this version has DefaultPartitioner, RoundRobinPartitioner and UniformStickyPartitioner",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(list: &[(&str, &str)]) -> Result<ProducerConfig, ClientError> {
        let mut given: Properties = list.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        given.insert("bootstrap.servers".into(), "localhost:9092".into());
        ProducerConfig::read(&given)
    }

    #[test]
    fn idempotent_unless_something_speaks_against_it() {
        assert_eq!(read(&[]).unwrap().idempotence, Idempotence::IfPossible);
        assert_eq!(read(&[("acks", "1")]).unwrap().idempotence, Idempotence::Off);
        assert_eq!(read(&[("enable.idempotence", "true")]).unwrap().idempotence, Idempotence::Required);
        let error = read(&[("enable.idempotence", "true"), ("acks", "0")]).unwrap_err();
        assert!(error.to_string().starts_with("Must set acks to all"));
    }

    #[test]
    fn transactions_want_idempotence() {
        let all = read(&[("transactional.id", "x")]).unwrap();
        assert_eq!((all.transactional_id.as_deref(), all.idempotence), (Some("x"), Idempotence::Required));
        assert_eq!(all.transaction_timeout_ms, 60_000);
        for wrong in [("enable.idempotence", "false"), ("acks", "1"), ("retries", "0")] {
            assert!(read(&[("transactional.id", "x"), wrong]).is_err(), "{wrong:?}");
        }
        assert!(read(&[("transactional.id", "")]).is_err());
    }

    #[test]
    fn batches_grow_only_if_nobody_said_how_large() {
        assert_eq!(read(&[]).unwrap().batch_limit, ELASTIC_BATCH);
        assert_eq!(read(&[("batch.size", "1000")]).unwrap().batch_limit, 1000);
        assert_eq!(read(&[("max.request.size", "20000")]).unwrap().batch_limit, 20_000 - REQUEST_OVERHEAD);
    }

    #[test]
    fn delivery_timeout_covers_linger_and_request() {
        assert_eq!(read(&[("linger.ms", "100000")]).unwrap().delivery_timeout, Duration::from_secs(130));
        assert!(read(&[("delivery.timeout.ms", "1000")]).is_err());
    }
}
