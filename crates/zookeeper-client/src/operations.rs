//! The operations of a client, one method each. All of them wait while no server is connected.

use super::ZkClient;
use super::error::ZkClientError;
use super::watches::WatchChange;
use bytes::Bytes;
use rkafka_jute::{
    Acl, CheckVersionRequest, Create2Response, CreateMode, CreateRequest, CreateResponse, CreateTtlRequest,
    DeleteRequest, ExistsRequest, ExistsResponse, GetAclRequest, GetAclResponse, GetChildren2Request,
    GetChildren2Response, GetDataRequest, GetDataResponse, MultiOp, MultiRequest, MultiResponse, MultiResult, OpCode,
    Record, SetAclRequest, SetAclResponse, SetDataRequest, SetDataResponse, Stat, SyncRequest, ZkError,
};
use std::time::Duration;

/// The version that matches every version of a node.
pub const ANY_VERSION: i32 = -1;

/// Whether a read asks to be told of the next change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    No,
    Yes,
}

pub(super) type Result<T> = std::result::Result<T, ZkClientError>;

/// The operations that a multi may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkOp {
    Create { path: String, data: Option<Bytes>, acl: Vec<Acl>, mode: CreateMode },
    Delete { path: String, version: i32 },
    SetData { path: String, data: Option<Bytes>, version: i32 },
    Check { path: String, version: i32 },
}

impl ZkOp {
    /// Creates a node that anybody may change (`world:anyone`).
    pub fn create(path: impl Into<String>, data: Option<Vec<u8>>, mode: CreateMode) -> ZkOp {
        ZkOp::Create { path: path.into(), data: data.map(Bytes::from), acl: Acl::open(), mode }
    }

    pub fn set_data(path: impl Into<String>, data: Option<Vec<u8>>, version: i32) -> ZkOp {
        ZkOp::SetData { path: path.into(), data: data.map(Bytes::from), version }
    }

    pub fn delete(path: impl Into<String>, version: i32) -> ZkOp {
        ZkOp::Delete { path: path.into(), version }
    }

    /// Lets the whole multi fail unless the node has this version.
    pub fn check(path: impl Into<String>, version: i32) -> ZkOp {
        ZkOp::Check { path: path.into(), version }
    }

    /// The node that the operation is about.
    pub fn path(&self) -> &str {
        match self {
            ZkOp::Create { path, .. }
            | ZkOp::Delete { path, .. }
            | ZkOp::SetData { path, .. }
            | ZkOp::Check { path, .. } => path,
        }
    }
}

/// What one operation of a successful multi gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZkOpResult {
    /// The path, with its sequence number if it was sequential.
    Created(String),
    Deleted,
    DataSet(Stat),
    Checked,
}

impl ZkClient {
    /// Creates a node that anybody may change; returns its path (a sequential one has its number now).
    pub async fn create(&self, path: &str, data: Option<Vec<u8>>, mode: CreateMode) -> Result<String> {
        self.create_with_acl(path, data, mode, Acl::open()).await
    }

    pub async fn create_with_acl(
        &self,
        path: &str,
        data: Option<Vec<u8>>,
        mode: CreateMode,
        acl: Vec<Acl>,
    ) -> Result<String> {
        let request = CreateRequest { path: self.full(path), data: data.map(Bytes::from), acl, flags: mode.flags() };
        if mode == CreateMode::Container {
            let response: Create2Response = self.request(OpCode::CREATE_CONTAINER, request, path).await?;
            return Ok(self.relative(response.path));
        }
        let response: CreateResponse = self.request(OpCode::CREATE, request, path).await?;
        Ok(self.relative(response.path))
    }

    /// Creates a node that the server deletes once it has had no children and no change for `ttl`. The mode must be one
    /// of those with a TTL.
    pub async fn create_with_ttl(
        &self,
        path: &str,
        data: Option<Vec<u8>>,
        mode: CreateMode,
        acl: Vec<Acl>,
        ttl: Duration,
    ) -> Result<String> {
        let ttl = i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX);
        let (path_of_server, data, flags) = (self.full(path), data.map(Bytes::from), mode.flags());
        let request = CreateTtlRequest { path: path_of_server, data, acl, flags, ttl };
        let response: Create2Response = self.request(OpCode::CREATE_TTL, request, path).await?;
        Ok(self.relative(response.path))
    }

    /// Deletes a node without children. The root cannot be deleted, nor can a chroot from within.
    pub async fn delete(&self, path: &str, version: i32) -> Result<()> {
        let full = if path == "/" { path.to_owned() } else { self.full(path) };
        let request = DeleteRequest { path: full, version };
        self.call(OpCode::DELETE, request.to_bytes(), None, path).await.map(drop)
    }

    /// The node's statistics, or `None` if it is absent; a watch then waits for its creation.
    pub async fn exists(&self, path: &str, watch: Watch) -> Result<Option<Stat>> {
        let full = self.full(path);
        let request = ExistsRequest { path: full.clone(), watch: watch == Watch::Yes };
        match self.call(OpCode::EXISTS, request.to_bytes(), watched(watch, full), path).await {
            Ok(body) => Ok(Some(ExistsResponse::from_bytes(&body)?.stat)),
            Err(error) if error.is_no_node() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The node's data (`None` is ZooKeeper's null) and statistics.
    pub async fn get_data(&self, path: &str, watch: Watch) -> Result<(Option<Bytes>, Stat)> {
        let full = self.full(path);
        let request = GetDataRequest { path: full.clone(), watch: watch == Watch::Yes };
        let body = self.call(OpCode::GET_DATA, request.to_bytes(), watched(watch, full), path).await?;
        let response = GetDataResponse::from_bytes(&body)?;
        Ok((response.data, response.stat))
    }

    /// Like [`ZkClient::get_data`], with `None` for an absent node. It sets no watch then; [`ZkClient::exists`] does.
    pub async fn get_data_if_present(&self, path: &str, watch: Watch) -> Result<Option<(Option<Bytes>, Stat)>> {
        match self.get_data(path, watch).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_no_node() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the node's data if it has `version`.
    pub async fn set_data(&self, path: &str, data: Option<Vec<u8>>, version: i32) -> Result<Stat> {
        let request = SetDataRequest { path: self.full(path), data: data.map(Bytes::from), version };
        let response: SetDataResponse = self.request(OpCode::SET_DATA, request, path).await?;
        Ok(response.stat)
    }

    /// The names of the node's children, in no order, and its statistics.
    pub async fn get_children(&self, path: &str, watch: Watch) -> Result<(Vec<String>, Stat)> {
        let full = self.full(path);
        let request = GetChildren2Request { path: full.clone(), watch: watch == Watch::Yes };
        let body = self.call(OpCode::GET_CHILDREN2, request.to_bytes(), watched(watch, full), path).await?;
        let response = GetChildren2Response::from_bytes(&body)?;
        Ok((response.children, response.stat))
    }

    pub async fn get_acl(&self, path: &str) -> Result<(Vec<Acl>, Stat)> {
        let request = GetAclRequest { path: self.full(path) };
        let response: GetAclResponse = self.request(OpCode::GET_ACL, request, path).await?;
        Ok((response.acl, response.stat))
    }

    /// Replaces the node's ACL if its ACL version is `version`.
    pub async fn set_acl(&self, path: &str, acl: Vec<Acl>, version: i32) -> Result<Stat> {
        let request = SetAclRequest { path: self.full(path), acl, version };
        let response: SetAclResponse = self.request(OpCode::SET_ACL, request, path).await?;
        Ok(response.stat)
    }

    /// Lets the server catch up with the leader of its ensemble before later reads.
    pub async fn sync(&self, path: &str) -> Result<()> {
        let request = SyncRequest { path: self.full(path) };
        self.call(OpCode::SYNC, request.to_bytes(), None, path).await.map(drop)
    }

    /// Does all of `ops` or none. The error names the operation that was refused.
    pub async fn multi(&self, ops: Vec<ZkOp>) -> Result<Vec<ZkOpResult>> {
        let paths: Vec<String> = ops.iter().map(|op| op.path().to_owned()).collect();
        let first = paths.first().map_or("", String::as_str);
        let request = MultiRequest { ops: ops.into_iter().map(|op| self.multi_op(op)).collect() };
        let body = self.call(OpCode::MULTI, request.to_bytes(), None, first).await?;
        let results = MultiResponse::from_bytes(&body)?.results;
        if let Some((code, path)) = refusal(&results, &paths) {
            return Err(ZkClientError::Refused { code, path });
        }
        Ok(results.into_iter().filter_map(|result| self.op_result(result)).collect())
    }

    fn multi_op(&self, op: ZkOp) -> MultiOp {
        match op {
            ZkOp::Create { path, data, acl, mode } => {
                MultiOp::Create(CreateRequest { path: self.full(&path), data, acl, flags: mode.flags() })
            }
            ZkOp::Delete { path, version } => MultiOp::Delete(DeleteRequest { path: self.full(&path), version }),
            ZkOp::SetData { path, data, version } => {
                MultiOp::SetData(SetDataRequest { path: self.full(&path), data, version })
            }
            ZkOp::Check { path, version } => MultiOp::Check(CheckVersionRequest { path: self.full(&path), version }),
        }
    }

    fn op_result(&self, result: MultiResult) -> Option<ZkOpResult> {
        match result {
            MultiResult::Create(created) => Some(ZkOpResult::Created(self.relative(created.path))),
            MultiResult::Delete => Some(ZkOpResult::Deleted),
            MultiResult::SetData(set) => Some(ZkOpResult::DataSet(set.stat)),
            MultiResult::Check => Some(ZkOpResult::Checked),
            MultiResult::Create2(..)
            | MultiResult::GetData(_)
            | MultiResult::GetChildren(_)
            | MultiResult::Error(_) => None,
        }
    }

    pub(super) async fn request<Req: Record, Resp: Record>(
        &self,
        op: OpCode,
        request: Req,
        path: &str,
    ) -> Result<Resp> {
        let body = self.call(op, request.to_bytes(), None, path).await?;
        Ok(Resp::from_bytes(&body)?)
    }
}

pub(super) fn watched(watch: Watch, full_path: String) -> Option<WatchChange> {
    (watch == Watch::Yes).then_some(WatchChange::Read(full_path))
}

/// The code and path of the operation that made a multi fail: those before it report 0, those after it −2.
fn refusal(results: &[MultiResult], paths: &[String]) -> Option<(ZkError, String)> {
    let mut errors = results.iter().enumerate().filter_map(|(i, result)| match result {
        MultiResult::Error(code) => Some((i, *code)),
        _ => None,
    });
    let first = errors.clone().next()?;
    let cause = errors.find(|(_, code)| !code.is_ok() && *code != ZkError::RUNTIME_INCONSISTENCY).unwrap_or(first);
    Some((cause.1, paths.get(cause.0).cloned().unwrap_or_default()))
}
