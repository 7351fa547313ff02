//! Files that nobody reads: sources that no `mod` and no target leads to, goldens and suites that nothing names.

use crate::tree::Tree;
use std::collections::{BTreeSet, HashMap};

/// Where a file lies that must be named by another: its folder, and what its being forgotten means.
const NAMED: &[(&str, &str)] = &[
    ("tests/golden/", "is compared with nothing"),
    ("tests/conformance/", "is called by nothing"),
    ("benches/", "is called by nothing"),
];
/// Files that stand for the folder they lie in.
const OF_THE_FOLDER: &[&str] = &["Cargo.lock", "Cargo.toml", "README.md"];
/// Languages that name a file by its stem.
const BY_STEM: &[&str] = &[".java", ".py"];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found: Vec<String> = tree
        .sources
        .iter()
        .filter(|s| !s.reached)
        .map(|s| format!("{} is compiled by nothing: no `mod` leads to it", s.path))
        .collect();
    found.extend(left_out(tree));
    let said = Said::of(tree);
    for (folder, what) in NAMED {
        let compiled = |path: &str| tree.sources.iter().any(|s| s.path == path);
        let files = tree.files.keys().filter(|path| path.starts_with(folder) && !compiled(path));
        found.extend(files.filter(|path| !said.names(path)).map(|path| format!("{path} {what}")));
    }
    found
}

/// Tests that `cargo test` leaves out and CI does not run by their name.
fn left_out(tree: &Tree) -> Vec<String> {
    let ci = tree.files.get(".ci/run").map(String::as_str).unwrap_or_default();
    let targets = tree.packages.iter().flat_map(|p| &p.targets);
    let names = targets.filter_map(|t| t.by_name_only.as_ref());
    names
        .filter(|name| !ci.lines().any(|line| runs(line, name)))
        .map(|name| format!("test {name} is run by nothing: .ci/run does not name it"))
        .collect()
}

/// Whether a line of the shell runs the test: one of its commands is `cargo test … --test name`, and not to build it only.
fn runs(line: &str, name: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
    let code = words.join(" ");
    code.split(['&', '|', ';']).any(|command| {
        let words: Vec<&str> = command.split(' ').collect();
        let has = |pair: [&str; 2]| words.windows(2).any(|two| two == pair);
        has(["cargo", "test"]) && has(["--test", name]) && !words.contains(&"--no-run")
    })
}

/// Every word of the tree with the files that say it, two at most.
struct Said<'a> {
    words: HashMap<&'a str, Vec<&'a str>>,
    folders: BTreeSet<String>,
}

impl<'a> Said<'a> {
    fn of(tree: &'a Tree) -> Said<'a> {
        let mut words: HashMap<&str, Vec<&str>> = HashMap::new();
        let mut folders = BTreeSet::new();
        let below = |path: &&String| NAMED.iter().any(|(folder, _)| path.starts_with(folder));
        for path in tree.files.keys().filter(below) {
            folders.extend(ways_to_name_folder(path));
        }
        let mut unsaid: Vec<String> = folders.iter().cloned().collect();
        // Suites are called by suites; goldens may be opened by any crate, in a path that begins so. What tidy says of
        // them calls nothing.
        let scripts =
            |path: &str| path.starts_with("tests/") || path.starts_with("benches/") || path.starts_with(".ci/");
        let speaks =
            |path: &str, text: &str| !path.starts_with("tests/tidy/") && (scripts(path) || text.contains("golden/"));
        for (path, text) in tree.files.iter().filter(|(path, text)| speaks(path, text)) {
            for word in text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.')) {
                for part in word.split('.').chain([word.trim_matches('.')]) {
                    let files = words.entry(part).or_default();
                    if files.len() < 2 && !files.contains(&path.as_str()) {
                        files.push(path);
                    }
                }
            }
            unsaid.retain(|folder| !says_whole(text, folder));
        }
        folders.retain(|folder| !unsaid.contains(folder));
        Said { words, folders }
    }

    /// Whether another file names this one, or the folder that it lies in with all its likes.
    fn names(&self, path: &str) -> bool {
        let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
        let extension = file.rfind('.').map_or("", |dot| &file[dot..]);
        let stem = file.strip_suffix(extension).filter(|_| BY_STEM.contains(&extension));
        let elsewhere = |word: &str| self.words.get(word).is_some_and(|files| files.iter().any(|f| *f != path));
        let by_folder = || ways_to_name_folder(path).iter().any(|way| self.folders.contains(way));
        OF_THE_FOLDER.contains(&file) || elsewhere(file) || stem.is_some_and(elsewhere) || by_folder()
    }
}

/// `golden/records`; `zookeeper/java`; `java/*.java`, `java/Cargo.toml` and, where a script hands the whole of it on,
/// `$HERE/java`. A bare `java` is a word like others. What cargo builds is named without `src`.
fn ways_to_name_folder(path: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or_default();
    let folder = folder.strip_suffix("/src").unwrap_or(folder);
    let mut parts = folder.split('/').skip(1);
    let root = parts.next().unwrap_or_default();
    let within = parts.collect::<Vec<_>>().join("/");
    let extension = file.rfind('.').map_or("", |dot| &file[dot..]);
    let last = within.rsplit('/').next().unwrap_or_default();
    // Goldens are opened by code from anywhere, so their root is said too.
    let whole = if root == "golden" { format!("{root}/{within}") } else { within.clone() };
    let mut ways = vec![format!("{last}/*{extension}"), format!("$HERE/{last}")];
    ways.extend(OF_THE_FOLDER.iter().map(|file| format!("{last}/{file}")));
    ways.extend(Some(whole).filter(|whole| whole.contains('/')));
    if last.is_empty() { Vec::new() } else { ways }
}

/// Whether a text has `way` with no word going on before or behind it, and no path to one thing within it.
fn says_whole(text: &str, way: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(way).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let mut behind = text[at + way.len()..].chars();
        let (next, then) = (behind.next(), behind.next());
        // `records/{name}` is the whole of it, `records/lies.txt` one file; a full stop may end a sentence.
        let goes_on = matches!(next, Some('/' | '.')) && then.is_some_and(is_word);
        !before.is_some_and(|c| is_word(c) || c == '.') && !next.is_some_and(is_word) && !goes_on
    })
}
