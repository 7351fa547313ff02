//! Pure: which namespace (first element of a path) a request reads or writes, and how many bytes
//! (`DataTree.updateReadStat` and `updateWriteStat`).

use rkafka_jute::{Buffer, OpCode, Txn};

/// What Apache ZooKeeper adds to each read for the Stat, in bytes.
const STAT_OVERHEAD: usize = 68;
/// The Stat in a reply, in bytes.
const STAT: usize = 68;

/// The first element of a path; the root has none.
pub fn top(path: &str) -> Option<&str> {
    let below = path.strip_prefix('/')?;
    let name = below.split('/').next()?;
    (!name.is_empty()).then_some(name)
}

/// Tells `record` of a read that was answered with `reply` (the record behind the reply header).
pub fn read_by(op: OpCode, body: &[u8], reply: &[u8], mut record: impl FnMut(&str, usize)) {
    let bytes = match op {
        OpCode::GET_DATA => reply.len().saturating_sub(4 + STAT),
        OpCode::EXISTS => 0,
        OpCode::GET_CHILDREN => names(reply, 0),
        OpCode::GET_CHILDREN2 => names(reply, STAT),
        _ => return,
    };
    if let Some(path) = path_of(body)
        && let Some(namespace) = top(path)
    {
        record(namespace, path.len() + bytes + STAT_OVERHEAD);
    }
}

/// The path that a request begins with.
fn path_of(body: &[u8]) -> Option<&str> {
    let length = body.first_chunk::<4>().map_or(0, |length| i32::from_be_bytes(*length).max(0) as usize);
    str::from_utf8(body.get(4..4 + length)?).ok()
}

/// The bytes of the names in a list of children, which `behind` bytes follow.
fn names(reply: &[u8], behind: usize) -> usize {
    let count = reply.first_chunk::<4>().map_or(0, |count| i32::from_be_bytes(*count).max(0) as usize);
    reply.len().saturating_sub(4 + 4 * count + behind)
}

/// Tells `record` of each node that a transaction without an error wrote. What closing a session deletes stands in the
/// transaction too.
pub fn written_by(txn: &Txn, record: &mut impl FnMut(&str, usize)) {
    let mut write = |path: &str, bytes: usize| {
        if let Some(namespace) = top(path) {
            record(namespace, path.len() + bytes);
        }
    };
    let length = |data: &Buffer| data.as_ref().map_or(0, |data| data.len());
    match txn {
        Txn::Create(txn) | Txn::Create2(txn) => write(&txn.path, length(&txn.data)),
        Txn::CreateContainer(txn) => write(&txn.path, length(&txn.data)),
        Txn::CreateTtl(txn) => write(&txn.path, length(&txn.data)),
        Txn::SetData(txn) => write(&txn.path, length(&txn.data)),
        Txn::Delete(txn) | Txn::DeleteContainer(txn) => write(&txn.path, 0),
        Txn::CloseSession(Some(txn)) => txn.paths_to_delete.iter().for_each(|path| write(path, 0)),
        Txn::Multi(txn) => {
            txn.txns.iter().filter_map(|part| part.txn().ok()).for_each(|part| written_by(&part, record));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_element_is_the_namespace() {
        assert_eq!((top("/"), top("/a"), top("/a/b"), top("a"), top("")), (None, Some("a"), Some("a"), None, None));
    }

    #[test]
    fn children_count_with_their_names() {
        // As many bytes as the recorded server counted: the path, the names, 68.
        let mut reply = vec![0, 0, 0, 2, 0, 0, 0, 2];
        reply.extend(b"e1\0\0\0\x03abc");
        let mut seen = Vec::new();
        let body = [&[0, 0, 0, 2][..], b"/a", &[0]].concat();
        read_by(OpCode::GET_CHILDREN, &body, &reply, |namespace, bytes| seen.push((namespace.to_owned(), bytes)));
        read_by(OpCode::EXISTS, &body, &reply, |namespace, bytes| seen.push((namespace.to_owned(), bytes)));
        read_by(OpCode::GET_DATA, &[0xff; 3], &[], |namespace, bytes| seen.push((namespace.to_owned(), bytes)));
        assert_eq!(seen, [("a".to_owned(), 75), ("a".to_owned(), 70)]);
    }
}
