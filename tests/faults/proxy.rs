//! A TCP relay in front of a server, whose traffic can be held up or refused, for everybody or by who connects: brokers
//! name themselves in the client id of the first request.

use std::{collections::HashMap, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// What happens to bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Mode {
    #[default]
    Pass,
    /// Connections stay open (and open), and nothing goes through: a partition of the network.
    Silent,
    /// Connections are reset and refused, as if the process were gone.
    Refuse,
}

#[derive(Clone, Debug, Default)]
struct Rules {
    everybody: Mode,
    by_source: HashMap<i32, Mode>,
}

impl Rules {
    fn of(&self, source: Option<i32>) -> Mode {
        source.and_then(|s| self.by_source.get(&s).copied()).unwrap_or(self.everybody)
    }
}

/// A relay from `port` to a server.
pub struct Proxy {
    pub port: u16,
    rules: watch::Sender<Rules>,
}

impl Proxy {
    /// Relays from `port` to `target`, both on this machine.
    pub fn start(port: u16, target: u16) -> Proxy {
        let rules = watch::Sender::new(Rules::default());
        tokio::spawn(listen(port, target, rules.subscribe()));
        Proxy { port, rules }
    }

    pub fn set(&self, mode: Mode) {
        self.rules.send_modify(|r| *r = Rules { everybody: mode, by_source: HashMap::new() });
    }

    /// For connections of that broker only.
    pub fn set_from(&self, broker: i32, mode: Mode) {
        self.rules.send_modify(|r| {
            r.by_source.insert(broker, mode);
        });
    }
}

/// Accepts while connections are not refused; a refusing relay does not listen at all.
async fn listen(port: u16, target: u16, mut rules: watch::Receiver<Rules>) {
    loop {
        if rules.wait_for(|r| r.everybody != Mode::Refuse).await.is_err() {
            return;
        }
        let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await else {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        let mut refused = rules.clone();
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((client, _)) = accepted else { break };
                    tokio::spawn(relay(client, target, rules.clone()));
                }
                ended = refused.wait_for(|r| r.everybody == Mode::Refuse) => {
                    if ended.is_err() {
                        return;
                    }
                    break;
                }
            }
        }
    }
}

async fn relay(client: TcpStream, target: u16, rules: watch::Receiver<Rules>) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", target)).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let source = Arc::new(watch::Sender::new(None));
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let (seen, mut refused) = (source.clone(), rules.clone());
    tokio::select! {
        () = forward(from_client, to_server, rules.clone(), source.clone(), true) => {}
        () = forward(from_server, to_client, rules.clone(), source.clone(), false) => {}
        _ = refused.wait_for(|r| r.of(*seen.borrow()) == Mode::Refuse) => {}
    }
}

/// Copies one direction. The first bytes of a client tell who it is.
async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut rules: watch::Receiver<Rules>,
    source: Arc<watch::Sender<Option<i32>>>,
    is_client: bool,
) {
    let mut buffer = vec![0; 64 << 10];
    let mut first = is_client;
    loop {
        let Ok(count @ 1..) = from.read(&mut buffer).await else { return };
        if std::mem::take(&mut first) {
            source.send_replace(broker_of(&buffer[..count]));
        }
        if rules.wait_for(|r| r.of(*source.borrow()) != Mode::Silent).await.is_err() {
            return;
        }
        if rules.borrow().of(*source.borrow()) == Mode::Refuse || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// The broker that sent this first request, by its client id: `1` (controllers, and brokers to the controller) or
/// `broker-1-fetcher-0`. Layout: length i32, key i16, version i16, correlation id i32, client id (length i16).
fn broker_of(request: &[u8]) -> Option<i32> {
    let length = i16::from_be_bytes(request.get(12..14)?.try_into().ok()?);
    let id = std::str::from_utf8(request.get(14..14 + usize::try_from(length).ok()?)?).ok()?;
    let number = id.strip_prefix("broker-").and_then(|rest| rest.split('-').next()).unwrap_or(id);
    number.parse().ok()
}
