//! One TCP connection to a broker: requests go out in order, answers come back in order, several under way at once.
//!
//! A [`BrokerConnection`] is a cheap handle. Two tasks own the socket ([`io`]); they end when the last handle is dropped, when
//! the peer closes, or when an answer does not come in time (then nobody can tell what the next bytes belong to).

mod direct;
mod io;
mod open;

pub use direct::DirectConnection;
pub use open::{Target, open, resolve};

use super::{ClientConfig, ClientError, negotiate::BrokerVersions};
use bytes::Bytes;
use io::{Outgoing, Pending};
use rkafka_protocol::{
    ApiKey, Message, Reader, Request, Segment, WireError, Writer,
    messages::{RequestHeader, ResponseHeader},
    request_header_version, response_header_version,
};
use rkafka_runtime::lock::Mutex;
use std::{
    marker::PhantomData,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::AbortHandle,
    time::Instant,
};

/// How many requests one connection may have under way; further callers wait. Kafka's clients bound theirs to 5
/// (`max.in.flight.requests.per.connection`) where order matters; this is the bound for all users together.
pub const MAX_IN_FLIGHT: usize = 128;

/// A handle on one connection; clones share it.
#[derive(Clone)]
pub struct BrokerConnection {
    inner: Arc<Inner>,
}

struct Inner {
    address: Arc<str>,
    client_id: String,
    request_timeout: Duration,
    versions: BrokerVersions,
    correlation: AtomicI32,
    outgoing: mpsc::Sender<Outgoing>,
    /// Shared with the two tasks. The last lock that anybody takes: handles are asked whether they are closed, and closed,
    /// under others.
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

impl BrokerConnection {
    /// Connects and learns the peer's versions, as clients do.
    ///
    /// Errors: [`ClientError::Connect`], [`ClientError::NotKafka`], or what ApiVersions fails with.
    pub async fn open(target: &Target, config: &ClientConfig) -> Result<BrokerConnection, ClientError> {
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
    ) -> Result<BrokerConnection, ClientError> {
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

    /// As [`BrokerConnection::call`], in a version that the caller has chosen.
    pub async fn call_at<R: Request>(&self, request: &R, version: i16) -> Result<R::Response, ClientError> {
        self.call_within(request, version, self.inner.request_timeout).await
    }

    /// As [`BrokerConnection::call_at`], waiting at most `timeout`. A call that runs out of time closes the connection.
    pub(crate) async fn call_within<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<R::Response, ClientError> {
        let answer = self.send(request, version, timeout).await?;
        answer.wait().await
    }

    /// Sends `request` and returns as soon as it is in the queue; the answer is waited for separately.
    async fn send<R: Request>(&self, request: &R, version: i16, timeout: Duration) -> Result<Answer<R>, ClientError> {
        let deadline = Instant::now() + timeout;
        let permit = self.inner.permits.acquire().await.map_err(|_| self.gone())?;
        permit.forget();
        let release = Release(self.clone());
        let (reply, frame) = oneshot::channel();
        let outgoing = self.outgoing(request, version, reply, true)?;
        if let Some(why) = self.closed() {
            return Err(why);
        }
        self.inner.outgoing.send(outgoing).await.map_err(|_| self.gone())?;
        let awaited = Awaited { release, deadline, key: R::KEY, frame };
        Ok(Answer { awaited, version, request: PhantomData })
    }

    /// As [`BrokerConnection::call_within`] begins, without waiting for anything: `None` while the connection has as much
    /// under way as it may have. Requests that one task sends like this go out in that order.
    pub(crate) fn try_send<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<Option<Answer<R>>, ClientError> {
        let awaited = self.try_queue(request, version, timeout, true)?;
        Ok(awaited.map(|awaited| Answer { awaited, version, request: PhantomData }))
    }

    /// As [`BrokerConnection::try_send`], for a request that has no answer (Produce with acks=0).
    pub(crate) fn try_send_without_answer<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<Option<Written>, ClientError> {
        Ok(self.try_queue(request, version, timeout, false)?.map(Written))
    }

    fn try_queue<R: Request>(
        &self,
        request: &R,
        version: i16,
        timeout: Duration,
        answered: bool,
    ) -> Result<Option<Awaited>, ClientError> {
        if let Some(why) = self.closed() {
            return Err(why);
        }
        let Ok(permit) = self.inner.permits.try_acquire() else { return Ok(None) };
        permit.forget();
        let release = Release(self.clone());
        let (reply, frame) = oneshot::channel();
        match self.inner.outgoing.try_send(self.outgoing(request, version, reply, answered)?) {
            Ok(()) => Ok(Some(Awaited { release, deadline: Instant::now() + timeout, key: R::KEY, frame })),
            Err(TrySendError::Full(_)) => Ok(None),
            Err(TrySendError::Closed(_)) => Err(self.gone()),
        }
    }

    fn outgoing<R: Request>(
        &self,
        request: &R,
        version: i16,
        reply: oneshot::Sender<Result<Bytes, ClientError>>,
        answered: bool,
    ) -> Result<Outgoing, ClientError> {
        let (correlation_id, frame) = self.encode(request, version)?;
        Ok(Outgoing { frame, correlation_id, reply, answered })
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
struct Release(BrokerConnection);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.inner.permits.add_permits(1);
    }
}

/// A request under way.
struct Awaited {
    release: Release,
    deadline: Instant,
    key: ApiKey,
    frame: oneshot::Receiver<Result<Bytes, ClientError>>,
}

impl Awaited {
    /// The answer's frame, or an empty one once a request without an answer has been written. What does not come in time
    /// closes the connection.
    async fn frame(self, what: &str) -> Result<(Release, Bytes), ClientError> {
        let connection = &self.release.0;
        match tokio::time::timeout_at(self.deadline, self.frame).await {
            Ok(Ok(frame)) => Ok((self.release, frame?)),
            Ok(Err(_)) => Err(connection.gone()),
            Err(_) => {
                let message = format!("{} did not {what} {} in time", connection.address(), self.key.name());
                let why = ClientError::Timeout { message, cause: None };
                connection.close(why.clone());
                Err(why)
            }
        }
    }
}

/// The answer to a request under way.
#[must_use]
pub(crate) struct Answer<R: Request> {
    awaited: Awaited,
    version: i16,
    request: PhantomData<fn() -> R>,
}

impl<R: Request> Answer<R> {
    /// Waits for the answer and reads it.
    pub(crate) async fn wait(self) -> Result<R::Response, ClientError> {
        let (release, frame) = self.awaited.frame("answer").await?;
        let connection = &release.0;
        decode_frame::<R>(frame, self.version).map_err(|reason| {
            let address = connection.address().to_owned();
            let why = ClientError::BadFrame { address, reason: format!("{} answer: {reason}", R::KEY.name()) };
            connection.close(why.clone());
            why
        })
    }
}

/// A request without an answer, on its way to the socket.
#[must_use]
pub(crate) struct Written(Awaited);

impl Written {
    /// Waits until all of it has been written to the socket.
    pub(crate) async fn wait(self) -> Result<(), ClientError> {
        self.0.frame("take").await.map(drop)
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

const UNSUPPORTED_VERSION: [u8; 2] = rkafka_protocol::ErrorCode::UNSUPPORTED_VERSION.0.to_be_bytes();

/// The two bytes that every version of the ApiVersions answer starts with.
fn error_code_of(reader: &Reader) -> [u8; 2] {
    reader.rest().first_chunk::<2>().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
