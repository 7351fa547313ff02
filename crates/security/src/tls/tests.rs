//! The fixtures were written by keytool 17 and OpenSSL 3 (password `secret`): one CA, one key below it.

use super::*;
use rkafka_config::{ClientAuth, Store, TlsOptions};

const PASSWORD: &str = "secret";
const STORES: &[(&str, &[u8])] = &[
    ("key.p12", include_bytes!("fixtures/key.p12")),
    ("key-legacy.p12", include_bytes!("fixtures/key-legacy.p12")),
    ("openssl.p12", include_bytes!("fixtures/openssl.p12")),
    ("key.jks", include_bytes!("fixtures/key.jks")),
    ("key.pem", include_bytes!("fixtures/key.pem")),
    ("sealed.pem", include_bytes!("fixtures/sealed.pem")),
];
const TRUST: &[(&str, &[u8])] = &[
    ("trust.p12", include_bytes!("fixtures/trust.p12")),
    ("trust.jks", include_bytes!("fixtures/trust.jks")),
    ("ca.pem", include_bytes!("fixtures/ca.pem")),
];

#[test]
fn every_format_holds_the_same_key_and_chain() {
    let material: Vec<Material> = STORES
        .iter()
        .map(|(name, bytes)| Material::parse(bytes, PASSWORD).unwrap_or_else(|e| panic!("{name}: {e}")))
        .collect();
    for (material, (name, _)) in material.iter().zip(STORES) {
        assert_eq!(material.certificates, material_of("key.pem").certificates, "{name}");
        let key = ec_key::with_public_key(material.key.as_ref().unwrap().clone_key(), &material.certificates[0]);
        assert!(rustls::crypto::ring::sign::any_supported_type(&key).is_ok(), "{name}");
    }
    assert_eq!(subject_of(&material[0].certificates[0]).unwrap(), r"CN=me\, myself,OU=eng,O=rkafka,C=DE");
    assert_eq!(subject_of(&material[0].certificates[1]).unwrap(), "CN=Test CA,O=rkafka");
}

fn material_of(name: &str) -> Material {
    let (_, bytes) = STORES.iter().chain(TRUST).find(|(known, _)| *known == name).unwrap();
    Material::parse(bytes, PASSWORD).unwrap()
}

#[test]
fn every_format_says_whom_to_trust() {
    let expected = material_of("ca.pem").certificates;
    for (name, _) in TRUST {
        let material = material_of(name);
        assert!(material.key.is_none());
        assert_eq!(material.into_trusted(), expected, "{name}");
    }
    assert_eq!(material_of("key.p12").trusted, expected, "a trusted entry beside the key");
    let without_password = Material::parse(include_bytes!("fixtures/trust.jks"), "").unwrap();
    assert_eq!(without_password.into_trusted(), expected);
}

#[test]
fn a_wrong_password_is_told_as_such() {
    for (name, bytes) in STORES.iter().filter(|(name, _)| *name != "key.pem") {
        let error = Material::parse(bytes, "other").unwrap_err().to_string();
        assert_eq!(error, "the password is wrong, or the file is damaged", "{name}");
    }
}

#[test]
fn damaged_stores_are_errors() {
    for (name, bytes) in STORES.iter().chain(TRUST) {
        // The sealed ones take many rounds of hashing for each attempt.
        let step = if name.ends_with(".jks") || name.ends_with("ca.pem") { 1 } else { 97 };
        for cut in (0..bytes.len().saturating_sub(2)).step_by(step) {
            let _no_panic = Material::parse(&bytes[..cut], PASSWORD);
            let mut flipped = bytes.to_vec();
            flipped[cut] ^= 0x41;
            let _no_panic = Material::parse(&flipped, PASSWORD);
        }
    }
    assert!(Material::parse(b"hello", "").is_err() && Material::parse(b"", "").is_err());
}

fn store(name: &str) -> Option<Store> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tls/fixtures").join(name);
    Some(Store { path, kind: None, password: PASSWORD.to_owned(), password_path: None })
}

/// Plays a handshake in memory; what each side says of it.
fn handshake(server: &TlsOptions, client: &TlsOptions, host: &str) -> Result<Option<String>, String> {
    let mut server = rustls::ServerConnection::new(server_context(server).unwrap()).unwrap();
    let mut client =
        rustls::ClientConnection::new(client_context(client).unwrap(), server_name(host).unwrap()).unwrap();
    for _ in 0..10 {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets().map_err(|error| format!("server: {error}"))?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets().map_err(|error| format!("client: {error}"))?;
    }
    assert!(!server.is_handshaking() && !client.is_handshaking());
    Ok(server.peer_certificates().and_then(|chain| subject_of(chain.first()?)))
}

#[test]
fn both_sides_know_each_other_by_their_stores() {
    let both = TlsOptions { key_store: store("key.p12"), trust_store: store("trust.jks"), ..TlsOptions::default() };
    let me = Some(r"CN=me\, myself,OU=eng,O=rkafka,C=DE".to_owned());
    assert_eq!(handshake(&both, &both, "localhost"), Ok(me.clone()));
    assert_eq!(handshake(&both, &both, "127.0.0.1"), Ok(me));
    assert!(handshake(&both, &both, "elsewhere").unwrap_err().starts_with("client: "));
    let careless = TlsOptions { verify_hostname: false, ..both.clone() };
    assert!(handshake(&both, &careless, "elsewhere").is_ok());

    let anonymous = TlsOptions { key_store: None, ..both.clone() };
    assert!(handshake(&both, &anonymous, "localhost").unwrap_err().starts_with("server: "));
    let wants = TlsOptions { client_auth: ClientAuth::Want, ..both.clone() };
    assert_eq!(handshake(&wants, &anonymous, "localhost"), Ok(None));
    let asks_not = TlsOptions { client_auth: ClientAuth::None, trust_store: None, ..both.clone() };
    assert_eq!(handshake(&asks_not, &both, "localhost"), Ok(None));

    let itself = TlsOptions { trust_store: store("key.pem"), ..both.clone() };
    assert!(handshake(&both, &itself, "localhost").is_ok(), "the certificate itself is in the trust store");
    let old = TlsOptions { protocols: vec!["TLSv1.2".into()], ..both.clone() };
    let new = TlsOptions { protocols: vec!["TLSv1.3".into()], ..both.clone() };
    assert!(handshake(&old, &both, "localhost").is_ok() && handshake(&old, &new, "localhost").is_err());
    let suites = TlsOptions { cipher_suites: vec!["TLS_AES_128_GCM_SHA256".into()], ..both.clone() };
    assert!(handshake(&suites, &both, "localhost").is_ok());
}

#[test]
fn what_is_missing_is_named() {
    let none = TlsOptions::default();
    assert!(server_context(&none).unwrap_err().to_string().contains("ssl.keyStore.location"));
    assert!(client_context(&none).unwrap_err().to_string().contains("ssl.trustStore.location"));
    let absent = TlsOptions { key_store: store("absent.p12"), ..none.clone() };
    let error = format!("{:#}", server_context(&absent).unwrap_err());
    assert!(error.contains("ssl.keyStore.location") && error.contains("absent.p12"), "{error}");
    let bad = TlsOptions { key_store: store("key.p12"), cipher_suites: vec!["X".into()], ..none };
    assert!(server_context(&bad).unwrap_err().to_string().contains("TLS_AES_128_GCM_SHA256"));
}
