//! `close`: the end of the session; the shell goes on.

use super::Spec;

pub const SPEC: Spec = Spec { name: "close", usage: "", known: None };
