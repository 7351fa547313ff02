//! `kafka-metadata-shell` on the metadata logs that nodes of Apache Kafka wrote, beside what its own shell showed of them.

use crate::harness::{ok, rkafka, run, text};
use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

/// A generation, the log that its node wrote, and what its shell showed of it.
const RELEASES: [(&str, &str, &str); 2] =
    [("3.9", "metadata-of-3.9.1.log", "tree-of-3.9.1.txt"), ("4.4", "metadata-of-4.4.0.log", "tree-of-4.4.0.txt")];

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kraft").join(name)
}

fn shell(era: &str, file: &std::path::Path, words: &[&str], stdin: &str) -> Output {
    let mut command = Command::new(rkafka());
    command.arg("kafka-metadata-shell").arg("--snapshot").arg(file).args(words).env("RKAFKA_COMPAT", era);
    run(command, stdin)
}

#[test]
fn the_whole_tree_is_kafkas() {
    for (era, log, tree) in RELEASES {
        let shown = ok(&shell(era, &golden(log), &["tree", "/"], ""));
        let recorded = fs::read_to_string(golden(tree)).expect("a recorded tree");
        for (line, wanted) in shown.lines().zip(recorded.lines()) {
            assert_eq!(line, wanted, "{era}");
        }
        assert_eq!(shown.len(), recorded.len(), "{era}");
    }
}

#[test]
fn a_session_from_a_pipe() {
    let log = golden("metadata-of-3.9.1.log");
    let typed = "pwd\ncd image/topics\nls\n\nls by*/one/{id,1?}\ncat byName/one/name\nhistory 2\nnope\nexit\npwd\n";
    let wanted = "Loading...\nStarting...\n[ Kafka Metadata Shell ]\n>> /\n>> >> byId\nbyName\n>> >> 10\n11\nid\n>> one\n>>     \
                  4  cat byName/one/name\n    5  history 2\n>> invalid choice: 'nope' (choose from 'cat', 'cd', 'exit', \
                  'find', 'help', 'history', 'ls', 'man', 'pwd', 'tree')\n>> ";
    assert_eq!(ok(&shell("3.9", &log, &[], typed)), wanted);
    assert!(
        ok(&shell("4.4", &log, &[], "ls /local")).ends_with(">> commitId\nversion\n>> "),
        "its last line has no end"
    );
}

#[test]
fn what_is_wrong_is_said() {
    let log = golden("metadata-of-4.4.0.log");
    let said = ok(&shell("4.4", &log, &["cat", "/image", "/nope"], ""));
    assert_eq!(said, "cat: /image: Is a directory\ncat: /nope: No such file or directory.\n");
    let dir = tempfile::tempdir().expect("a folder");
    let damaged = dir.path().join("damaged.log");
    let mut bytes = fs::read(&log).expect("a log");
    let tail = bytes.len() - 40;
    bytes[tail..].fill(0);
    bytes.extend([0; 200]);
    fs::write(&damaged, bytes).expect("a file");
    let flipped = dir.path().join("flipped.log");
    let mut bytes = fs::read(&log).expect("a log");
    let last = bytes.len() - 3;
    bytes[last] ^= 1;
    fs::write(&flipped, bytes).expect("a file");
    for (file, part) in [
        (damaged, "damaged.log"),
        (flipped, "flipped.log: the batch at position"),
        (dir.path().join("missing.checkpoint"), "missing.checkpoint"),
        (dir.path().to_owned(), "is a directory"),
    ] {
        let output = shell("4.4", &file, &["ls"], "");
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
        assert!(output.stdout.is_empty() && text(&output).contains(part), "{}", text(&output));
    }
}

/// What the end of a file that was cut lacks is said; strictness makes a failure of it.
#[test]
fn a_file_that_was_cut_is_read_as_far_as_it_goes() {
    let dir = tempfile::tempdir().expect("a folder");
    let bytes = fs::read(golden("metadata-of-4.4.0.log")).expect("a log");
    let cut = dir.path().join("cut.log");
    fs::write(&cut, &bytes[..bytes.len() - 5]).expect("a file");
    let output = shell("4.4", &cut, &["ls", "/"], "");
    assert!(ok(&output).contains("image"), "{}", text(&output));
    assert!(text(&output).contains("are passed over: they are no whole batch"), "{}", text(&output));
}
