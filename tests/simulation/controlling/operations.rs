//! ZooKeeper's bytes, between the product's client and the simulated ZooKeeper.

use crate::zookeeper::{Answer, Call, Node, Op, Refusal};
use rkafka_jute::{
    CreateMode, CreateRequest, CreateResponse, DeleteRequest, ExistsRequest, ExistsResponse, GetChildren2Request,
    GetChildren2Response, GetDataRequest, GetDataResponse, MultiOp, MultiRequest, MultiResponse, MultiResult, OpCode,
    Record, SetDataRequest, SetDataResponse, Stat, ZkError,
};

/// What is asked for.
pub fn call(op: OpCode, body: &[u8]) -> Call {
    match op {
        OpCode::GET_DATA => {
            let GetDataRequest { path, watch } = read(body);
            Call::Get { path, watch }
        }
        OpCode::EXISTS => {
            let ExistsRequest { path, watch } = read(body);
            Call::Exists { path, watch }
        }
        OpCode::GET_CHILDREN2 => {
            let GetChildren2Request { path, watch } = read(body);
            Call::Children { path, watch }
        }
        OpCode::CREATE => Call::Multi(vec![create(read(body))]),
        OpCode::DELETE => Call::Multi(vec![delete(read(body))]),
        OpCode::SET_DATA => Call::Multi(vec![set(read(body))]),
        OpCode::MULTI => {
            let part = |part| match part {
                MultiOp::Create(request) => create(request),
                MultiOp::Delete(request) => delete(request),
                MultiOp::SetData(request) => set(request),
                MultiOp::Check(request) => Op::Check { path: request.path, version: request.version },
                other => unreachable!("the controller does not {other:?}"),
            };
            Call::Multi(read::<MultiRequest>(body).ops.into_iter().map(part).collect())
        }
        other => unreachable!("the controller does not {other:?}"),
    }
}

fn read<T: Record>(body: &[u8]) -> T {
    T::from_bytes(body).expect("the client's own encoding")
}

fn create(request: CreateRequest) -> Op {
    let mode = CreateMode::from_flags(request.flags).expect("a mode");
    let ephemeral = match mode {
        CreateMode::Persistent => false,
        CreateMode::Ephemeral => true,
        other => unreachable!("the controller creates nothing {other:?}"),
    };
    Op::Create { path: request.path, data: request.data.unwrap_or_default().to_vec(), ephemeral }
}

fn delete(request: DeleteRequest) -> Op {
    Op::Delete { path: request.path, version: request.version }
}

fn set(request: SetDataRequest) -> Op {
    Op::Set { path: request.path, data: request.data.unwrap_or_default().to_vec(), version: request.version }
}

/// The answer to `call`, which came as `op`.
pub fn result(op: OpCode, call: &Call, answer: Answer) -> Result<Vec<u8>, ZkError> {
    match (call, answer) {
        (Call::Multi(ops), answer) if op == OpCode::MULTI => Ok(multi_result(ops, answer).to_bytes()),
        (Call::Multi(ops), Answer::Done { versions, .. }) => Ok(match (&ops[0], versions[0]) {
            (Op::Create { path, .. }, _) => CreateResponse { path: path.clone() }.to_bytes(),
            (Op::Set { .. }, version) => SetDataResponse { stat: Stat { version, ..Stat::default() } }.to_bytes(),
            (Op::Delete { .. } | Op::Check { .. }, _) => Vec::new(),
        }),
        (_, Answer::Refused { why, .. }) => Err(code(why)),
        (_, Answer::Node(None)) => Err(ZkError::NO_NODE),
        (Call::Exists { .. }, Answer::Node(Some(node))) => Ok(ExistsResponse { stat: stat(&node) }.to_bytes()),
        (_, Answer::Node(Some(node))) => {
            let stat = stat(&node);
            Ok(GetDataResponse { data: Some(node.data.into()), stat }.to_bytes())
        }
        (_, Answer::Children(children)) => Ok(GetChildren2Response { children, stat: Stat::default() }.to_bytes()),
        (call, answer) => unreachable!("{answer:?} to {call:?}"),
    }
}

fn multi_result(ops: &[Op], answer: Answer) -> MultiResponse {
    let results = match answer {
        Answer::Done { versions, .. } => {
            let done = |(op, version): (&Op, i32)| match op {
                Op::Create { path, .. } => MultiResult::Create(CreateResponse { path: path.clone() }),
                Op::Set { .. } => MultiResult::SetData(SetDataResponse { stat: Stat { version, ..Stat::default() } }),
                Op::Delete { .. } => MultiResult::Delete,
                Op::Check { .. } => MultiResult::Check,
            };
            ops.iter().zip(versions).map(done).collect()
        }
        Answer::Refused { at, why, .. } => {
            let of = |place: usize| match place.cmp(&at) {
                std::cmp::Ordering::Less => ZkError::OK,
                std::cmp::Ordering::Equal => code(why),
                std::cmp::Ordering::Greater => ZkError::RUNTIME_INCONSISTENCY,
            };
            (0..ops.len()).map(|place| MultiResult::Error(of(place))).collect()
        }
        other => unreachable!("{other:?} to a transaction"),
    };
    MultiResponse { results }
}

fn code(why: Refusal) -> ZkError {
    match why {
        Refusal::BadVersion => ZkError::BAD_VERSION,
        Refusal::NodeExists => ZkError::NODE_EXISTS,
        Refusal::NoNode => ZkError::NO_NODE,
        Refusal::NotEmpty => ZkError::NOT_EMPTY,
    }
}

fn stat(node: &Node) -> Stat {
    Stat {
        czxid: node.czxid,
        version: node.version,
        ephemeral_owner: node.owner.map_or(0, |owner| owner as i64),
        ..Stat::default()
    }
}
