//! Pure: PKCS#12 stores (RFC 7292) as keytool and OpenSSL write them: a seal over everything, and in it, sealed or not,
//! bags with keys and certificates.

use ring::{digest, hmac};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

use super::ciphers::{self, Purpose, SealError};
use super::der::{BadDer, Der, tag};
use super::distinguished_name::names_of;
use super::pkcs8;
use super::store::{Material, StoreError};

const DATA: &str = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA: &str = "1.2.840.113549.1.7.6";
const KEY_BAG: &str = "1.2.840.113549.1.12.10.1.1";
const SEALED_KEY_BAG: &str = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG: &str = "1.2.840.113549.1.12.10.1.3";
const X509_CERTIFICATE: &str = "1.2.840.113549.1.9.22.1";
const LOCAL_KEY_ID: &str = "1.2.840.113549.1.9.21";
/// By this attribute Java marks certificates that are trusted.
const TRUSTED_KEY_USAGE: &str = "2.16.840.1.113894.746875.1.1";
/// A chain of certificates that is longer has a loop in it.
const MAX_CHAIN: usize = 32;

impl From<BadDer> for StoreError {
    fn from(_: BadDer) -> StoreError {
        StoreError::Malformed("PKCS12")
    }
}

#[derive(Default)]
struct Bags<'p> {
    password: &'p str,
    /// The first private key and its id.
    key: Option<(Vec<u8>, Option<Vec<u8>>)>,
    certificates: Vec<Bagged>,
}

struct Bagged {
    der: CertificateDer<'static>,
    key_id: Option<Vec<u8>>,
    is_trusted: bool,
}

/// Reads the first private key with its chain and all trusted certificates.
pub fn read(bytes: &[u8], password: &str) -> Result<Material, StoreError> {
    let mut pfx = Der(bytes).sequence()?;
    if pfx.number()? != 3 {
        return Err(StoreError::Malformed("PKCS12"));
    }
    let mut content = pfx.sequence()?;
    if content.oid()? != DATA {
        return Err(StoreError::Unusable("it is sealed with a public key, which is not supported".into()));
    }
    let safe = content.expect(tag::CONTEXT_0)?.inside().octets()?;
    if let Some(seal) = pfx.optional(tag::SEQUENCE)? {
        check_seal(seal.inside(), safe, password)?;
    }
    let mut bags = Bags { password, ..Bags::default() };
    let mut safes = Der(safe).sequence()?;
    while !safes.is_empty() {
        bags.open_safe(safes.sequence()?)?;
    }
    Ok(bags.into_material())
}

/// MacData: DigestInfo, salt, rounds.
fn check_seal(mut seal: Der<'_>, safe: &[u8], password: &str) -> Result<(), StoreError> {
    let mut info = seal.sequence()?;
    let (name, _) = info.algorithm()?;
    let expected = info.octets()?;
    let salt = seal.octets()?;
    let rounds = if seal.is_empty() { 1 } else { seal.number()? };
    let (hash, mac) = match name.as_str() {
        "1.3.14.3.2.26" => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        "2.16.840.1.101.3.4.2.1" => (&digest::SHA256, hmac::HMAC_SHA256),
        "2.16.840.1.101.3.4.2.2" => (&digest::SHA384, hmac::HMAC_SHA384),
        "2.16.840.1.101.3.4.2.3" => (&digest::SHA512, hmac::HMAC_SHA512),
        _ => return Err(SealError::Unsupported(name).into()),
    };
    let key = ciphers::pkcs12_key(hash, password, salt, rounds, Purpose::Mac, hash.output_len())?;
    hmac::verify(&hmac::Key::new(mac, &key), safe, expected).map_err(|_| SealError::WrongPassword.into())
}

impl Bags<'_> {
    /// ContentInfo: plain or sealed bags.
    fn open_safe(&mut self, mut content: Der<'_>) -> Result<(), StoreError> {
        let kind = content.oid()?;
        let mut inside = content.expect(tag::CONTEXT_0)?.inside();
        match kind.as_str() {
            DATA => self.take_bags(inside.octets()?),
            ENCRYPTED_DATA => {
                let mut data = inside.sequence()?;
                data.number()?;
                let mut sealed = data.sequence()?;
                sealed.oid()?;
                let algorithm = sealed.expect(tag::SEQUENCE)?;
                let bytes = implicit_octets(&mut sealed)?;
                let opened = ciphers::open(Der(algorithm.whole), &bytes, self.password)?;
                self.take_bags(&opened)
            }
            _ => Err(StoreError::Unusable("a part of it is sealed with a public key, which is not supported".into())),
        }
    }

    fn take_bags(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let mut bags = Der(bytes).sequence()?;
        while !bags.is_empty() {
            let mut bag = bags.sequence()?;
            let kind = bag.oid()?;
            let mut value = bag.expect(tag::CONTEXT_0)?.inside();
            let (key_id, is_trusted) = attributes(bag)?;
            match kind.as_str() {
                KEY_BAG if self.key.is_none() => {
                    self.key = Some((value.expect(tag::SEQUENCE)?.whole.to_vec(), key_id));
                }
                SEALED_KEY_BAG if self.key.is_none() => {
                    let opened = pkcs8::open(value.expect(tag::SEQUENCE)?.whole, self.password)?;
                    self.key = Some((opened, key_id));
                }
                CERTIFICATE_BAG => {
                    let mut certificate = value.sequence()?;
                    if certificate.oid()? == X509_CERTIFICATE {
                        let der = certificate.expect(tag::CONTEXT_0)?.inside().octets()?;
                        self.certificates.push(Bagged { der: der.to_vec().into(), key_id, is_trusted });
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn into_material(mut self) -> Material {
        let (trusted, others): (Vec<Bagged>, Vec<Bagged>) =
            self.certificates.drain(..).partition(|certificate| certificate.is_trusted);
        let trusted = trusted.into_iter().map(|certificate| certificate.der).collect();
        match self.key {
            None => {
                let certificates = others.into_iter().map(|certificate| certificate.der).collect();
                Material { key: None, certificates, trusted }
            }
            Some((key, id)) => Material {
                key: Some(PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key))),
                certificates: chain(others, id.as_deref()),
                trusted,
            },
        }
    }
}

/// The chain from the key's certificate to the root, as far as it is in the store.
fn chain(certificates: Vec<Bagged>, key_id: Option<&[u8]>) -> Vec<CertificateDer<'static>> {
    let of_key = |bagged: &&Bagged| key_id.is_some() && bagged.key_id.as_deref() == key_id;
    let mut next = certificates.iter().find(of_key).or(certificates.first());
    let mut chain = Vec::new();
    while let Some(certificate) = next
        && chain.len() < MAX_CHAIN
    {
        chain.push(certificate.der.clone());
        let Some((issuer, subject)) = names_of(&certificate.der) else { break };
        let is_issuer = |other: &&Bagged| names_of(&other.der).is_some_and(|(_, name)| name == issuer);
        next = certificates.iter().find(is_issuer).filter(|_| issuer != subject);
    }
    chain
}

/// The id of the bag's key, and whether Java marked the certificate as trusted.
fn attributes(mut bag: Der<'_>) -> Result<(Option<Vec<u8>>, bool), BadDer> {
    let (mut key_id, mut is_trusted) = (None, false);
    let Some(set) = bag.optional(tag::SET)? else { return Ok((key_id, is_trusted)) };
    let mut set = set.inside();
    while !set.is_empty() {
        let mut attribute = set.sequence()?;
        match attribute.oid()?.as_str() {
            LOCAL_KEY_ID => key_id = Some(attribute.expect(tag::SET)?.content.to_vec()),
            TRUSTED_KEY_USAGE => is_trusted = true,
            _ => {}
        }
    }
    Ok((key_id, is_trusted))
}

/// `[0] IMPLICIT OCTET STRING`, in one piece or in several.
fn implicit_octets(der: &mut Der<'_>) -> Result<Vec<u8>, BadDer> {
    if let Some(whole) = der.optional(tag::IMPLICIT_0)? {
        return Ok(whole.content.to_vec());
    }
    let mut pieces = der.expect(tag::CONTEXT_0)?.inside();
    let mut bytes = Vec::new();
    while !pieces.is_empty() {
        bytes.extend_from_slice(pieces.octets()?);
    }
    Ok(bytes)
}
