//! `wchs`, `wchc` and `wchp`: how many watches there are; by session; by path. As in ZooKeeper, data watches only.

use std::fmt::Write as _;

use super::Question;
use crate::figures::watches::{by_connection, by_path};

pub fn wchs(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let watches = &state.core.watches.data;
        let connections = watches.connection_count();
        let (paths, total) = (watches.path_count(), watches.len());
        format!("{connections} connections watching {paths} paths\nTotal watches:{total}\n")
    })
}

pub fn wchc(question: &Question<'_>) -> String {
    let (mut text, mut last) = (String::new(), None);
    by_connection(question.shared, |conn, session, path| {
        if last.replace(conn) != Some(conn) {
            let _infallible = writeln!(text, "0x{session:x}");
        }
        let _infallible = writeln!(text, "\t{path}");
    });
    text + "\n"
}

pub fn wchp(question: &Question<'_>) -> String {
    let mut text = String::new();
    by_path(question.shared, |path, sessions| {
        let _infallible = writeln!(text, "{path}");
        sessions.iter().for_each(|session| {
            let _infallible = writeln!(text, "\t0x{session:x}");
        });
    });
    text + "\n"
}
