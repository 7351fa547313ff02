//! The AdminServer: commands for operators over HTTP (`admin.serverPort`), with the names, keys and layout of Apache
//! ZooKeeper 3.8's, and `snapshot`, `restore` and `shed_connections` of later versions.
//!
//! `GET /commands` lists links, `GET /commands/<name>` runs one. Whoever reaches the port may ask everything, as with
//! Apache's; what takes data out or puts it in wants an identity that has all rights on `/`.

mod answer;
mod commands;
mod json;
mod permission;
mod rate_limit;

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::Method;
use tokio::net::TcpListener;

use super::http::{self, Reply, Request, Site, error_page};
use super::shared::Shared;
use answer::Answer;
use commands::{COMMANDS, Command, Run};
use rate_limit::RateLimit;
use rkafka_config::AdminConfig;
use rkafka_runtime::tasks::essential::End;

pub(super) const TARGET: &str = "org.apache.zookeeper.server.admin.JettyAdminServer";
const COMMANDS_TARGET: &str = "org.apache.zookeeper.server.admin.Commands";
/// The methods that a command may be asked with.
const ALLOWED: &str = "GET, HEAD, POST, TRACE, OPTIONS";

/// The AdminServer cannot be opened. Apache ZooKeeper ends with an exit code of its own then.
#[derive(Debug, thiserror::Error)]
#[error(
    "Problem starting AdminServer on address {}, port {} and command URL {command_url}: {source} (admin.serverPort \
     chooses another port, admin.enableServer=false does without)",
    address.ip(), address.port()
)]
pub struct AdminServerError {
    pub address: SocketAddr,
    pub command_url: String,
    pub source: std::io::Error,
}

/// What commands need besides the server.
#[derive(Debug)]
struct Admin {
    shared: Arc<Shared>,
    config: AdminConfig,
    snapshots: RateLimit,
    restores: RateLimit,
}

/// What one command may look at.
struct Call<'a> {
    shared: &'a Arc<Shared>,
    admin: &'a Admin,
    request: &'a Request,
}

/// Takes the port.
pub async fn bind(config: &AdminConfig) -> Result<TcpListener, AdminServerError> {
    let failed = |source| AdminServerError { address: config.address, command_url: config.command_url.clone(), source };
    TcpListener::bind(config.address).await.map_err(failed)
}

/// Serves until the server stops.
pub async fn serve(shared: Arc<Shared>, config: AdminConfig, listener: TcpListener) -> End {
    let (idle, stopping) = (config.idle_timeout, shared.stopping.subscribe());
    let (snapshots, restores) = (RateLimit::new(config.rate_limit), RateLimit::new(config.rate_limit));
    let site = Admin { shared, config, snapshots, restores };
    http::serve(listener, Arc::new(site), idle, stopping).await
}

impl Site for Admin {
    async fn answer(&self, mut request: Request) -> Reply {
        let Some(below) = request.path.strip_prefix(&self.config.command_url) else {
            return error_page(404, "Not Found", &request.path);
        };
        let name = match below.strip_prefix('/') {
            Some(name) => name.to_owned(),
            None if below.is_empty() => String::new(),
            None => return error_page(404, "Not Found", &request.path),
        };
        match request.method {
            Method::GET | Method::HEAD | Method::POST => {}
            Method::OPTIONS => {
                let allow = ("allow", ALLOWED.to_owned());
                return Reply { headers: vec![allow], ..Reply::empty(200) };
            }
            Method::TRACE => return Reply::empty(403),
            _ => return Reply::empty(405),
        }
        if name.is_empty() {
            return Reply { content_type: None, ..Reply::new(200, "text/html", self.links()) };
        }
        self.run(&name, &mut request).await
    }
}

impl Admin {
    /// The page that lists the commands.
    fn links(&self) -> String {
        let url = &self.config.command_url;
        let links = COMMANDS.iter().map(|command| command.name());
        links.map(|name| format!("<a href=\"{url}/{name}\">{name}</a>\n<br/>\n")).collect()
    }

    async fn run(&self, name: &str, request: &mut Request) -> Reply {
        let Some(command) = Command::find(name) else {
            log::warn!(target: COMMANDS_TARGET, "Unknown command");
            return Answer::error(name, 200, format!("Unknown command: {name}")).into_reply();
        };
        if command.wants_permission
            && let Err((status, reason)) = permission::check(&self.shared, &self.config, request)
        {
            log::warn!(target: COMMANDS_TARGET, "{name} is refused to {}: {reason}", request.remote);
            return Answer::error(name, status, reason).into_reply();
        }
        let is_post = request.method == Method::POST;
        if is_post != command.is_post() {
            let reason = format!("{name} wants {}", if is_post { "GET" } else { "POST" });
            return Answer::error(command.name(), 405, reason).into_reply();
        }
        let call = |request| Call { shared: &self.shared, admin: self, request };
        let answer = match command.run {
            Run::Look(look) => look(&call(request)),
            Run::List(list) => {
                let reply = self.shared.listed(move |shared| list(shared).into_reply()).await;
                return reply.unwrap_or_else(|| Answer::status(command.name(), 500).into_reply());
            }
            Run::Snapshot => commands::snapshot::run(&call(request)).await,
            Run::Restore => commands::restore::run(self, request).await,
            Run::Shed => commands::shed_connections::run(self, request).await,
        };
        answer.into_reply()
    }
}
