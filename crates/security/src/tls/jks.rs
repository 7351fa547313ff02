//! Pure: Java's own key store format. Big-endian:
//! `magic 0xFEEDFEED, version 1 or 2, count, entries, SHA-1 seal`; an entry is `1 alias date key chain` (a private key) or
//! `2 alias date certificate` (one we trust); a certificate is `[type] length bytes`, the type in version 2 only.
//! (`sun.security.provider.JavaKeyStore`, `KeyProtector`.)

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha1::{Digest as _, Sha1};

use super::ciphers::SealError;
use super::der::{Der, tag};
use super::store::{Material, StoreError};

pub const MAGIC: [u8; 4] = [0xfe, 0xed, 0xfe, 0xed];
/// What Java mixes into the seal of the file.
const WHITENER: &[u8] = b"Mighty Aphrodite";
/// The algorithm by which private keys are sealed.
const KEY_PROTECTOR: &str = "1.3.6.1.4.1.42.2.17.1.1";
const DIGEST: usize = 20;

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], StoreError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(StoreError::Malformed("JKS"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<usize, StoreError> {
        let bytes = self.take(4)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// Java's `writeUTF`: 16 bits of length.
    fn text(&mut self) -> Result<&'a [u8], StoreError> {
        let length = self.take(2)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        self.take(length)
    }

    fn block(&mut self) -> Result<&'a [u8], StoreError> {
        let length = self.u32()?;
        self.take(length)
    }

    fn certificate(&mut self, version: usize) -> Result<CertificateDer<'static>, StoreError> {
        if version == 2 {
            self.text()?;
        }
        Ok(CertificateDer::from(self.block()?.to_vec()))
    }
}

/// Reads the first private key with its chain and all trusted certificates. Without a password (a trust store may be read
/// so) the seal is not checked, as in Java.
pub fn read(bytes: &[u8], password: &str) -> Result<Material, StoreError> {
    let body = bytes.len().checked_sub(DIGEST).and_then(|end| bytes.split_at_checked(end));
    let (body, seal) = body.ok_or(StoreError::Malformed("JKS"))?;
    let utf16: Vec<u8> = password.encode_utf16().flat_map(u16::to_be_bytes).collect();
    if !password.is_empty() {
        let sealed = Sha1::new().chain_update(&utf16).chain_update(WHITENER).chain_update(body).finalize();
        if sealed.as_slice() != seal {
            return Err(SealError::WrongPassword.into());
        }
    }
    let mut reader = Reader(body);
    let (magic, version) = (reader.take(4)?, reader.u32()?);
    if magic != MAGIC || !(1..=2).contains(&version) {
        return Err(StoreError::Malformed("JKS"));
    }
    let mut material = Material::default();
    for _ in 0..reader.u32()? {
        let kind = reader.u32()?;
        reader.text()?;
        reader.take(8)?;
        match kind {
            1 => read_key(&mut reader, version, &utf16, &mut material)?,
            2 => material.trusted.push(reader.certificate(version)?),
            _ => return Err(StoreError::Malformed("JKS")),
        }
    }
    Ok(material)
}

fn read_key(
    reader: &mut Reader<'_>,
    version: usize,
    password: &[u8],
    material: &mut Material,
) -> Result<(), StoreError> {
    let sealed = reader.block()?;
    let chain: Result<Vec<_>, StoreError> = (0..reader.u32()?).map(|_| reader.certificate(version)).collect();
    let chain = chain?;
    if material.key.is_none() {
        material.key = Some(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(open_key(sealed, password)?)));
        material.certificates = chain;
    }
    Ok(())
}

/// A key sealed by a stream of SHA-1 hashes: `salt(20) sealed check(20)`, each hash over the password and the one before.
fn open_key(sealed: &[u8], password: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut inside = Der(sealed).sequence()?;
    let (algorithm, _) = inside.algorithm()?;
    if algorithm != KEY_PROTECTOR {
        return Err(SealError::Unsupported(algorithm));
    }
    let content = inside.expect(tag::OCTET_STRING)?.content;
    let (salt, rest) = content.split_at_checked(DIGEST).ok_or(SealError::Malformed)?;
    let (sealed, check) =
        rest.len().checked_sub(DIGEST).and_then(|end| rest.split_at_checked(end)).ok_or(SealError::Malformed)?;
    let mut key = Vec::with_capacity(sealed.len());
    let mut before = salt.to_vec();
    for chunk in sealed.chunks(DIGEST) {
        before = Sha1::new().chain_update(password).chain_update(&before).finalize().to_vec();
        key.extend(chunk.iter().zip(&before).map(|(sealed, stream)| sealed ^ stream));
    }
    let expected = Sha1::new().chain_update(password).chain_update(&key).finalize();
    if expected.as_slice() == check { Ok(key) } else { Err(SealError::WrongPassword) }
}
