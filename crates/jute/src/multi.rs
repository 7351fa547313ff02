//! Pure: multi (14) and multiRead (22): parts behind headers, ended by a header that says done.

use super::{
    CheckVersionRequest, Create2Response, CreateMode, CreateRequest, CreateResponse, CreateTtlRequest, DeleteRequest,
    GetChildrenRequest, GetChildrenResponse, GetDataRequest, GetDataResponse, Input, JuteError, MultiHeader, OpCode,
    Output, Record, SetDataRequest, SetDataResponse, ZkError,
};

/// One part of a multi request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MultiOp {
    Create(CreateRequest),
    Create2(CreateRequest),
    CreateContainer(CreateRequest),
    CreateTtl(CreateTtlRequest),
    Delete(DeleteRequest),
    SetData(SetDataRequest),
    Check(CheckVersionRequest),
    /// Only in multiRead.
    GetData(GetDataRequest),
    /// Only in multiRead.
    GetChildren(GetChildrenRequest),
}

impl MultiOp {
    pub fn op(&self) -> OpCode {
        match self {
            MultiOp::Create(_) => OpCode::CREATE,
            MultiOp::Create2(_) => OpCode::CREATE2,
            MultiOp::CreateContainer(_) => OpCode::CREATE_CONTAINER,
            MultiOp::CreateTtl(_) => OpCode::CREATE_TTL,
            MultiOp::Delete(_) => OpCode::DELETE,
            MultiOp::SetData(_) => OpCode::SET_DATA,
            MultiOp::Check(_) => OpCode::CHECK,
            MultiOp::GetData(_) => OpCode::GET_DATA,
            MultiOp::GetChildren(_) => OpCode::GET_CHILDREN,
        }
    }

    fn read(op: OpCode, input: &mut Input<'_>) -> Result<MultiOp, JuteError> {
        Ok(match op {
            OpCode::CREATE | OpCode::CREATE2 | OpCode::CREATE_CONTAINER => {
                let mut acl = input.clone();
                let request = Record::read(input)?;
                acl.skip().and_then(|()| acl.skip())?;
                MultiOp::creation(op, request, acl.i32()? == -1)?
            }
            OpCode::CREATE_TTL => MultiOp::creation_with_ttl(Record::read(input)?),
            OpCode::DELETE => MultiOp::Delete(Record::read(input)?),
            OpCode::SET_DATA => MultiOp::SetData(Record::read(input)?),
            OpCode::CHECK => MultiOp::Check(Record::read(input)?),
            OpCode::GET_DATA => MultiOp::GetData(Record::read(input)?),
            OpCode::GET_CHILDREN => MultiOp::GetChildren(Record::read(input)?),
            OpCode(other) => return Err(JuteError::UnknownType(other)),
        })
    }

    /// Inside a multi the flags say what kind of node is meant, more than the operation: ZooKeeper's `Op.create`.
    fn creation(op: OpCode, request: CreateRequest, acl_is_null: bool) -> Result<MultiOp, JuteError> {
        let mode = CreateMode::from_flags(request.flags).ok_or(JuteError::BadMulti("unknown create flags"))?;
        if acl_is_null {
            return Err(JuteError::NullAcl);
        }
        Ok(match op {
            _ if mode.is_ttl() => return Err(JuteError::BadMulti("a time to live that is not given")),
            _ if mode == CreateMode::Container => MultiOp::CreateContainer(request),
            OpCode::CREATE2 => MultiOp::Create2(request),
            OpCode::CREATE_CONTAINER => MultiOp::CreateContainer(request),
            _ => MultiOp::Create(request),
        })
    }

    /// Without the flag of a time to live it is a plain creation.
    fn creation_with_ttl(request: CreateTtlRequest) -> MultiOp {
        let CreateTtlRequest { path, data, acl, flags, .. } = request.clone();
        match CreateMode::from_flags(flags) {
            Some(mode) if mode.is_ttl() => MultiOp::CreateTtl(request),
            Some(CreateMode::Container) => MultiOp::CreateContainer(CreateRequest { path, data, acl, flags }),
            _ => MultiOp::Create(CreateRequest { path, data, acl, flags }),
        }
    }

    /// The path that the part is about.
    pub fn path(&self) -> &str {
        match self {
            MultiOp::Create(request) | MultiOp::Create2(request) | MultiOp::CreateContainer(request) => &request.path,
            MultiOp::CreateTtl(request) => &request.path,
            MultiOp::Delete(request) => &request.path,
            MultiOp::SetData(request) => &request.path,
            MultiOp::Check(request) => &request.path,
            MultiOp::GetData(request) => &request.path,
            MultiOp::GetChildren(request) => &request.path,
        }
    }

    fn is_read(&self) -> bool {
        matches!(self, MultiOp::GetData(_) | MultiOp::GetChildren(_))
    }

    fn write(&self, output: &mut Output) {
        match self {
            MultiOp::Create(record) | MultiOp::Create2(record) | MultiOp::CreateContainer(record) => {
                record.write(output)
            }
            MultiOp::CreateTtl(record) => record.write(output),
            MultiOp::Delete(record) => record.write(output),
            MultiOp::SetData(record) => record.write(output),
            MultiOp::Check(record) => record.write(output),
            MultiOp::GetData(record) => record.write(output),
            MultiOp::GetChildren(record) => record.write(output),
        }
    }
}

/// The parts of a multi or multiRead request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MultiRequest {
    pub ops: Vec<MultiOp>,
}

impl Record for MultiRequest {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        let mut ops: Vec<MultiOp> = Vec::new();
        loop {
            let header = MultiHeader::read(input)?;
            if header.done {
                return Ok(MultiRequest { ops });
            }
            let op = MultiOp::read(header.op, input)?;
            if ops.first().is_some_and(|first| first.is_read() != op.is_read()) {
                return Err(JuteError::BadMulti("reads and writes"));
            }
            ops.push(op);
        }
    }

    fn write(&self, output: &mut Output) {
        for op in &self.ops {
            MultiHeader { op: op.op(), done: false, err: -1 }.write(output);
            op.write(output);
        }
        MultiHeader::END.write(output);
    }
}

/// One part of a multi reply. When a multi fails every part is an error: 0 before the part that failed, its code, and
/// [`ZkError::RUNTIME_INCONSISTENCY`] after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MultiResult {
    Create(CreateResponse),
    /// For create2, createContainer and createTTL.
    Create2(OpCode, Create2Response),
    Delete,
    SetData(SetDataResponse),
    Check,
    GetData(GetDataResponse),
    GetChildren(GetChildrenResponse),
    Error(ZkError),
}

impl MultiResult {
    fn read(header: MultiHeader, input: &mut Input<'_>) -> Result<MultiResult, JuteError> {
        Ok(match header.op {
            OpCode::CREATE => MultiResult::Create(Record::read(input)?),
            OpCode::CREATE2 | OpCode::CREATE_CONTAINER | OpCode::CREATE_TTL => {
                MultiResult::Create2(header.op, Record::read(input)?)
            }
            OpCode::DELETE => MultiResult::Delete,
            OpCode::SET_DATA => MultiResult::SetData(Record::read(input)?),
            OpCode::CHECK => MultiResult::Check,
            OpCode::GET_DATA => MultiResult::GetData(Record::read(input)?),
            OpCode::GET_CHILDREN => MultiResult::GetChildren(Record::read(input)?),
            OpCode::ERROR => MultiResult::Error(Record::read(input)?),
            OpCode(other) => return Err(JuteError::UnknownType(other)),
        })
    }

    /// Writes one part; [`MultiResponse::end`] follows the last.
    pub fn write(&self, output: &mut Output) {
        let ok = |op, output: &mut Output| MultiHeader { op, done: false, err: 0 }.write(output);
        match self {
            MultiResult::Create(record) => {
                ok(OpCode::CREATE, output);
                record.write(output);
            }
            MultiResult::Create2(op, record) => {
                ok(*op, output);
                record.write(output);
            }
            MultiResult::Delete => ok(OpCode::DELETE, output),
            MultiResult::SetData(record) => {
                ok(OpCode::SET_DATA, output);
                record.write(output);
            }
            MultiResult::Check => ok(OpCode::CHECK, output),
            MultiResult::GetData(record) => {
                ok(OpCode::GET_DATA, output);
                record.write(output);
            }
            MultiResult::GetChildren(record) => {
                ok(OpCode::GET_CHILDREN, output);
                record.write(output);
            }
            MultiResult::Error(code) => {
                MultiHeader { op: OpCode::ERROR, done: false, err: code.0 }.write(output);
                code.write(output);
            }
        }
    }
}

/// The parts of a multi or multiRead reply, in the order of the request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MultiResponse {
    pub results: Vec<MultiResult>,
}

impl MultiResponse {
    /// Writes what comes after the last part.
    pub fn end(output: &mut Output) {
        MultiHeader::END.write(output);
    }
}

impl Record for MultiResponse {
    fn read(input: &mut Input<'_>) -> Result<Self, JuteError> {
        let mut results = Vec::new();
        loop {
            let header = MultiHeader::read(input)?;
            if header.done {
                return Ok(MultiResponse { results });
            }
            results.push(MultiResult::read(header, input)?);
        }
    }

    fn write(&self, output: &mut Output) {
        self.results.iter().for_each(|result| result.write(output));
        MultiResponse::end(output);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stat;

    #[test]
    fn requests_and_replies_round_trip() {
        let request = MultiRequest {
            ops: vec![
                MultiOp::Create(CreateRequest { path: "/a".into(), ..Default::default() }),
                MultiOp::Check(CheckVersionRequest { path: "/b".into(), version: 3 }),
                MultiOp::Delete(DeleteRequest { path: "/c".into(), version: -1 }),
            ],
        };
        assert_eq!(MultiRequest::from_bytes(&request.to_bytes()).unwrap(), request);
        let response = MultiResponse {
            results: vec![
                MultiResult::Create(CreateResponse { path: "/a".into() }),
                MultiResult::Check,
                MultiResult::Create2(OpCode::CREATE_TTL, Create2Response::default()),
                MultiResult::SetData(SetDataResponse { stat: Stat { version: 4, ..Default::default() } }),
                MultiResult::Error(ZkError::NO_NODE),
            ],
        };
        assert_eq!(MultiResponse::from_bytes(&response.to_bytes()).unwrap(), response);
    }

    #[test]
    fn an_endless_request_is_an_error() {
        let header = MultiHeader { op: OpCode::DELETE, done: false, err: -1 }.to_bytes();
        assert!(MultiRequest::from_bytes(&header).is_err());
        let unknown = MultiHeader { op: OpCode(77), done: false, err: -1 }.to_bytes();
        assert_eq!(MultiRequest::from_bytes(&unknown), Err(JuteError::UnknownType(77)));
    }
}
