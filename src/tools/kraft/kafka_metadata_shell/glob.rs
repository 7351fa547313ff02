//! Pure: paths, and the nodes that a path with `*`, `?` and `{a,b}` in it means.

use super::tree::{Node, View};
use regex_lite::Regex;

/// The most groups of alternatives, stars and question marks in one part of a path; one with more means itself.
const MAX_WILD: usize = 100;

/// A node that was found, and where it stands from the root on.
#[derive(Clone, Debug)]
pub struct Found<'a> {
    pub path: Vec<String>,
    pub node: Node<'a>,
}

impl Found<'_> {
    pub fn absolute(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    pub fn last(&self) -> &str {
        self.path.last().map_or("/", String::as_str)
    }
}

/// The parts of a path from the root on, `.` and `..` done.
pub fn parts(path: &str, directory: &str) -> Vec<String> {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part.to_owned()),
        }
    }
    parts
}

/// The nodes that `glob` means, seen from `directory`.
pub fn find<'a>(view: &View<'a>, glob: &str, directory: &str) -> Vec<Found<'a>> {
    let mut found = vec![Found { path: Vec::new(), node: Node::Root }];
    for part in parts(glob, directory) {
        let pattern = pattern(&part);
        let mut next = Vec::new();
        for at in found {
            let names = match &pattern {
                None => vec![part.clone()],
                Some(pattern) => view.names(&at.node).into_iter().filter(|name| pattern.is_match(name)).collect(),
            };
            for name in names {
                if let Some(node) = view.child(&at.node, &name) {
                    let path = at.path.iter().cloned().chain([name]).collect();
                    next.push(Found { path, node });
                }
            }
        }
        found = next;
    }
    found
}

/// The pattern of a part of a path; `None` for one that means only itself: nothing in it is wild, or it is not well formed.
fn pattern(part: &str) -> Option<Regex> {
    let mut regex = String::from("^");
    let (mut wild, mut in_group) = (0, false);
    let mut chars = part.chars();
    while let Some(c) = chars.next() {
        wild += usize::from(matches!(c, '?' | '*' | '{'));
        match c {
            '?' => regex.push('.'),
            '*' => regex.push_str(".*"),
            '\\' => match chars.next() {
                Some(escaped) => regex.push_str(&regex_lite::escape(&escaped.to_string())),
                None => regex.push_str(r"\\"),
            },
            '{' if in_group => return None,
            '{' => {
                regex.push_str("(?:(?:");
                in_group = true;
            }
            ',' if in_group => regex.push_str(")|(?:"),
            '}' if in_group => {
                regex.push_str("))");
                in_group = false;
            }
            c => regex.push_str(&regex_lite::escape(&c.to_string())),
        }
    }
    if in_group || wild == 0 || wild > MAX_WILD {
        return None;
    }
    regex.push('$');
    Regex::new(&regex).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_means() {
        for (glob, name, matches) in [
            ("to*", "topics", true),
            ("to*", "atop", false),
            ("?", "ab", false),
            ("a.*", "abc", false),
            ("a.*", "a.c", true),
            ("{im,lo}*", "local", true),
            ("{im,lo}*", "cluster", false),
            (r"a\*?", "a*b", true),
            (r"a\*?", "abc", false),
            ("a(b)*", "a(b)c", true),
            ("a,b*", "a,bc", true),
        ] {
            assert_eq!(pattern(glob).unwrap().is_match(name), matches, "{glob} {name}");
        }
        for literal in ["image", "{a", "{a{b}}", "a}", r"im\*", "a.b", ""] {
            assert!(pattern(literal).is_none(), "{literal}");
        }
        assert!(pattern(&"*".repeat(MAX_WILD + 1)).is_none());
    }

    #[test]
    fn parts_of_paths() {
        for (path, directory, wanted) in [
            ("/", "/image", vec![]),
            ("a//b/", "/image", vec!["image", "a", "b"]),
            ("../../../x/.", "/image", vec!["x"]),
            (".", "/", vec![]),
        ] {
            assert_eq!(parts(path, directory), wanted, "{path}");
        }
    }
}
