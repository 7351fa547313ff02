//! Pure: create (1), create2 (15), createContainer (19), createTTL (21).

use super::Prepare;
use crate::node::{MAX_TTL_MS, Owner, new_stat};
use crate::path;
use crate::pending::ChangeRecord;
use crate::quota::Growth;
use rkafka_jute::{
    CreateContainerTxn, CreateMode, CreateRequest, CreateTtlRequest, CreateTtlTxn, CreateTxn, OpCode, Txn, ZkError,
    perms,
};

pub fn prepare(cx: &mut Prepare<'_>, op: OpCode, request: CreateRequest) -> Result<Txn, ZkError> {
    let mode = CreateMode::from_flags(request.flags).ok_or(ZkError::BAD_ARGUMENTS)?;
    if mode.is_ttl() {
        // Only createTTL carries a TTL.
        return Err(if cx.rules.extended_types { ZkError::BAD_ARGUMENTS } else { ZkError::UNIMPLEMENTED });
    }
    // As the transaction will say it when it is applied: flags and operation need not agree.
    let owner = match op {
        OpCode::CREATE_CONTAINER => Owner::Container,
        _ if mode.is_ephemeral() => Owner::Session(cx.session),
        _ => Owner::Nobody,
    };
    let CreateRequest { path, data, acl, .. } = request;
    let txn =
        create(cx, CreateTxn { path, data, acl, ephemeral: mode.is_ephemeral(), parent_cversion: 0 }, mode, owner)?;
    Ok(match op {
        OpCode::CREATE_CONTAINER => {
            let CreateTxn { path, data, acl, parent_cversion, .. } = txn;
            Txn::CreateContainer(CreateContainerTxn { path, data, acl, parent_cversion })
        }
        OpCode::CREATE2 => Txn::Create2(txn),
        _ => Txn::Create(txn),
    })
}

pub fn prepare_ttl(cx: &mut Prepare<'_>, request: CreateTtlRequest) -> Result<Txn, ZkError> {
    let mode = CreateMode::from_flags(request.flags).ok_or(ZkError::BAD_ARGUMENTS)?;
    if mode.is_ttl() && !cx.rules.extended_types {
        return Err(ZkError::UNIMPLEMENTED);
    }
    if !mode.is_ttl() || !(1..=MAX_TTL_MS).contains(&request.ttl) {
        return Err(ZkError::BAD_ARGUMENTS);
    }
    let CreateTtlRequest { path, data, acl, ttl, .. } = request;
    let new = CreateTxn { path, data, acl, ephemeral: false, parent_cversion: 0 };
    let CreateTxn { path, data, acl, parent_cversion, .. } = create(cx, new, mode, Owner::Ttl(ttl))?;
    Ok(Txn::CreateTtl(CreateTtlTxn { path, data, acl, parent_cversion, ttl }))
}

/// Checks the creation and fills in what the request leaves open: sequence number, ACL, the parent's counter.
fn create(cx: &mut Prepare<'_>, mut new: CreateTxn, mode: CreateMode, owner: Owner) -> Result<CreateTxn, ZkError> {
    let parent_path = path::parent_checked(&new.path)?.to_owned();
    new.acl = cx.resolve_acl(&new.acl)?;
    let mut parent = cx.changes.record(&parent_path)?;
    cx.check_acl(&parent, perms::CREATE)?;
    if mode.is_sequential() {
        new.path.push_str(&format!("{:010}", parent.stat.cversion));
    }
    path::validate(&new.path)?;
    if cx.changes.record(&new.path).is_ok() {
        return Err(ZkError::NODE_EXISTS);
    }
    if matches!(Owner::of(parent.stat.ephemeral_owner), Owner::Session(_)) {
        return Err(ZkError::NO_CHILDREN_FOR_EPHEMERALS);
    }
    cx.check_quota(Growth::creation(&new.path, new.data.as_ref()))?;
    parent.stat.cversion = parent.stat.cversion.wrapping_add(1);
    parent.stat.pzxid = cx.zxid;
    parent.child_count += 1;
    new.parent_cversion = parent.stat.cversion;
    cx.changes.put(&parent_path, Some(parent));
    let node = ChangeRecord {
        stat: new_stat(cx.zxid, cx.time, owner),
        data: new.data.clone(),
        acl: new.acl.as_slice().into(),
        child_count: 0,
    };
    cx.changes.put(&new.path, Some(node));
    Ok(new)
}
