//! Pure: snapshots of a metadata log that is yet to begin: the records that a cluster begins with
//! (`bootstrap.checkpoint`), and the voters of its dynamic quorum (KIP-853), as KRaft's nodes read them.

use super::{scram::Credential, voters::Voter};
use bytes::Bytes;
use rkafka_base::{LeaderEpoch, Offset, TimestampMs};
use rkafka_protocol::{
    WireError, Writer,
    record::{BatchBuilder, BatchOptions, RecordError},
};

/// The folder of the metadata log.
pub const METADATA_LOG: &str = "__cluster_metadata-0";
/// The file in it with the voters that a quorum begins with: a snapshot up to offset 0 of epoch 0.
pub const FIRST_SNAPSHOT: &str = "00000000000000000000-0000000000.checkpoint";
/// The file of a log dir with the records that a cluster begins with.
pub const BOOTSTRAP: &str = "bootstrap.checkpoint";

/// Control records, by their number.
const SNAPSHOT_HEADER: i16 = 3;
const SNAPSHOT_FOOTER: i16 = 4;
const KRAFT_VERSION: i16 = 5;
const KRAFT_VOTERS: i16 = 6;
/// Metadata records, by their number.
const USER_SCRAM_CREDENTIAL: i8 = 11;
const FEATURE_LEVEL: i8 = 12;
/// The version of the frame around a metadata record.
const FRAME: i8 = 1;

/// Why a snapshot cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// The records that a cluster begins with: levels of features, and credentials.
pub fn bootstrap(
    levels: &[(String, i16)],
    credentials: &[Credential],
    now: TimestampMs,
) -> Result<Bytes, SnapshotError> {
    let mut records = Vec::new();
    for (name, level) in levels {
        let mut w = framed(FEATURE_LEVEL);
        w.string(true, false, Some(name), "name")?;
        w.i16(*level);
        records.push(ended(w));
    }
    for credential in credentials {
        let mut w = framed(USER_SCRAM_CREDENTIAL);
        w.string(true, false, Some(&credential.name), "name")?;
        w.i8(credential.mechanism as i8);
        for (bytes, what) in
            [(&credential.salt, "salt"), (&credential.stored_key, "storedKey"), (&credential.server_key, "serverKey")]
        {
            w.bytes(true, false, Some(&Bytes::copy_from_slice(bytes)), what)?;
        }
        w.i32(i32::try_from(credential.iterations).unwrap_or(i32::MAX));
        records.push(ended(w));
    }
    let data_end = 1 + i64::try_from(records.len()).unwrap_or(i64::MAX);
    let mut file = control(0, &[(SNAPSHOT_HEADER, header(TimestampMs(0)))], now)?.to_vec();
    if !records.is_empty() {
        let mut builder = BatchBuilder::new(options(1, false));
        for record in &records {
            builder.append(now, None, Some(record), &[]);
        }
        file.extend_from_slice(&builder.finish()?);
    }
    file.extend_from_slice(&control(data_end, &[(SNAPSHOT_FOOTER, ended(versioned()))], now)?);
    Ok(file.into())
}

/// The voters that a dynamic quorum begins with, who speak over a listener of that name.
pub fn voters(listener: &str, voters: &[Voter], now: TimestampMs) -> Result<Bytes, SnapshotError> {
    let mut version = versioned();
    version.i16(1);
    let mut w = versioned();
    w.length(true, false, Some(voters.len()), "voters")?;
    for voter in voters {
        w.i32(voter.id);
        w.uuid(voter.directory);
        w.length(true, false, Some(1), "endpoints")?;
        w.string(true, false, Some(listener), "name")?;
        w.string(true, false, Some(&voter.host), "host")?;
        w.u16(voter.port);
        w.tagged_fields(&[], &[]);
        // The versions of KRaft that it supports.
        w.i16(0);
        w.i16(1);
        w.tagged_fields(&[], &[]);
        w.tagged_fields(&[], &[]);
    }
    let records = [(SNAPSHOT_HEADER, header(now)), (KRAFT_VERSION, ended(version)), (KRAFT_VOTERS, ended(w))];
    let mut file = control(0, &records, now)?.to_vec();
    file.extend_from_slice(&control(3, &[(SNAPSHOT_FOOTER, ended(versioned()))], now)?);
    Ok(file.into())
}

/// A message that begins with its version, 0.
fn versioned() -> Writer {
    let mut w = Writer::plain();
    w.i16(0);
    w
}

/// A message whose fields are all written.
fn ended(mut w: Writer) -> Bytes {
    w.tagged_fields(&[], &[]);
    w.into_bytes()
}

fn header(last_contained: TimestampMs) -> Bytes {
    let mut header = versioned();
    header.i64(last_contained.0);
    ended(header)
}

/// The beginning of a metadata record of version 0.
fn framed(kind: i8) -> Writer {
    let mut w = Writer::plain();
    // All are below 128: one byte each as variable numbers.
    w.i8(FRAME);
    w.i8(kind);
    w.i8(0);
    w
}

fn options(base_offset: i64, control: bool) -> BatchOptions {
    BatchOptions { base_offset: Offset(base_offset), leader_epoch: LeaderEpoch(0), control, ..BatchOptions::default() }
}

/// A batch of control records.
fn control(base_offset: i64, records: &[(i16, Bytes)], now: TimestampMs) -> Result<Bytes, RecordError> {
    let mut builder = BatchBuilder::new(options(base_offset, true));
    for (kind, value) in records {
        let [high, low] = kind.to_be_bytes();
        builder.append(now, Some(&[0, 0, high, low]), Some(value), &[]);
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rkafka_protocol::{Uuid, record::Batches};

    /// As Apache Kafka 3.9.1 writes it, at another time.
    #[test]
    fn bytes_are_kafkas() {
        let now = TimestampMs(0x1a2_26a3_67a6);
        let file = bootstrap(&[("metadata.version".into(), 21)], &[], now).unwrap();
        assert_eq!(file.len(), 249);
        let record = b"\x3a\x00\x00\x00\x01\x2e\x01\x0c\x00\x11metadata.version\x00\x15\x00\x00";
        assert!(file.windows(record.len()).any(|bytes| bytes == record));
        // The footer, whose time is that of the recording: crc and all.
        assert!(file.ends_with(&[0x1a, 0, 0, 0, 8, 0, 0, 0, 4, 6, 0, 0, 0, 0]));
        let footer_crc = 0xb078_91a2_u32.to_be_bytes();
        assert!(file.windows(4).any(|bytes| bytes == footer_crc), "{file:02x?}");
        assert!(Batches::new(file).all(|batch| batch.unwrap().verify_crc().is_ok()));
    }

    #[test]
    fn a_quorum() {
        let voter = Voter { id: 1, host: "localhost".into(), port: 23393, directory: Uuid([7; 16]) };
        let file = voters("CONTROLLER", &[voter], TimestampMs(5)).unwrap();
        // As long as Apache Kafka 3.9.1's.
        assert_eq!(file.len(), 241);
        let batches: Vec<_> = Batches::new(file).map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(|batch| batch.header.count).collect::<Vec<_>>(), [3, 1]);
        assert!(batches.iter().all(|batch| batch.header.is_control() && batch.verify_crc().is_ok()));
    }

    #[test]
    fn credentials() {
        let credential = super::super::scram::parse("SCRAM-SHA-256=[name=a,password=p]").unwrap();
        let file = bootstrap(&[], &[credential], TimestampMs(5)).unwrap();
        let batches: Vec<_> = Batches::new(file).map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(|batch| batch.header.base_offset.0).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
