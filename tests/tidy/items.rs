//! What each file makes public, and every word of the tree with its places: the two sides of "is it used?".

use crate::{
    manifest, tokens,
    tree::{Source, Tree},
};
use proc_macro2::{LineColumn, Span};
use std::collections::HashMap;
use syn::{ImplItem, Item, Visibility, spanned::Spanned};

/// A stretch of one file.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Where the file stands in `Tree::sources`.
    pub source: usize,
    pub start: LineColumn,
    pub end: LineColumn,
}

impl Stretch {
    fn holds(&self, place: &Place) -> bool {
        self.source == place.source && (self.start..=self.end).contains(&place.at)
    }
}

/// Something `pub`.
pub struct Public {
    pub name: String,
    pub kind: &'static str,
    pub line: usize,
    pub whole: Stretch,
    /// For a method or an associated constant: whose it is.
    pub of: Option<String>,
}

#[derive(Default)]
pub struct Items {
    pub public: Vec<Public>,
    /// Every `impl` of a type: it speaks of the type, but is no use of it.
    pub impls: HashMap<String, Vec<Stretch>>,
}

/// Where a word stands.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub source: usize,
    pub at: LineColumn,
    pub imported: bool,
    pub test: bool,
}

pub struct Index {
    pub items: Items,
    pub words: HashMap<String, Vec<Place>>,
}

pub fn index(tree: &Tree) -> Index {
    let mut items = Items::default();
    let mut words: HashMap<String, Vec<Place>> = HashMap::new();
    for (number, source) in tree.sources.iter().enumerate().filter(|(_, s)| !s.path.starts_with("tests/tidy/")) {
        if !source.test {
            Collect { source: number, items: &mut items }.all(&source.syntax.items);
        }
        for word in tokens::words(source.all.clone()) {
            let in_tests = || source.cut.iter().any(|(start, end)| (start..end).contains(&&word.at));
            let test = source.test || in_tests();
            let place = Place { source: number, at: word.at, imported: word.imported, test };
            words.entry(word.text).or_default().push(place);
        }
        if is_generator(source) {
            written_words(source, number, &mut words);
        }
    }
    Index { items, words }
}

/// A build script writes code as text.
fn is_generator(source: &Source) -> bool {
    source.path.starts_with(&manifest::in_folder(&source.package, "build"))
}

fn written_words(source: &Source, number: usize, words: &mut HashMap<String, Vec<Place>>) {
    for (line, text) in source.text.lines().enumerate() {
        for word in text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()) {
            let at = LineColumn { line: line + 1, column: 0 };
            words.entry(word.to_string()).or_default().push(Place { source: number, at, imported: false, test: false });
        }
    }
}

impl Index {
    /// Uses of an item outside itself: those that ship, and those of tests.
    pub fn uses(&self, item: &Public) -> (usize, usize) {
        let impls = self.items.impls.get(&item.name).filter(|_| item.of.is_none());
        let own = |place: &Place| {
            let in_impl = || impls.into_iter().flatten().any(|i| i.holds(place));
            place.imported || item.whole.holds(place) || in_impl()
        };
        let places = self.words.get(&item.name).into_iter().flatten().filter(|p| !own(p));
        let (tests, shipped): (Vec<&Place>, Vec<&Place>) = places.partition(|p| p.test);
        (shipped.len(), tests.len())
    }
}

struct Collect<'a> {
    source: usize,
    items: &'a mut Items,
}

impl Collect<'_> {
    fn all(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(module) => self.all(module.content.as_ref().map_or(&[][..], |(_, items)| items)),
                Item::Impl(block) => self.block(block),
                item => self.item(item),
            }
        }
    }

    fn item(&mut self, item: &Item) {
        let (vis, name, kind) = match item {
            Item::Fn(i) => (&i.vis, &i.sig.ident, "fn"),
            Item::Struct(i) => (&i.vis, &i.ident, "struct"),
            Item::Enum(i) => (&i.vis, &i.ident, "enum"),
            Item::Union(i) => (&i.vis, &i.ident, "union"),
            Item::Const(i) => (&i.vis, &i.ident, "const"),
            Item::Static(i) => (&i.vis, &i.ident, "static"),
            Item::Trait(i) => (&i.vis, &i.ident, "trait"),
            Item::Type(i) => (&i.vis, &i.ident, "type"),
            Item::Macro(i) if i.attrs.iter().any(|a| a.path().is_ident("macro_export")) => {
                return i.ident.iter().for_each(|name| self.push(name, "macro", None, item.span()));
            }
            _ => return,
        };
        if matches!(vis, Visibility::Public(_)) {
            self.push(name, kind, None, item.span());
        }
    }

    fn block(&mut self, block: &syn::ItemImpl) {
        let of = match &*block.self_ty {
            syn::Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
            _ => None,
        };
        let Some(of) = of else { return };
        let whole = self.stretch(block.span());
        self.items.impls.entry(of.clone()).or_default().push(whole);
        for item in &block.items {
            let (vis, name, kind) = match item {
                ImplItem::Fn(i) => (&i.vis, &i.sig.ident, "method"),
                ImplItem::Const(i) => (&i.vis, &i.ident, "const"),
                _ => continue,
            };
            if matches!(vis, Visibility::Public(_)) {
                self.push(name, kind, Some(&of), item.span());
            }
        }
    }

    fn push(&mut self, ident: &syn::Ident, kind: &'static str, of: Option<&str>, span: Span) {
        let name = ident.to_string().trim_start_matches("r#").to_string();
        let (line, whole) = (ident.span().start().line, self.stretch(span));
        self.items.public.push(Public { name, kind, line, whole, of: of.map(str::to_string) });
    }

    fn stretch(&self, span: Span) -> Stretch {
        Stretch { source: self.source, start: span.start(), end: span.end() }
    }
}
