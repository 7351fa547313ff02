//! Whom we believe, as Java decides it: a certificate that stands in the trust store itself is believed as it is (rustls
//! alone wants a chain to an issuer), and a host may be named by the subject when a certificate has no alternative names.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::distinguished_name::common_name_of;

/// The extension with a certificate's alternative names, in DER.
const ALTERNATIVE_NAMES: &[u8] = &[0x06, 0x03, 0x55, 0x1d, 0x11];

/// The certificates of a trust store.
#[derive(Debug)]
pub struct Trust {
    certificates: Vec<CertificateDer<'static>>,
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl Trust {
    /// Certificates that cannot be roots (of another version than 3) are believed only as they are.
    pub fn new(certificates: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Trust {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates.iter().cloned());
        Trust { certificates, roots: Arc::new(roots), provider }
    }

    fn has(&self, certificate: &CertificateDer<'_>) -> bool {
        self.certificates.iter().any(|trusted| trusted == certificate)
    }

    fn tls12(&self, message: &[u8], cert: &CertificateDer<'_>, signed: &DigitallySignedStruct) -> Signature {
        verify_tls12_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn tls13(&self, message: &[u8], cert: &CertificateDer<'_>, signed: &DigitallySignedStruct) -> Signature {
        verify_tls13_signature(message, cert, signed, &self.provider.signature_verification_algorithms)
    }

    fn schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

type Signature = Result<HandshakeSignatureValid, Error>;

/// Believes servers.
#[derive(Debug)]
pub struct Servers {
    trust: Trust,
    verify_hostname: bool,
}

impl Servers {
    pub fn new(trust: Trust, verify_hostname: bool) -> Servers {
        Servers { trust, verify_hostname }
    }
}

impl ServerCertVerifier for Servers {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let certificate = ParsedCertificate::try_from(end_entity)?;
        if !self.trust.has(end_entity) {
            let algorithms = self.trust.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, &self.trust.roots, intermediates, now, algorithms)?;
        }
        if self.verify_hostname {
            verify_server_name(&certificate, server_name)
                .or_else(|error| if names_host(end_entity, server_name) { Ok(()) } else { Err(error) })?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(&self, m: &[u8], c: &CertificateDer<'_>, s: &DigitallySignedStruct) -> Signature {
        self.trust.tls12(m, c, s)
    }

    fn verify_tls13_signature(&self, m: &[u8], c: &CertificateDer<'_>, s: &DigitallySignedStruct) -> Signature {
        self.trust.tls13(m, c, s)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.schemes()
    }
}

/// Whether the subject's common name is the host, for a certificate without alternative names.
fn names_host(certificate: &CertificateDer<'_>, server_name: &ServerName<'_>) -> bool {
    let has_alternatives = certificate.windows(ALTERNATIVE_NAMES.len()).any(|window| window == ALTERNATIVE_NAMES);
    let wanted = server_name.to_str();
    let is_wanted = |name: String| match name.strip_prefix("*.") {
        Some(domain) => wanted.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => wanted.eq_ignore_ascii_case(&name),
    };
    !has_alternatives && common_name_of(certificate).is_some_and(is_wanted)
}

/// Believes clients.
#[derive(Debug)]
pub struct Clients {
    trust: Trust,
    chains: Arc<dyn ClientCertVerifier>,
    is_mandatory: bool,
}

impl Clients {
    /// Fails when no certificate of the trust store can be a root.
    pub fn new(trust: Trust, is_mandatory: bool) -> Result<Clients, rustls::server::VerifierBuilderError> {
        let chains =
            WebPkiClientVerifier::builder_with_provider(trust.roots.clone(), trust.provider.clone()).build()?;
        Ok(Clients { trust, chains, is_mandatory })
    }
}

impl ClientCertVerifier for Clients {
    fn client_auth_mandatory(&self) -> bool {
        self.is_mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chains.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        if self.trust.has(end_entity) {
            return Ok(ClientCertVerified::assertion());
        }
        self.chains.verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(&self, m: &[u8], c: &CertificateDer<'_>, s: &DigitallySignedStruct) -> Signature {
        self.trust.tls12(m, c, s)
    }

    fn verify_tls13_signature(&self, m: &[u8], c: &CertificateDer<'_>, s: &DigitallySignedStruct) -> Signature {
        self.trust.tls13(m, c, s)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.schemes()
    }
}
