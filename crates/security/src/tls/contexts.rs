//! What connections are made from: the settings of TLS with their files read.

use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow, bail};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::NoClientAuth;
use rustls::{ClientConfig, ServerConfig, SupportedProtocolVersion, version};

use super::ec_key::with_public_key;
use super::store::Material;
use super::verifier::{Clients, Servers, Trust};
use rkafka_config::{ClientAuth, Store, TlsOptions};

/// What a server hands to its connections. Errors name the setting and the file.
pub fn server_context(options: &TlsOptions) -> Result<Arc<ServerConfig>> {
    let provider = provider(options)?;
    let Some((key, chain)) = own_key(options)? else {
        bail!("ssl.keyStore.location is missing: a server needs a key and a certificate");
    };
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions(options)?)?;
    let builder = match options.client_auth {
        ClientAuth::None => builder.with_client_cert_verifier(Arc::new(NoClientAuth)),
        wanted => {
            let Some(store) = &options.trust_store else {
                bail!(
                    "ssl.trustStore.location is missing: without it no client's certificate can be checked; \
                     set it, or ssl.clientAuth=none"
                );
            };
            let clients = Clients::new(trust(store, provider)?, wanted == ClientAuth::Need);
            let clients = clients.map_err(|error| anyhow!("{}: {error}", named("ssl.trustStore.location", store)))?;
            builder.with_client_cert_verifier(Arc::new(clients))
        }
    };
    let mut config = builder.with_single_cert(chain, key).context("the key in ssl.keyStore.location")?;
    // A session that goes on after a reconnect is ZooKeeper's; TLS starts anew, and keeps no state meanwhile.
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// What a client hands to its connections. Errors name the setting and the file.
pub fn client_context(options: &TlsOptions) -> Result<Arc<ClientConfig>> {
    let provider = provider(options)?;
    let Some(store) = &options.trust_store else {
        bail!("ssl.trustStore.location is missing: without it no server's certificate can be checked");
    };
    let servers = Servers::new(trust(store, provider.clone())?, options.verify_hostname);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(options)?)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(servers));
    let config = match own_key(options)? {
        Some((key, chain)) => builder.with_client_auth_cert(chain, key).context("the key in ssl.keyStore.location")?,
        None => builder.with_no_client_auth(),
    };
    Ok(Arc::new(config))
}

/// A host as TLS names it.
pub fn server_name(host: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned()).with_context(|| format!("{host} is no host name that TLS could check"))
}

fn named(key: &str, store: &Store) -> String {
    format!("{key}: {}", store.path.display())
}

type OwnKey = (PrivateKeyDer<'static>, Vec<CertificateDer<'static>>);

fn own_key(options: &TlsOptions) -> Result<Option<OwnKey>> {
    let Some(store) = &options.key_store else { return Ok(None) };
    let name = || named("ssl.keyStore.location", store);
    let material = Material::load(store).with_context(name)?;
    let Some(key) = material.key else { bail!("{}: there is no private key in it", name()) };
    let Some(own) = material.certificates.first() else {
        bail!("{}: there is no certificate for the key in it", name());
    };
    let key = with_public_key(key, own);
    Ok(Some((key, material.certificates)))
}

fn trust(store: &Store, provider: Arc<CryptoProvider>) -> Result<Trust> {
    let name = || named("ssl.trustStore.location", store);
    let certificates = Material::load(store).with_context(name)?.into_trusted();
    if certificates.is_empty() {
        bail!("{}: there is no trusted certificate in it", name());
    }
    Ok(Trust::new(certificates, provider))
}

fn versions(options: &TlsOptions) -> Result<Vec<&'static SupportedProtocolVersion>> {
    let known = [("TLSv1.2", &version::TLS12), ("TLSv1.3", &version::TLS13)];
    let is_wanted = |name: &str| options.protocols.is_empty() || options.protocols.iter().any(|wanted| wanted == name);
    let versions: Vec<_> = known.iter().filter(|(name, _)| is_wanted(name)).map(|(_, version)| *version).collect();
    if versions.is_empty() {
        bail!("ssl.enabledProtocols: none of {} is supported; TLSv1.2 and TLSv1.3 are", options.protocols.join(", "));
    }
    Ok(versions)
}

/// The ciphers, all or those that the settings name.
fn provider(options: &TlsOptions) -> Result<Arc<CryptoProvider>> {
    let mut provider = ring::default_provider();
    if !options.cipher_suites.is_empty() {
        // Java names the suites of TLS 1.3 as those of 1.2.
        let java_name = |suite: &rustls::SupportedCipherSuite| format!("{:?}", suite.suite()).replace("TLS13_", "TLS_");
        let known: Vec<String> = provider.cipher_suites.iter().map(java_name).collect();
        provider.cipher_suites.retain(|suite| options.cipher_suites.contains(&java_name(suite)));
        if provider.cipher_suites.is_empty() {
            bail!("ssl.ciphersuites: none of these is supported; known are {}", known.join(", "));
        }
    }
    Ok(Arc::new(provider))
}
