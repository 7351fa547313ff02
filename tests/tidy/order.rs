//! Where a file goes through a hash map or set in the order that happens to be: two runs would tell different stories.
//! Forgiven is what cannot tell (a sum, a sorted copy, another map), and what a comment `// order:` explains.

use crate::tree::{Source, Tree};
use std::collections::{BTreeMap, BTreeSet};
use syn::{
    Expr, Pat, ReturnType, Token, Type,
    punctuated::Punctuated,
    visit::{self, Visit},
};

const GOES_THROUGH: &[&str] = &[
    "drain",
    "extract_if",
    "into_iter",
    "into_keys",
    "into_values",
    "iter",
    "iter_mut",
    "keys",
    "values",
    "values_mut",
    "difference",
    "intersection",
    "union",
    "symmetric_difference",
];
/// What takes an iterator as its argument.
const TAKES: &[&str] = &["chain", "extend", "zip"];
/// Ends of a chain that are the same in any order.
const SAME_IN_ANY_ORDER: &[&str] = &["all", "any", "count", "is_empty", "len", "max", "min", "product", "sum"];
const SORTED_OR_UNORDERED: &[&str] = &["BTreeMap", "BTreeSet", "BinaryHeap", "HashMap", "HashSet"];
/// Calls that give the same thing, borrowed or copied.
const SAME_THING: &[&str] = &["as_mut", "as_ref", "borrow", "borrow_mut", "clone", "to_owned"];
const HASHES: &[&str] = &["HashMap", "HashSet"];
/// What holds a map and hands out its methods.
const HOLDERS: &[&str] = &["Arc", "Box", "Cow", "Option", "Rc", "RefCell"];

/// What a package says of its fields and functions: whether they are hash maps or sets.
#[derive(Default)]
pub struct Declared {
    /// By type and field.
    fields: BTreeMap<(String, String), bool>,
    /// By name, if all of that name are.
    names: BTreeMap<String, bool>,
}

pub fn declared(tree: &Tree, package: &str) -> Declared {
    let mut declared = Declared::default();
    for source in tree.shipped().filter(|s| s.package == package) {
        let types = hash_types(source);
        Declarations { types: &types, declared: &mut declared }.visit_file(&source.syntax);
    }
    declared
}

/// Lines that go through a hash map in its order, and what they go through.
pub fn leaks(source: &Source, declared: &Declared) -> Vec<(usize, String)> {
    let types = hash_types(source);
    let mut walk = Walk {
        types: &types,
        declared,
        own: String::new(),
        locals: BTreeMap::new(),
        forgiven: BTreeSet::new(),
        found: Vec::new(),
    };
    walk.visit_file(&source.syntax);
    walk.found.retain(|(line, _)| !explained(source, *line) && !sorted_after(source, *line));
    walk.found
}

/// A comment `// order:` on the line, or above the statement.
fn explained(source: &Source, line: usize) -> bool {
    let mut line = line;
    while line > 1 && source.line(line).trim_start().starts_with('.') {
        line -= 1;
    }
    let above = if line > 1 { source.line(line - 1) } else { "" };
    source.line(line).contains("// order: ") || above.contains("// order: ")
}

/// The statement after this one sorts.
fn sorted_after(source: &Source, line: usize) -> bool {
    let mut rest = source.text.lines().skip(line - 1).skip_while(|l| !l.trim_end().ends_with(';'));
    rest.nth(1).is_some_and(|l| l.contains(".sort"))
}

/// Names of hash types in this file: std's, imports under other names, aliases.
fn hash_types(source: &Source) -> BTreeSet<String> {
    let mut types: BTreeSet<String> = HASHES.iter().map(|h| h.to_string()).collect();
    let renamed = source.names().iter().filter(|n| n.path.last().is_some_and(|l| HASHES.contains(&l.as_str())));
    types.extend(renamed.filter_map(|n| n.imported_as.clone()));
    for item in &source.syntax.items {
        if let syn::Item::Type(alias) = item
            && is_hash(&alias.ty, &types)
        {
            types.insert(alias.ident.to_string());
        }
    }
    types
}

fn is_hash(ty: &Type, types: &BTreeSet<String>) -> bool {
    match ty {
        Type::Reference(inner) => is_hash(&inner.elem, types),
        Type::Paren(inner) => is_hash(&inner.elem, types),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return false };
            let name = last.ident.to_string();
            types.contains(&name) || (HOLDERS.contains(&name.as_str()) && arguments(last).any(|ty| is_hash(ty, types)))
        }
        _ => false,
    }
}

fn arguments(segment: &syn::PathSegment) -> impl Iterator<Item = &Type> {
    let arguments = match &segment.arguments {
        syn::PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

struct Declarations<'a> {
    types: &'a BTreeSet<String>,
    declared: &'a mut Declared,
}

impl Declarations<'_> {
    fn name(&mut self, name: &syn::Ident, hashed: bool) {
        *self.declared.names.entry(name.to_string()).or_insert(true) &= hashed;
    }
}

impl<'ast> Visit<'ast> for Declarations<'_> {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        for field in &item.fields {
            let Some(name) = &field.ident else { continue };
            let hashed = is_hash(&field.ty, self.types);
            self.declared.fields.insert((item.ident.to_string(), name.to_string()), hashed);
            self.name(name, hashed);
        }
    }

    fn visit_variant(&mut self, variant: &'ast syn::Variant) {
        for field in &variant.fields {
            if let Some(name) = &field.ident {
                self.name(name, is_hash(&field.ty, self.types));
            }
        }
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        let hashed = matches!(&signature.output, ReturnType::Type(_, ty) if is_hash(ty, self.types));
        self.name(&signature.ident, hashed);
    }

    fn visit_item_static(&mut self, item: &'ast syn::ItemStatic) {
        self.name(&item.ident, is_hash(&item.ty, self.types));
    }
}

/// What is known of an argument or a variable.
#[derive(Clone, PartialEq)]
enum Local {
    Hash,
    /// The last word of its type.
    Type(String),
    Unknown,
}

struct Walk<'a> {
    types: &'a BTreeSet<String>,
    declared: &'a Declared,
    /// What `self` is.
    own: String,
    /// Arguments and variables of the function at hand.
    locals: BTreeMap<String, Local>,
    /// Where a chain goes through a map, but its end cannot tell the order.
    forgiven: BTreeSet<(usize, usize)>,
    found: Vec<(usize, String)>,
}

impl Walk<'_> {
    /// The name of the map that this expression is.
    fn hashed(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::Reference(inner) => self.hashed(&inner.expr),
            Expr::Paren(inner) => self.hashed(&inner.expr),
            Expr::Unary(inner) => self.hashed(&inner.expr),
            Expr::Try(inner) => self.hashed(&inner.expr),
            Expr::Path(path) => {
                let name = path.path.segments.last()?.ident.to_string();
                let is_static = name.chars().all(|c| !c.is_lowercase()) && self.all_hashed(&name);
                (self.locals.get(&name) == Some(&Local::Hash) || is_static).then_some(name)
            }
            Expr::Field(field) => match &field.member {
                syn::Member::Named(name) => {
                    let name = name.to_string();
                    self.field_is_hashed(&field.base, &name).then_some(name)
                }
                syn::Member::Unnamed(_) => None,
            },
            Expr::Call(call) => match &*call.func {
                Expr::Path(path) => self.made_by(&path.path),
                _ => None,
            },
            Expr::MethodCall(call) => {
                let name = call.method.to_string();
                if SAME_THING.contains(&name.as_str()) {
                    return self.hashed(&call.receiver);
                }
                let collects = name == "collect" && turbofish(call).is_some_and(|ty| is_hash(ty, self.types));
                (collects || self.all_hashed(&name)).then_some(name)
            }
            _ => None,
        }
    }

    fn made_by(&self, path: &syn::Path) -> Option<String> {
        let mut last = path.segments.iter().rev().map(|s| s.ident.to_string());
        let name = last.next()?;
        let of_type = last.next().is_some_and(|ty| self.types.contains(&ty));
        (of_type || self.all_hashed(&name)).then_some(name)
    }

    fn all_hashed(&self, name: &str) -> bool {
        self.declared.names.get(name) == Some(&true)
    }

    /// Whose field it is decides, where that is known.
    fn field_is_hashed(&self, base: &Expr, field: &str) -> bool {
        let of = match base {
            Expr::Path(path) => path.path.get_ident().map(|name| self.type_of(&name.to_string())),
            _ => None,
        };
        match of {
            Some(Local::Type(of)) => self.declared.fields.get(&(of, field.to_string())) == Some(&true),
            _ => self.all_hashed(field),
        }
    }

    fn type_of(&self, name: &str) -> Local {
        match name {
            "self" => Local::Type(self.own.clone()),
            name => self.locals.get(name).cloned().unwrap_or(Local::Unknown),
        }
    }

    fn local(&mut self, pat: &Pat, ty: Option<&Type>, init: Option<&Expr>) {
        match pat {
            Pat::Type(typed) => self.local(&typed.pat, Some(&typed.ty), init),
            Pat::Ident(name) => {
                let known = match ty {
                    Some(ty) if is_hash(ty, self.types) => Local::Hash,
                    Some(ty) => last_word(ty).map_or(Local::Unknown, Local::Type),
                    None if init.is_some_and(|init| self.hashed(init).is_some()) => Local::Hash,
                    None => Local::Unknown,
                };
                self.locals.insert(name.ident.to_string(), known);
            }
            _ => {}
        }
    }

    /// Everything that this chain goes through is forgiven.
    fn forgive(&mut self, mut expr: &Expr) {
        while let Expr::MethodCall(call) = expr {
            let start = call.method.span().start();
            self.forgiven.insert((start.line, start.column));
            expr = &call.receiver;
        }
    }

    fn report(&mut self, at: proc_macro2::Span, name: &str) {
        let start = at.start();
        if !self.forgiven.contains(&(start.line, start.column)) {
            self.found.push((start.line, format!("goes through {name} in the order of its hashes")));
        }
    }

    fn function(&mut self, signature: &syn::Signature) -> BTreeMap<String, Local> {
        let before = std::mem::take(&mut self.locals);
        for input in &signature.inputs {
            if let syn::FnArg::Typed(argument) = input {
                self.local(&argument.pat, Some(&argument.ty), None);
            }
        }
        before
    }
}

fn last_word(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(inner) => last_word(&inner.elem),
        Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        _ => None,
    }
}

fn turbofish(call: &syn::ExprMethodCall) -> Option<&Type> {
    call.turbofish.as_ref()?.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn sorted_or_unordered(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|s| SORTED_OR_UNORDERED.contains(&s.ident.to_string().as_str())))
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_impl(&mut self, block: &'ast syn::ItemImpl) {
        self.own = last_word(&block.self_ty).unwrap_or_default();
        visit::visit_item_impl(self, block);
        self.own.clear();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        let before = self.function(&item.sig);
        visit::visit_item_fn(self, item);
        self.locals = before;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let before = self.function(&item.sig);
        visit::visit_impl_item_fn(self, item);
        self.locals = before;
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        let init = local.init.as_ref().map(|init| &*init.expr);
        if let (Pat::Type(typed), Some(init)) = (&local.pat, init)
            && sorted_or_unordered(&typed.ty)
        {
            self.forgive(init);
        }
        visit::visit_local(self, local);
        self.local(&local.pat, None, init);
    }

    fn visit_expr_for_loop(&mut self, it: &'ast syn::ExprForLoop) {
        if let Some(name) = self.hashed(&it.expr) {
            self.report(it.for_token.span, &name);
        }
        visit::visit_expr_for_loop(self, it);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let method = call.method.to_string();
        let any_order = SAME_IN_ANY_ORDER.contains(&method.as_str());
        if any_order || (method == "collect" && turbofish(call).is_some_and(sorted_or_unordered)) {
            self.forgive(&call.receiver);
        }
        if GOES_THROUGH.contains(&method.as_str())
            && let Some(name) = self.hashed(&call.receiver)
        {
            self.report(call.method.span(), &name);
        }
        // What one map takes from another comes in no order anyway.
        if TAKES.contains(&method.as_str())
            && self.hashed(&call.receiver).is_none()
            && let Some(name) = call.args.first().and_then(|argument| self.hashed(argument))
        {
            self.report(call.method.span(), &name);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        if let Ok(arguments) = mac.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated) {
            // The tree made here lives no longer than this call, so it is walked by a walk of its own.
            let mut inner = Walk {
                types: self.types,
                declared: self.declared,
                own: self.own.clone(),
                locals: self.locals.clone(),
                forgiven: BTreeSet::new(),
                found: Vec::new(),
            };
            for argument in &arguments {
                inner.visit_expr(argument);
            }
            self.found.append(&mut inner.found);
        }
    }
}
