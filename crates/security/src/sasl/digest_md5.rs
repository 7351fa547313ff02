//! Pure: the hashes of DIGEST-MD5 (RFC 2831, 2.1.2.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::DIGEST_URI;

/// What both sides hash.
#[derive(Debug)]
pub struct Proof<'a> {
    pub user: &'a str,
    pub realm: &'a str,
    pub password: &'a str,
    pub nonce: &'a str,
    pub cnonce: &'a str,
    pub authzid: Option<&'a str>,
}

/// The only value of the nonce's counter: no nonce is used twice.
pub const NONCE_COUNT: &str = "00000001";

impl Proof<'_> {
    /// `response`, by which the client proves itself.
    pub fn of_client(&self) -> String {
        self.hashed("AUTHENTICATE")
    }

    /// `rspauth`, by which the server does.
    pub fn of_server(&self) -> String {
        self.hashed("")
    }

    fn hashed(&self, method: &str) -> String {
        let secret = [latin_or_utf8(self.user), latin_or_utf8(self.realm), latin_or_utf8(self.password)].join(&b':');
        let mut a1 = Md5::digest(secret).to_vec();
        for part in [Some(self.nonce), Some(self.cnonce), self.authzid].into_iter().flatten() {
            a1.push(b':');
            a1.extend_from_slice(part.as_bytes());
        }
        let (a1, a2) = (hex_md5(&a1), hex_md5(format!("{method}:{DIGEST_URI}").as_bytes()));
        hex_md5(format!("{a1}:{}:{NONCE_COUNT}:{}:auth:{a2}", self.nonce, self.cnonce).as_bytes())
    }
}

/// Latin-1 if the text fits into it, as the RFC wants for old password databases.
fn latin_or_utf8(text: &str) -> Vec<u8> {
    let latin: Option<Vec<u8>> = text.chars().map(|letter| u8::try_from(u32::from(letter)).ok()).collect();
    latin.unwrap_or_else(|| text.as_bytes().to_vec())
}

fn hex_md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Random bytes as they stand in a token.
pub fn nonce_text(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
