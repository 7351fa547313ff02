//! Reads a request's header, finds its row in the HANDLERS table, and starts the handler.

use super::{ConnectionInfo, Frame, Reply, ReplyFuture, RequestContext, bound, stages};
use crate::{
    handlers::{self, Handler},
    services::Services,
};
use bytes::Bytes;
use rkafka_protocol::{
    ApiKey, Message, Reader, Request, WireError, Writer,
    messages::{RequestHeader, ResponseHeader},
    request_header_version, response_header_version,
};
use std::{future::Future, sync::Arc};

/// Why a frame is not a request that we serve. The connection that sent it is closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    #[error("a frame of {0} bytes is too short for a request header")]
    TooShort(usize),
    #[error("unknown API key {key} (version {version})")]
    UnknownApi { key: i16, version: i16 },
    #[error("API {} ({key}) is not served by this broker", .api.name(), key = *.api as i16)]
    NotServed { api: ApiKey },
    #[error("{} version {version} is not served, only {min} to {max}", .api.name())]
    UnknownVersion { api: ApiKey, version: i16, min: i16, max: i16 },
    #[error("malformed {} request, version {version}: {cause}", .api.name())]
    Malformed { api: ApiKey, version: i16, cause: WireError },
    #[error("malformed request header: {0}")]
    MalformedHeader(WireError),
    #[error("{} from a sender that is not authenticated", .api.name())]
    NotAuthenticated { api: ApiKey },
}

/// A request under way.
pub struct Dispatched {
    /// The row that serves it.
    pub handler: &'static Handler,
    pub reply: ReplyFuture,
}

/// Starts the handler of one frame (without its length prefix). `last_client_id` spares an allocation per request:
/// clients send the same name every time.
pub fn dispatch(
    services: &Arc<Services>,
    connection: &Arc<ConnectionInfo>,
    last_client_id: &mut Option<Arc<str>>,
    frame: Bytes,
) -> Result<Dispatched, RequestError> {
    let (key, version) = key_and_version(&frame)?;
    let api = ApiKey::from_i16(key).ok_or(RequestError::UnknownApi { key, version })?;
    let handler = handlers::find(api).ok_or(RequestError::NotServed { api })?;
    let known = (handler.min..=handler.max).contains(&version);
    if !known && api != ApiKey::ApiVersions {
        return Err(RequestError::UnknownVersion { api, version, min: handler.min, max: handler.max });
    }
    stages::authenticate(connection, api)?;
    let mut reader = Reader::new(frame);
    // KIP-511: whatever its version, an ApiVersions request begins like version 0 of the header and is answered.
    let header_version = if known { request_header_version(api, version) } else { 1 };
    let header = RequestHeader::decode(&mut reader, header_version).map_err(RequestError::MalformedHeader)?;
    if last_client_id.as_deref() != header.client_id.as_deref() {
        *last_client_id = header.client_id.map(Arc::from);
    }
    let context = RequestContext {
        connection: Arc::clone(connection),
        api,
        version,
        correlation_id: header.correlation_id,
        client_id: last_client_id.clone(),
    };
    if !known {
        return Ok(Dispatched { handler, reply: handlers::api_versions::unsupported(context) });
    }
    stages::authorize(&context)?;
    let reply =
        (handler.start)(services, context, reader).map_err(|cause| RequestError::Malformed { api, version, cause })?;
    Ok(Dispatched { handler, reply })
}

fn key_and_version(frame: &[u8]) -> Result<(i16, i16), RequestError> {
    match frame {
        [k0, k1, v0, v1, _, _, _, _, ..] => Ok((i16::from_be_bytes([*k0, *k1]), i16::from_be_bytes([*v0, *v1]))),
        _ => Err(RequestError::TooShort(frame.len())),
    }
}

/// Decodes the request and wraps the handler's future so that it ends in an encoded frame. Rows of the HANDLERS
/// table are made of this.
pub fn start<Q, C, F, Fut>(
    context: C,
    request_context: RequestContext,
    mut reader: Reader,
    handle: F,
) -> Result<ReplyFuture, WireError>
where
    Q: Request + Send + 'static,
    Q::Response: Send + 'static,
    C: Send + 'static,
    F: FnOnce(C, RequestContext, Q) -> Fut + Send + 'static,
    Fut: Future<Output: Into<Reply<Q::Response>>> + Send + 'static,
{
    let length = reader.remaining();
    let decode = || Q::decode(&mut reader, request_context.version);
    let request = bound::decode(request_context.api, length, decode)?;
    let elements = reader.elements();
    let (api, version, correlation_id) = (request_context.api, request_context.version, request_context.correlation_id);
    let reply = handle(context, request_context, request);
    let reply = async move {
        match reply.await.into() {
            Reply::Send(response) => encode(api, version, correlation_id, &response),
            Reply::Nothing => Frame::Nothing,
            Reply::Close(reason) => Frame::Close(reason),
        }
    };
    Ok(bound::handle(api, elements, Box::pin(reply)))
}

/// The reply's frame. A reply that cannot be encoded is our own mistake; the connection is closed with the reason.
pub fn encode<R: Message>(api: ApiKey, version: i16, correlation_id: i32, response: &R) -> Frame {
    let header = ResponseHeader { correlation_id, ..Default::default() };
    let mut writer = Writer::framed();
    let written = header
        .encode(&mut writer, response_header_version(api, version))
        .and_then(|()| response.encode(&mut writer, version))
        .and_then(|()| writer.finish());
    match written {
        Ok(segments) => Frame::Send(segments),
        Err(e) => Frame::Close(format!("the reply to {} version {version} cannot be encoded: {e}", api.name())),
    }
}
