//! Programs of requests, made up and shrunk by proptest, on the core and on the model: both must say the same to every
//! client, frame by frame, however the writes are batched on their way to disk, and hold the same tree in the end.

use bytes::Bytes;
use proptest::prelude::*;

use super::client::Server;
use super::model::{self, ALL, Answer, Ask, CREATE, DELETE, Model, Said, WRITE};
use rkafka_jute::{
    Acl, AddWatchRequest, CheckVersionRequest, CreateRequest, CreateResponse, DeleteRequest, ExistsRequest,
    ExistsResponse, GetChildren2Request, GetChildren2Response, GetDataRequest, GetDataResponse, Input, MultiOp,
    MultiRequest, MultiResponse, MultiResult, OpCode, Output, Record, ReplyHeader, SetAclRequest, SetAclResponse,
    SetDataRequest, SetDataResponse, Stat, WatcherEvent,
};

const CLIENTS: u64 = 3;

#[derive(Debug, Clone)]
enum Step {
    Ask(u64, Ask),
    Persist,
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 0..3)
        .prop_map(|names| std::iter::once("/t").chain(names).collect::<Vec<_>>().join("/"))
}

/// Below `/t`, so that `/t` itself stays.
fn deep_path() -> impl Strategy<Value = String> {
    (path(), prop::sample::select(vec!["a", "b", "c"])).prop_map(|(path, name)| format!("{path}/{name}"))
}

fn version() -> impl Strategy<Value = i32> {
    prop_oneof![3 => Just(-1), 2 => 0..3_i32]
}

fn perms() -> impl Strategy<Value = i32> {
    prop_oneof![6 => Just(ALL), 1 => Just(ALL & !CREATE), 1 => Just(ALL & !WRITE), 1 => Just(ALL & !DELETE)]
}

fn data() -> impl Strategy<Value = &'static [u8]> {
    prop::sample::select(vec![&b""[..], b"one", b"a longer one"])
}

/// What may be part of a multi.
fn part() -> impl Strategy<Value = Ask> {
    prop_oneof![
        4 => (deep_path(), any::<bool>(), prop::bool::weighted(0.3), perms())
            .prop_map(|(path, ephemeral, sequential, perms)| Ask::Create { path, ephemeral, sequential, perms }),
        3 => (deep_path(), version()).prop_map(|(path, version)| Ask::Delete { path, version }),
        3 => (path(), data(), version()).prop_map(|(path, data, version)| Ask::SetData { path, data, version }),
        1 => (path(), version()).prop_map(|(path, version)| Ask::Check { path, version }),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let write = part().prop_filter("check stands in a multi", |ask| !matches!(ask, Ask::Check { .. }));
    prop_oneof![
        10 => write,
        1 => (deep_path(), perms(), version()).prop_map(|(path, perms, version)| Ask::SetAcl { path, perms, version }),
        3 => prop::collection::vec(part(), 0..5).prop_map(Ask::Multi),
        2 => (path(), any::<bool>()).prop_map(|(path, watch)| Ask::Exists { path, watch }),
        2 => (path(), any::<bool>()).prop_map(|(path, watch)| Ask::GetData { path, watch }),
        2 => (path(), any::<bool>()).prop_map(|(path, watch)| Ask::GetChildren { path, watch }),
        1 => (path(), any::<bool>()).prop_map(|(path, recursive)| Ask::AddWatch { path, recursive }),
        1 => Just(Ask::Close),
    ]
}

fn program() -> impl Strategy<Value = Vec<Step>> {
    let step =
        prop_oneof![4 => (1..=CLIENTS, ask()).prop_map(|(conn, ask)| Step::Ask(conn, ask)), 1 => Just(Step::Persist)];
    prop::collection::vec(step, 1..120)
}

fn acl(perms: i32) -> Vec<Acl> {
    Acl::open().into_iter().map(|acl| Acl { perms, ..acl }).collect()
}

fn create(path: &str, ephemeral: bool, sequential: bool, perms: i32) -> CreateRequest {
    let flags = i32::from(ephemeral) | i32::from(sequential) << 1;
    CreateRequest { path: path.into(), data: Some(Bytes::from_static(b"x")), acl: acl(perms), flags }
}

fn part_of(ask: &Ask) -> MultiOp {
    match ask.clone() {
        Ask::Create { path, ephemeral, sequential, perms } => {
            MultiOp::Create(create(&path, ephemeral, sequential, perms))
        }
        Ask::Delete { path, version } => MultiOp::Delete(DeleteRequest { path, version }),
        Ask::SetData { path, data, version } => {
            MultiOp::SetData(SetDataRequest { path, data: Some(Bytes::from_static(data)), version })
        }
        Ask::Check { path, version } => MultiOp::Check(CheckVersionRequest { path, version }),
        other => unreachable!("{other:?} stands in no multi"),
    }
}

fn send(server: &mut Server, conn: u64, ask: &Ask) -> i32 {
    match ask.clone() {
        Ask::Create { path, ephemeral, sequential, perms } => {
            server.send(conn, OpCode::CREATE, &create(&path, ephemeral, sequential, perms))
        }
        Ask::Delete { path, version } => server.send(conn, OpCode::DELETE, &DeleteRequest { path, version }),
        Ask::SetData { path, data, version } => {
            server.send(conn, OpCode::SET_DATA, &SetDataRequest { path, data: Some(Bytes::from_static(data)), version })
        }
        Ask::SetAcl { path, perms, version } => {
            server.send(conn, OpCode::SET_ACL, &SetAclRequest { path, acl: acl(perms), version })
        }
        Ask::Check { path, version } => server.send(conn, OpCode::CHECK, &CheckVersionRequest { path, version }),
        Ask::Multi(parts) => {
            server.send(conn, OpCode::MULTI, &MultiRequest { ops: parts.iter().map(part_of).collect() })
        }
        Ask::Exists { path, watch } => server.send(conn, OpCode::EXISTS, &ExistsRequest { path, watch }),
        Ask::GetData { path, watch } => server.send(conn, OpCode::GET_DATA, &GetDataRequest { path, watch }),
        Ask::GetChildren { path, watch } => {
            server.send(conn, OpCode::GET_CHILDREN2, &GetChildren2Request { path, watch })
        }
        Ask::AddWatch { path, recursive } => {
            server.send(conn, OpCode::ADD_WATCH, &AddWatchRequest { path, mode: i32::from(recursive) })
        }
        Ask::Close => server.send(conn, OpCode::CLOSE_SESSION, &Empty),
    }
}

/// The body of requests that have none.
struct Empty;

impl Record for Empty {
    fn read(_: &mut Input<'_>) -> Result<Self, rkafka_jute::JuteError> {
        Ok(Empty)
    }
    fn write(&self, _: &mut Output) {}
}

fn stat(stat: &Stat) -> model::Stat {
    model::Stat {
        czxid: stat.czxid,
        mzxid: stat.mzxid,
        pzxid: stat.pzxid,
        version: stat.version,
        cversion: stat.cversion,
        aversion: stat.aversion,
        owner: stat.ephemeral_owner,
        length: stat.data_length,
        children: stat.num_children,
    }
}

fn parts(response: MultiResponse) -> Answer {
    let part = |result| {
        Ok(match result {
            MultiResult::Create(CreateResponse { path }) => Answer::Path(path),
            MultiResult::SetData(SetDataResponse { stat: set }) => Answer::Stat(stat(&set)),
            MultiResult::Delete | MultiResult::Check => Answer::Nothing,
            MultiResult::Error(code) => return Err(code.0),
            other => unreachable!("{other:?} was not asked for"),
        })
    };
    Answer::Parts(response.results.into_iter().map(part).collect())
}

fn answer(ask: &Ask, body: &[u8]) -> Answer {
    match ask {
        Ask::Create { .. } => Answer::Path(CreateResponse::from_bytes(body).unwrap().path),
        Ask::SetData { .. } => Answer::Stat(stat(&SetDataResponse::from_bytes(body).unwrap().stat)),
        Ask::SetAcl { .. } => Answer::Stat(stat(&SetAclResponse::from_bytes(body).unwrap().stat)),
        Ask::Exists { .. } => Answer::Stat(stat(&ExistsResponse::from_bytes(body).unwrap().stat)),
        Ask::GetData { .. } => {
            let found = GetDataResponse::from_bytes(body).unwrap();
            Answer::Data(found.data.unwrap().to_vec(), stat(&found.stat))
        }
        Ask::GetChildren { .. } => {
            let GetChildren2Response { mut children, stat: found } = GetChildren2Response::from_bytes(body).unwrap();
            // Their order is nobody's promise.
            children.sort();
            Answer::Children(children, stat(&found))
        }
        Ask::Multi(_) => parts(MultiResponse::from_bytes(body).unwrap()),
        Ask::Delete { .. } | Ask::Check { .. } | Ask::AddWatch { .. } | Ask::Close => Answer::Nothing,
    }
}

fn said(frame: &[u8], asked: &[(i32, Ask)]) -> Said {
    let mut input = Input::new(frame);
    let header = ReplyHeader::read(&mut input).unwrap();
    if header.xid == -1 {
        let event = WatcherEvent::read(&mut input).unwrap();
        return Said::Event(event.kind, event.path);
    }
    let (_, ask) = asked.iter().find(|(xid, _)| *xid == header.xid).expect("an answer to what was asked");
    let answer = header.err.ok().map(|()| answer(ask, input.rest())).map_err(|code| code.0);
    Said::Reply { xid: header.xid, zxid: header.zxid, answer }
}

fn run(program: Vec<Step>) -> Result<(), TestCaseError> {
    let mut server = Server::new();
    server.connect(9);
    server.create(9, "/t", 0).unwrap();
    let mut model = Model::new(2);
    let mut asked = Vec::new();
    let mut next_conn = CLIENTS + 10;
    let mut conns: Vec<u64> = (1..=CLIENTS).collect();
    for step in program.into_iter().chain([Step::Persist]) {
        match step {
            Step::Persist => {
                server.persist();
                model.persist();
            }
            Step::Ask(client, ask) => {
                let conn = &mut conns[client as usize - 1];
                if !model.is_open(*conn) {
                    server.persist();
                    model.persist();
                    compare(&mut server, &mut model, *conn, &asked)?;
                    next_conn += 1;
                    *conn = next_conn;
                    model.open(*conn, server.connect(*conn).session_id);
                }
                let xid = send(&mut server, *conn, &ask);
                asked.push((xid, ask.clone()));
                model.ask(*conn, xid, ask);
            }
        }
        server.collect();
        for conn in &conns {
            compare(&mut server, &mut model, *conn, &asked)?;
        }
    }
    for path in model.paths().filter(|path| *path != "/") {
        let held =
            server.core.database().tree.get(path).map(|node| (node.data().unwrap().to_vec(), stat(&node.stat())));
        prop_assert_eq!(held, model.look(path), "{}", path);
    }
    Ok(())
}

fn compare(server: &mut Server, model: &mut Model, conn: u64, asked: &[(i32, Ask)]) -> Result<(), TestCaseError> {
    let ours: Vec<Said> = server.take(conn).iter().map(|frame| said(frame, asked)).collect();
    prop_assert_eq!(ours, model.take(conn), "what connection {} was told", conn);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn clients_hear_what_the_model_says(program in program()) {
        run(program)?;
    }
}
