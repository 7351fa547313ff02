//! Who may run the commands that want an identity: whoever has all rights on the root node. The header Authorization
//! carries the scheme and the proof as a client's addauth has them, `digest user:password`; `ip` needs no proof.

use std::net::IpAddr;

use crate::acl;
use crate::auth::{self, Origin};
use crate::http::Request;
use crate::rules::Rules;
use crate::shared::Shared;
use rkafka_config::AdminConfig;
use rkafka_jute::{Id, perms};

/// The status and the reason of a refusal.
type Refusal = (u16, &'static str);

/// Finds out who asks and whether that is enough.
pub fn check(shared: &Shared, config: &AdminConfig, request: &Request) -> Result<(), Refusal> {
    let Some(header) = request.header("authorization") else {
        return Err((401, "Auth info is missing for the command"));
    };
    let address = client_address(config, request).ok_or((401, "Not authenticated"))?;
    let state = shared.state.lock();
    let core = &state.core;
    let ids = identities(header, address, &core.rules).ok_or((401, "Not authenticated"))?;
    if core.rules.skip_acl {
        return Ok(());
    }
    let Some(root) = core.database.tree.get("/") else { return Err((500, "Error occurred during auth")) };
    let each = [perms::READ, perms::WRITE, perms::CREATE, perms::DELETE, perms::ADMIN];
    match each.into_iter().all(|permission| acl::check(root.acl(), permission, &ids, &core.rules.schemes).is_ok()) {
        true => Ok(()),
        false => Err((403, "Not authorized")),
    }
}

fn identities(header: &str, address: IpAddr, rules: &Rules) -> Option<Vec<Id>> {
    let words: Vec<&str> = header.split(' ').collect();
    let (scheme, proof) = match words.as_slice() {
        ["ip"] => ("ip", ""),
        [scheme, proof] => (*scheme, *proof),
        _ => return None,
    };
    let origin = Origin { address, certificate: None };
    auth::authenticate(&rules.schemes, scheme, proof.as_bytes(), origin, rules.super_digest.as_deref())
}

fn client_address(config: &AdminConfig, request: &Request) -> Option<IpAddr> {
    let forwarded = request.header("x-forwarded-for").filter(|_| config.forwarded_for);
    match forwarded {
        Some(list) => list.split(',').next()?.trim().parse().ok(),
        None => Some(request.remote.ip().to_canonical()),
    }
}
