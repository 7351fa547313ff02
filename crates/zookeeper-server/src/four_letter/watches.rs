//! `wchs`, `wchc` and `wchp`: how many watches there are; by session; by path. As in ZooKeeper, data watches only.

use std::collections::BTreeMap;

use super::Question;
use crate::figures::watches::session_of;

pub fn wchs(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let watches = &state.core.watches.data;
        let connections = watches.by_connection().count();
        let (paths, total) = (watches.path_count(), watches.len());
        format!("{connections} connections watching {paths} paths\nTotal watches:{total}\n")
    })
}

pub fn wchc(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let mut text = String::new();
        for (conn, paths) in state.core.watches.data.by_connection() {
            text.push_str(&format!("0x{:x}\n", session_of(&state.core, conn)));
            paths.iter().for_each(|path| text.push_str(&format!("\t{path}\n")));
        }
        text + "\n"
    })
}

pub fn wchp(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let mut by_path: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for (path, connections) in state.core.watches.data.by_path() {
            by_path.insert(path, connections.map(|conn| session_of(&state.core, conn)).collect());
        }
        let mut text = String::new();
        for (path, sessions) in by_path {
            text.push_str(&format!("{path}\n"));
            sessions.iter().for_each(|session| text.push_str(&format!("\t0x{session:x}\n")));
        }
        text + "\n"
    })
}
