//! How long files and functions may grow.

use crate::tree::{Source, Tree};
use std::collections::BTreeSet;
use syn::visit::Visit;

/// The most lines of a file, its tests not counted.
const MAX_FILE: usize = 500;
/// The most lines of a function or of the rules of a macro.
const MAX_FUNCTION: usize = 70;

/// What may be longer because it is a table of data; control flow has no place there: a file, or `file function`.
const TABLES: &[&str] = &[];

struct Long {
    /// How an exception names it.
    key: String,
    finding: String,
}

pub fn check(tree: &Tree) -> Vec<String> {
    all(tree).into_iter().filter(|long| !TABLES.contains(&long.key.as_str())).map(|long| long.finding).collect()
}

pub fn stale(tree: &Tree) -> Vec<String> {
    unneeded(tree, TABLES)
}

/// Exceptions that nothing needs any more.
pub fn unneeded(tree: &Tree, exceptions: &[&str]) -> Vec<String> {
    let needed: BTreeSet<String> = all(tree).into_iter().map(|long| long.key).collect();
    let unneeded = exceptions.iter().filter(|e| !needed.contains(**e));
    unneeded.map(|e| format!("TABLES: {e} is short enough, or gone")).collect()
}

fn all(tree: &Tree) -> Vec<Long> {
    let mut found = Vec::new();
    for source in tree.shipped() {
        if source.lines > MAX_FILE {
            let finding = format!("{} has {} lines, {MAX_FILE} are the limit", source.path, source.lines);
            found.push(Long { key: source.path.clone(), finding });
        }
        let mut functions = Functions { source, found: &mut found };
        functions.visit_file(&source.syntax);
    }
    found
}

struct Functions<'a> {
    source: &'a Source,
    found: &'a mut Vec<Long>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, end: usize) {
        let start = name.span().start().line;
        let lines = end + 1 - start;
        if lines > MAX_FUNCTION {
            let path = &self.source.path;
            let finding = format!("{path}:{start} {name} has {lines} lines, {MAX_FUNCTION} are the limit");
            self.found.push(Long { key: format!("{path} {name}"), finding });
        }
    }

    fn body(&mut self, name: &syn::Ident, body: &syn::Block) {
        self.measure(name, body.brace_token.span.close().end().line);
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.body(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.body(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.body(&item.sig.ident, body);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if let Some(name) = &item.ident {
            self.measure(name, item.mac.delimiter.span().close().end().line);
        }
    }
}
