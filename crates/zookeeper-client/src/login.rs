//! How a client proves who it is: by SASL, before anything else is asked on a connection, or by `addauth`.

use std::time::Duration;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use tokio::time::timeout;

use super::connection::ServerConnection;
use rkafka_jute::{AuthPacket, GetSaslRequest, Input, OpCode, Record, ReplyHeader, SetSaslResponse};
use rkafka_runtime::random;
use rkafka_security::sasl::{nonce_text, respond};

/// Random bytes in a nonce, as in Java's.
const NONCE_BYTES: usize = 30;

/// Requests of one exchange.
pub(super) const REQUESTS: i32 = 2;

/// Whether the server believes us, and we it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Login {
    Proved,
    Refused,
}

/// What a step brings: the server's token, or why there is none.
type Token = Result<Option<Bytes>, String>;

/// The request that proves an identity of another scheme (`addauth`).
pub(super) fn auth_packet(scheme: &str, auth: &Bytes) -> Vec<u8> {
    AuthPacket { kind: 0, scheme: scheme.to_owned(), auth: Some(auth.clone()) }.to_bytes()
}

impl ServerConnection {
    /// Plays the exchange, if there are user and password, with requests `xid` and the one after it. An error means that
    /// the server is lost.
    pub(crate) async fn log_in(
        &mut self,
        xid: i32,
        who: Option<&(String, String)>,
        limit: Duration,
    ) -> anyhow::Result<Login> {
        let Some((user, password)) = who else { return Ok(Login::Proved) };
        match timeout(limit, self.exchange(xid, user, password)).await {
            Err(_) => bail!("no answer to SASL within {} ms", limit.as_millis()),
            Ok(outcome) => match outcome? {
                Ok(()) => Ok(Login::Proved),
                Err(reason) => {
                    log::error!(target: "org.apache.zookeeper.ClientCnxn", "SASL authentication of {user} failed: {reason}");
                    Ok(Login::Refused)
                }
            },
        }
    }

    async fn exchange(&mut self, xid: i32, user: &str, password: &str) -> anyhow::Result<Result<(), String>> {
        let challenge = match self.sasl_step(xid, Vec::new()).await? {
            Ok(Some(challenge)) if !challenge.is_empty() => challenge,
            Ok(_) => return Ok(Err("the server has no users of SASL (its JAAS file)".to_owned())),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut nonce = [0; NONCE_BYTES];
        random::fill(&mut nonce);
        let (response, expected) = match respond(&challenge, user, password, &nonce_text(&nonce)) {
            Ok(both) => both,
            Err(error) => return Ok(Err(error.to_string())),
        };
        Ok(match self.sasl_step(xid.wrapping_add(1), response).await? {
            Ok(Some(proof)) if proof == expected => Ok(()),
            Ok(_) => Err("the server did not prove that it knows the password".to_owned()),
            Err(refusal) => Err(refusal),
        })
    }

    /// Sends one token and waits for the server's.
    async fn sasl_step(&mut self, xid: i32, token: Vec<u8>) -> anyhow::Result<Token> {
        let request = GetSaslRequest { token: Some(token.into()) };
        self.enqueue(xid, OpCode::SASL, &request.to_bytes());
        let frame = self.answer_to(xid).await?;
        let mut input = Input::new(&frame);
        let header = ReplyHeader::read(&mut input)?;
        if !header.err.is_ok() {
            return Ok(Err(header.err.to_string()));
        }
        let reply = SetSaslResponse::read(&mut input).context("a malformed answer to SASL")?;
        Ok(Ok(reply.token))
    }
}
