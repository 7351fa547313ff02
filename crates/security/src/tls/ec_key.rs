//! Pure: private keys of elliptic curves as our cryptography wants them. Java leaves out the public key, which `ring` will
//! not do without; it stands in the certificate.

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::der::{BadDer, Der, tag};

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const VERSION_0: &[u8] = &[tag::INTEGER, 1, 0];
const VERSION_1: &[u8] = &[tag::INTEGER, 1, 1];
/// `[1]`, constructed: the public key in an ECPrivateKey.
const CONTEXT_1: u8 = 0xa1;

/// The same key with its public key; other kinds of keys, and what is not understood, stay as they are.
pub fn with_public_key(key: PrivateKeyDer<'static>, certificate: &[u8]) -> PrivateKeyDer<'static> {
    let PrivateKeyDer::Pkcs8(pkcs8) = &key else { return key };
    match completed(pkcs8.secret_pkcs8_der(), certificate) {
        Ok(Some(der)) => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der)),
        _ => key,
    }
}

/// PrivateKeyInfo: version, AlgorithmIdentifier, OCTET STRING with an ECPrivateKey (version, secret, curve, public key).
fn completed(pkcs8: &[u8], certificate: &[u8]) -> Result<Option<Vec<u8>>, BadDer> {
    let mut info = Der(pkcs8).sequence()?;
    info.number()?;
    let algorithm = info.expect(tag::SEQUENCE)?;
    if algorithm.inside().oid()? != EC_PUBLIC_KEY {
        return Ok(None);
    }
    let mut key = Der(info.octets()?).sequence()?;
    key.number()?;
    let secret = key.expect(tag::OCTET_STRING)?;
    let public = element(CONTEXT_1, &[public_key(certificate)?]);
    let key = element(tag::SEQUENCE, &[VERSION_1, secret.whole, &public]);
    let key = element(tag::OCTET_STRING, &[&key]);
    Ok(Some(element(tag::SEQUENCE, &[VERSION_0, algorithm.whole, &key])))
}

/// The BIT STRING with the certificate's public key.
fn public_key(certificate: &[u8]) -> Result<&[u8], BadDer> {
    let mut body = Der(certificate).sequence()?.sequence()?;
    body.optional(tag::CONTEXT_0)?;
    body.expect(tag::INTEGER)?;
    // The signature's algorithm, the issuer, the validity, the subject.
    for _ in 0..4 {
        body.sequence()?;
    }
    let mut info = body.sequence()?;
    info.sequence()?;
    info.expect(tag::BIT_STRING).map(|bits| bits.whole)
}

fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let significant = length.iter().position(|byte| *byte != 0).map_or(&length[7..], |start| &length[start..]);
    let mut element = vec![tag];
    if content.len() >= 0x80 {
        element.push(0x80 | significant.len() as u8);
    }
    element.extend_from_slice(significant);
    element.extend_from_slice(&content);
    element
}
