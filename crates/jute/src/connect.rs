//! Pure: the first frame each way, which opens or re-opens a session.
//!
//! Very old clients leave the last field (readOnly) out, and then do not expect it in the answer.

use super::{Buffer, Input, JuteError, Output, Record};

/// The length of a session password in bytes.
pub const PASSWORD_LENGTH: usize = 16;

/// {i32 protocol version 0, i64 last zxid seen, i32 timeout in ms, i64 session id, buffer password, optional bool}.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectRequest {
    pub protocol_version: i32,
    pub last_zxid_seen: i64,
    pub timeout_ms: i32,
    pub session_id: i64,
    pub password: Buffer,
    /// Whether a read-only server would do; `None` when the client does not send the field.
    pub read_only: Option<bool>,
}

/// {i32 protocol version 0, i32 timeout in ms, i64 session id, buffer password, optional bool}. A timeout of 0 or less
/// says that the session is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConnectResponse {
    pub protocol_version: i32,
    pub timeout_ms: i32,
    pub session_id: i64,
    pub password: Buffer,
    pub read_only: Option<bool>,
}

fn read_tail(input: &mut Input<'_>) -> Result<Option<bool>, JuteError> {
    if input.remaining() == 0 { Ok(None) } else { input.bool().map(Some) }
}

impl Record for ConnectRequest {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        Ok(ConnectRequest {
            protocol_version: input.i32()?,
            last_zxid_seen: input.i64()?,
            timeout_ms: input.i32()?,
            session_id: input.i64()?,
            password: input.buffer()?,
            read_only: read_tail(input)?,
        })
    }

    fn write(&self, output: &mut Output) {
        output.i32(self.protocol_version);
        output.i64(self.last_zxid_seen);
        output.i32(self.timeout_ms);
        output.i64(self.session_id);
        output.buffer(self.password.as_deref());
        if let Some(read_only) = self.read_only {
            output.bool(read_only);
        }
    }
}

impl Record for ConnectResponse {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        Ok(ConnectResponse {
            protocol_version: input.i32()?,
            timeout_ms: input.i32()?,
            session_id: input.i64()?,
            password: input.buffer()?,
            read_only: read_tail(input)?,
        })
    }

    fn write(&self, output: &mut Output) {
        output.i32(self.protocol_version);
        output.i32(self.timeout_ms);
        output.i64(self.session_id);
        output.buffer(self.password.as_deref());
        if let Some(read_only) = self.read_only {
            output.bool(read_only);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_recorded_answer_round_trips() {
        // A 3.9.1 broker's session on ZooKeeper 3.8.4.
        let bytes = [
            0, 0, 0, 0, 0, 0, 0x46, 0x50, 1, 0, 0, 0x10, 0x85, 0xaa, 0, 0x1e, 0, 0, 0, 0x10, 0xd1, 0x58, 0xd9, 0xf6,
            0xc1, 0xd3, 0xab, 0xa5, 3, 0x7c, 7, 0x95, 0x3c, 0x3b, 0x58, 0x66, 0,
        ];
        let response = ConnectResponse::from_bytes(&bytes).unwrap();
        assert_eq!(response.timeout_ms, 18_000);
        assert_eq!(response.session_id, 0x0100_0010_85aa_001e);
        assert_eq!(response.read_only, Some(false));
        assert_eq!(response.to_bytes(), bytes);
    }

    #[test]
    fn a_client_of_the_first_days_sends_no_read_only_field() {
        let request = ConnectRequest { password: Some(Bytes::from_static(&[0; 16])), ..Default::default() };
        let bytes = request.to_bytes();
        assert_eq!(bytes.len(), 44);
        assert_eq!(ConnectRequest::from_bytes(&bytes).unwrap(), request);
    }
}
