//! Pure: clients prove who they are: by SASL (request 102), or by a certificate; and those who must have done so.

use sha1::{Digest as _, Sha1};

use super::auth;
use super::connection::ConnId;
use super::core::Core;
use rkafka_jute::{GetSaslRequest, Id, Input, Record as _, ReplyHeader, RequestHeader, SetSaslResponse, ZkError};
use rkafka_security::sasl::{SaslError, ServerExchange, Step, nonce_text};

const TARGET: &str = "org.apache.zookeeper.server.ZooKeeperServer";
/// Random bytes in a nonce, as in Java's.
const NONCE_BYTES: usize = 30;

impl Core {
    /// A step of SASL. Without users ZooKeeper answers with an empty token.
    pub(super) fn sasl(&mut self, conn: ConnId, header: RequestHeader, mut input: Input<'_>) {
        let token = GetSaslRequest::read(&mut input).ok().and_then(|request| request.token);
        let Some(token) = token else { return self.close(conn) };
        if self.rules.sasl.is_none() {
            return self.answer_sasl(conn, header, ZkError::OK, None);
        }
        match self.step_sasl(conn, &token) {
            Ok(token) => self.answer_sasl(conn, header, ZkError::OK, Some(token)),
            Err(error) => self.sasl_failed(conn, header, &error),
        }
    }

    fn step_sasl(&mut self, conn: ConnId, token: &[u8]) -> Result<Vec<u8>, SaslError> {
        let (Some(rules), Some(connection)) = (&self.rules.sasl, self.connections.get_mut(&conn)) else {
            return Err(SaslError("the connection is gone".to_owned()));
        };
        let new = || Box::new(ServerExchange::new(nonce(&rules.nonce_secret, conn)));
        let exchange = connection.sasl.get_or_insert_with(new);
        match exchange.step(token, |user| rules.password_of(user))? {
            Step::Challenge(token) => Ok(token),
            Step::Proved { token, user } => {
                let Some(id) = auth::authorized_name(rules, &user) else {
                    return Err(SaslError(format!("the name {user} is malformed")));
                };
                log::info!(
                    target: TARGET, "Session 0x{:x}: adding SASL authorization for authorizationID: {id}", connection.session
                );
                let is_super = rules.super_users.contains(&id);
                connection.add_id(Id { scheme: "sasl".into(), id });
                if is_super {
                    connection.add_id(Id::new("super", ""));
                    log::info!(target: TARGET, "Session 0x{:x}: Authenticated Id '{user}' as super user", connection.session);
                }
                Ok(token)
            }
        }
    }

    fn sasl_failed(&mut self, conn: ConnId, header: RequestHeader, error: &SaslError) {
        let address = self.connections.get(&conn).map(|connection| connection.address.to_string()).unwrap_or_default();
        log::warn!(target: TARGET, "Client /{address} failed to SASL authenticate: {error}");
        self.stats.auth_failures += 1;
        let is_required = self.rules.enforced_schemes.iter().any(|scheme| scheme == "sasl");
        if self.rules.allow_sasl_failed && !is_required {
            log::warn!(target: TARGET, "Maintaining client connection despite SASL authentication failure.");
            return self.answer_sasl(conn, header, ZkError::OK, None);
        }
        let err = if is_required { ZkError::SESSION_CLOSED_REQUIRE_SASL_AUTH } else { ZkError::AUTH_FAILED };
        log::warn!(target: TARGET, "Closing client connection due to SASL authentication failure.");
        self.answer_sasl(conn, header, err, None);
        self.close(conn);
    }

    fn answer_sasl(&mut self, conn: ConnId, header: RequestHeader, err: ZkError, token: Option<Vec<u8>>) {
        let reply = ReplyHeader { xid: header.xid, zxid: 0, err };
        self.send_frame(conn, |output| {
            reply.write(output);
            SetSaslResponse { token: token.map(Into::into) }.write(output);
        });
    }

    /// TLS has checked the client's certificate; this is its subject.
    pub fn certified(&mut self, conn: ConnId, subject: &str) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        for id in self.rules.schemes.certified(subject) {
            log::info!(
                target: "org.apache.zookeeper.server.auth.X509AuthenticationProvider",
                "Authenticated Id '{}' for scheme '{}'", id.id, id.scheme
            );
            connection.add_id(id);
        }
        connection.certificate = Some(subject.to_owned());
    }

    /// Whether the client has proved what it must; if not it hears so and is closed.
    pub(super) fn has_proved_enough(&mut self, conn: ConnId, header: RequestHeader) -> bool {
        let schemes = &self.rules.enforced_schemes;
        let Some(connection) = self.connections.get(&conn) else { return false };
        if schemes.is_empty() || connection.ids.iter().any(|id| schemes.contains(&id.scheme)) {
            return true;
        }
        let own: Vec<&str> = connection.ids.iter().map(|id| id.scheme.as_str()).collect();
        log::error!(
            target: "org.apache.zookeeper.server.AuthenticationHelper",
            "Client authentication scheme(s) [{}] does not match with any of the expected authentication scheme [{}], \
             closing session.",
            own.join(", "), schemes.join(", ")
        );
        let err = ZkError::SESSION_CLOSED_REQUIRE_SASL_AUTH;
        self.send_frame(conn, |output| ReplyHeader { xid: header.xid, zxid: 0, err }.write(output));
        self.close(conn);
        false
    }
}

/// Each connection has one nonce; who does not know the secret cannot tell the next.
fn nonce(secret: &[u8], conn: ConnId) -> String {
    let half = |number: u8| {
        Sha1::new().chain_update(secret).chain_update(conn.0.to_be_bytes()).chain_update([number]).finalize()
    };
    let bytes: Vec<u8> = half(0).into_iter().chain(half(1)).take(NONCE_BYTES).collect();
    nonce_text(&bytes)
}
