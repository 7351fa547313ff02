//! Taking connections from a port, as long as the process has file descriptors to spare for them.

use super::descriptors;
use std::{net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};

/// The pause before another try when a connection cannot be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// A port that is listened on. While descriptors are short, clients wait in the kernel's queue, as they do when a limit
/// on connections is reached.
#[derive(Debug)]
pub struct Acceptor {
    listener: TcpListener,
    /// The logger.
    target: &'static str,
    /// Who listens, for the log.
    name: String,
    short: bool,
}

impl Acceptor {
    pub fn new(listener: TcpListener, target: &'static str, name: String) -> Acceptor {
        Acceptor { listener, target, name, short: false }
    }

    /// The next connection. While there are no descriptors to spare, `make_room` is called again and again: to close
    /// what can be done without.
    pub async fn accept(&mut self, mut make_room: impl FnMut()) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) if descriptors::is_to_spare(&accepted.0) => {
                    self.say_enough();
                    return accepted;
                }
                // It is here, so it is served; but not before it can leave one of the last descriptors to files, and
                // nobody else meanwhile.
                Ok((stream, peer)) => {
                    self.say_short();
                    let moved = loop {
                        match descriptors::to_spare(&stream) {
                            Some(descriptor) => break TcpStream::from_std(descriptor.into()),
                            None => make_room(),
                        }
                        tokio::time::sleep(PAUSE).await;
                    };
                    match moved {
                        Ok(stream) => {
                            self.say_enough();
                            return (stream, peer);
                        }
                        Err(error) => {
                            log::warn!(target: self.target, "{}: {peer} cannot be served: {error}", self.name)
                        }
                    }
                }
                Err(error) if descriptors::is_exhausted(&error) => {
                    self.say_short();
                    make_room();
                }
                Err(error) => log::warn!(target: self.target, "{}: error accepting a connection: {error}", self.name),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn say_short(&mut self) {
        if !std::mem::replace(&mut self.short, true) {
            log::warn!(target: self.target, "{}: connections wait, because this process has hardly any file descriptors \
                left of the {} that it may have: close some connections, or raise the limit (ulimit -n, LimitNOFILE)",
                self.name, descriptors::limit());
        }
    }

    fn say_enough(&mut self) {
        if std::mem::replace(&mut self.short, false) {
            log::info!(target: self.target, "{}: there are file descriptors again, connections are taken", self.name);
        }
    }
}
