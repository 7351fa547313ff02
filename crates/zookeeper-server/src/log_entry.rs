//! Pure: one entry of the transaction log: header, transaction, optional digest. Checksum and length are the file's.

use rkafka_jute::{Input, JuteError, Output, Record as _, Txn, TxnDigest, TxnHeader};

pub fn encode(header: &TxnHeader, txn: &Txn, digest: Option<TxnDigest>) -> Vec<u8> {
    let mut output = Output::with_capacity(128);
    header.write(&mut output);
    txn.write(&mut output);
    if let Some(digest) = digest {
        digest.write(&mut output);
    }
    output.into_vec()
}

/// The parts of an entry. A digest is absent in logs of servers before 3.6.
pub fn decode(bytes: &[u8]) -> Result<(TxnHeader, Txn, Option<TxnDigest>), JuteError> {
    let mut input = Input::new(bytes);
    let header = TxnHeader::read(&mut input)?;
    let txn = Txn::read(header.op, &mut input)?;
    let digest = if input.remaining() == 0 { None } else { Some(TxnDigest::read(&mut input)?) };
    Ok((header, txn, digest))
}
