//! Only the platform crate knows which system it runs on: elsewhere no code that ships names one, and none reads `/proc`.

use crate::tree::Tree;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The crate that knows.
const KNOWS: &str = "crates/platform";
/// What a condition asks for a system by.
const CONDITIONS: &[&str] = &["target_family", "target_os", "target_vendor"];
/// Modules that only one system has.
const MODULES: &[&str] = &["std::os::linux", "std::os::macos"];
const PROC: &str = "/proc";

pub fn check(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for source in tree.shipped().filter(|s| s.package != KNOWS) {
        let mut report = |line: usize, what: String| found.push(format!("{}:{line} {what}", source.path));
        walk(source.code.clone(), &mut report);
        for name in source.names().iter().filter(|n| MODULES.iter().any(|m| n.reaches(m) && !n.glob)) {
            report(name.line, format!("names {}", name.text()));
        }
    }
    let manifests = tree.packages.iter().filter(|p| p.folder != KNOWS).map(|p| p.manifest());
    for path in manifests {
        let lines = tree.files.get(&path).into_iter().flat_map(|text| text.lines().enumerate());
        let asks = lines.filter(|(_, line)| line.starts_with('[') && CONDITIONS.iter().any(|c| line.contains(c)));
        found.extend(asks.map(|(at, _)| format!("{path}:{} asks which system it is", at + 1)));
    }
    found
}

fn walk(tokens: TokenStream, report: &mut impl FnMut(usize, String)) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) if !is_comment(&tokens[..at], token) => walk(group.stream(), report),
            TokenTree::Ident(word) if CONDITIONS.iter().any(|c| word == c) => {
                report(word.span().start().line, format!("asks for {word}"));
            }
            TokenTree::Literal(value) if names_proc(&value.to_string()) => {
                report(value.span().start().line, "names /proc".to_string());
            }
            _ => {}
        }
    }
}

/// `/// …` is `#[doc = "…"]` by now.
fn is_comment(before: &[TokenTree], token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let is_attribute = matches!(before.last(), Some(TokenTree::Punct(p)) if matches!(p.as_char(), '#' | '!'));
    let first = group.stream().into_iter().next();
    let is_doc = matches!(first, Some(TokenTree::Ident(word)) if word == "doc");
    is_attribute && is_doc && group.delimiter() == Delimiter::Bracket
}

/// Whether a literal has the path `/proc` or one below it.
fn names_proc(literal: &str) -> bool {
    let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
    let begins =
        |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '}'));
    literal.match_indices(PROC).any(|(at, _)| begins(&literal[..at]) && ends(&literal[at + PROC.len()..]))
}
