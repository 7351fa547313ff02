//! What kind of server listens at an address, told by what it answers: Kafka in plain text, Kafka that wants SASL, TLS,
//! ZooKeeper, HTTP. Only questions are sent, each on a connection of its own.

use rkafka_client::{BrokerConnection, ClientConfig, ClientError, Foreign, Target, Topics};
use rkafka_protocol::{ApiKey, ErrorCode, messages::SaslHandshakeRequest};
use std::{fmt, io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// A mechanism that no server has: the answer lists those that it has.
const NO_MECHANISM: &str = "NONE";
/// ZooKeeper's command that every server since 3.3 answers unless it was told not to.
const SRVR: &[u8] = b"srvr";
/// How much of an answer is read.
const ANSWER_BYTES: usize = 256;

/// A kind of server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listener {
    Plaintext,
    /// Kafka in plain text that wants SASL, with the mechanisms that it offers.
    Sasl(Vec<String>),
    /// TLS; what speaks below it cannot be seen.
    Tls,
    /// The listener of a KRaft controller.
    Controller,
    ZooKeeper,
    Http,
    OtherText,
    /// Takes connections and closes them at the first bytes.
    Closes,
    /// Takes connections and says nothing.
    Silent,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listener::Plaintext => f.write_str("a PLAINTEXT listener"),
            Listener::Sasl(mechanisms) if mechanisms.is_empty() => f.write_str("a SASL_PLAINTEXT listener"),
            Listener::Sasl(mechanisms) => write!(f, "a SASL_PLAINTEXT listener (it offers {})", mechanisms.join(", ")),
            Listener::Tls => f.write_str("a TLS listener (SSL or SASL_SSL)"),
            Listener::Controller => f.write_str("the listener of a KRaft controller, which serves no clients"),
            Listener::ZooKeeper => f.write_str("ZooKeeper, not a broker"),
            Listener::Http => f.write_str("an HTTP server, not a broker"),
            Listener::OtherText => f.write_str("a server of another protocol, not a broker"),
            Listener::Closes => f.write_str("a server that closes every connection at once"),
            Listener::Silent => f.write_str("a server that takes connections and does not answer"),
        }
    }
}

/// Finds out what listens at `address`. Each question waits for `patience` at most; `plain` is a client's configuration
/// without TLS and SASL.
pub async fn recognise(target: &Target, address: SocketAddr, plain: &ClientConfig, patience: Duration) -> Listener {
    let target = Target { resolved: vec![address], ..target.clone() };
    let silent = match timeout(patience, BrokerConnection::open(&target, plain)).await {
        Ok(Ok(connection)) => return of_kafka(&connection, &target, plain, patience).await,
        Ok(Err(ClientError::NotKafka { what: Foreign::Tls, .. })) => return Listener::Tls,
        Ok(Err(ClientError::NotKafka { what: Foreign::Http, .. })) => return Listener::Http,
        Ok(Err(ClientError::NotKafka { what: Foreign::Text, .. })) => return Listener::OtherText,
        Ok(Err(ClientError::Timeout { .. })) | Err(_) => true,
        Ok(Err(_)) => false,
    };
    let (hello, srvr) = (client_hello(), SRVR.to_vec());
    let (to_hello, to_srvr) = tokio::join!(exchange(address, &hello, patience), exchange(address, &srvr, patience));
    if is_tls(&to_hello) {
        Listener::Tls
    } else if is_zookeeper(&to_srvr) {
        Listener::ZooKeeper
    } else if silent {
        Listener::Silent
    } else {
        Listener::Closes
    }
}

/// Which of Kafka's listeners it is that has answered ApiVersions, which all do.
async fn of_kafka(
    connection: &BrokerConnection,
    target: &Target,
    plain: &ClientConfig,
    patience: Duration,
) -> Listener {
    let Ok(version) = connection.versions().choose(ApiKey::Metadata) else { return Listener::Controller };
    let metadata = Topics::None.request(version, false);
    match timeout(patience, connection.call_at(&metadata, version)).await {
        Ok(Err(ClientError::Disconnected { .. })) => {}
        Ok(_) => return Listener::Plaintext,
        Err(_) => return Listener::Silent,
    }
    // Who has not said who he is may ask for the mechanisms, and for nothing else.
    let request = SaslHandshakeRequest { mechanism: NO_MECHANISM.to_owned(), ..Default::default() };
    let handshake = async { BrokerConnection::open(target, plain).await?.call(&request).await };
    match timeout(patience, handshake).await {
        Ok(Ok(answer)) if answer.error_code == ErrorCode::UNSUPPORTED_SASL_MECHANISM.0 => {
            Listener::Sasl(answer.mechanisms)
        }
        _ => Listener::Closes,
    }
}

/// What comes back first for `bytes`; nothing if the connection ends or time passes.
async fn exchange(address: SocketAddr, bytes: &[u8], patience: Duration) -> Vec<u8> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(bytes).await?;
        let mut answer = vec![0; ANSWER_BYTES];
        let read = stream.read(&mut answer).await?;
        answer.truncate(read);
        io::Result::Ok(answer)
    };
    timeout(patience, exchange).await.ok().and_then(Result::ok).unwrap_or_default()
}

/// A ClientHello of TLS 1.2 (RFC 5246, 7.4.1.2) without extensions: whoever speaks TLS answers it, be it with an alert.
fn client_hello() -> Vec<u8> {
    const RECORD_OF_HANDSHAKES: [u8; 3] = [22, 3, 1];
    const CLIENT_HELLO: u8 = 1;
    const TLS_1_2: [u8; 2] = [3, 3];
    const RANDOM: [u8; 32] = [0x5a; 32];
    const NO_SESSION: u8 = 0;
    // ECDHE with RSA and ECDSA, and AES of 128 bits in GCM; RSA alone.
    const CIPHER_SUITES: [u8; 8] = [0, 6, 0xc0, 0x2f, 0xc0, 0x2b, 0, 0x2f];
    const NO_COMPRESSION: [u8; 2] = [1, 0];
    let mut body = TLS_1_2.to_vec();
    body.extend(RANDOM);
    body.push(NO_SESSION);
    body.extend(CIPHER_SUITES);
    body.extend(NO_COMPRESSION);
    let length = body.len() as u8;
    let mut record = RECORD_OF_HANDSHAKES.to_vec();
    record.extend([0, length + 4, CLIENT_HELLO, 0, 0, length]);
    record.extend(body);
    record
}

/// Whether an answer begins as a TLS record does: an alert or a handshake of version 3.x.
fn is_tls(answer: &[u8]) -> bool {
    matches!(answer, [21 | 22, 3, 0..=4, ..])
}

/// Whether an answer to `srvr` is ZooKeeper's, which may also be that it must not answer.
fn is_zookeeper(answer: &[u8]) -> bool {
    answer.starts_with(b"Zookeeper version")
        || answer.starts_with(b"srvr is not executed")
        || answer.starts_with(b"This ZooKeeper")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_has_its_lengths() {
        let hello = client_hello();
        let record = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
        assert_eq!(hello.len(), 5 + record);
        assert_eq!(usize::from(hello[8]), record - 4);
    }

    #[test]
    fn answers() {
        assert!(is_tls(&[22, 3, 3, 4, 84, 2]) && is_tls(&[21, 3, 1, 0, 2]) && !is_tls(b"HTTP") && !is_tls(&[]));
        assert!(is_zookeeper(b"Zookeeper version: 3.8.4") && !is_zookeeper(b""));
        assert!(is_zookeeper(b"srvr is not executed because it is not in the whitelist.\n"));
    }
}
