//! What ends a task on purpose: each `unreachable!`, `panic!`, `unwrap` and `expect` that ships stands here with its proof, in
//! words, that no byte from outside leads to it. An `assert!` carries its proof itself, as its message.

use crate::tree::{Source, Tree};
use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// How many stand in a file, and why none of them is ever reached.
pub const PROVEN: &[(&str, usize, &str)] = &[
    (
        "crates/config/src/settings.rs",
        7,
        "a key's value was read as its row's type, and code asks for a key as its row has it: each is asked for at every start",
    ),
    (
        "crates/config/src/topic.rs",
        5,
        "a key's value was read as its row's type, all have defaults, and all are asked for together",
    ),
    ("crates/config/src/zookeeper.rs", 1, "two settings, one of them a path, and the other 0"),
    ("crates/runtime/src/lock/held.rs", 1, "an order of locks, not of bytes; in builds with debug assertions alone"),
    ("crates/runtime/src/random.rs", 1, "the kernel has random bytes; without them no id would be one"),
    (
        "crates/runtime/src/tasks/faults.rs",
        2,
        "whoever starts the process has ordered it; in builds with debug assertions alone",
    ),
    ("crates/wire/src/api.rs", 1, "enum and table are generated from the same facts, and a test asks for each"),
    (
        "crates/zookeeper-server/src/acl_table.rs",
        1,
        "nodes get their numbers from this table, which counts them; those of a snapshot are looked up as it is read",
    ),
    ("crates/zookeeper-server/src/metrics/catalog.rs", 2, "evaluated when compiling"),
];

const MACROS: &[&str] = &["panic", "unreachable"];
const METHODS: &[&str] = &["expect", "expect_err", "unwrap", "unwrap_err"];
const ASSERTIONS: &[(&str, usize)] = &[("assert", 1), ("assert_eq", 2), ("assert_ne", 2)];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for source in shipped(tree) {
        let ends = ends(source);
        let proven = PROVEN.iter().find(|(path, ..)| *path == source.path).map_or(0, |(_, count, _)| *count);
        if ends.len() > proven {
            let each = ends.iter().map(|end| format!("{}:{} has {}, {proven} proven", source.path, end.line, end.text));
            found.extend(each);
        }
        let mut bare = Vec::new();
        assertions(source.code.clone(), &mut bare);
        found.extend(bare.iter().map(|line| format!("{}:{line} asserts without a word", source.path)));
    }
    found
}

/// Build scripts run where cargo does.
fn shipped(tree: &Tree) -> impl Iterator<Item = &Source> {
    tree.shipped().filter(|s| !s.path.contains("/build/") && !s.path.ends_with("/build.rs"))
}

struct End {
    line: usize,
    text: String,
}

fn ends(source: &Source) -> Vec<End> {
    let mut found = Vec::new();
    collect(source.code.clone(), &mut found);
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<End>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for at in 0..tokens.len() {
        match &tokens[at..] {
            [TokenTree::Ident(word), TokenTree::Punct(bang), TokenTree::Group(_), ..]
                if bang.as_char() == '!' && MACROS.iter().any(|m| word == m) =>
            {
                found.push(End { line: word.span().start().line, text: format!("{word}!") });
            }
            [TokenTree::Punct(dot), TokenTree::Ident(word), TokenTree::Group(arguments), ..]
                if dot.as_char() == '.' && METHODS.iter().any(|m| word == m) && is_std(arguments) =>
            {
                found.push(End { line: word.span().start().line, text: format!("{word}()") });
            }
            _ => {}
        }
        if let TokenTree::Group(group) = &tokens[at] {
            collect(group.stream(), found);
        }
    }
}

/// Methods of ours have other arguments: those of `Option` and `Result` have none, or a text.
fn is_std(arguments: &Group) -> bool {
    let first = arguments.stream().into_iter().next();
    let is_text = |t: &TokenTree| matches!(t, TokenTree::Literal(text) if text.to_string().contains('"'));
    let is_reference = |t: &TokenTree| matches!(t, TokenTree::Punct(p) if p.as_char() == '&');
    arguments.delimiter() == Delimiter::Parenthesis && first.is_none_or(|first| is_text(&first) || is_reference(&first))
}

/// Assertions that are checked in release builds and say nothing.
fn assertions(tokens: TokenStream, bare: &mut Vec<usize>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for at in 0..tokens.len() {
        if let [TokenTree::Ident(word), TokenTree::Punct(bang), TokenTree::Group(group), ..] = &tokens[at..]
            && bang.as_char() == '!'
            && let Some((_, operands)) = ASSERTIONS.iter().find(|(name, _)| word == name)
            && arguments(group) <= *operands
            && !is_constant(&tokens[..at])
        {
            bare.push(word.span().start().line);
        }
        if let TokenTree::Group(group) = &tokens[at] {
            assertions(group.stream(), bare);
        }
    }
}

/// `const _: () = assert!(…)` is the compiler's.
fn is_constant(before: &[TokenTree]) -> bool {
    let statement =
        before.rsplit(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ';')).next().unwrap_or_default();
    matches!(statement, [TokenTree::Ident(word), ..] if word == "const")
        || statement
            .windows(2)
            .any(|two| matches!(two, [TokenTree::Ident(word), TokenTree::Ident(_)] if word == "const"))
}

/// How many arguments a macro has, without a comma at the end.
fn arguments(group: &Group) -> usize {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let is_comma =
        |t: &TokenTree| matches!(t, TokenTree::Punct(p) if p.as_char() == ',' && p.spacing() == Spacing::Alone);
    tokens.split(is_comma).filter(|argument| !argument.is_empty()).count()
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let count = |path: &str| tree.sources.iter().find(|s| s.path == path).map_or(0, |s| ends(s).len());
    let wrong = PROVEN.iter().filter(|(path, proven, _)| count(path) != *proven);
    wrong.map(|(path, proven, _)| format!("PROVEN: {path} has {}, not {proven}", count(path))).collect()
}
