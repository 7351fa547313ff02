//! Pure: PEM files with a private key and certificates, in any order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};

use super::pkcs8;
use super::store::{Material, StoreError};

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// Reads the first private key and all certificates. Text between the blocks is skipped.
pub fn read(bytes: &[u8], password: &str) -> Result<Material, StoreError> {
    let text = String::from_utf8_lossy(bytes);
    let mut material = Material::default();
    let mut rest: &str = &text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once(DASHES).ok_or(StoreError::Malformed("PEM"))?;
        let end = format!("-----END {label}-----");
        let (body, after) = after.split_once(&end).ok_or(StoreError::Malformed("PEM"))?;
        rest = after;
        take_block(&mut material, label, body, password)?;
    }
    if material.certificates.is_empty() && material.key.is_none() {
        return Err(StoreError::Malformed("PEM"));
    }
    Ok(material)
}

fn take_block(material: &mut Material, label: &str, body: &str, password: &str) -> Result<(), StoreError> {
    if label == "CERTIFICATE" || label == "X509 CERTIFICATE" || label == "TRUSTED CERTIFICATE" {
        material.certificates.push(CertificateDer::from(decode(body)?));
    } else if label.ends_with("PRIVATE KEY") && material.key.is_none() {
        if body.contains("Proc-Type:") {
            let reason = "its key is sealed in OpenSSL's old way; convert it with `openssl pkcs8 -topk8`";
            return Err(StoreError::Unusable(reason.to_owned()));
        }
        let der = decode(body)?;
        material.key = Some(match label {
            "RSA PRIVATE KEY" => PrivateKeyDer::Pkcs1(PrivatePkcs1KeyDer::from(der)),
            "EC PRIVATE KEY" => PrivateKeyDer::Sec1(PrivateSec1KeyDer::from(der)),
            "ENCRYPTED PRIVATE KEY" => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8::open(&der, password)?)),
            _ => PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der)),
        });
    }
    Ok(())
}

fn decode(body: &str) -> Result<Vec<u8>, StoreError> {
    let compact: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(compact).map_err(|_| StoreError::Malformed("PEM"))
}
