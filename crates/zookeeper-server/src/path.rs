//! Pure: what may be a node's path, and a path's parts. The rules of ZooKeeper's `PathUtils.validatePath`.

use rkafka_jute::{NULL_STRING, ZkError};

/// Whether `path` may name a node: absolute, no empty, `.` or `..` element, no trailing slash, no control characters,
/// surrogates or private-use characters.
pub fn validate(path: &str) -> Result<(), ZkError> {
    let Some(rest) = path.strip_prefix('/') else { return Err(ZkError::BAD_ARGUMENTS) };
    if rest.is_empty() {
        return Ok(());
    }
    let element_is_fine = |element: &str| !matches!(element, "" | "." | "..") && element.chars().all(is_allowed);
    if rest.split('/').all(element_is_fine) { Ok(()) } else { Err(ZkError::BAD_ARGUMENTS) }
}

/// ZooKeeper looks at UTF-16 units, so characters beyond the basic plane (surrogate pairs) are refused too.
fn is_allowed(character: char) -> bool {
    let code = u32::from(character);
    let refused = matches!(code, 0..=0x1f | 0x7f..=0x9f | 0xd800..=0xf8ff | 0xfff0..=0xffff);
    !refused && code <= 0xffff
}

/// The parent of a path to be created or deleted, which must not be null and has a slash and no zero character.
pub fn parent_checked(path: &str) -> Result<&str, ZkError> {
    match path {
        NULL_STRING => Err(ZkError::MARSHALLING_ERROR),
        _ if !path.contains('/') || path.contains('\0') => Err(ZkError::BAD_ARGUMENTS),
        _ => Ok(parent(path)),
    }
}

/// The parent's path: `/` for `/a` and for `/` itself.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(slash) => &path[..slash],
    }
}

/// The first element, `a` of `/a/b/c`.
pub fn top(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// The last element.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The path of child `name` of `path`.
pub fn child(path: &str, name: &str) -> String {
    if path == "/" { format!("/{name}") } else { format!("{path}/{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_judged_as_zookeeper_does() {
        for good in ["/", "/a", "/a/b", "/a b", "/a.", "/...", "/\u{10a}\u{3042}", "/config/users/<default>"] {
            assert_eq!(validate(good), Ok(()), "{good:?}");
        }
        for bad in ["", "a", "a/", "/a/", "//", "/a//b", "/.", "/a/..", "/a\0", "/a\u{1f}", "/\u{7f}", "/\u{1f600}"] {
            assert_eq!(validate(bad), Err(ZkError::BAD_ARGUMENTS), "{bad:?}");
        }
    }

    #[test]
    fn parts_of_paths() {
        assert_eq!((parent("/"), parent("/a"), parent("/a/b")), ("/", "/", "/a"));
        assert_eq!((name("/a/b"), name("/a")), ("b", "a"));
        assert_eq!((child("/", "a"), child("/a", "b")), ("/a".into(), "/a/b".into()));
    }
}
