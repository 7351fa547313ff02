//! Passwords as Kafka keeps them in ZooKeeper among a broker's settings: encrypted with a key that is derived from
//! `password.encoder.secret`, with all that decoding takes beside them but the secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use cbc::cipher::{BlockCipherEncrypt, BlockModeEncrypt, KeyInit, KeyIvInit, block_padding::Pkcs7};
use ring::{
    pbkdf2,
    rand::{SecureRandom, SystemRandom},
};
use std::num::NonZeroU32;

const SALT_BYTES: usize = 256;
const IV_BYTES: usize = 16;

/// How passwords are encrypted; `password.encoder.*` says it.
#[derive(Clone, Debug)]
pub struct PasswordEncoder {
    pub secret: String,
    pub key_factory: String,
    pub cipher: String,
    pub key_bits: usize,
    pub iterations: NonZeroU32,
}

/// Why a password cannot be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncoderError {
    #[error("password.encoder.keyfactory.algorithm={0} is not known here; PBKDF2WithHmacSHA512, …SHA256 and …SHA1 are")]
    KeyFactory(String),
    #[error("password.encoder.cipher.algorithm={0} is not known here; AES/CBC/PKCS5Padding is")]
    Cipher(String),
    #[error("password.encoder.key.length={0} is none of 128, 192 and 256")]
    KeyLength(usize),
    #[error("the system has no randomness to give")]
    NoRandomness,
}

impl PasswordEncoder {
    /// Kafka's defaults.
    pub fn new(secret: &str) -> PasswordEncoder {
        PasswordEncoder {
            secret: secret.to_owned(),
            key_factory: "PBKDF2WithHmacSHA512".to_owned(),
            cipher: "AES/CBC/PKCS5Padding".to_owned(),
            key_bits: 128,
            iterations: NonZeroU32::new(4096).unwrap_or(NonZeroU32::MIN),
        }
    }

    /// The text that ZooKeeper keeps.
    pub fn encode(&self, password: &str) -> Result<String, EncoderError> {
        let (mut salt, mut iv) = (vec![0; SALT_BYTES], vec![0; IV_BYTES]);
        let random = SystemRandom::new();
        random.fill(&mut salt).and_then(|()| random.fill(&mut iv)).map_err(|_| EncoderError::NoRandomness)?;
        self.encode_with(password, &salt, &iv)
    }

    fn encode_with(&self, password: &str, salt: &[u8], iv: &[u8]) -> Result<String, EncoderError> {
        let hash = match self.key_factory.to_ascii_uppercase().as_str() {
            "PBKDF2WITHHMACSHA512" => pbkdf2::PBKDF2_HMAC_SHA512,
            "PBKDF2WITHHMACSHA256" => pbkdf2::PBKDF2_HMAC_SHA256,
            "PBKDF2WITHHMACSHA1" => pbkdf2::PBKDF2_HMAC_SHA1,
            _ => return Err(EncoderError::KeyFactory(self.key_factory.clone())),
        };
        if !["AES", "AES/CBC/PKCS5PADDING"].contains(&self.cipher.to_ascii_uppercase().as_str())
            || self.cipher.eq_ignore_ascii_case("AES")
        {
            return Err(EncoderError::Cipher(self.cipher.clone()));
        }
        let mut key = vec![0; self.key_bits / 8];
        pbkdf2::derive(hash, self.iterations, salt, self.secret.as_bytes(), &mut key);
        let sealed = match self.key_bits {
            128 => cbc_seal::<aes::Aes128>(&key, iv, password),
            192 => cbc_seal::<aes::Aes192>(&key, iv, password),
            256 => cbc_seal::<aes::Aes256>(&key, iv, password),
            _ => None,
        };
        let sealed = sealed.ok_or(EncoderError::KeyLength(self.key_bits))?;
        Ok(format!(
            "keyFactoryAlgorithm:{},cipherAlgorithm:{},keyLength:{},salt:{},iterations:{},encryptedPassword:{},\
             passwordLength:{},initializationVector:{}",
            self.key_factory,
            self.cipher,
            self.key_bits,
            STANDARD.encode(salt),
            self.iterations,
            STANDARD.encode(sealed),
            password.encode_utf16().count(),
            STANDARD.encode(iv)
        ))
    }
}

fn cbc_seal<C: BlockCipherEncrypt + KeyInit>(key: &[u8], iv: &[u8], password: &str) -> Option<Vec<u8>> {
    let sealer = cbc::Encryptor::<C>::new_from_slices(key, iv).ok()?;
    Some(sealer.encrypt_padded_vec::<Pkcs7>(password.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known() {
        let of = |change: &dyn Fn(&mut PasswordEncoder)| {
            let mut encoder = PasswordEncoder::new("secret");
            encoder.iterations = NonZeroU32::MIN;
            change(&mut encoder);
            encoder.encode("pw").map_err(|error| error.to_string())
        };
        assert!(of(&|_| ()).unwrap().contains(",passwordLength:2,"));
        assert!(of(&|e| e.key_bits = 256).is_ok());
        assert!(of(&|e| e.key_bits = 100).unwrap_err().contains("key.length=100"));
        assert!(of(&|e| e.cipher = "AES/GCM/NoPadding".into()).unwrap_err().contains("AES/GCM/NoPadding is not known"));
        assert!(of(&|e| e.key_factory = "X".into()).unwrap_err().contains("keyfactory.algorithm=X"));
    }

    /// What Apache Kafka 3.9.1's `EncryptingPasswordEncoder` decodes as `pässword` with the secret `s3cret`.
    #[test]
    fn as_kafka_decodes_it() {
        let mut encoder = PasswordEncoder::new("s3cret");
        encoder.iterations = NonZeroU32::MIN;
        let text = encoder.encode_with("pässword", &[7; 8], &[9; 16]).unwrap();
        let expected = "keyFactoryAlgorithm:PBKDF2WithHmacSHA512,cipherAlgorithm:AES/CBC/PKCS5Padding,keyLength:128,\
                        salt:BwcHBwcHBwc=,iterations:1,encryptedPassword:Dtux9m5lAzvsOmjk63G12g==,passwordLength:8,\
                        initializationVector:CQkJCQkJCQkJCQkJCQkJCQ==";
        assert_eq!(text, expected);
    }
}
