//! Cargo.toml as far as tidy needs it: who depends on whom, and which files cargo compiles. Written for the way the house
//! writes its manifests, a key a line.

use std::collections::BTreeMap;

pub struct Package {
    /// `crates/log`, empty for the one at the root.
    pub folder: String,
    pub name: String,
    pub dependencies: Vec<Dependency>,
    pub targets: Vec<Target>,
}

impl Package {
    /// `log` for `crates/log`, `rkafka` for the root's.
    pub fn short(&self) -> &str {
        self.folder.strip_prefix("crates/").unwrap_or(&self.name)
    }

    pub fn manifest(&self) -> String {
        in_folder(&self.folder, "Cargo.toml")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Normal,
    Build,
    Dev,
}

pub struct Dependency {
    /// The package, whatever it is called here.
    pub package: String,
    pub kind: Kind,
    pub line: usize,
}

pub struct Target {
    pub path: String,
    /// Compiled for tests, benches or fuzzing only.
    pub test: bool,
    /// The name of a `[[test]]` that `cargo test` leaves out.
    pub by_name_only: Option<String>,
}

/// The folder of the package that a file belongs to.
pub fn folder_of(path: &str) -> &str {
    if path.starts_with("fuzz/") {
        return "fuzz";
    }
    let Some(rest) = path.strip_prefix("crates/") else { return "" };
    let name = rest.split('/').next().unwrap_or_default();
    &path[.."crates/".len() + name.len()]
}

pub fn in_folder(folder: &str, file: &str) -> String {
    if folder.is_empty() { file.to_string() } else { format!("{folder}/{file}") }
}

/// Every package whose Cargo.toml is among the files.
pub fn packages(files: &BTreeMap<String, String>) -> Vec<Package> {
    let workspace = files.get("Cargo.toml").map(|text| renamed_in_workspace(text)).unwrap_or_default();
    files
        .iter()
        .filter(|(path, _)| *path == "Cargo.toml" || path.ends_with("/Cargo.toml") && !path.starts_with("tests/"))
        .map(|(path, text)| package(path.trim_end_matches("Cargo.toml").trim_end_matches('/'), text, &workspace, files))
        .collect()
}

struct Line<'a> {
    number: usize,
    /// `[dependencies]` without its brackets.
    section: &'a str,
    /// How many sections came before: tells one `[[test]]` from the next.
    nth: usize,
    key: &'a str,
    value: &'a str,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let (mut section, mut nth, mut found) = ("", 0, Vec::new());
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let header = line.strip_prefix('[').and_then(|rest| rest.rsplit_once(']'));
        if let Some((name, _)) = header.filter(|(_, after)| is_comment(after)) {
            section = name.trim_matches(['[', ']']);
            nth += 1;
            // `[dependencies.name]` may say all with no line of its own.
            found.push(Line { number: at + 1, section, nth, key: "", value: "" });
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            found.push(Line { number: at + 1, section, nth, key: key.trim(), value: value.trim() });
        }
    }
    found
}

fn is_comment(text: &str) -> bool {
    text.trim().is_empty() || text.trim_start().starts_with('#')
}

/// Workspace dependencies that are not called as their package is.
fn renamed_in_workspace(text: &str) -> BTreeMap<String, String> {
    lines(text)
        .iter()
        .filter(|l| l.section == "workspace.dependencies")
        .filter_map(|l| Some((l.key.to_string(), package_in(l.value)?)))
        .collect()
}

/// What `package = "…"` or `path = "…"` says within a dependency's braces.
fn package_in(value: &str) -> Option<String> {
    let quoted = |key: &str| {
        let (_, after) = value.split_once(key)?;
        let after = after.trim_start().strip_prefix('=')?;
        after.split('"').nth(1).map(str::to_string)
    };
    let by_path = || Some(format!("rkafka-{}", quoted("path")?.rsplit('/').next()?));
    quoted("package").or_else(by_path).filter(|name| name != "rkafka-..")
}

fn package(
    folder: &str,
    text: &str,
    workspace: &BTreeMap<String, String>,
    files: &BTreeMap<String, String>,
) -> Package {
    let lines = lines(text);
    let said = |section: &str, key: &str| {
        lines.iter().find(|l| l.section == section && l.key == key).map(|l| l.value.trim_matches('"').to_string())
    };
    let name = said("package", "name").unwrap_or_default();
    let dependencies = lines.iter().filter_map(|l| dependency(l, workspace)).collect();
    let build = said("package", "build").unwrap_or_else(|| "build.rs".to_string());
    let mut targets = vec![];
    for path in ["src/lib.rs".to_string(), "src/main.rs".to_string(), build] {
        targets.push(Target { path: in_folder(folder, &path), test: false, by_name_only: None });
    }
    targets.extend(found_by_cargo(folder, files));
    targets.extend(named_targets(folder, &lines));
    Package { folder: folder.to_string(), name, dependencies, targets }
}

fn dependency(line: &Line<'_>, workspace: &BTreeMap<String, String>) -> Option<Dependency> {
    let section = line.section.rsplit_once("'.").map_or(line.section, |(_, section)| section);
    let (table, own) = section.split_once('.').map_or((section, None), |(table, name)| (table, Some(name)));
    let kind = match table {
        "dependencies" => Kind::Normal,
        "build-dependencies" => Kind::Build,
        "dev-dependencies" => Kind::Dev,
        _ => return None,
    };
    let called = match own {
        Some(_) if !line.key.is_empty() && line.key != "package" => return None,
        Some(_) if line.key == "package" => line.value.trim_matches('"'),
        Some(name) => name,
        None if line.key.is_empty() => return None,
        None => line.key.split('.').next().unwrap_or_default(),
    };
    let package = package_in(line.value).or_else(|| workspace.get(called).cloned());
    Some(Dependency { package: package.unwrap_or_else(|| called.to_string()), kind, line: line.number })
}

/// Targets that need no line in Cargo.toml.
fn found_by_cargo(folder: &str, files: &BTreeMap<String, String>) -> Vec<Target> {
    let mut found = Vec::new();
    for (kind, test) in [("tests", true), ("benches", true), ("examples", true), ("src/bin", false)] {
        let start = in_folder(folder, kind) + "/";
        for path in files.keys().filter(|p| p.starts_with(&start) && p.ends_with(".rs")) {
            let within = &path[start.len()..];
            if !within.contains('/') || (within.ends_with("/main.rs") && within.matches('/').count() == 1) {
                found.push(Target { path: path.clone(), test, by_name_only: None });
            }
        }
    }
    found
}

fn named_targets(folder: &str, lines: &[Line<'_>]) -> Vec<Target> {
    let mut found = Vec::new();
    let is_target =
        |l: &&Line<'_>| l.key == "path" && matches!(l.section, "lib" | "bin" | "test" | "bench" | "example");
    for line in lines.iter().filter(is_target) {
        let beside = |key: &str| lines.iter().find(|l| l.nth == line.nth && l.key == key).map(|l| l.value);
        let left_out = line.section == "test" && beside("test") == Some("false");
        found.push(Target {
            path: in_folder(folder, line.value.trim_matches('"')),
            test: matches!(line.section, "test" | "bench" | "example") || folder == "fuzz",
            by_name_only: beside("name").filter(|_| left_out).map(|name| name.trim_matches('"').to_string()),
        });
    }
    found
}
