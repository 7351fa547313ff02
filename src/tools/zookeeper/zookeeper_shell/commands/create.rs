//! `create [-s] [-e] [-c] [-t ttl] path [data] [acl]`: a new node.

use super::{Done, Spec};
use crate::tools::zookeeper::zookeeper_shell::{
    acl_text,
    answer::Answer,
    failure::{Failure, code_message},
    options::{Given, Known, Opt, flag, value},
    path,
};
use rkafka_zookeeper_client::{Acl, CreateMode, ZkClient, ZkError};
use std::time::Duration;

const EPHEMERAL: Opt = flag("e", "ephemeral");
const SEQUENTIAL: Opt = flag("s", "sequential");
const CONTAINER: Opt = flag("c", "container");
const TTL: Opt = value("t", "ttl");

pub const SPEC: Spec = Spec {
    name: "create",
    usage: "[-s] [-e] [-c] [-t ttl] path [data] [acl]",
    known: Some(&Known::free(&[EPHEMERAL, SEQUENTIAL, CONTAINER, TTL])),
};

/// The longest time to live that a node's owner field can hold, in ms.
const MAX_TTL: i64 = 0x00ff_ffff_ffff;

pub async fn run(zk: &ZkClient, given: &Given, answer: &mut Answer) -> Done {
    let node = given.word(1).ok_or_else(|| SPEC.help())?;
    let (mode, ttl) = kind(given)?;
    let data = given.word(2).map(|data| data.as_bytes().to_vec());
    let acl = given.word(3).map_or_else(Acl::open, |text| acl_text::parse(text, answer));
    path::check_new(node, mode.is_sequential()).map_err(Failure::new)?;
    if acl.is_empty() {
        // ZooKeeper's client itself refuses it, and knows no path then.
        answer.talk(code_message(ZkError::INVALID_ACL, ""));
        return Err(Failure::refused(ZkError::INVALID_ACL, "null"));
    }
    let created = match ttl {
        Some(ttl) => zk.create_with_ttl(node, data, mode, acl, ttl).await,
        None => zk.create_with_acl(node, data, mode, acl).await,
    };
    match created {
        Ok(path) => {
            answer.set("path", path.as_str());
            answer.talk(format!("Created {path}"));
            Ok(())
        }
        Err(error) => {
            match error.code() {
                ZkError::INVALID_ACL => answer.talk(code_message(ZkError::INVALID_ACL, node)),
                ZkError::EPHEMERAL_ON_LOCAL_SESSION => {
                    answer.talk("Unable to create ephemeral node on a local session");
                }
                _ => {}
            }
            Err(Failure::of(&error, node))
        }
    }
}

/// What kind of node the options ask for.
fn kind(given: &Given) -> Result<(CreateMode, Option<Duration>), Failure> {
    let (ephemeral, sequential, container) = (given.has(&EPHEMERAL), given.has(&SEQUENTIAL), given.has(&CONTAINER));
    if container && (ephemeral || sequential) {
        let text = "-c cannot be combined with -s or -e. Containers cannot be ephemeral or sequential.";
        return Err(Failure::new(text));
    }
    let ttl: Option<i64> = match given.value(&TTL).map(str::parse) {
        Some(Err(_)) => return Err(Failure::new("-t argument must be a long value")),
        Some(Ok(ttl)) => Some(ttl),
        None => None,
    };
    let mode = match (ephemeral, sequential, container, ttl) {
        (true, _, _, Some(_)) => return Err(Failure::new("TTLs cannot be used with Ephemeral znodes")),
        (_, _, true, Some(_)) => return Err(Failure::new("TTLs cannot be used with Container znodes")),
        (true, true, ..) => CreateMode::EphemeralSequential,
        (true, ..) => CreateMode::Ephemeral,
        (_, true, _, Some(_)) => CreateMode::PersistentSequentialWithTtl,
        (_, true, ..) => CreateMode::PersistentSequential,
        (_, _, true, _) => CreateMode::Container,
        (.., Some(_)) => CreateMode::PersistentWithTtl,
        _ => CreateMode::Persistent,
    };
    let ttl = ttl.map(|ttl| match ttl {
        1..=MAX_TTL => Ok(Duration::from_millis(ttl.unsigned_abs())),
        _ => Err(Failure::new(format!("ttl must be positive and cannot be larger than: {MAX_TTL}"))),
    });
    Ok((mode, ttl.transpose()?))
}
