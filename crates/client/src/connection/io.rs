//! The two tasks that own a connection's socket: one writes frames in order, one reads answers in order.

use super::super::{ClientError, error::Foreign, foreign};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use rkafka_runtime::lock::Mutex;
use std::{collections::VecDeque, io, io::IoSlice, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Notify, mpsc, oneshot},
};

/// The longest answer that is read. A fetch answer may pass `fetch.max.bytes` by one batch; nothing honest is near this.
pub const MAX_ANSWER_BYTES: usize = 1 << 30;
/// How much memory a length on the wire may claim before bytes have come.
pub const MAX_RESERVED_BYTES: usize = 16 << 20;
/// How many frames one vectored write may hold.
const MAX_FRAMES_PER_WRITE: usize = 16;
/// How many pieces one `writev` takes (Linux's IOV_MAX is 1024).
const MAX_PIECES_PER_WRITE: usize = 64;

/// One frame on its way out.
pub struct Outgoing {
    pub frame: Vec<Bytes>,
    pub correlation_id: i32,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Bytes, ClientError>>,
    /// False if none will come: then the reply, without a byte, says that the frame has been written.
    pub answered: bool,
}

/// Requests that wait for their answers, oldest first.
#[derive(Default)]
pub struct Pending {
    waiting: VecDeque<(i32, oneshot::Sender<Result<Bytes, ClientError>>)>,
    pub closed: Option<ClientError>,
    /// Tells those who wait for the end.
    pub ended: Arc<Notify>,
}

impl Pending {
    /// How many requests wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Ends every waiting request with `why`; the first reason stays.
    pub fn close(&mut self, why: ClientError) {
        for (_, reply) in self.waiting.drain(..) {
            let _ = reply.send(Err(why.clone()));
        }
        self.closed.get_or_insert(why);
        self.ended.notify_waiters();
    }
}

/// Writes frames until the last handle is gone or the socket fails.
pub async fn write_frames(
    mut socket: impl AsyncWrite + Unpin,
    mut outgoing: mpsc::Receiver<Outgoing>,
    pending: Arc<Mutex<Pending>>,
    address: Arc<str>,
) {
    let mut frames = Vec::with_capacity(MAX_FRAMES_PER_WRITE);
    let mut pieces: VecDeque<Bytes> = VecDeque::new();
    let mut unanswered = Vec::new();
    while outgoing.recv_many(&mut frames, MAX_FRAMES_PER_WRITE).await > 0 {
        {
            let mut pending = pending.lock();
            if let Some(why) = pending.closed.clone() {
                frames.drain(..).for_each(|f| drop(f.reply.send(Err(why.clone()))));
                return;
            }
            for frame in frames.drain(..) {
                pieces.extend(frame.frame);
                match frame.answered {
                    true => pending.waiting.push_back((frame.correlation_id, frame.reply)),
                    false => unanswered.push(frame.reply),
                }
            }
        }
        if let Err(e) = write_all(&mut socket, &mut pieces).await {
            let why = ClientError::Disconnected { address: address.to_string(), during: format!("a write: {e}") };
            unanswered.drain(..).for_each(|reply| drop(reply.send(Err(why.clone()))));
            pending.lock().close(why);
            return;
        }
        unanswered.drain(..).for_each(|reply| drop(reply.send(Ok(Bytes::new()))));
    }
    let _ = socket.shutdown().await;
}

pub async fn write_all(socket: &mut (impl AsyncWrite + Unpin), pieces: &mut VecDeque<Bytes>) -> io::Result<()> {
    while !pieces.is_empty() {
        let mut slices = [IoSlice::new(&[]); MAX_PIECES_PER_WRITE];
        let count = pieces.len().min(MAX_PIECES_PER_WRITE);
        slices.iter_mut().zip(pieces.iter()).for_each(|(slice, piece)| *slice = IoSlice::new(piece));
        let mut written = socket.write_vectored(&slices[..count]).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        while let Some(first) = pieces.front_mut() {
            if written < first.len() {
                first.advance(written);
                break;
            }
            written -= first.len();
            pieces.pop_front();
        }
    }
    Ok(())
}

/// Reads answers until the peer closes or sends something that cannot be one.
pub async fn read_answers(mut socket: impl AsyncRead + Unpin, pending: Arc<Mutex<Pending>>, address: Arc<str>) {
    let mut first = true;
    let why = loop {
        match read_answer(&mut socket, first, &address).await {
            Ok(frame) => {
                if let Err(why) = deliver(frame, &pending, &address) {
                    break why;
                }
            }
            Err(why) => break why,
        }
        first = false;
    };
    pending.lock().close(why);
}

async fn read_answer(socket: &mut (impl AsyncRead + Unpin), first: bool, address: &str) -> Result<Bytes, ClientError> {
    let disconnected = |e: io::Error| match e.kind() {
        io::ErrorKind::UnexpectedEof => {
            ClientError::Disconnected { address: address.to_owned(), during: String::new() }
        }
        _ => ClientError::Disconnected { address: address.to_owned(), during: format!("a read: {e}") },
    };
    let mut prefix = [0u8; 4];
    socket.read_exact(&mut prefix).await.map_err(disconnected)?;
    if let Some(what) = foreign::recognise(prefix).filter(|_| first) {
        return Err(ClientError::NotKafka { address: address.to_owned(), what });
    }
    let length = usize::try_from(i32::from_be_bytes(prefix)).ok().filter(|n| (4..=MAX_ANSWER_BYTES).contains(n));
    let length = length.ok_or_else(|| bad_frame(address, format!("length {}", i32::from_be_bytes(prefix))))?;
    let mut frame = BytesMut::with_capacity(length.min(MAX_RESERVED_BYTES));
    while frame.len() < length {
        if frame.capacity() == frame.len() {
            frame.reserve((length - frame.len()).min(frame.len().max(MAX_RESERVED_BYTES)));
        }
        let missing = length - frame.len();
        if socket.read_buf(&mut (&mut frame).limit(missing)).await.map_err(disconnected)? == 0 {
            return Err(disconnected(io::ErrorKind::UnexpectedEof.into()));
        }
    }
    Ok(frame.freeze())
}

/// Hands a frame to the oldest waiting request, whose answer it must be.
fn deliver(frame: Bytes, pending: &Mutex<Pending>, address: &str) -> Result<(), ClientError> {
    let id = frame.first_chunk::<4>().map(|b| i32::from_be_bytes(*b)).unwrap_or_default();
    let (expected, reply) = match pending.lock().waiting.pop_front() {
        Some(oldest) => oldest,
        None => return Err(bad_frame(address, "an answer that nobody asked for".into())),
    };
    if expected != id {
        let why = bad_frame(address, format!("the answer to request {id} where that to request {expected} was due"));
        let _ = reply.send(Err(why.clone()));
        return Err(why);
    }
    let _ = reply.send(Ok(frame));
    Ok(())
}

pub fn bad_frame(address: &str, reason: String) -> ClientError {
    ClientError::BadFrame { address: address.to_owned(), reason }
}

/// What a connection that ended before its first answer stands for, if the peer simply closed it.
pub fn silent(address: &str) -> ClientError {
    ClientError::NotKafka { address: address.to_owned(), what: Foreign::Silent }
}
