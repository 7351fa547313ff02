//! One TCP connection to a broker: requests go out in order, answers come back in order, several under way at once.
//!
//! A [`Connection`] is a cheap handle. Two tasks own the socket ([`io`]); they end when the last handle is dropped, when
//! the peer closes, or when an answer does not come in time (then nobody can tell what the next bytes belong to).

mod direct;
mod io;
mod open;

pub use direct::DirectConnection;
pub use open::{Target, open, resolve};

use super::{ClientConfig, ClientError, negotiate::BrokerVersions};
use crate::protocol::{
    ApiKey, Message, Reader, Request, Segment, WireError, Writer, messages::RequestHeader, messages::ResponseHeader,
    request_header_version, response_header_version,
};
use bytes::Bytes;
use io::{Outgoing, Pending};
use parking_lot::Mutex;
use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::AbortHandle,
    time::Instant,
};

/// How many requests one connection may have under way; further callers wait. Kafka's clients bound theirs to 5
/// (`max.in.flight.requests.per.connection`) where order matters; this is the bound for all users together.
pub const MAX_IN_FLIGHT: usize = 128;

/// A handle on one connection; clones share it.
#[derive(Clone)]
pub struct Connection {
    inner: Arc<Inner>,
}

struct Inner {
    address: Arc<str>,
    client_id: String,
    request_timeout: Duration,
    versions: BrokerVersions,
    correlation: AtomicI32,
    outgoing: mpsc::Sender<Outgoing>,
    pending: Arc<Mutex<Pending>>,
    permits: Semaphore,
    reader: AbortHandle,
    writer: AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // The writer sends what is queued and ends by itself; nobody waits for answers any more.
        self.reader.abort();
    }
}

impl Connection {
    /// Connects and learns the peer's versions, as clients do.
    ///
    /// Errors: [`ClientError::Connect`], [`ClientError::NotKafka`], or what ApiVersions fails with.
    pub async fn open(target: &Target, config: &ClientConfig) -> Result<Connection, ClientError> {
        open::open(target, config).await
    }

    /// Connects without asking for the peer's versions, as brokers do among each other: they send what `versions`
    /// holds, which the cluster's release fixes ([`BrokerVersions::of_3_9`]).
    ///
    /// Errors: [`ClientError::Connect`].
    pub async fn open_blind(
        target: &Target,
        config: &ClientConfig,
        versions: BrokerVersions,
    ) -> Result<Connection, ClientError> {
        open::open_blind(target, config, versions).await
    }

    /// `host:port` as the user or the cluster named it.
    pub fn address(&self) -> &str {
        &self.inner.address
    }

    /// The versions that the broker at the other end offers.
    pub fn versions(&self) -> &BrokerVersions {
        &self.inner.versions
    }

    /// Why the connection is of no use any more; `None` while it is.
    pub fn closed(&self) -> Option<ClientError> {
        self.inner.pending.lock().closed.clone()
    }

    /// Waits until the connection is closed, by either end, and says why. Hears of a peer that ends at once, even while
    /// no request is under way.
    pub async fn until_closed(&self) -> ClientError {
        let ended = self.inner.pending.lock().ended.clone();
        loop {
            let mut notice = std::pin::pin!(ended.notified());
            notice.as_mut().enable();
            if let Some(why) = self.closed() {
                return why;
            }
            notice.await;
        }
    }

    /// How many requests wait for their answers.
    pub fn in_flight(&self) -> usize {
        self.inner.pending.lock().waiting()
    }

    /// Closes the connection; calls under way end with `why`.
    pub fn close(&self, why: ClientError) {
        self.inner.pending.lock().close(why);
        self.inner.reader.abort();
        self.inner.writer.abort();
    }

    /// Sends `request` in the highest version that both ends know and waits for the answer, at most
    /// `request.timeout.ms`.
    pub async fn call<R: Request>(&self, request: &R) -> Result<R::Response, ClientError> {
        self.call_at(request, self.inner.versions.choose(R::KEY)?).await
    }

    /// As [`Connection::call`], in a version that the caller has chosen.
    pub async fn call_at<R: Request>(&self, request: &R, version: i16) -> Result<R::Response, ClientError> {
        self.call_within(request, version, self.inner.request_timeout).await
    }

    /// As [`Connection::call_at`], waiting at most `timeout`. A call that runs out of time closes the connection.
    pub async fn call_within<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<R::Response, ClientError> {
        let answer = self.send(request, version, timeout).await?;
        answer.wait().await
    }

    /// Sends `request` and returns as soon as it is in the queue; the answer is waited for separately. Requests that
    /// one task sends like this go out in that order.
    pub async fn send<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<Answer<R>, ClientError> {
        let deadline = Instant::now() + timeout;
        let permit = self.inner.permits.acquire().await.map_err(|_| self.gone())?;
        permit.forget();
        let release = Release(self.clone());
        let (reply, answer) = oneshot::channel();
        let (correlation_id, frame) = self.encode(request, version)?;
        self.queue(Outgoing { frame, correlation_id, reply, answered: true }).await?;
        Ok(Answer { release, version, deadline, reply: answer, request: std::marker::PhantomData })
    }

    /// Sends a request that has no answer (Produce with acks=0) and waits until it has been written to the socket.
    pub async fn send_without_answer<R: Request>(&self, request: &R, version: i16) -> Result<(), ClientError> {
        let (correlation_id, frame) = self.encode(request, version)?;
        let (reply, written) = oneshot::channel();
        self.queue(Outgoing { frame, correlation_id, reply, answered: false }).await?;
        written.await.unwrap_or_else(|_| Err(self.gone())).map(drop)
    }

    async fn queue(&self, outgoing: Outgoing) -> Result<(), ClientError> {
        match self.closed() {
            Some(why) => Err(why),
            None => self.inner.outgoing.send(outgoing).await.map_err(|_| self.gone()),
        }
    }

    fn encode<R: Request>(&self, request: &R, version: i16) -> Result<(i32, Vec<Bytes>), ClientError> {
        let correlation_id = self.inner.correlation.fetch_add(1, Ordering::Relaxed);
        let frame = encode_frame(request, version, correlation_id, &self.inner.client_id);
        Ok((correlation_id, frame.map_err(ClientError::Encode)?))
    }

    fn gone(&self) -> ClientError {
        self.closed().unwrap_or_else(|| ClientError::Disconnected {
            address: self.inner.address.to_string(),
            during: String::new(),
        })
    }
}

/// Gives a place in flight back.
struct Release(Connection);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.inner.permits.add_permits(1);
    }
}

/// The answer to a request under way.
#[must_use]
pub struct Answer<R: Request> {
    release: Release,
    version: i16,
    deadline: Instant,
    reply: oneshot::Receiver<Result<Bytes, ClientError>>,
    request: std::marker::PhantomData<fn() -> R>,
}

impl<R: Request> Answer<R> {
    /// Waits for the answer and reads it.
    pub async fn wait(self) -> Result<R::Response, ClientError> {
        let connection = &self.release.0;
        let frame = match tokio::time::timeout_at(self.deadline, self.reply).await {
            Ok(Ok(frame)) => frame?,
            Ok(Err(_)) => return Err(connection.gone()),
            Err(_) => {
                let why = ClientError::Timeout {
                    message: format!("{} did not answer {} in time", connection.address(), R::KEY.name()),
                    cause: None,
                };
                connection.close(why.clone());
                return Err(why);
            }
        };
        decode_frame::<R>(frame, self.version).map_err(|reason| {
            let address = connection.address().to_owned();
            let why = ClientError::BadFrame { address, reason: format!("{} answer: {reason}", R::KEY.name()) };
            connection.close(why.clone());
            why
        })
    }
}

/// Header and request as one frame, in pieces so that record bytes are not copied.
fn encode_frame<R: Request>(request: &R, version: i16, id: i32, client_id: &str) -> Result<Vec<Bytes>, WireError> {
    let mut writer = Writer::framed();
    let header = RequestHeader {
        request_api_key: R::KEY as i16,
        request_api_version: version,
        correlation_id: id,
        client_id: Some(client_id.to_owned()),
        ..Default::default()
    };
    header.encode(&mut writer, request_header_version(R::KEY, version))?;
    request.encode(&mut writer, version)?;
    let pieces = writer.finish()?.into_iter().map(|segment| match segment {
        Segment::Bytes(bytes) => Ok(bytes),
        Segment::File(file) => Err(WireError::TooLong { what: "file region in a client's request", length: file.len }),
    });
    pieces.collect()
}

/// Reads an answer whose correlation id has been checked.
fn decode_frame<R: Request>(frame: Bytes, version: i16) -> Result<R::Response, WireError> {
    let mut reader = Reader::new(frame);
    ResponseHeader::decode(&mut reader, response_header_version(R::KEY, version))?;
    // An ApiVersions answer to a version that the broker does not know is always written as version 0 (KIP-511).
    let version = match R::KEY {
        ApiKey::ApiVersions if error_code_of(&reader) == UNSUPPORTED_VERSION => 0,
        _ => version,
    };
    R::Response::decode(&mut reader, version)
}

const UNSUPPORTED_VERSION: [u8; 2] = crate::protocol::ErrorCode::UNSUPPORTED_VERSION.0.to_be_bytes();

/// The two bytes that every version of the ApiVersions answer starts with.
fn error_code_of(reader: &Reader) -> [u8; 2] {
    reader.rest().first_chunk::<2>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        client::{ClientKind, HostPort, error::Foreign},
        protocol::messages::{
            ApiVersionsResponse, MetadataRequest, MetadataResponse, api_versions_response::ApiVersion,
        },
    };
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    /// A peer that plays one script per connection.
    async fn peer<F, A>(script: F) -> HostPort
    where
        F: Fn(usize, TcpStream) -> A + Send + 'static,
        A: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for n in 0.. {
                let Ok((socket, _)) = listener.accept().await else { return };
                tokio::spawn(script(n, socket));
            }
        });
        HostPort::new("127.0.0.1", port)
    }

    fn config() -> ClientConfig {
        let mut config = ClientConfig::of(ClientKind::Admin, "h:1").unwrap();
        config.request_timeout = Duration::from_millis(500);
        config
    }

    async fn connect(address: HostPort) -> Result<Connection, ClientError> {
        open(&Target { address, node_id: -1, resolved: Vec::new() }, &config()).await
    }

    /// Key, version and correlation id of the next request; `None` at the end.
    async fn request(socket: &mut TcpStream) -> Option<(i16, i16, i32)> {
        let length = socket.read_i32().await.ok()?;
        let mut frame = vec![0; usize::try_from(length).unwrap()];
        socket.read_exact(&mut frame).await.ok()?;
        let word = |at: usize| i16::from_be_bytes([frame[at], frame[at + 1]]);
        Some((word(0), word(2), i32::from_be_bytes([frame[4], frame[5], frame[6], frame[7]])))
    }

    fn frame<M: Message>(id: i32, key: ApiKey, version: i16, message: &M) -> Bytes {
        let mut writer = Writer::framed();
        let header = ResponseHeader { correlation_id: id, ..Default::default() };
        header.encode(&mut writer, response_header_version(key, version)).unwrap();
        message.encode(&mut writer, version).unwrap();
        writer.into_bytes()
    }

    fn versions() -> ApiVersionsResponse {
        let metadata = ApiVersion { api_key: ApiKey::Metadata as i16, max_version: 12, ..Default::default() };
        ApiVersionsResponse { api_keys: vec![metadata], ..Default::default() }
    }

    /// Answers ApiVersions as a broker should.
    async fn greet(socket: &mut TcpStream) {
        let (_, version, id) = request(socket).await.unwrap();
        socket.write_all(&framed(frame(id, ApiKey::ApiVersions, version, &versions()))).await.unwrap();
    }

    /// `Writer::into_bytes` leaves the length open.
    fn framed(frame: Bytes) -> Bytes {
        let mut bytes = frame.to_vec();
        let length = bytes.len() as i32 - 4;
        bytes[..4].copy_from_slice(&length.to_be_bytes());
        bytes.into()
    }

    fn metadata() -> MetadataRequest {
        MetadataRequest::default()
    }

    #[tokio::test]
    async fn peers_that_speak_something_else() {
        for (answer, what) in [
            (&[0x15, 3, 3, 0, 2, 2, 80][..], Foreign::Tls),
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", Foreign::Http),
            (b"-ERR unknown command\r\n", Foreign::Text),
        ] {
            let address = peer(move |_, mut socket| async move {
                request(&mut socket).await;
                socket.write_all(answer).await.unwrap();
            })
            .await;
            let error = connect(address.clone()).await.err().unwrap();
            assert_eq!(error, ClientError::NotKafka { address: address.to_string(), what });
        }
    }

    #[tokio::test]
    async fn a_peer_that_only_closes_is_no_broker() {
        let address = peer(|_, mut socket| async move {
            let _ = request(&mut socket).await;
        })
        .await;
        let error = connect(address.clone()).await.err().unwrap();
        assert_eq!(error, ClientError::NotKafka { address: address.to_string(), what: Foreign::Silent });
    }

    #[tokio::test]
    async fn brokers_speak_to_each_other_without_asking_for_versions() {
        let address = peer(|_, mut socket| async move {
            let (key, version, id) = request(&mut socket).await.unwrap();
            assert_eq!((key, version), (ApiKey::Metadata as i16, 12));
            let answer = framed(frame(id, ApiKey::Metadata, 12, &MetadataResponse::default()));
            socket.write_all(&answer).await.unwrap();
        })
        .await;
        let target = Target { address, node_id: 1, resolved: Vec::new() };
        let connection = Connection::open_blind(&target, &config(), BrokerVersions::of_3_9()).await.unwrap();
        connection.call(&metadata()).await.unwrap();
        let why = tokio::time::timeout(Duration::from_secs(5), connection.until_closed()).await;
        assert!(
            matches!(why, Ok(ClientError::Disconnected { .. })),
            "an idle connection tells that its peer has ended"
        );
    }

    #[tokio::test]
    async fn nobody_listens() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = HostPort::new("127.0.0.1", listener.local_addr().unwrap().port());
        drop(listener);
        let error = connect(address).await.err().unwrap();
        assert!(matches!(error, ClientError::Connect { refused: true, .. }), "{error}");
    }

    #[tokio::test]
    async fn a_broker_before_api_versions() {
        let address = peer(|n, mut socket| async move {
            while let Some((key, version, id)) = request(&mut socket).await {
                if n == 0 {
                    return;
                }
                assert_eq!((key, version), (ApiKey::Metadata as i16, 0));
                let answer = framed(frame(id, ApiKey::Metadata, 0, &MetadataResponse::default()));
                socket.write_all(&answer).await.unwrap();
            }
        })
        .await;
        let connection = connect(address).await.unwrap();
        assert!(!connection.versions().listed);
        assert!(connection.call(&metadata()).await.is_ok());
    }

    #[tokio::test]
    async fn a_broker_that_knows_only_older_api_versions() {
        let address = peer(|_, mut socket| async move {
            let (_, version, id) = request(&mut socket).await.unwrap();
            assert_eq!(version, 3);
            let mut answer = versions();
            (answer.error_code, answer.api_keys[0].api_key) = (35, ApiKey::ApiVersions as i16);
            answer.api_keys[0].max_version = 2;
            socket.write_all(&framed(frame(id, ApiKey::ApiVersions, 0, &answer))).await.unwrap();
            let (_, version, id) = request(&mut socket).await.unwrap();
            assert_eq!(version, 2);
            socket.write_all(&framed(frame(id, ApiKey::ApiVersions, 2, &versions()))).await.unwrap();
            while request(&mut socket).await.is_some() {}
        })
        .await;
        assert_eq!(connect(address).await.unwrap().versions().choose(ApiKey::Metadata), Ok(12));
    }

    /// What a connection makes of `answer` to a Metadata request of version 12.
    async fn answered(answer: impl Fn(i32) -> Vec<u8> + Clone + Send + Sync + 'static) -> ClientError {
        let address = peer(move |_, mut socket| {
            let answer = answer.clone();
            async move {
                greet(&mut socket).await;
                let (_, _, id) = request(&mut socket).await.unwrap();
                socket.write_all(&answer(id)).await.unwrap();
                while request(&mut socket).await.is_some() {}
            }
        })
        .await;
        let connection = connect(address).await.unwrap();
        let error = connection.call(&metadata()).await.unwrap_err();
        assert!(connection.closed().is_some(), "the connection is of no more use");
        assert!(connection.call(&metadata()).await.is_err());
        error
    }

    #[tokio::test]
    async fn answers_that_cannot_be() {
        let good = |id: i32| framed(frame(id, ApiKey::Metadata, 12, &MetadataResponse::default())).to_vec();
        let wrong_id = answered(move |id| good(id + 7)).await;
        assert!(matches!(&wrong_id, ClientError::BadFrame { reason, .. } if reason.contains("request")), "{wrong_id}");
        for length in [i32::MIN, -1, 3, i32::MAX] {
            let error = answered(move |_| length.to_be_bytes().to_vec()).await;
            assert!(matches!(&error, ClientError::BadFrame { reason, .. } if reason.contains("length")), "{error}");
        }
        let torn = answered(move |id| {
            let mut bytes = good(id);
            bytes.pop();
            let length = bytes.len() as i32 - 4;
            bytes[..4].copy_from_slice(&length.to_be_bytes());
            bytes
        })
        .await;
        assert!(matches!(torn, ClientError::BadFrame { .. }), "{torn}");
        let silent = answered(|_| vec![0, 0, 1]).await;
        assert!(matches!(silent, ClientError::Timeout { .. }), "{silent}");
    }

    #[tokio::test]
    async fn requests_are_pipelined_and_bounded() {
        let address = peer(|_, mut socket| async move {
            greet(&mut socket).await;
            let mut ids = Vec::new();
            while ids.len() < MAX_IN_FLIGHT {
                ids.push(request(&mut socket).await.unwrap().2);
            }
            let more = tokio::time::timeout(Duration::from_millis(20), request(&mut socket)).await;
            assert!(more.is_err(), "one request too many is under way");
            for id in ids {
                let answer = framed(frame(id, ApiKey::Metadata, 12, &MetadataResponse::default()));
                socket.write_all(&answer).await.unwrap();
            }
        })
        .await;
        let connection = connect(address).await.unwrap();
        let calls: Vec<_> = (0..MAX_IN_FLIGHT)
            .map(|_| {
                let connection = connection.clone();
                tokio::spawn(async move { connection.call(&metadata()).await })
            })
            .collect();
        for call in calls {
            call.await.unwrap().unwrap();
        }
    }
}
