//! `dirs`: the bytes in the data folders.

use super::Question;
use crate::figures::dirs::sizes;

pub fn answer(question: &Question<'_>) -> String {
    let (data_size, log_size) = sizes(&question.shared.config);
    format!("datadir_size: {data_size}\nlogdir_size: {log_size}\n")
}
