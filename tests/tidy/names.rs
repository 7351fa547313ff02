//! The paths that a file names, each resolved as far as the file itself tells: groups opened, `as` undone, `self` and
//! `super` counted out.

use crate::tokens::{self, plain};
use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use std::collections::HashMap;

/// One path, named in an import, an expression, a type or within a macro.
#[derive(Debug, Clone)]
pub struct Name {
    pub path: Vec<String>,
    pub line: usize,
    /// Ends with `::*`.
    pub glob: bool,
    /// `!` follows.
    pub call: bool,
    /// The name that an import gives it here.
    pub imported_as: Option<String>,
    /// `pub use`.
    pub exported: bool,
    /// Inline modules around it.
    within: Vec<String>,
}

impl Name {
    /// Whether this is `path`, lies below it, or is a `*` that may bring it in.
    pub fn reaches(&self, path: &str) -> bool {
        let wanted: Vec<&str> = path.split("::").collect();
        let common = self.path.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
        common == wanted.len() || (self.glob && common == self.path.len())
    }

    pub fn text(&self) -> String {
        self.path.join("::") + if self.glob { "::*" } else { "" }
    }
}

/// Every name in a file whose module is `module` (`["crate", "log", …]`).
pub fn names(code: TokenStream, module: &[String]) -> Vec<Name> {
    let mut found = Vec::new();
    Walk { found: &mut found, within: Vec::new(), exporting: false }.tokens(code.clone(), false, &[]);
    let children = tokens::modules(code).into_iter().map(|child| {
        let path = module.iter().chain([&child.name]).cloned().collect();
        (child.name, path)
    });
    let imports = found.iter().filter_map(|n| Some((n.imported_as.clone()?, relative(n, module))));
    let imports: HashMap<String, Vec<String>> =
        children.chain(imports).filter(|(alias, path)| path.first() != Some(alias)).collect();
    for name in &mut found {
        let path = relative(name, module);
        name.path = through_imports(path, &imports);
    }
    found
}

/// `self`, `super` and `Self` files' own places made absolute.
fn relative(name: &Name, module: &[String]) -> Vec<String> {
    let mut here: Vec<String> = module.iter().chain(&name.within).cloned().collect();
    let mut rest = name.path.as_slice();
    if !matches!(rest.first().map(String::as_str), Some("self" | "super")) {
        return normal(rest.to_vec());
    }
    while let Some(first) = rest.first() {
        match first.as_str() {
            "self" => {}
            "super" => drop(here.pop()),
            _ => break,
        }
        rest = &rest[1..];
    }
    here.extend(rest.iter().cloned());
    here
}

/// `core` and `alloc` are parts of `std`.
fn normal(mut path: Vec<String>) -> Vec<String> {
    if let Some(first) = path.first_mut().filter(|f| *f == "core" || *f == "alloc") {
        *first = "std".to_string();
    }
    path
}

fn through_imports(mut path: Vec<String>, imports: &HashMap<String, Vec<String>>) -> Vec<String> {
    // An import may rest on another; a few hops are more than anybody writes.
    for _ in 0..8 {
        let Some(full) = path.first().and_then(|first| imports.get(first)) else { break };
        path = full.iter().cloned().chain(path.into_iter().skip(1)).collect();
        path = normal(path);
    }
    path
}

struct Walk<'a> {
    found: &'a mut Vec<Name>,
    within: Vec<String>,
    /// In a `pub use`.
    exporting: bool,
}

impl Walk<'_> {
    /// `prefix` is what stands before the braces of a grouped import.
    fn tokens(&mut self, tokens: TokenStream, grouped: bool, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut rest = tokens.as_slice();
        let mut importing = grouped;
        let mut before: Option<&TokenTree> = None;
        while let [token, after @ ..] = rest {
            rest = after;
            match token {
                TokenTree::Group(group) => self.tokens(group.stream(), importing, prefix),
                TokenTree::Punct(p) if p.as_char() == '*' && grouped => {
                    self.push(prefix.to_vec(), p.span().start().line).glob = true;
                }
                TokenTree::Punct(p) if p.as_char() == '.' => rest = without_member(rest),
                TokenTree::Punct(p) if p.as_char() == ';' => {
                    importing = grouped;
                    self.exporting &= grouped;
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                // `use<'a>` captures, it imports nothing.
                TokenTree::Ident(word) if word == "use" => {
                    importing = !is_punct(rest.first(), '<');
                    self.exporting = matches!(before, Some(TokenTree::Ident(word)) if word == "pub");
                }
                TokenTree::Ident(word) if word == "extern" => importing = take_word(&mut rest, "crate") || importing,
                TokenTree::Ident(word) if word == "mod" => rest = self.inline_module(rest),
                TokenTree::Ident(word) => {
                    let name = (plain(word), word.span().start().line);
                    rest = self.path(name, rest, importing, prefix);
                }
            }
            before = Some(token);
        }
    }

    fn inline_module<'t>(&mut self, rest: &'t [TokenTree]) -> &'t [TokenTree] {
        let [TokenTree::Ident(name), TokenTree::Group(body), after @ ..] = rest else { return rest };
        self.within.push(name.to_string());
        self.tokens(body.stream(), false, &[]);
        self.within.pop();
        after
    }

    fn path<'t>(
        &mut self,
        (first, line): (String, usize),
        mut rest: &'t [TokenTree],
        importing: bool,
        prefix: &[String],
    ) -> &'t [TokenTree] {
        let mut path = prefix.to_vec();
        if !(importing && first == "self" && !prefix.is_empty()) {
            path.push(first);
        }
        while let Some(after) = after_colons(rest) {
            match after {
                [TokenTree::Ident(next), after @ ..] => {
                    path.push(plain(next));
                    rest = after;
                }
                [TokenTree::Group(group), after @ ..] if group.delimiter() == Delimiter::Brace => {
                    self.tokens(group.stream(), true, &path);
                    return after;
                }
                [TokenTree::Punct(star), after @ ..] if star.as_char() == '*' => {
                    self.push(path, line).glob = true;
                    return after;
                }
                _ => {
                    rest = after;
                    break;
                }
            }
        }
        let call = is_punct(rest.first(), '!') && !is_punct(rest.get(1), '=');
        let own = path.last().cloned();
        let name = self.push(path, line);
        name.call = call;
        if importing {
            name.imported_as = own;
            if let [TokenTree::Ident(as_word), TokenTree::Ident(alias), after @ ..] = rest
                && as_word == "as"
            {
                name.imported_as = Some(plain(alias));
                rest = after;
            }
        }
        rest
    }

    fn push(&mut self, path: Vec<String>, line: usize) -> &mut Name {
        let within = self.within.clone();
        self.found.push(Name {
            path,
            line,
            glob: false,
            call: false,
            imported_as: None,
            exported: self.exporting,
            within,
        });
        self.found.last_mut().expect("just pushed")
    }
}

/// After one dot stands a field or a method, which is no name of the file's; after two stands an expression.
fn without_member(rest: &[TokenTree]) -> &[TokenTree] {
    match rest {
        [TokenTree::Punct(second), after @ ..] if second.as_char() == '.' => after,
        [TokenTree::Ident(word), after @ ..] if word != "await" => after,
        _ => rest,
    }
}

fn after_colons(rest: &[TokenTree]) -> Option<&[TokenTree]> {
    match rest {
        [TokenTree::Punct(first), TokenTree::Punct(second), after @ ..]
            if first.as_char() == ':' && first.spacing() == Spacing::Joint && second.as_char() == ':' =>
        {
            Some(after)
        }
        _ => None,
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(p)) if p.as_char() == wanted)
}

fn take_word(rest: &mut &[TokenTree], wanted: &str) -> bool {
    match rest {
        [TokenTree::Ident(word), after @ ..] if word == wanted => {
            *rest = after;
            true
        }
        _ => false,
    }
}
