//! Our client and our server over TLS and SASL.

use super::*;
use rkafka_config::{ZooKeeperConfig, properties::Properties};
use rkafka_jute::{Acl, Id, perms};
use rkafka_zookeeper_server::ZooKeeperServer;
use std::path::{Path, PathBuf};

const JAAS: &str =
    "Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_bob=\"b\" user_super=\"s\"; };";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../security/src/tls/fixtures").join(name)
}

fn store(name: &str) -> Option<Store> {
    Some(Store { path: fixture(name), kind: None, password: "secret".to_owned(), password_path: None })
}

fn tls() -> TlsOptions {
    TlsOptions { key_store: store("key.pem"), trust_store: store("trust.p12"), ..TlsOptions::default() }
}

async fn serve(folder: &Path, more: &str) -> ZooKeeperServer {
    let jaas = folder.join("jaas.conf");
    std::fs::write(&jaas, JAAS).unwrap();
    let text = format!(
        "dataDir={}\nadmin.enableServer=false\nsecureClientPort=0\nsecureClientPortAddress=127.0.0.1\nssl.keyStore.location={}\n\
         ssl.keyStore.password=secret\nssl.trustStore.location={}\nssl.trustStore.password=secret\n\
         java.security.auth.login.config={}\n\
         authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n{more}\n",
        folder.display(),
        fixture("key.jks").display(),
        fixture("trust.jks").display(),
        jaas.display(),
    );
    let config = ZooKeeperConfig::from_properties("zoo.cfg", &Properties::parse(text.as_bytes()).unwrap()).unwrap();
    assert!(!config.has_client_port);
    ZooKeeperServer::start(config).await.unwrap()
}

async fn open(server: &ZooKeeperServer, client: ClientOptions) -> Result<ZkClient, ZkClientError> {
    let address = server.secure_address().unwrap().to_string();
    let mut options = ZkOptions::new(address.parse().unwrap(), Duration::from_secs(6));
    options.connect_timeout = Duration::from_secs(5);
    options.client = client;
    ZkClient::open(options).await
}

fn with_password(password: &str) -> ClientOptions {
    ClientOptions { tls: Some(tls()), sasl: Some(("bob".into(), password.into())), ..ClientOptions::default() }
}

#[tokio::test]
async fn tls_certificates_and_sasl() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), "").await;
    let bob = open(&server, with_password("b")).await.unwrap();
    let long = vec![7u8; 300_000];
    bob.create("/a", Some(long.clone()), CreateMode::Persistent).await.unwrap();
    let (data, _) = bob.get_data("/a", Watch::No).await.unwrap();
    assert_eq!(data.as_deref(), Some(long.as_slice()));
    let only = |scheme: &str, id: &str| vec![Acl { perms: perms::ALL, id: Id::new(scheme, id) }];
    bob.set_acl("/a", only("sasl", "bob"), ANY_VERSION).await.unwrap();

    let certified = open(&server, ClientOptions { tls: Some(tls()), ..ClientOptions::default() }).await.unwrap();
    let error = certified.get_data("/a", Watch::No).await.unwrap_err();
    assert_eq!(error.code(), ZkError::NO_AUTH);
    let subject = r"CN=me\, myself,OU=eng,O=rkafka,C=DE";
    bob.set_acl("/a", only("x509", subject), ANY_VERSION).await.unwrap();
    assert!(certified.get_data("/a", Watch::No).await.is_ok());

    let refused = open(&server, with_password("wrong")).await;
    assert!(refused.is_err_and(|error| error.code() == ZkError::AUTH_FAILED));
    let stranger = TlsOptions { key_store: None, ..tls() };
    let refused = open(&server, ClientOptions { tls: Some(stranger), ..ClientOptions::default() }).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("TLS") || error.to_string().contains("closed")));
    let broken = TlsOptions { trust_store: store("absent"), ..tls() };
    let refused = open(&server, ClientOptions { tls: Some(broken), ..ClientOptions::default() }).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("absent")));
    server.shutdown().await;
}

#[tokio::test]
async fn who_must_use_sasl_and_does_not_is_sent_away() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), "sessionRequireClientSASLAuth=true").await;
    let bob = open(&server, with_password("b")).await.unwrap();
    assert!(bob.exists("/", Watch::No).await.is_ok());
    let mut options =
        ZkOptions::new(server.secure_address().unwrap().to_string().parse().unwrap(), Duration::from_secs(6));
    options.client = ClientOptions { tls: Some(tls()), ..ClientOptions::default() };
    options.create_chroot = false;
    let nobody = ZkClient::open(options).await.unwrap();
    let error = nobody.exists("/", Watch::No).await.unwrap_err();
    assert_eq!(error.code(), ZkError::SESSION_CLOSED_REQUIRE_SASL_AUTH);
    server.shutdown().await;
}
