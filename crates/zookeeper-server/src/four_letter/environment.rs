//! `envi`: where the server runs.

use super::{Question, key_value_lines};
use crate::figures::environment::entries;

pub fn answer(_question: &Question<'_>) -> String {
    format!("Environment:\n{}", key_value_lines(&entries()))
}
