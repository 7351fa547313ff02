//! A small HTTP/1.1 server for operators: the AdminServer and the Prometheus page. Plain text only, few connections.

mod body;
mod page;
mod request;
mod socket;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub use body::Content;
pub use page::error_page;
pub use request::Request;
use socket::Socket;

use rkafka_runtime::acceptor::Acceptor;
use rkafka_runtime::tasks::{essential::End, watched};

const TARGET: &str = "org.apache.zookeeper.server.admin.JettyAdminServer";
/// Connections that are served at once; further ones are closed at once.
const MAX_CONNECTIONS: usize = 100;
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

/// Serves until `stopping` says so.
pub async fn serve(
    listener: TcpListener,
    site: Arc<impl Site>,
    idle: Duration,
    mut stopping: watch::Receiver<bool>,
) -> End {
    let open = Arc::new(AtomicUsize::new(0));
    let name =
        listener.local_addr().map_or_else(|_| "HTTP".to_owned(), |address| format!("HTTP port {}", address.port()));
    let mut acceptor = Acceptor::new(listener, TARGET, name);
    loop {
        let (stream, remote) = tokio::select! {
            accepted = acceptor.accept(|| {}) => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return End::Asked,
        };
        let place = Place::take(&open);
        if place.number >= MAX_CONNECTIONS {
            log::warn!(target: TARGET, "Closing the connection of {remote}: {MAX_CONNECTIONS} are open");
            continue;
        }
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

/// A place among the open connections, until it is dropped.
struct Place {
    open: Arc<AtomicUsize>,
    /// How many there were before.
    number: usize,
}

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Place {
        Place { number: open.fetch_add(1, Ordering::Relaxed), open: open.clone() }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn converse(stream: TcpStream, remote: SocketAddr, site: &impl Site, idle: Duration) {
    let is_busy = Arc::new(AtomicBool::new(false));
    let socket = Socket::new(stream, idle, is_busy.clone());
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let is_busy = is_busy.clone();
        async move {
            is_busy.store(true, Ordering::Relaxed);
            let reply = site.answer(Request::new(request, remote)).await;
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
