//! Pure: the server's side of the exchange.

use super::digest_md5::{NONCE_COUNT, Proof};
use super::directives::{Directives, quoted};
use super::{DIGEST_URI, REALM, SaslError};

/// One exchange, from the client's empty token to its proof.
#[derive(Debug)]
pub struct ServerExchange {
    nonce: String,
    state: State,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    New,
    Challenged,
    Over,
}

/// What to send, and, at the end, who the client is.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    Challenge(Vec<u8>),
    Proved { token: Vec<u8>, user: String },
}

impl ServerExchange {
    /// `nonce` must never have been used.
    pub fn new(nonce: String) -> ServerExchange {
        ServerExchange { nonce, state: State::New }
    }

    /// Takes the client's next token. `password_of` knows the users.
    pub fn step(&mut self, token: &[u8], password_of: impl Fn(&str) -> Option<String>) -> Result<Step, SaslError> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::New if token.is_empty() => {
                self.state = State::Challenged;
                Ok(Step::Challenge(self.challenge()))
            }
            State::New => Err(SaslError::new("the first token must be empty")),
            State::Challenged => self.check(&Directives::parse(token)?, password_of),
            State::Over => Err(SaslError::new("the exchange is over")),
        }
    }

    fn challenge(&self) -> Vec<u8> {
        let (realm, nonce) = (quoted(REALM), quoted(&self.nonce));
        format!("realm={realm},nonce={nonce},charset=utf-8,algorithm=md5-sess").into_bytes()
    }

    fn check(&self, given: &Directives, password_of: impl Fn(&str) -> Option<String>) -> Result<Step, SaslError> {
        let user = given.required("username")?;
        let realm = given.text("realm").unwrap_or_default();
        let expect = |name: &str, value: &str, expected: &str| match value == expected {
            true => Ok(()),
            false => Err(SaslError::new(format!("{name} is {value}, not {expected}"))),
        };
        expect("realm", &realm, REALM)?;
        expect("nonce", &given.required("nonce")?, &self.nonce)?;
        expect("nc", &given.required("nc")?, NONCE_COUNT)?;
        expect("digest-uri", &given.required("digest-uri")?, DIGEST_URI)?;
        expect("qop", &given.text("qop").unwrap_or_else(|| "auth".to_owned()), "auth")?;
        let (cnonce, response) = (given.required("cnonce")?, given.required("response")?);
        let authzid = given.text("authzid").filter(|authzid| !authzid.is_empty());
        let password = password_of(&user).ok_or_else(|| SaslError::new(format!("user {user} is not known")))?;
        let proof = Proof {
            user: &user,
            realm: &realm,
            password: &password,
            nonce: &self.nonce,
            cnonce: &cnonce,
            authzid: authzid.as_deref(),
        };
        if !is_same(proof.of_client().as_bytes(), response.as_bytes()) {
            return Err(SaslError::new(format!("user {user} gave a wrong password")));
        }
        let token = format!("rspauth={}", proof.of_server()).into_bytes();
        Ok(Step::Proved { token, user })
    }
}

/// Compares in a time that does not depend on where the first difference is.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
