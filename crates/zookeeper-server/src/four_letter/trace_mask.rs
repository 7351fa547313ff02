//! `gtmk` and `stmk`: the mask of what Apache ZooKeeper traces.

use super::Question;

pub fn gtmk(question: &Question<'_>) -> String {
    question.shared.trace_mask.get().to_string()
}

/// The mask follows the word, as an i64.
pub fn stmk(question: &Question<'_>) -> String {
    if let Some(mask) = question.argument.first_chunk() {
        question.shared.trace_mask.set(i64::from_be_bytes(*mask));
    }
    question.shared.trace_mask.get().to_string()
}
