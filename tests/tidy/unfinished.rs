//! What stands in no file: work put off, warnings silenced, `unsafe`, and modules named after nothing.

use crate::{tokens, tree::Tree};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// Macros, and what to do instead.
const MACROS: &[(&str, &str)] = &[("todo", "finish it"), ("unimplemented", "finish it"), ("dbg", "log it")];
/// Lints that stay on, and what to do instead. The last may be a beginning.
const LINTS: &[(&str, &str)] = &[
    ("dead_code", "delete it"),
    ("unused", "delete it"),
    ("warnings", "mend them"),
    ("unreachable_code", "delete it"),
    ("clippy::all", "mend it"),
    ("clippy::too_many", "split it"),
    ("clippy::cognitive_complexity", "split it"),
    ("clippy::type_complexity", "name a type"),
];
const NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "util", "utils"];

/// The module of the generated messages, which carry every schema fact, used or not; what silences that stands above it.
const GENERATED: (&str, &str) = ("crates/wire/src/lib.rs", "messages");
/// Who needs `unsafe`, and for what.
pub const UNSAFE: &[(&str, &str)] = &[
    ("crates/wire/tests/hostile_bytes.rs", "an allocator that counts"),
    ("tests/costs/counting.rs", "an allocator that counts"),
];

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for source in &tree.sources {
        let mut report = |line: usize, what: String| found.push(format!("{}:{line} {what}", source.path));
        for module in tokens::modules(source.all.clone()) {
            if NAMES.contains(&module.name.as_str()) {
                report(module.line, format!("module {} is named after nothing", module.name));
            }
        }
        Walk { path: &source.path, report: &mut report }.tokens(source.all.clone());
    }
    found
}

struct Walk<'a, R> {
    path: &'a str,
    report: &'a mut R,
}

impl<R: FnMut(usize, String)> Walk<'_, R> {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Ident(word) => self.word(word, &tokens[at + 1..]),
                TokenTree::Group(group) => {
                    if is_attribute(&tokens[..at], group) && !self.is_of_generated(&tokens[at + 1..]) {
                        lints(group.stream(), self.report);
                    }
                    self.tokens(group.stream());
                }
                _ => {}
            }
        }
    }

    /// Whether this is what follows the attribute of the generated module.
    fn is_of_generated(&self, after: &[TokenTree]) -> bool {
        let (path, module) = GENERATED;
        let declares = |public: &Ident, word: &Ident, name: &Ident| public == "pub" && word == "mod" && name == module;
        let is_it = matches!(after, [TokenTree::Ident(public), TokenTree::Ident(word), TokenTree::Ident(name), ..]
            if declares(public, word, name));
        self.path == path && is_it
    }

    fn word(&mut self, word: &Ident, after: &[TokenTree]) {
        let line = word.span().start().line;
        if word == "unsafe" && !UNSAFE.iter().any(|(path, _)| *path == self.path) {
            (self.report)(line, "is unsafe".to_string());
        }
        let is_call = matches!(after, [TokenTree::Punct(bang), TokenTree::Group(_), ..] if bang.as_char() == '!');
        if let Some((name, instead)) = MACROS.iter().find(|(name, _)| is_call && word == name) {
            (self.report)(line, format!("has {name}!: {instead}"));
        }
    }
}

/// `#[…]` or `#![…]`.
fn is_attribute(before: &[TokenTree], group: &Group) -> bool {
    let is = |token: &TokenTree, c: char| matches!(token, TokenTree::Punct(p) if p.as_char() == c);
    let after_hash = match before {
        [.., hash, bang] if is(bang, '!') => is(hash, '#'),
        [.., hash] => is(hash, '#'),
        [] => false,
    };
    group.delimiter() == Delimiter::Bracket && after_hash
}

/// `allow(…)` and `expect(…)` in an attribute, also those within `cfg_attr`.
fn lints(attribute: TokenStream, report: &mut impl FnMut(usize, String)) {
    let tokens: Vec<TokenTree> = attribute.into_iter().collect();
    for pair in tokens.windows(2) {
        let [TokenTree::Ident(word), TokenTree::Group(inner)] = pair else { continue };
        if word != "allow" && word != "expect" {
            lints(inner.stream(), report);
            continue;
        }
        for lint in crate::names::names(inner.stream(), &[]) {
            let text = lint.path.join("::");
            if let Some((_, instead)) = LINTS.iter().find(|(l, _)| text.starts_with(l)) {
                report(lint.line, format!("silences {text}: {instead}"));
            }
        }
    }
}

pub fn stale(tree: &Tree) -> Vec<String> {
    let is_unsafe = |path: &str| {
        let source = tree.sources.iter().find(|s| s.path == path);
        source.is_some_and(|s| tokens::words(s.all.clone()).iter().any(|w| w.text == "unsafe"))
    };
    UNSAFE.iter().filter(|(path, _)| !is_unsafe(path)).map(|(path, _)| format!("UNSAFE: {path} has none")).collect()
}
