//! `crst` and `srst`: start counting anew.

use super::Question;
use crate::figures::reset;

pub fn crst(question: &Question<'_>) -> String {
    reset::connections(question.shared);
    "Connection stats reset.\n".to_owned()
}

pub fn srst(question: &Question<'_>) -> String {
    reset::server(question.shared);
    "Server stats reset.\n".to_owned()
}
