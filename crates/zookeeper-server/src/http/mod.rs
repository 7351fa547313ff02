//! A small HTTP/1.1 server for operators: the AdminServer and the Prometheus page. Plain text only, few connections.

mod body;
mod pace;
mod page;
mod request;
mod socket;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

pub use body::Content;
pub use page::error_page;
pub use request::Request;
use socket::Socket;

use rkafka_runtime::acceptor::Acceptor;
use rkafka_runtime::tasks::{essential::End, watched};

const TARGET: &str = "org.apache.zookeeper.server.admin.JettyAdminServer";
/// Connections that are served at once; further ones are closed at once.
const MAX_CONNECTIONS: usize = 100;
/// As many of one address.
const MAX_OF_ADDRESS: usize = 25;
/// For how long a request, its content or the reading of its answer may be slower than the least pace; or the idle time,
/// if that is shorter.
const GRACE: Duration = Duration::from_secs(10);
/// The longest request line with headers, in bytes.
const MAX_HEAD: usize = 16 * 1024;
const SERVER_NAME: &str = concat!("rkafka/", env!("CARGO_PKG_VERSION"));

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// No header without one.
    pub content_type: Option<&'static str>,
    pub headers: Vec<(&'static str, String)>,
    pub content: Content,
}

impl Reply {
    pub fn new(status: u16, content_type: &'static str, content: impl Into<Content>) -> Reply {
        Reply { status, content_type: Some(content_type), headers: Vec::new(), content: content.into() }
    }

    /// A status without content.
    pub fn empty(status: u16) -> Reply {
        Reply { status, content_type: None, headers: Vec::new(), content: Content::default() }
    }

    fn into_response(self) -> hyper::Response<Content> {
        let mut headers = HeaderMap::new();
        let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut set = |name: HeaderName, value: &str| {
            // What cannot stand in a header is left out.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        };
        set(DATE, &now);
        if let Some(content_type) = self.content_type {
            set(CONTENT_TYPE, content_type);
        }
        for (name, value) in &self.headers {
            set(HeaderName::from_static(name), value);
        }
        if let Some(length) = self.content.length() {
            set(CONTENT_LENGTH, &length.to_string());
        }
        set(SERVER, SERVER_NAME);
        let mut response = hyper::Response::new(self.content);
        *response.status_mut() = hyper::StatusCode::from_u16(self.status).unwrap_or_default();
        *response.headers_mut() = headers;
        if self.status == 500 {
            // Jetty's words.
            response.extensions_mut().insert(ReasonPhrase::from_static(b"Server Error"));
        }
        response
    }
}

/// What answers requests.
pub trait Site: Send + Sync + 'static {
    fn answer(&self, request: Request) -> impl Future<Output = Reply> + Send;
}

/// The connections that are served, by address.
struct Places {
    open: BTreeMap<IpAddr, usize>,
    /// Whose connections have ended since the last look.
    left: mpsc::UnboundedReceiver<IpAddr>,
    leave: mpsc::UnboundedSender<IpAddr>,
}

/// A place; dropping it gives it up.
struct Place {
    address: IpAddr,
    leave: mpsc::UnboundedSender<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        // Nobody listens any more when the server has stopped.
        let _ = self.leave.send(self.address);
    }
}

impl Places {
    fn new() -> Places {
        let (leave, left) = mpsc::unbounded_channel();
        Places { open: BTreeMap::new(), left, leave }
    }

    /// A place for `address`, or why there is none.
    fn take(&mut self, address: IpAddr) -> Result<Place, String> {
        while let Ok(left) = self.left.try_recv() {
            if let Some(count) = self.open.get_mut(&left) {
                *count -= 1;
                if *count == 0 {
                    self.open.remove(&left);
                }
            }
        }
        if self.open.values().sum::<usize>() >= MAX_CONNECTIONS {
            return Err(format!("{MAX_CONNECTIONS} are open"));
        }
        let of_address = self.open.entry(address).or_default();
        if *of_address >= MAX_OF_ADDRESS {
            return Err(format!("{MAX_OF_ADDRESS} are open from its address"));
        }
        *of_address += 1;
        Ok(Place { address, leave: self.leave.clone() })
    }
}

/// Serves until `stopping` says so.
pub async fn serve(
    listener: TcpListener,
    site: Arc<impl Site>,
    idle: Duration,
    mut stopping: watch::Receiver<bool>,
) -> End {
    let mut places = Places::new();
    let name =
        listener.local_addr().map_or_else(|_| "HTTP".to_owned(), |address| format!("HTTP port {}", address.port()));
    let mut acceptor = Acceptor::new(listener, TARGET, name);
    loop {
        let (stream, remote) = tokio::select! {
            accepted = acceptor.accept(|| {}) => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return End::Asked,
        };
        let place = match places.take(remote.ip().to_canonical()) {
            Ok(place) => place,
            Err(reason) => {
                log::warn!(target: TARGET, "Closing the connection of {remote}: {reason}");
                continue;
            }
        };
        let (site, mut stopping) = (site.clone(), stopping.clone());
        drop(watched::spawn("an HTTP connection", async move {
            let _until_the_end = place;
            tokio::select! {
                () = converse(stream, remote, &*site, idle) => {}
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
        }));
    }
}

async fn converse(stream: TcpStream, remote: SocketAddr, site: &impl Site, idle: Duration) {
    let is_busy = Arc::new(AtomicBool::new(false));
    let grace = GRACE.min(idle);
    let socket = Socket::new(stream, idle, grace, is_busy.clone());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let is_busy = is_busy.clone();
        async move {
            is_busy.store(true, Ordering::Relaxed);
            let reply = site.answer(Request::new(request, remote, grace)).await;
            is_busy.store(false, Ordering::Relaxed);
            Ok::<_, Infallible>(reply.into_response())
        }
    });
    let mut server = http1::Builder::new();
    server.max_buf_size(MAX_HEAD).title_case_headers(true).auto_date_header(false);
    if let Err(error) = server.serve_connection(socket, service).await {
        log::debug!(target: TARGET, "Closing the connection of {remote}: {error}");
    }
}
