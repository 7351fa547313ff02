//! `mntr`: the figures that exporters read, one `zk_<name>` and value to a line.

use std::fmt::Write as _;

use super::Question;
use crate::figures::VERSION;
use crate::figures::monitor::figures;
use crate::metrics::{Figure, java_double};

pub fn answer(question: &Question<'_>) -> String {
    let mut text = format!("zk_version\t{VERSION}\nzk_server_state\tstandalone\n");
    for (name, figure) in figures(question.shared) {
        let value = match figure {
            Figure::Whole(value) => value.to_string(),
            Figure::Real(value) => java_double(value),
        };
        let _infallible = writeln!(text, "zk_{name}\t{value}");
    }
    text
}
