//! A connection that its only user reads and writes itself, one request at a time, without tasks beside it: for replica
//! fetchers, which do nothing but ask and take in, as fast as they can.

use super::{
    Target, decode_frame, encode_frame,
    io::{MAX_ANSWER_BYTES, MAX_RESERVED_BYTES, bad_frame, write_all},
    open,
};
use crate::{ClientConfig, ClientError};
use bytes::{Buf, Bytes, BytesMut};
use rkafka_protocol::Request;
use std::{collections::VecDeque, time::Duration};
use tokio::{io::AsyncReadExt, net::TcpStream};

/// How much is asked of the socket at once, at least.
const READ: usize = 64 * 1024;
/// An answer up to this size is a quiet one: whatever memory earlier answers took is given back.
const QUIET: usize = 1024;

/// The connection. A call that fails or is given up leaves it of no use.
pub struct DirectConnection {
    stream: TcpStream,
    address: String,
    client_id: String,
    correlation: i32,
    /// What was read and belongs to no answer yet; answers share its memory, which is used again once they are gone.
    buffer: BytesMut,
    has_grown: bool,
}

impl DirectConnection {
    /// Connects without asking for the peer's versions.
    ///
    /// Errors: [`ClientError::Connect`].
    pub async fn open(target: &Target, config: &ClientConfig) -> Result<DirectConnection, ClientError> {
        Ok(DirectConnection {
            stream: open::connect_to(target, config).await?,
            address: target.address.to_string(),
            client_id: config.client_id.clone(),
            correlation: 0,
            buffer: BytesMut::new(),
            has_grown: false,
        })
    }

    /// Sends `request` and waits for the answer, at most `timeout`.
    pub async fn call<R: Request>(
        &mut self,
        request: &R,
        version: i16,
        timeout: Duration,
    ) -> Result<R::Response, ClientError> {
        self.correlation = self.correlation.wrapping_add(1);
        let frame = encode_frame(request, version, self.correlation, &self.client_id).map_err(ClientError::Encode)?;
        let frame = tokio::time::timeout(timeout, self.exchange(frame)).await.unwrap_or_else(|_| {
            let message = format!("{} did not answer {} in time", self.address, R::KEY.name());
            Err(ClientError::Timeout { message, cause: None })
        })?;
        let bad = |reason: String| bad_frame(&self.address, reason);
        let id = frame.first_chunk::<4>().map_or(-1, |bytes| i32::from_be_bytes(*bytes));
        if id != self.correlation {
            return Err(bad(format!("the answer to request {id} where that to request {} was due", self.correlation)));
        }
        decode_frame::<R>(frame, version).map_err(|reason| bad(format!("{} answer: {reason}", R::KEY.name())))
    }

    async fn exchange(&mut self, frame: Vec<Bytes>) -> Result<Bytes, ClientError> {
        let mut pieces = VecDeque::from(frame);
        let failed = write_all(&mut self.stream, &mut pieces).await;
        failed.map_err(|e| self.disconnected(&format!("a write: {e}")))?;
        self.fill(4).await?;
        let length = self.buffer.get_i32();
        let length = usize::try_from(length)
            .ok()
            .filter(|n| (4..=MAX_ANSWER_BYTES).contains(n))
            .ok_or_else(|| bad_frame(&self.address, format!("length {length}")))?;
        self.fill(length).await?;
        let answer = self.buffer.split_to(length).freeze();
        if length > READ {
            self.has_grown = true;
        } else if length <= QUIET && self.has_grown && self.buffer.is_empty() {
            self.buffer = BytesMut::new();
            self.has_grown = false;
        }
        Ok(answer)
    }

    /// Reads until the buffer holds `wanted` bytes. Takes no more memory than has come, or [`MAX_RESERVED_BYTES`].
    async fn fill(&mut self, wanted: usize) -> Result<(), ClientError> {
        while self.buffer.len() < wanted {
            let missing = (wanted - self.buffer.len()).min(self.buffer.len().max(MAX_RESERVED_BYTES));
            self.buffer.reserve(missing.max(READ));
            match self.stream.read_buf(&mut self.buffer).await {
                Ok(0) => return Err(self.disconnected("")),
                Ok(_) => {}
                Err(e) => return Err(self.disconnected(&format!("a read: {e}"))),
            }
        }
        Ok(())
    }

    fn disconnected(&self, during: &str) -> ClientError {
        ClientError::Disconnected { address: self.address.clone(), during: during.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::HostPort;
    use rkafka_protocol::{
        ApiKey, Message, Writer,
        messages::{MetadataRequest, MetadataResponse, ResponseHeader, metadata_response::MetadataResponseBroker},
    };
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    const PATIENCE: Duration = Duration::from_secs(5);

    fn answer(id: i32, host_length: usize) -> Vec<u8> {
        let broker = MetadataResponseBroker { host: "h".repeat(host_length), ..Default::default() };
        let message = MetadataResponse { brokers: vec![broker; 40], ..Default::default() };
        let mut writer = Writer::plain();
        let header = ResponseHeader { correlation_id: id, ..Default::default() };
        header.encode(&mut writer, rkafka_protocol::response_header_version(ApiKey::Metadata, 12)).unwrap();
        message.encode(&mut writer, 12).unwrap();
        let bytes = writer.into_bytes();
        [&(bytes.len() as i32).to_be_bytes()[..], &bytes].concat()
    }

    /// What calls make of the given answers.
    async fn calls(answers: Vec<Vec<u8>>) -> Vec<Result<MetadataResponse, ClientError>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = HostPort::new("127.0.0.1", listener.local_addr().unwrap().port());
        let count = answers.len();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            for answer in answers {
                let length = socket.read_i32().await.unwrap();
                socket.read_exact(&mut vec![0; length as usize]).await.unwrap();
                // In two parts, so that neither the length nor the body comes as a whole.
                let (first, rest) = answer.split_at(answer.len() / 3);
                socket.write_all(first).await.unwrap();
                tokio::task::yield_now().await;
                socket.write_all(rest).await.unwrap();
            }
        });
        let config = ClientConfig::between_brokers("1".into(), String::new(), PATIENCE);
        let target = Target { address, node_id: 1, resolved: Vec::new() };
        let mut connection = DirectConnection::open(&target, &config).await.unwrap();
        let mut results = Vec::new();
        for _ in 0..count {
            results.push(connection.call(&MetadataRequest::default(), 12, PATIENCE).await);
        }
        results
    }

    #[tokio::test]
    async fn answers_of_all_sizes() {
        let lengths = [1, 30_000, 5, 20_000, 3, 3];
        let answers = lengths.iter().zip(1..).map(|(length, id)| answer(id, *length)).collect();
        for (result, length) in calls(answers).await.into_iter().zip(lengths) {
            assert!(result.unwrap().brokers.iter().all(|b| b.host.len() == length));
        }
    }

    #[tokio::test]
    async fn answers_that_cannot_be() {
        for bad in [answer(7, 3), vec![255; 4], vec![0, 0, 0, 3, 0, 0, 0], vec![0, 0, 0, 9, 0, 0, 0, 1, 1]] {
            let mut results = calls(vec![bad.clone()]).await;
            assert!(results.pop().unwrap().is_err(), "{bad:?}");
        }
    }
}
