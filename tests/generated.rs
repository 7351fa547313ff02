//! The files that come from the tools' definitions must be fresh: `completions/`, `man/`, the launchers in `bin/`,
//! `docs/cli.md` and `docs/output.md`.
//! `UPDATE=1 cargo test --test generated` rewrites them.

use rkafka::{
    handbook,
    launcher::launcher,
    scripts,
    tools::own::{completions, man},
};
use std::{
    collections::BTreeMap,
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

type Files = BTreeMap<String, Vec<u8>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn on_disk(dir: &Path) -> Files {
    let mut files = Files::new();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        files.insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file"));
    }
    files
}

/// Compares `dir` with what it should hold, or makes it so.
fn check(dir: &str, expected: Files, mode: u32) {
    let path = root().join(dir);
    if env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        for (name, text) in &expected {
            let file = path.join(name);
            fs::write(&file, text).expect("a writable file");
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a mode");
        }
    }
    let found = on_disk(&path);
    let stale: Vec<&String> =
        expected.keys().chain(found.keys()).filter(|n| expected.get(*n) != found.get(*n)).collect();
    assert!(stale.is_empty(), "{dir}/ is stale ({stale:?}); run: UPDATE=1 cargo test --test generated");
}

#[test]
fn completions_are_fresh() {
    check("completions", completions::files().into_iter().collect(), 0o644);
}

#[test]
fn manual_pages_are_fresh() {
    check("man", man::pages().expect("pages").into_iter().collect(), 0o644);
}

#[test]
fn pages_of_the_handbook_are_fresh() {
    for (name, text) in handbook::pages() {
        let path = root().join("docs").join(&name);
        if env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).expect("a writable file");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "docs/{name} is stale; run: UPDATE=1 cargo test --test generated");
    }
}

#[test]
fn launchers_are_fresh() {
    let file = |script: &&str| (format!("{script}.sh"), launcher(script).into_bytes());
    check("bin", scripts::ALL.iter().map(file).collect(), 0o755);
}
