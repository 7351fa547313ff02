//! Pure: what a write became: the records of the transaction log.
//!
//! An entry is a [`TxnHeader`], the [`Txn`] that its type names, and optionally a [`TxnDigest`] of the tree after it.

use super::record::record;
use super::{Acl, Buffer, Input, JuteError, OpCode, Output, Record, ZkError};

record! {
    /// {i64 client id, i32 cxid, i64 zxid, i64 time in ms, i32 type}.
    #[derive(Copy)]
    TxnHeader { client_id: i64, cxid: i32, zxid: i64, time: i64, op: OpCode }
}
record! {
    /// create (1) and create2 (15). `parent_cversion` is the parent's count of created children after it.
    CreateTxn { path: String, data: Buffer, acl: Vec<Acl>, ephemeral: bool, parent_cversion: i32 }
}
record! {
    /// createContainer (19).
    CreateContainerTxn { path: String, data: Buffer, acl: Vec<Acl>, parent_cversion: i32 }
}
record! {
    /// createTTL (21); `ttl` in ms.
    CreateTtlTxn { path: String, data: Buffer, acl: Vec<Acl>, parent_cversion: i32, ttl: i64 }
}
record! {
    /// delete (2) and deleteContainer (20).
    DeleteTxn { path: String }
}
record! {
    /// setData (5); `version` is the new one.
    SetDataTxn { path: String, data: Buffer, version: i32 }
}
record! {
    /// check (13), inside a multi.
    CheckVersionTxn { path: String, version: i32 }
}
record! {
    /// setACL (7); `version` is the new aversion.
    SetAclTxn { path: String, acl: Vec<Acl>, version: i32 }
}
record! {
    /// createSession (−10); the timeout in ms.
    CreateSessionTxn { timeout: i32 }
}
record! {
    /// closeSession (−11): the ephemeral nodes that go with it. Servers before 3.6 wrote no record.
    CloseSessionTxn { paths_to_delete: Vec<String> }
}
record! {
    /// A write that failed (−1), logged because it consumed a zxid.
    ErrorTxn { err: ZkError }
}
record! {
    /// One part of a [`MultiTxn`]: its type and its record as bytes.
    SubTxn { op: OpCode, data: Buffer }
}
record! {
    /// multi (14). In a failed one every part is an [`ErrorTxn`].
    MultiTxn { txns: Vec<SubTxn> }
}
record! {
    /// {i32 version 2, i64 digest of the tree after the transaction}.
    #[derive(Copy)]
    TxnDigest { version: i32, tree_digest: i64 }
}

/// The record of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Txn {
    Create(CreateTxn),
    Create2(CreateTxn),
    CreateContainer(CreateContainerTxn),
    CreateTtl(CreateTtlTxn),
    Delete(DeleteTxn),
    DeleteContainer(DeleteTxn),
    SetData(SetDataTxn),
    SetAcl(SetAclTxn),
    Check(CheckVersionTxn),
    CreateSession(CreateSessionTxn),
    /// `None` when the entry has no record (written by a server before 3.6).
    CloseSession(Option<CloseSessionTxn>),
    Error(ErrorTxn),
    Multi(MultiTxn),
}

impl Txn {
    /// The type that the transaction header (or the [`SubTxn`]) carries.
    pub fn op(&self) -> OpCode {
        match self {
            Txn::Create(_) => OpCode::CREATE,
            Txn::Create2(_) => OpCode::CREATE2,
            Txn::CreateContainer(_) => OpCode::CREATE_CONTAINER,
            Txn::CreateTtl(_) => OpCode::CREATE_TTL,
            Txn::Delete(_) => OpCode::DELETE,
            Txn::DeleteContainer(_) => OpCode::DELETE_CONTAINER,
            Txn::SetData(_) => OpCode::SET_DATA,
            Txn::SetAcl(_) => OpCode::SET_ACL,
            Txn::Check(_) => OpCode::CHECK,
            Txn::CreateSession(_) => OpCode::CREATE_SESSION,
            Txn::CloseSession(_) => OpCode::CLOSE_SESSION,
            Txn::Error(_) => OpCode::ERROR,
            Txn::Multi(_) => OpCode::MULTI,
        }
    }

    /// Reads the record of a transaction of type `op`.
    pub fn read(op: OpCode, input: &mut Input<'_>) -> Result<Txn, JuteError> {
        Ok(match op {
            OpCode::CREATE => Txn::Create(Record::read(input)?),
            OpCode::CREATE2 => Txn::Create2(Record::read(input)?),
            OpCode::CREATE_CONTAINER => Txn::CreateContainer(Record::read(input)?),
            OpCode::CREATE_TTL => Txn::CreateTtl(Record::read(input)?),
            OpCode::DELETE => Txn::Delete(Record::read(input)?),
            OpCode::DELETE_CONTAINER => Txn::DeleteContainer(Record::read(input)?),
            OpCode::SET_DATA => Txn::SetData(Record::read(input)?),
            OpCode::SET_ACL => Txn::SetAcl(Record::read(input)?),
            OpCode::CHECK => Txn::Check(Record::read(input)?),
            OpCode::CREATE_SESSION => Txn::CreateSession(Record::read(input)?),
            OpCode::CLOSE_SESSION if input.remaining() == 0 => Txn::CloseSession(None),
            OpCode::CLOSE_SESSION => Txn::CloseSession(Some(Record::read(input)?)),
            OpCode::ERROR => Txn::Error(Record::read(input)?),
            OpCode::MULTI => Txn::Multi(Record::read(input)?),
            OpCode(other) => return Err(JuteError::UnknownType(other)),
        })
    }

    pub fn write(&self, output: &mut Output) {
        match self {
            Txn::Create(record) | Txn::Create2(record) => record.write(output),
            Txn::CreateContainer(record) => record.write(output),
            Txn::CreateTtl(record) => record.write(output),
            Txn::Delete(record) | Txn::DeleteContainer(record) => record.write(output),
            Txn::SetData(record) => record.write(output),
            Txn::SetAcl(record) => record.write(output),
            Txn::Check(record) => record.write(output),
            Txn::CreateSession(record) => record.write(output),
            Txn::CloseSession(Some(record)) => record.write(output),
            Txn::CloseSession(None) => {}
            Txn::Error(record) => record.write(output),
            Txn::Multi(record) => record.write(output),
        }
    }

    /// This transaction as a part of a multi.
    pub fn to_sub_txn(&self) -> SubTxn {
        let mut output = Output::new();
        self.write(&mut output);
        SubTxn { op: self.op(), data: Some(output.into_vec().into()) }
    }
}

impl SubTxn {
    /// The transaction that this part holds; multis do not nest.
    pub fn txn(&self) -> Result<Txn, JuteError> {
        match self.op {
            OpCode::MULTI => Err(JuteError::UnknownType(self.op.0)),
            op => Txn::read(op, &mut Input::new(self.data.as_deref().unwrap_or_default())),
        }
    }
}
