//! Pure: the client's side of the exchange.

use super::digest_md5::{NONCE_COUNT, Proof};
use super::directives::{Directives, quoted};
use super::{DIGEST_URI, SaslError};

/// What a client answers to a challenge, and the token by which a server that knows the password must answer then.
pub fn respond(challenge: &[u8], user: &str, password: &str, cnonce: &str) -> Result<(Vec<u8>, Vec<u8>), SaslError> {
    let given = Directives::parse(challenge)?;
    let (realm, nonce) = (given.text("realm").unwrap_or_default(), given.required("nonce")?);
    if given.text("qop").is_some_and(|offered| !offered.split(',').any(|qop| qop.trim() == "auth")) {
        return Err(SaslError::new("the server wants more than authentication (qop)"));
    }
    if !given.text("algorithm").is_some_and(|algorithm| algorithm.eq_ignore_ascii_case("md5-sess")) {
        return Err(SaslError::new("the server's algorithm is not md5-sess"));
    }
    let proof = Proof { user, realm: &realm, password, nonce: &nonce, cnonce, authzid: Some(user) };
    let (user, realm, nonce, quoted_cnonce) = (quoted(user), quoted(&realm), quoted(&nonce), quoted(cnonce));
    let response = format!(
        "charset=utf-8,username={user},realm={realm},nonce={nonce},nc={NONCE_COUNT},cnonce={quoted_cnonce},\
         digest-uri=\"{DIGEST_URI}\",maxbuf=65536,response={},qop=auth,authzid={user}",
        proof.of_client()
    );
    Ok((response.into_bytes(), format!("rspauth={}", proof.of_server()).into_bytes()))
}
