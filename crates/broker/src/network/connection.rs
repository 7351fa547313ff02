//! One connection: reads frames, starts their handlers in order, sends the replies in order.
//!
//! A request starts when the one before it is answered, except that produce requests may start while earlier produce
//! requests of the connection still wait for their acknowledgement: their appends are done, in order, and only
//! replication is outstanding. Reading goes on while a request waits, up to a bound, so that a client that hangs up
//! is noticed and its waiting fetch given up.

use super::{
    connections::Seat,
    frame::{FrameError, FrameReader},
    transport::Transport,
    writer::ReplyWriter,
};
use crate::{
    request::{ConnectionInfo, Frame, ReplyFuture, RequestError, dispatch, stages},
    services::Services,
};
use rkafka_protocol::ApiKey;
use rkafka_runtime::pulse;
use std::{
    collections::VecDeque,
    future::poll_fn,
    io,
    sync::Arc,
    task::{Context, Poll},
};

/// How many requests of one connection may be under way at once (clients default to five).
const MAX_PIPELINED: usize = 32;
/// How many bytes of further requests are read while one is under way.
const MAX_READ_AHEAD: usize = 256 << 10;
/// Replies are sent when this many bytes are queued, even if more requests are ready to be handled.
const MAX_QUEUED_REPLIES: usize = 64 << 10;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub enum End {
    #[error("the client closed it")]
    ByClient,
    #[error("the client closed it in the middle of a request")]
    MidRequest,
    #[error("{0}")]
    Io(io::Error),
    #[error("{0}")]
    Frame(FrameError),
    #[error("{0}")]
    Request(RequestError),
    #[error("{0}")]
    Handler(String),
}

impl End {
    /// Whether an operator should read of it: the client sent what it should not have.
    pub fn is_worth_a_warning(&self) -> bool {
        matches!(self, End::Frame(_) | End::Request(_) | End::Handler(_))
    }
}

/// A connection being served.
pub struct ServedConnection {
    stream: Transport,
    info: Arc<ConnectionInfo>,
    services: Arc<Services>,
    reader: FrameReader,
    writer: ReplyWriter,
    pending: VecDeque<Pending>,
    client_id: Option<Arc<str>>,
}

/// A request that has started and is not answered.
struct Pending {
    api: ApiKey,
    /// How long its frame was.
    request_bytes: usize,
    reply: ReplyFuture,
}

/// Lets a request's handler go on; if that takes long, another worker takes over what else there is to do.
fn poll(reply: &mut ReplyFuture, context: &mut Context<'_>) -> Poll<Frame> {
    let _busy = pulse::busy();
    reply.as_mut().poll(context)
}

enum Event {
    Reply(Frame),
    Read(io::Result<usize>),
}

impl ServedConnection {
    pub fn new(
        stream: Transport,
        info: Arc<ConnectionInfo>,
        services: Arc<Services>,
        max_request: usize,
    ) -> ServedConnection {
        ServedConnection {
            stream,
            info,
            services,
            reader: FrameReader::new(max_request),
            writer: ReplyWriter::default(),
            pending: VecDeque::new(),
            client_id: None,
        }
    }

    /// Serves the connection until it ends.
    pub async fn run(&mut self, seat: &Seat) -> End {
        loop {
            if let Err(end) = self.start_requests().await {
                // What was answered before the bad request still goes out.
                let _ = self.writer.flush(&self.stream, || seat.touch()).await;
                return end;
            }
            if self.writer.queued() > 0 {
                // A long reply to a slow reader is no silence.
                if let Err(e) = self.writer.flush(&self.stream, || seat.touch()).await {
                    return End::Io(e);
                }
                continue;
            }
            seat.owes(!self.pending.is_empty());
            match self.next_event().await {
                Event::Reply(frame) => {
                    let answered = self.pending.pop_front();
                    if let Err(end) = self.take(frame, answered.map_or(0, |p| p.request_bytes)) {
                        return end;
                    }
                }
                Event::Read(Ok(0)) if self.reader.buffered() > 0 => return End::MidRequest,
                Event::Read(Ok(0)) => return End::ByClient,
                Event::Read(Ok(_)) => seat.touch(),
                Event::Read(Err(e)) => return End::Io(e),
            }
        }
    }

    /// Starts what can be started, and queues the replies that are ready.
    async fn start_requests(&mut self) -> Result<(), End> {
        while self.may_start() {
            let Some(frame) = self.reader.next_frame().map_err(End::Frame)? else { return Ok(()) };
            let request_bytes = frame.len();
            let wait = stages::throttle(&self.info);
            if !wait.is_zero() {
                // Boxed: most connections never need the room.
                Box::pin(tokio::time::sleep(wait)).await;
            }
            let services = &self.services;
            let started = {
                let _busy = pulse::busy();
                dispatch(services, &self.info, &mut self.client_id, frame).map_err(End::Request)?
            };
            let mut reply = started.reply;
            let first = poll_fn(|cx| Poll::Ready(poll(&mut reply, cx))).await;
            match first {
                Poll::Ready(frame) if self.pending.is_empty() => self.take(frame, request_bytes)?,
                Poll::Ready(frame) => {
                    let reply = Box::pin(std::future::ready(frame));
                    self.pending.push_back(Pending { api: started.handler.key, request_bytes, reply });
                }
                Poll::Pending => self.pending.push_back(Pending { api: started.handler.key, request_bytes, reply }),
            }
        }
        Ok(())
    }

    fn may_start(&self) -> bool {
        if self.writer.queued() >= MAX_QUEUED_REPLIES {
            return false;
        }
        let only_produce = || self.pending.iter().all(|p| p.api == ApiKey::Produce);
        let next_is_produce = || self.reader.peek_api_key() == Some(ApiKey::Produce as i16);
        self.pending.is_empty() || (self.pending.len() < MAX_PIPELINED && next_is_produce() && only_produce())
    }

    fn take(&mut self, frame: Frame, request_bytes: usize) -> Result<(), End> {
        let before = self.writer.queued();
        match frame {
            Frame::Send(segments) => self.writer.push(segments),
            Frame::Nothing => {}
            Frame::Close(reason) => return Err(End::Handler(reason)),
        }
        stages::account(&self.info, request_bytes, self.writer.queued() - before);
        Ok(())
    }

    /// Waits for the oldest request's reply or for more bytes.
    async fn next_event(&mut self) -> Event {
        let may_read = self.pending.is_empty() || self.reader.buffered() < MAX_READ_AHEAD;
        let oldest = self.pending.front_mut();
        let replies = oldest.is_some();
        let reply = async {
            match oldest {
                Some(p) => poll_fn(|cx| poll(&mut p.reply, cx)).await,
                None => std::future::pending().await,
            }
        };
        let (stream, reader) = (&mut self.stream, &mut self.reader);
        let read = async {
            poll_fn(|context| {
                let readable = stream.poll_readable(context);
                if readable.is_pending() {
                    reader.let_go();
                }
                readable
            })
            .await?;
            let space = reader.space();
            let room = space.capacity() - space.len();
            let read = stream.read(space).await;
            if let Ok(n) = read {
                reader.note_read(n, room);
            }
            read
        };
        tokio::select! {
            biased;
            frame = reply, if replies => Event::Reply(frame),
            read = read, if may_read => Event::Read(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the task of a connection has room for, in bytes.
    fn room<F: Future>(_serve: impl FnOnce(&'static mut ServedConnection, &'static Seat) -> F) -> usize {
        size_of::<F>()
    }

    /// There may be tens of thousands.
    #[test]
    fn an_idle_connection_is_small() {
        let (connection, serving) = (size_of::<ServedConnection>(), room(|connection, seat| connection.run(seat)));
        assert!(connection <= 256 && serving <= 640, "{connection} and {serving} bytes");
    }
}
