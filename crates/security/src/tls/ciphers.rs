//! Pure: the ciphers that key stores are sealed with: PBES2 and the two old schemes of PKCS#12.

use core::num::NonZeroU32;

use cbc::cipher::{
    BlockCipherDecrypt, BlockModeDecrypt as _, InnerIvInit as _, KeyInit, KeyIvInit as _, block_padding::Pkcs7,
};
use ring::{digest, pbkdf2};

use super::der::{BadDer, Der, tag};

/// More rounds of key derivation than this are refused: they would take minutes.
pub const MAX_ROUNDS: u32 = 5_000_000;

/// Why something sealed was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("its content is malformed")]
    Malformed,
    #[error("it is sealed with {0}, which is not supported; import it into a new PKCS12 store with keytool")]
    Unsupported(String),
    #[error("the password is wrong, or the file is damaged")]
    WrongPassword,
}

impl From<BadDer> for SealError {
    fn from(_: BadDer) -> SealError {
        SealError::Malformed
    }
}

const PBES2: &str = "1.2.840.113549.1.5.13";
const PBKDF2: &str = "1.2.840.113549.1.5.12";
const SHA1_3DES: &str = "1.2.840.113549.1.12.1.3";
const SHA1_2DES: &str = "1.2.840.113549.1.12.1.4";
const SHA1_RC2_128: &str = "1.2.840.113549.1.12.1.5";
const SHA1_RC2_40: &str = "1.2.840.113549.1.12.1.6";

/// Opens `sealed`. The next element of `algorithm` is the AlgorithmIdentifier that says how it was sealed.
pub fn open(mut algorithm: Der<'_>, sealed: &[u8], password: &str) -> Result<Vec<u8>, SealError> {
    let (name, mut parameters) = algorithm.algorithm()?;
    if name == PBES2 {
        return open_pbes2(parameters.sequence()?, sealed, password);
    }
    let mut parameters = parameters.sequence()?;
    let (salt, rounds) = (parameters.octets()?, parameters.number()?);
    let derive =
        |purpose, length| pkcs12_key(&digest::SHA1_FOR_LEGACY_USE_ONLY, password, salt, rounds, purpose, length);
    let iv = derive(Purpose::Iv, 8)?;
    match name.as_str() {
        SHA1_3DES => cbc_open::<des::TdesEde3>(&derive(Purpose::Key, 24)?, &iv, sealed),
        SHA1_2DES => cbc_open::<des::TdesEde2>(&derive(Purpose::Key, 16)?, &iv, sealed),
        SHA1_RC2_128 => rc2_open(&derive(Purpose::Key, 16)?, 128, &iv, sealed),
        SHA1_RC2_40 => rc2_open(&derive(Purpose::Key, 5)?, 40, &iv, sealed),
        other => Err(SealError::Unsupported(other.to_owned())),
    }
}

/// RFC 8018, 6.2: PBKDF2 and a block cipher in CBC mode.
fn open_pbes2(mut parameters: Der<'_>, sealed: &[u8], password: &str) -> Result<Vec<u8>, SealError> {
    let (derivation, mut derivation_parameters) = parameters.algorithm()?;
    if derivation != PBKDF2 {
        return Err(SealError::Unsupported(derivation));
    }
    let mut derivation_parameters = derivation_parameters.sequence()?;
    let (salt, rounds) = (derivation_parameters.octets()?, derivation_parameters.number()?);
    derivation_parameters.optional(tag::INTEGER)?;
    let hash = match derivation_parameters.optional(tag::SEQUENCE)? {
        None => pbkdf2::PBKDF2_HMAC_SHA1,
        Some(hash) => match hash.inside().oid()?.as_str() {
            "1.2.840.113549.2.7" => pbkdf2::PBKDF2_HMAC_SHA1,
            "1.2.840.113549.2.9" => pbkdf2::PBKDF2_HMAC_SHA256,
            "1.2.840.113549.2.10" => pbkdf2::PBKDF2_HMAC_SHA384,
            "1.2.840.113549.2.11" => pbkdf2::PBKDF2_HMAC_SHA512,
            other => return Err(SealError::Unsupported(other.to_owned())),
        },
    };
    let (cipher, mut cipher_parameters) = parameters.algorithm()?;
    let iv = cipher_parameters.octets()?;
    let rounds = NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= MAX_ROUNDS).ok_or(SealError::Malformed)?;
    let key = |length: usize| {
        let mut key = vec![0; length];
        pbkdf2::derive(hash, rounds, salt, password.as_bytes(), &mut key);
        key
    };
    match cipher.as_str() {
        "2.16.840.1.101.3.4.1.2" => cbc_open::<aes::Aes128>(&key(16), iv, sealed),
        "2.16.840.1.101.3.4.1.22" => cbc_open::<aes::Aes192>(&key(24), iv, sealed),
        "2.16.840.1.101.3.4.1.42" => cbc_open::<aes::Aes256>(&key(32), iv, sealed),
        "1.2.840.113549.3.7" => cbc_open::<des::TdesEde3>(&key(24), iv, sealed),
        other => Err(SealError::Unsupported(other.to_owned())),
    }
}

fn cbc_open<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let opener = cbc::Decryptor::<C>::new_from_slices(key, iv).map_err(|_| SealError::Malformed)?;
    opener.decrypt_padded_vec::<Pkcs7>(sealed).map_err(|_| SealError::WrongPassword)
}

fn rc2_open(key: &[u8], bits: usize, iv: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let cipher = rc2::Rc2::new_with_eff_key_len(key, bits);
    let opener = cbc::Decryptor::inner_iv_slice_init(cipher, iv).map_err(|_| SealError::Malformed)?;
    opener.decrypt_padded_vec::<Pkcs7>(sealed).map_err(|_| SealError::WrongPassword)
}

/// What a derived key is for (RFC 7292, B.3).
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// PKCS#12's own key derivation (RFC 7292, B.2).
pub fn pkcs12_key(
    hash: &'static digest::Algorithm,
    password: &str,
    salt: &[u8],
    rounds: u32,
    purpose: Purpose,
    length: usize,
) -> Result<Vec<u8>, SealError> {
    if rounds == 0 || rounds > MAX_ROUNDS {
        return Err(SealError::Malformed);
    }
    let block = hash.block_len();
    // UTF-16 with a terminator; a store without password has the terminator only.
    let password: Vec<u8> = password.encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let stretch = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let diversifier = vec![purpose as u8; block];
    let mut input = [stretch(salt), stretch(&password)].concat();
    let mut key = Vec::with_capacity(length);
    while key.len() < length {
        let mut output = digest::digest(hash, &[diversifier.as_slice(), &input].concat());
        for _ in 1..rounds {
            output = digest::digest(hash, output.as_ref());
        }
        let take = output.as_ref().len().min(length - key.len());
        key.extend(output.as_ref().iter().take(take));
        let addend = output.as_ref().iter().copied().cycle().take(block).collect::<Vec<u8>>();
        input.chunks_mut(block).for_each(|chunk| add_and_one(chunk, &addend));
    }
    Ok(key)
}

/// `number += addend + 1`, both big-endian and of the same length; what does not fit is dropped.
fn add_and_one(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1u16;
    for (digit, add) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*digit) + u16::from(*add) + carry;
        *digit = sum as u8;
        carry = sum >> 8;
    }
}
