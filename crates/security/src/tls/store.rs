//! Key stores and trust stores: finds out which format a file has and reads it.

use std::{fs::File, io::Read as _, path::Path};

use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::ciphers::SealError;
use super::{jks, pem, pkcs12};
use rkafka_config::Store;
use rkafka_runtime::descriptors::{BRIEFLY, is_exhausted, patiently};

/// Larger files are no key stores.
const MAX_BYTES: u64 = 16 * 1024 * 1024;
const JCEKS_MAGIC: [u8; 4] = [0xce; 4];

/// What a store holds.
#[derive(Debug, Default)]
pub struct Material {
    /// Our private key, the first one if there are several.
    pub key: Option<PrivateKeyDer<'static>>,
    /// The chain of our key, our own certificate first; of a PEM file all certificates.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Whom the file tells us to believe.
    pub trusted: Vec<CertificateDer<'static>>,
}

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error("it is not a proper {0} file")]
    Malformed(&'static str),
    #[error("it is none of PEM, PKCS12 and JKS")]
    Unknown,
    #[error("{0}")]
    Unusable(String),
    #[error(transparent)]
    Sealed(#[from] SealError),
}

impl Material {
    /// Reads a store. Its content says what it is, as for Java, which takes JKS and PKCS12 for each other.
    pub fn load(store: &Store) -> Result<Material, StoreError> {
        let password = match &store.password_path {
            Some(path) => secret(path)?,
            None => store.password.clone(),
        };
        Material::parse(&read(&store.path)?, &password)
    }

    /// Reads the content of a store.
    pub fn parse(bytes: &[u8], password: &str) -> Result<Material, StoreError> {
        let head = bytes.first_chunk::<4>();
        if head == Some(&jks::MAGIC) {
            return jks::read(bytes, password);
        }
        if head == Some(&JCEKS_MAGIC) {
            let reason = "it is a JCEKS store; import it into a PKCS12 store with `keytool -importkeystore`";
            return Err(StoreError::Unusable(reason.to_owned()));
        }
        match bytes.first() {
            Some(0x30) => pkcs12::read(bytes, password),
            _ if String::from_utf8_lossy(bytes).contains("-----BEGIN ") => pem::read(bytes, password),
            _ => Err(StoreError::Unknown),
        }
    }

    /// The certificates to believe: those marked so, or all of a file that marks none.
    pub fn into_trusted(self) -> Vec<CertificateDer<'static>> {
        if self.trusted.is_empty() { self.certificates } else { self.trusted }
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    patiently(BRIEFLY, || false, || File::open(path))?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The password in a file, without the end of its line.
fn secret(path: &Path) -> Result<String, StoreError> {
    let bytes = read(path).map_err(|error| match is_exhausted(&error) {
        true => StoreError::Unreadable(error),
        false => StoreError::Unusable(format!("{}: {error}", path.display())),
    })?;
    Ok(String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned())
}
