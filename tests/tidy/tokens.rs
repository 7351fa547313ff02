//! A file as tokens: its tests cut out, the modules it declares, the words in it. Tokens and not the syntax tree, because
//! macros hold tokens only, and a rule must see what stands in them.

use proc_macro2::{Delimiter, Group, Ident, LineColumn, TokenStream, TokenTree};

/// The tokens without what exists in tests only, and from where to where that was.
pub struct WithoutTests {
    pub code: TokenStream,
    pub cut: Vec<(LineColumn, LineColumn)>,
}

impl WithoutTests {
    pub fn lines_cut(&self) -> usize {
        self.cut.iter().map(|(start, end)| end.line + 1 - start.line).sum()
    }
}

/// Cuts every item, statement, field or arm under `#[cfg(test)]`.
pub fn without_tests(tokens: TokenStream) -> WithoutTests {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut kept, mut cut, mut at) = (Vec::new(), Vec::new(), 0);
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            let end = at + item_length(&tokens[at..]);
            let start = drop_attributes(&mut kept).unwrap_or(tokens[at].span().start());
            cut.push((start, tokens[end - 1].span().end()));
            at = end;
            continue;
        }
        kept.push(match &tokens[at] {
            TokenTree::Group(group) => {
                let inner = without_tests(group.stream());
                let changed = !inner.cut.is_empty();
                cut.extend(inner.cut);
                TokenTree::Group(if changed { regroup(group, inner.code) } else { group.clone() })
            }
            other => other.clone(),
        });
        at += 1;
    }
    WithoutTests { code: kept.into_iter().collect(), cut }
}

/// Attributes and comments above `#[cfg(test)]` belong to what it cuts; where the first stands.
fn drop_attributes(kept: &mut Vec<TokenTree>) -> Option<LineColumn> {
    let mut first = None;
    while let [.., TokenTree::Punct(hash), TokenTree::Group(attribute)] = kept.as_slice()
        && hash.as_char() == '#'
        && attribute.delimiter() == Delimiter::Bracket
    {
        first = Some(hash.span().start());
        kept.truncate(kept.len() - 2);
    }
    first
}

fn regroup(group: &Group, stream: TokenStream) -> Group {
    let mut new = Group::new(group.delimiter(), stream);
    new.set_span(group.span());
    new
}

/// Whether an attribute `#[cfg(test)]`, or `#[cfg(all(test, …))]`, stands first.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = tokens else { return false };
    hash.as_char() == '#' && attribute.delimiter() == Delimiter::Bracket && wants_tests(attribute.stream())
}

fn wants_tests(attribute: TokenStream) -> bool {
    let mut words = attribute.into_iter();
    let (Some(TokenTree::Ident(cfg)), Some(TokenTree::Group(condition))) = (words.next(), words.next()) else {
        return false;
    };
    cfg == "cfg" && is_test(condition.stream())
}

fn is_test(condition: TokenStream) -> bool {
    let words: Vec<TokenTree> = condition.into_iter().collect();
    match words.as_slice() {
        [TokenTree::Ident(word)] => word == "test",
        [TokenTree::Ident(all), TokenTree::Group(parts)] if all == "all" => {
            let parts: Vec<TokenTree> = parts.stream().into_iter().collect();
            parts
                .split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ','))
                .any(|part| is_test(part.iter().cloned().collect()))
        }
        _ => false,
    }
}

/// How many tokens the thing has that starts here with its attributes.
fn item_length(tokens: &[TokenTree]) -> usize {
    let mut at = 0;
    while matches!(&tokens[at..], [TokenTree::Punct(p), TokenTree::Group(_), ..] if p.as_char() == '#') {
        at += 2;
    }
    let word = |n: usize| match tokens.get(n) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    let mut first = at;
    if word(first) == "pub" {
        first += 1 + usize::from(matches!(tokens.get(first + 1), Some(TokenTree::Group(_))));
    }
    let ends = match word(first).as_str() {
        "use" | "static" | "type" | "let" => Ends::Semicolon,
        "const" if !matches!(word(first + 1).as_str(), "fn" | "async" | "unsafe" | "extern") => Ends::Semicolon,
        "async" | "const" | "enum" | "extern" | "fn" | "impl" | "macro_rules" | "mod" | "struct" | "trait"
        | "union" | "unsafe" => Ends::Braces,
        _ => Ends::Comma,
    };
    let mut angles = 0;
    for (n, token) in tokens.iter().enumerate().skip(at) {
        let last = match token {
            TokenTree::Punct(p) => {
                let arrow = n > 0 && matches!(&tokens[n - 1], TokenTree::Punct(p) if matches!(p.as_char(), '-' | '='));
                angles += i32::from(p.as_char() == '<') - i32::from(p.as_char() == '>' && !arrow);
                p.as_char() == ';' || (p.as_char() == ',' && ends == Ends::Comma && angles <= 0)
            }
            TokenTree::Group(g) => g.delimiter() == Delimiter::Brace && ends != Ends::Semicolon,
            _ => false,
        };
        if last {
            return n + 1;
        }
    }
    tokens.len()
}

/// What a thing ends with, if not with a semicolon.
#[derive(PartialEq)]
enum Ends {
    Semicolon,
    Braces,
    /// A field, a variant or an arm.
    Comma,
}

/// `mod name;` or `mod name { … }`.
pub struct Declared {
    pub name: String,
    pub line: usize,
    /// What `#[path = "…"]` says.
    pub path: Option<String>,
    pub test: bool,
    pub inline: Option<TokenStream>,
}

/// The modules that these tokens declare, not those within them.
pub fn modules(tokens: TokenStream) -> Vec<Declared> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let (mut found, mut test, mut path) = (Vec::new(), false, None);
    for (at, token) in tokens.iter().enumerate() {
        match &tokens[at..] {
            [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] if hash.as_char() == '#' => {
                test |= wants_tests(attribute.stream());
                path = path_of(attribute.stream()).or(path);
            }
            [TokenTree::Ident(word), TokenTree::Ident(name), after, ..] if word == "mod" => {
                let inline = match after {
                    TokenTree::Group(body) => Some(body.stream()),
                    _ => None,
                };
                let line = name.span().start().line;
                found.push(Declared { name: name.to_string(), line, path: path.take(), test, inline });
                test = false;
            }
            _ => {}
        }
        // An attribute belongs to what follows it; both ends of an item forget it.
        let ends = matches!(token, TokenTree::Punct(p) if p.as_char() == ';')
            || matches!(token, TokenTree::Group(g) if g.delimiter() == Delimiter::Brace);
        if ends {
            (test, path) = (false, None);
        }
    }
    found
}

fn path_of(attribute: TokenStream) -> Option<String> {
    let words: Vec<TokenTree> = attribute.into_iter().collect();
    match words.as_slice() {
        [TokenTree::Ident(path), TokenTree::Punct(_), TokenTree::Literal(value)] if path == "path" => {
            Some(value.to_string().trim_matches('"').to_string())
        }
        _ => None,
    }
}

/// One identifier where it stands.
pub struct Word {
    pub text: String,
    pub at: LineColumn,
    /// Within a `use`: an import is no use yet.
    pub imported: bool,
}

/// Every identifier, also those that a format string captures.
pub fn words(tokens: TokenStream) -> Vec<Word> {
    let mut found = Vec::new();
    collect_words(tokens, false, &mut found);
    found
}

fn collect_words(tokens: TokenStream, within_use: bool, found: &mut Vec<Word>) {
    let mut imported = within_use;
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_words(group.stream(), imported, found),
            TokenTree::Ident(word) => {
                imported |= word == "use";
                found.push(Word { text: plain(&word), at: word.span().start(), imported });
            }
            TokenTree::Punct(p) if p.as_char() == ';' => imported = within_use,
            TokenTree::Punct(_) => {}
            TokenTree::Literal(value) => {
                let at = value.span().start();
                let text = value.to_string();
                if text.contains('"') {
                    found.extend(captured(&text).map(|text| Word { text, at, imported: false }));
                }
            }
        }
    }
}

/// An identifier without `r#`.
pub fn plain(word: &Ident) -> String {
    let text = word.to_string();
    match text.strip_prefix("r#") {
        Some(plain) => plain.to_string(),
        None => text,
    }
}

/// The names in `"{name} {name:?} {:name$}"`.
fn captured(literal: &str) -> impl Iterator<Item = String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let inside = literal.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default());
    inside.flat_map(move |part| part.split(move |c| !is_name(c))).filter(|w| !w.is_empty()).map(str::to_string)
}
