//! Pure: what a path may look like, with the words in which ZooKeeper's client refuses one (`PathUtils`). The client
//! checks before it asks a server.

/// Why `path` is none, if it is none.
pub fn check(path: &str) -> Result<(), String> {
    if path.is_empty() {
        return Err("Path length must be > 0".to_owned());
    }
    if !path.starts_with('/') {
        return Err("Path must start with / character".to_owned());
    }
    if path == "/" {
        return Ok(());
    }
    if path.ends_with('/') {
        return Err("Path must not end with / character".to_owned());
    }
    match bad_character(path) {
        Some((at, reason)) => Err(format!("Invalid path string \"{path}\" caused by {reason} @{at}")),
        None => Ok(()),
    }
}

/// As [`check`]; a sequential node's path may end with a slash, for a number follows.
pub fn check_new(path: &str, sequential: bool) -> Result<(), String> {
    if sequential { check(&format!("{path}1")) } else { check(path) }
}

/// The place, counted as Java counts, and the reason.
fn bad_character(path: &str) -> Option<(usize, &'static str)> {
    let units: Vec<u16> = path.encode_utf16().collect();
    let unit = |at: usize| units.get(at).copied();
    let (slash, dot) = (Some(u16::from(b'/')), Some(u16::from(b'.')));
    let ends_name = |at: usize| unit(at).is_none() || unit(at) == slash;
    for (at, code) in units.iter().copied().enumerate().skip(1) {
        let (here, last) = (Some(code), unit(at - 1));
        let before_last = at.checked_sub(2).and_then(unit);
        match code {
            0 => return Some((at, "null character not allowed")),
            _ if here == slash && last == slash => return Some((at, "empty node name specified")),
            _ if here == dot && last == dot && before_last == slash && ends_name(at + 1) => {
                return Some((at, "relative paths not allowed"));
            }
            _ if here == dot && last == slash && ends_name(at + 1) => {
                return Some((at, "relative paths not allowed"));
            }
            0x01..=0x1f | 0x7f..=0x9f | 0xd800..=0xf8ff | 0xfff0..=0xffff => return Some((at, "invalid character")),
            _ => {}
        }
    }
    None
}

/// The path of a child.
pub fn below(parent: &str, child: &str) -> String {
    if parent == "/" { format!("/{child}") } else { format!("{parent}/{child}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_in_zookeepers_words() {
        for (path, why) in [
            ("", "Path length must be > 0"),
            ("a", "Path must start with / character"),
            ("/a/", "Path must not end with / character"),
            ("//a", "Invalid path string \"//a\" caused by empty node name specified @1"),
            ("/a/./b", "Invalid path string \"/a/./b\" caused by relative paths not allowed @3"),
            ("/a/..", "Invalid path string \"/a/..\" caused by relative paths not allowed @4"),
            ("/a\u{1}", "Invalid path string \"/a\u{1}\" caused by invalid character @2"),
            ("/a\0", "Invalid path string \"/a\0\" caused by null character not allowed @2"),
            ("/😀", "Invalid path string \"/😀\" caused by invalid character @1"),
        ] {
            assert_eq!(check(path), Err(why.to_owned()));
        }
        for path in ["/", "/a", "/a.b/..c", "/...", "/ł/a b"] {
            assert_eq!(check(path), Ok(()), "{path}");
        }
        assert_eq!(check_new("/a/", true), Ok(()));
    }
}
