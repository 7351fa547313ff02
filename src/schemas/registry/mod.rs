//! A client of Confluent's Schema Registry: its REST API, as far as tools need it.
//!
//! What may pass is tried again a few times; of several addresses the next one is taken. Who asks is told by the address
//! (`https://user:password@host`), or else by an option or the environment, and is never shown.

mod answer;
pub mod schema_text;

pub use answer::RegistryError;

use anyhow::{Context, bail};
use reqwest::{Certificate, Client, Method, Response, StatusCode, Url, header};
use schema_text::{SchemaKind, SchemaText};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt, time::Duration};

/// How long a connection may take, and a whole answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(20);
/// How often what may pass is tried, and how long it is waited after the first time; twice as long each time.
const TRIES: u32 = 3;
const BACKOFF: Duration = Duration::from_millis(200);
/// The most bytes of an answer, and of all the schemas that one refers to.
const MAX_ANSWER: usize = 16 << 20;
/// How many schemas one may refer to, directly or not.
const MAX_REFERENCES: usize = 500;
const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";
const ACCEPT: &str =
    "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json; q=0.9, application/json; q=0.5";

/// How a registry is reached.
#[derive(Clone, Default)]
pub struct RegistryAccess {
    /// One address or more, with commas between.
    pub urls: String,
    /// `user:password`.
    pub user_info: Option<String>,
    /// A PEM file with the certificates that are trusted instead of the system's.
    pub ca_file: Option<String>,
}

/// Never shows who asks.
impl fmt::Debug for RegistryAccess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("RegistryAccess").field("ca_file", &self.ca_file).finish_non_exhaustive()
    }
}

/// A question.
pub struct Asked<'a> {
    pub method: Method,
    /// Taken apart at its slashes.
    pub path: &'a [&'a str],
    pub query: &'a [(&'a str, &'a str)],
    pub body: Option<Value>,
}

impl<'a> Asked<'a> {
    pub fn get(path: &'a [&'a str]) -> Asked<'a> {
        Asked { method: Method::GET, path, query: &[], body: None }
    }

    pub fn post(path: &'a [&'a str], body: Value) -> Asked<'a> {
        Asked { method: Method::POST, path, query: &[], body: Some(body) }
    }

    pub fn put(path: &'a [&'a str], body: Value) -> Asked<'a> {
        Asked { method: Method::PUT, ..Asked::post(path, body) }
    }

    pub fn with_query(self, query: &'a [(&'a str, &'a str)]) -> Asked<'a> {
        Asked { query, ..self }
    }
}

/// A registry.
pub struct Registry {
    http: Client,
    urls: Vec<Url>,
    user: Option<(String, String)>,
}

impl Registry {
    /// A client; nothing is asked yet. Errors: an address that is none; a file that cannot be read or holds no certificate.
    pub fn new(access: &RegistryAccess) -> anyhow::Result<Registry> {
        let urls: Vec<Url> = access.urls.split(',').map(|text| address(text.trim())).collect::<anyhow::Result<_>>()?;
        let user = match &access.user_info {
            None => None,
            Some(info) => match info.split_once(':') {
                Some((user, password)) => Some((user.to_owned(), password.to_owned())),
                None => bail!("who asks the schema registry is told as USER:PASSWORD"),
            },
        };
        // Another part of the process may have done it, with the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = Client::builder()
            .user_agent(concat!("rkafka/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        if let Some(path) = &access.ca_file {
            let pem = std::fs::read(path).with_context(|| format!("cannot read {path}"))?;
            let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if certificates.is_empty() {
                bail!("{path} holds no certificate in PEM");
            }
            http = http.tls_certs_only(certificates);
        }
        let http = http.build().map_err(|error| answer::without_address(error, "the HTTP client cannot start"))?;
        Ok(Registry { http, urls, user })
    }

    /// The schema of an id, with what it refers to.
    pub async fn schema(&self, id: u32) -> Result<SchemaText, RegistryError> {
        let id = id.to_string();
        let answer = self.call(&Asked::get(&["schemas", "ids", &id])).await?;
        self.with_references(SchemaText::of(&answer)?).await
    }

    /// The id of a schema that is registered below a subject.
    pub async fn id_of(&self, subject: &str, schema: &SchemaText) -> Result<u32, RegistryError> {
        let answer = self.call(&Asked::post(&["subjects", subject], schema.body())).await?;
        answer::id(&answer)
    }

    /// Registers a schema below a subject, if it is not there yet. Gives its id.
    pub async fn register(&self, subject: &str, schema: &SchemaText) -> Result<u32, RegistryError> {
        let answer = self.call(&Asked::post(&["subjects", subject, "versions"], schema.body())).await?;
        answer::id(&answer)
    }

    /// Asks for anything, a few times if need be.
    pub async fn call(&self, asked: &Asked<'_>) -> Result<Value, RegistryError> {
        let mut wait = BACKOFF;
        let mut tries = 1;
        loop {
            let mut failed = None;
            for url in &self.urls {
                match self.call_once(url, asked).await {
                    Err(error) if error.may_pass() => failed = Some(error),
                    done => return done,
                }
            }
            match failed {
                Some(error) if tries >= TRIES => return Err(error),
                _ => tokio::time::sleep(wait).await,
            }
            (tries, wait) = (tries + 1, wait * 2);
        }
    }

    async fn call_once(&self, base: &Url, asked: &Asked<'_>) -> Result<Value, RegistryError> {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(asked.path);
        }
        if !asked.query.is_empty() {
            url.query_pairs_mut().extend_pairs(asked.query);
        }
        let mut request = self.http.request(asked.method.clone(), url).header(header::ACCEPT, ACCEPT);
        // Two would be told otherwise: the address's own is taken by itself.
        if let Some((user, password)) = &self.user
            && base.username().is_empty()
        {
            request = request.basic_auth(user, Some(password));
        }
        if let Some(body) = &asked.body {
            request = request.header(header::CONTENT_TYPE, CONTENT_TYPE).body(body.to_string());
        }
        let unreachable = |error| RegistryError::Unreachable {
            address: shown(base),
            reason: answer::without_address(error, "no answer").to_string(),
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = read(response).await.map_err(|error| match error {
            Some(error) => unreachable(error),
            None => RegistryError::NotARegistry {
                address: shown(base),
                what: format!("its answer is longer than {} MiB", MAX_ANSWER >> 20),
            },
        })?;
        understood(base, status, &body)
    }

    /// Fetches the schemas that `schema` refers to, those that these refer to, and so on.
    async fn with_references(&self, mut schema: SchemaText) -> Result<SchemaText, RegistryError> {
        let mut fetched: BTreeMap<String, SchemaText> = BTreeMap::new();
        let mut to_do = schema.references.clone();
        let mut bytes_left = MAX_ANSWER;
        while let Some(reference) = to_do.pop() {
            if fetched.contains_key(&reference.name) {
                continue;
            }
            if fetched.len() >= MAX_REFERENCES {
                return Err(RegistryError::TooMany(MAX_REFERENCES));
            }
            let version = reference.version.to_string();
            let path = ["subjects", &reference.subject, "versions", &version];
            let text = SchemaText::of(&self.call(&Asked::get(&path)).await?)?;
            if text.references.len() > MAX_REFERENCES {
                return Err(RegistryError::TooMany(MAX_REFERENCES));
            }
            bytes_left = bytes_left.checked_sub(text.text.len()).ok_or_else(|| {
                let what = format!("what the schema refers to is longer than {} MiB", MAX_ANSWER >> 20);
                RegistryError::Unreadable(what)
            })?;
            to_do.extend(text.references.iter().cloned());
            fetched.insert(reference.name, text);
        }
        schema.referred = schema_text::in_order(&schema.references, &mut fetched);
        Ok(schema)
    }
}

fn address(text: &str) -> anyhow::Result<Url> {
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    match Url::parse(&text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        // The text may hold a password.
        _ => bail!("the schema registry's address is none; it has to look like https://host:8081"),
    }
}

/// An address without who asks.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Fails only for addresses that have no host.
    let _ = url.set_password(None);
    let _ = url.set_username("");
    url.as_str().trim_end_matches('/').to_owned()
}

/// The whole answer; `None` as an error if it is too long.
async fn read(mut response: Response) -> Result<Vec<u8>, Option<reqwest::Error>> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(Some)? {
        if body.len() + part.len() > MAX_ANSWER {
            return Err(None);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

fn understood(base: &Url, status: StatusCode, body: &[u8]) -> Result<Value, RegistryError> {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    match (status.is_success(), json) {
        (true, Some(json)) => Ok(json),
        (true, None) if body.is_empty() => Ok(json!(null)),
        (true, None) => Err(RegistryError::NotARegistry { address: shown(base), what: "its answer is no JSON".into() }),
        (false, json) => Err(RegistryError::answered(shown(base), status, json.as_ref())),
    }
}

/// What kind of schema a file holds, by its name.
pub fn kind_of_file(path: &str) -> Option<SchemaKind> {
    match path.rsplit_once('.')?.1 {
        "avsc" => Some(SchemaKind::Avro),
        "proto" => Some(SchemaKind::Protobuf),
        "json" => Some(SchemaKind::Json),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(shown(&address("host:8081").unwrap()), "http://host:8081");
        assert_eq!(shown(&address("https://ann:se%20cret@host/sr/").unwrap()), "https://host/sr");
        for wrong in ["", "ftp://host", "http://", "kafka://ann:secret@host"] {
            let error = address(wrong).unwrap_err().to_string();
            assert!(error.starts_with("the schema registry's address is none") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_without_passwords() {
        let access = |user: &str, ca_file: Option<&str>| RegistryAccess {
            urls: "http://ann:secret@host".into(),
            user_info: Some(user.into()),
            ca_file: ca_file.map(str::to_owned),
        };
        let error = |user: &str, ca: Option<&str>| Registry::new(&access(user, ca)).err().unwrap().to_string();
        assert_eq!(error("secret", None), "who asks the schema registry is told as USER:PASSWORD");
        assert_eq!(error("a:b", Some("/no/such")), "cannot read /no/such");
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert_eq!(error("a:b", Some(here)), format!("{here} holds no certificate in PEM"));
        assert!(!format!("{:?}", access("ann:secret", None)).contains("secret"));
    }
}
