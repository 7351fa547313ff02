//! `hash`: digests of the tree, one for each 128th transaction.

use super::Question;

pub fn hash(question: &Question<'_>) -> String {
    question.with_state(|state| {
        let digests = state.core.stats.digests.iter();
        digests.map(|entry| format!("{:x}: {}\n", entry.zxid, entry.digest)).collect()
    })
}
