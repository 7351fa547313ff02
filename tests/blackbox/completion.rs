//! What bash shows at a prompt: through the real script, for a cluster that runs.

use crate::harness::{self, ok, run, text};
use std::process::Command;

/// Has bash complete `line` with the script and prints what it offers, a word a line.
fn offered(line: &str) -> String {
    let last = line.rsplit(' ').next().unwrap_or_default();
    format!(
        "source <(rkafka completions bash); COMP_WORDS=({}{}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); compopt() {{ :; }}; \
         _rkafka; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        line,
        if last.is_empty() { "''" } else { "" }
    )
}

#[test]
fn names_come_from_the_cluster_and_nothing_without_one() {
    let home = tempfile::TempDir::new().expect("a temporary folder");
    let script = format!(
        "unset BOOTSTRAP_SERVERS; {}; {}; echo -; export RKAFKA_BOOTSTRAP_SERVERS=localhost:1; {}",
        offered("rkafka topics --describe --topic or"),
        offered("rkafka console-consumer --bootstrap-server $RUNNING --topic "),
        offered("rkafka topics --describe --topic "),
    );
    let mut command = Command::new(harness::rkafka());
    command.args(["dev", "--port", "0", "--topic", "orders", "--topic", "others", "--", "bash", "-c"]);
    command.arg(format!("RUNNING=$BOOTSTRAP_SERVERS; {script}"));
    command.env("XDG_RUNTIME_DIR", home.path()).env("HOME", home.path());
    let output = run(command, "");
    assert_eq!(ok(&output), "orders\norders\nothers\n-\n\n", "{}", text(&output));
}
