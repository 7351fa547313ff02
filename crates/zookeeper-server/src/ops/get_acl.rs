//! Pure: getACL (6). Who may read but not administer a node sees who has rights, but no password digests.

use super::Read;
use rkafka_jute::{Acl, GetAclRequest, GetAclResponse, Id, Output, Record as _, ZkError, perms};

pub fn serve(cx: &mut Read<'_>, request: GetAclRequest, output: &mut Output) -> Result<(), ZkError> {
    let node = cx.node(&request.path, perms::READ | perms::ADMIN)?;
    let acl = match cx.check_acl(node, perms::ADMIN) {
        Ok(()) => node.acl().to_vec(),
        Err(_) => node.acl().iter().map(masked).collect(),
    };
    GetAclResponse { acl, stat: node.stat() }.write(output);
    Ok(())
}

fn masked(acl: &Acl) -> Acl {
    match acl.id.id.split_once(':') {
        Some((user, _)) if acl.id.scheme == "digest" => {
            Acl { perms: acl.perms, id: Id::new("digest", &format!("{user}:x")) }
        }
        _ => acl.clone(),
    }
}
