//! The tree against a map of paths, and frozen trees against later changes.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::node::Owner;
use crate::path;
use crate::tree::{FrozenTree, NewNode, Tree};
use rkafka_jute::{Acl, Id, ZkError};

type Model = BTreeMap<String, Option<Vec<u8>>>;

fn acl(number: u8) -> Vec<Acl> {
    vec![Acl { perms: 31, id: Id::new("digest", &format!("user{number}:x")) }]
}

fn contents(frozen: &FrozenTree) -> Model {
    let mut found = Model::new();
    let walked = frozen.walk(|path, node| -> Result<(), ()> {
        assert!(path == "/" || found.contains_key(path::parent(path)), "parents come first: {path}");
        assert_eq!(found.insert(path.to_owned(), node.data().map(<[u8]>::to_vec)), None);
        Ok(())
    });
    walked.unwrap();
    found
}

fn random_path(rng: &mut fastrand::Rng) -> String {
    (0..rng.usize(1..4)).map(|_| format!("/{}", rng.choice(["a", "b", "ab", "node-0001", "é"]).unwrap())).collect()
}

fn step(tree: &mut Tree, model: &mut Model, rng: &mut fastrand::Rng, zxid: i64) {
    let path = random_path(rng);
    let data = rng.bool().then(|| vec![7; rng.usize(..40)]);
    match rng.u8(..8) {
        0..4 => {
            let owner = *rng.choice(&[Owner::Nobody, Owner::Session(5), Owner::Container]).unwrap();
            let bytes = data.clone().map(Bytes::from);
            let acl = acl(rng.u8(..4));
            let new = NewNode { path: &path, data: bytes, acl: &acl, owner, parent_cversion: -1, zxid, time: zxid };
            let expected = match (model.contains_key(path::parent(&path)), model.contains_key(&path)) {
                (false, _) => Err(ZkError::NO_NODE),
                (_, true) => Err(ZkError::NODE_EXISTS),
                _ => Ok(()),
            };
            assert_eq!(tree.create(new).map(drop), expected, "{path}");
            if expected.is_ok() {
                model.insert(path, data);
            }
        }
        4 => {
            let set = tree.set_data(&path, data.clone().map(Bytes::from), 1, zxid, zxid).is_ok();
            assert_eq!(set, model.contains_key(&path));
            if set {
                model.insert(path, data);
            }
        }
        5 => assert_eq!(tree.set_acl(&path, &acl(rng.u8(..4)), 1).is_ok(), model.contains_key(&path)),
        _ => {
            assert_eq!(tree.delete(&path, zxid).is_ok(), model.contains_key(&path));
            let below = format!("{path}/");
            model.retain(|at, _| *at != path && !at.starts_with(&below));
        }
    }
}

#[test]
fn a_tree_is_a_map_of_paths() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut tree = Tree::new();
    let mut model = contents(&tree.freeze());
    let (mut frozen, mut then) = (tree.freeze(), model.clone());
    for zxid in 1..20_000 {
        step(&mut tree, &mut model, &mut rng, zxid);
        if zxid % 100 == 0 {
            assert_eq!(contents(&frozen), then, "a frozen tree does not change");
            assert_eq!(contents(&tree.freeze()), model);
            check_sums(&tree, &model);
            (frozen, then) = (tree.freeze(), model.clone());
        }
    }
}

fn check_sums(tree: &Tree, model: &Model) {
    assert_eq!(tree.len(), model.len());
    assert_eq!(tree.descendants("/"), model.len() - 1);
    let (mut digest, mut size) = (0_i64, 0);
    let walked = tree.freeze().walk(|path, node| -> Result<(), ()> {
        digest = digest.wrapping_add(node.digest(path));
        size += path.len() + node.data().map_or(0, <[u8]>::len);
        Ok(())
    });
    walked.unwrap();
    assert_eq!((tree.digest(), tree.data_size()), (digest, size));
    for path in model.keys() {
        let node = tree.get(path).unwrap();
        let names: Vec<&str> = node.children().collect();
        assert_eq!(node.child_count(), names.len());
        assert!(names.iter().all(|name| model.contains_key(&path::child(path, name))), "{path}");
    }
    for path in ["", "a", "/a/", "//a", "/a//b", "/nobody"] {
        assert!(tree.get(path).is_none(), "{path:?}");
    }
    let acls = tree.freeze();
    assert!(acls.acls().count() <= 6, "ACLs without nodes go");
}
