//! Pure: private keys sealed with a password (PKCS#8 `EncryptedPrivateKeyInfo`).

use super::ciphers::{self, SealError};
use super::der::{Der, tag};

/// EncryptedPrivateKeyInfo: an AlgorithmIdentifier and the sealed PrivateKeyInfo.
pub fn open(der: &[u8], password: &str) -> Result<Vec<u8>, SealError> {
    let mut inside = Der(der).sequence()?;
    let algorithm = inside.expect(tag::SEQUENCE)?;
    ciphers::open(Der(algorithm.whole), inside.octets()?, password)
}
