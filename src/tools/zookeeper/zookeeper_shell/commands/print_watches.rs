//! `printwatches [on|off]`: whether events are shown.

use super::Spec;
use crate::tools::zookeeper::zookeeper_shell::{answer::Answer, options::Given, shell::Shell};

pub const SPEC: Spec = Spec { name: "printwatches", usage: "on|off", known: None };

pub fn run(shell: &mut Shell, given: &Given, answer: &mut Answer) {
    match given.word(1) {
        None => answer.line(format!("printwatches is {}", if shell.print_watches { "on" } else { "off" })),
        Some(word) => shell.print_watches = word == "on",
    }
    answer.set("printwatches", shell.print_watches);
}
