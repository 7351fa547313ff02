//! What tidy looks at: every text file of the repository by its path, or a few lines that a snippet makes up; the Rust
//! files among them parsed, and reached from the crates' roots as the compiler reaches them.

use crate::{
    manifest::{self, Package},
    names::{self, Name},
    tokens,
};
use proc_macro2::{LineColumn, TokenStream};
use std::{
    borrow::Cow,
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

pub struct Tree {
    /// The text of each file, empty for those that hold no text.
    pub files: BTreeMap<String, String>,
    pub packages: Vec<Package>,
    pub sources: Vec<Source>,
}

/// A Rust file.
pub struct Source {
    pub path: String,
    pub text: String,
    /// Where `crate` is: the folder of the package, empty for the package at the root.
    pub package: String,
    /// `["crate", "group", "join"]`.
    pub module: Vec<String>,
    /// Compiled for tests, benches or fuzzing only.
    pub test: bool,
    /// A `mod` or a target leads to it.
    pub reached: bool,
    /// Everything, and what is left without `#[cfg(test)]`.
    pub all: TokenStream,
    pub code: TokenStream,
    pub syntax: syn::File,
    /// Lines that are not under `#[cfg(test)]`.
    pub lines: usize,
    /// From where to where something is.
    pub cut: Vec<(LineColumn, LineColumn)>,
    names: OnceCell<Vec<Name>>,
}

impl Source {
    /// Every path that what ships names.
    pub fn names(&self) -> &[Name] {
        self.names.get_or_init(|| names::names(self.code.clone(), &self.module))
    }

    /// Every path that it names, in its tests as well.
    pub fn all_names(&self) -> Cow<'_, [Name]> {
        if self.cut.is_empty() {
            return Cow::Borrowed(self.names());
        }
        Cow::Owned(names::names(self.all.clone(), &self.module))
    }

    /// A file that promises to touch nothing outside.
    pub fn is_pure(&self) -> bool {
        self.text.starts_with("//! Pure:")
    }

    pub fn line(&self, number: usize) -> &str {
        self.text.lines().nth(number - 1).unwrap_or_default()
    }
}

/// Folders whose files are read; of `tests/golden` only the names count.
const FOLDERS: &[&str] = &[".ci", "benches", "crates", "fuzz", "src", "tests"];
const FILES: &[&str] = &["ARCHITECTURE.md", "Cargo.toml", "justfile"];
const NOT_READ: &[&str] = &["tests/golden/", "crates/wire/schema/"];

/// Where programs lie that cargo knows nothing of: judges and loads, built by their scripts.
const FOREIGN: &[&str] = &["tests/conformance/", "benches/"];

/// The repository at `root`.
pub fn read(root: &Path) -> Tree {
    let mut files = BTreeMap::new();
    for folder in FOLDERS {
        walk(root, folder, &mut files);
    }
    for file in FILES {
        files.insert(file.to_string(), fs::read_to_string(root.join(file)).unwrap_or_default());
    }
    assert!(files.len() > 300, "the source tree was not found at {}", root.display());
    parse(files)
}

fn walk(root: &Path, folder: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if !matches!(name.as_str(), "target" | "__pycache__" | "corpus" | "artifacts" | "node_modules") {
                walk(root, &path, files);
            }
        } else {
            let read = !NOT_READ.iter().any(|not| path.starts_with(not));
            let text = if read { fs::read_to_string(root.join(&path)).unwrap_or_default() } else { String::new() };
            files.insert(path, text);
        }
    }
}

/// A tree of these files.
pub fn parse(files: BTreeMap<String, String>) -> Tree {
    let packages = manifest::packages(&files);
    let mut sources: Vec<Source> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".rs") && !path.starts_with("tests/tidy/snippets/"))
        .map(|(path, text)| source(path, text))
        .collect();
    let reached = reach(&packages, &sources);
    for source in &mut sources {
        if let Some(place) = reached.get(&source.path) {
            source.reached = true;
            source.test = place.test;
            source.module.clone_from(&place.module);
        }
    }
    sources.retain(|s| s.reached || !FOREIGN.iter().any(|folder| s.path.starts_with(folder)));
    Tree { files, packages, sources }
}

fn source(path: &str, text: &str) -> Source {
    let all: TokenStream = text.parse().unwrap_or_else(|e| panic!("{path}: {e}"));
    let cut = tokens::without_tests(all.clone());
    let syntax = syn::parse2(cut.code.clone()).unwrap_or_else(|e| panic!("{path}:{}: {e}", e.span().start().line));
    let package = manifest::folder_of(path).to_string();
    let lines = text.lines().count() - cut.lines_cut();
    Source {
        path: path.to_string(),
        text: text.to_string(),
        module: module_by_path(path, &package),
        package,
        test: false,
        reached: false,
        all,
        code: cut.code,
        syntax,
        lines,
        cut: cut.cut,
        names: OnceCell::new(),
    }
}

/// The module of a file that no `mod` leads to, by where it lies.
fn module_by_path(path: &str, package: &str) -> Vec<String> {
    let within = path.strip_prefix(package).unwrap_or(path).trim_start_matches('/');
    let within = within.strip_prefix("src/").unwrap_or(within).trim_end_matches(".rs");
    let parts = within.split('/').filter(|p| !matches!(*p, "mod" | "lib" | "main"));
    std::iter::once("crate").chain(parts).map(str::to_string).collect()
}

struct Place {
    module: Vec<String>,
    test: bool,
}

/// Every file that the compiler finds, beginning at the targets.
fn reach(packages: &[Package], sources: &[Source]) -> BTreeMap<String, Place> {
    let all: BTreeMap<&str, &Source> = sources.iter().map(|s| (s.path.as_str(), s)).collect();
    let mut reached = BTreeMap::new();
    for target in packages.iter().flat_map(|p| &p.targets) {
        let folder = target.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_string();
        let module = vec!["crate".to_string()];
        let mut found = Vec::new();
        descend(&all, &target.path, &folder, &module, target.test, &mut found);
        for (path, place) in found {
            // A file of the library and of a test is the library's.
            let known = reached.entry(path).or_insert(Place { module: place.module, test: true });
            known.test &= place.test;
        }
    }
    reached
}

/// `folder` is where the modules declared in `path` lie.
fn descend(
    all: &BTreeMap<&str, &Source>,
    path: &str,
    folder: &str,
    module: &[String],
    test: bool,
    found: &mut Vec<(String, Place)>,
) {
    let Some(source) = all.get(path) else { return };
    found.push((path.to_string(), Place { module: module.to_vec(), test }));
    let beside = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    declared(all, &source.all, (beside, folder), module, test, found);
}

fn declared(
    all: &BTreeMap<&str, &Source>,
    tokens: &TokenStream,
    (beside, folder): (&str, &str),
    module: &[String],
    test: bool,
    found: &mut Vec<(String, Place)>,
) {
    for child in tokens::modules(tokens.clone()) {
        let inner: Vec<String> = module.iter().chain([&child.name]).cloned().collect();
        let test = test || child.test;
        let below = format!("{folder}/{}", child.name);
        if let Some(body) = &child.inline {
            declared(all, body, (&below, &below), &inner, test, found);
            continue;
        }
        let candidates = match &child.path {
            Some(path) => vec![(joined(beside, path), below)],
            None => vec![(format!("{below}.rs"), below.clone()), (format!("{below}/mod.rs"), below)],
        };
        for (path, below) in candidates {
            descend(all, &path, &below, &inner, test, found);
        }
    }
}

/// `a/b` and `../c.rs` make `a/c.rs`.
fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

impl Tree {
    /// Sources that ship: no tests, benches or fuzz targets.
    pub fn shipped(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|s| !s.test)
    }

    /// The folders of all packages that have sources.
    pub fn packages_of_sources(&self) -> BTreeSet<String> {
        self.sources.iter().map(|s| s.package.clone()).collect()
    }
}
