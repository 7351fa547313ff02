//! What all tools understand beside their own options: where the cluster is, contexts, formats, and when to give up.

use crate::harness::{self, at_a_terminal, free_port, ok, run, text};
use serde_json::Value;
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A command that sees no settings but those of the test.
fn rkafka(home: &Path, words: &str) -> Command {
    let mut command = Command::new(harness::rkafka());
    command.args(words.split_whitespace()).env("HOME", home).env("XDG_RUNTIME_DIR", home);
    for variable in
        ["RKAFKA_CONFIG", "XDG_CONFIG_HOME", "RKAFKA_CONTEXT", "RKAFKA_BOOTSTRAP_SERVERS", "BOOTSTRAP_SERVERS"]
    {
        command.env_remove(variable);
    }
    command
}

fn home() -> TempDir {
    TempDir::new().expect("a temporary folder")
}

#[test]
fn a_running_dev_and_the_environment_are_found() {
    let home = home();
    let script = "unset BOOTSTRAP_SERVERS; rkafka topics --create --topic a && rkafka topics --list -v && \
                  rkafka cluster cluster-id >/dev/null && echo asked && \
                  RKAFKA_BOOTSTRAP_SERVERS=localhost:1 rkafka topics --list --timeout 100ms; echo $?";
    let mut command = rkafka(home.path(), "dev --port 0 --");
    command.args(["sh", "-c", script]);
    let output = run(command, "");
    let told = text(&output);
    assert_eq!(
        ok(&output),
        "Created topic a.\na\nasked\nError while executing topic command : Cannot reach localhost:1: Connection refused (tried for 100 ms)\n1\n",
        "{told}"
    );
    assert!(told.contains("(the running 'rkafka dev')"), "{told}");
}

#[test]
fn a_context_names_the_servers() {
    let home = home();
    let port = free_port();
    let add =
        run(rkafka(home.path(), &format!("context add here --bootstrap-servers localhost:{port} --timeout 50ms")), "");
    ok(&add);
    let listed = run(rkafka(home.path(), "context list --output json"), "");
    let listed: Value = serde_json::from_str(&ok(&listed)).expect("JSON");
    assert_eq!(listed[0]["name"], "here");
    assert_eq!(listed[0]["current"], true);
    // Nobody listens there: that it was asked shows in the error.
    let failed = run(rkafka(home.path(), "groups --list -v"), "");
    assert_eq!(failed.status.code(), Some(1));
    let told = text(&failed);
    assert!(told.contains(&format!("asking localhost:{port} (the context 'here')")), "{told}");
    assert!(told.contains(&format!("Cannot reach localhost:{port}")), "{told}");
    let unknown = run(rkafka(home.path(), "groups --list --context there"), "");
    assert!(text(&unknown).contains("there is no context 'there'; there are here"), "{}", text(&unknown));
}

#[test]
fn secrets_of_a_context_are_not_shown_nor_readable_by_others() {
    use std::os::unix::fs::PermissionsExt;
    let home = home();
    ok(&run(rkafka(home.path(), "context add s --property sasl.jaas.config=hush --property client.id=me"), ""));
    let shown = ok(&run(rkafka(home.path(), "context show s"), ""));
    assert!(!shown.contains("hush") && shown.contains("client.id = me"), "{shown}");
    let file = home.path().join(".config/rkafka/config.toml");
    assert_eq!(std::fs::metadata(file).expect("the file").permissions().mode() & 0o777, 0o600);
}

#[test]
fn our_own_names_give_up_soon_and_say_so_as_json() {
    let home = home();
    let port = free_port();
    let begun = Instant::now();
    let words = format!("groups --list --bootstrap-server localhost:{port} --timeout 300ms --output json");
    let output = run(rkafka(home.path(), &words), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(20), "Kafka's tools would try for a minute");
    assert!(output.stdout.is_empty(), "{}", text(&output));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut lines = stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    assert!(lines.any(|line| line["hint"].to_string().contains("Check that a broker runs")), "{stderr}");
}

#[test]
fn a_format_that_does_not_exist_is_named() {
    let home = home();
    let output = run(rkafka(home.path(), "groups --list --output xml"), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("--output xml: there is no such format; there are text, json"), "{}", text(&output));
}

/// At a terminal one line that changes tells who is tried, instead of warnings; it is gone before the error is told.
#[test]
fn who_is_tried_is_told_at_a_terminal() {
    let home = home();
    let port = free_port();
    for (name, extra) in [("topics", "--timeout 1500ms"), ("kafka-topics", "--command-config timeout.properties")] {
        std::fs::write(home.path().join("timeout.properties"), "default.api.timeout.ms=2000\n").expect("a file");
        let words = format!("{name} --list --bootstrap-server localhost:{port} {extra}");
        let mut command = rkafka(home.path(), &words);
        let (told, status) = at_a_terminal(command.current_dir(home.path()));
        assert_eq!(status.code(), Some(1), "{told}");
        let (waiting, after) = told.split_once("Error while executing topic command").expect("an error");
        assert!(waiting.contains(&format!("waiting for localhost:{port}: Connection refused (0 s, ")), "{told}");
        assert!(waiting.ends_with("\x1b[2K\r") || waiting.ends_with("\x1b[2K"), "{told}");
        assert!(!waiting.contains("WARN") && !after.contains("waiting for localhost"), "{told}");
    }
}

/// Where Kafka's tools tell of a failure and end with 0, `--strict` and its variable make it 1; other outcomes stay.
#[test]
fn strictness_makes_exit_codes_of_what_is_only_told() {
    let home = home();
    let nobody = "--bootstrap-server localhost:1 --timeout 100ms";
    let script = format!(
        "codes() {{ \"$@\" >/dev/null 2>&1; a=$?; \"$@\" --strict >/dev/null 2>&1; b=$?; \
             [ $1 != rkafka ] || RKAFKA_STRICT=1 rkafka kafka-$2 --bootstrap-server $BOOTSTRAP_SERVERS \
             $(shift 2; echo \"$@\") >/dev/null 2>&1; echo $a $b $?; }}
         echo x | rkafka console-producer --topic t
         codes rkafka consumer-groups --describe --group nope
         codes rkafka consumer-groups --delete --group nope
         codes rkafka consumer-groups --delete-offsets --group nope --topic t
         codes rkafka consumer-groups --list
         codes rkafka consumer-perf-test --topic t --messages 5 --timeout 500
         codes rkafka console-consumer --topic t --from-beginning --timeout-ms 500
         big() {{ head -c 3000000 /dev/zero | tr '\\0' x | rkafka console-producer --topic t --max-memory-bytes 9000000 \
             --producer-property max.request.size=8000000 \"$@\" >/dev/null 2>&1; echo $?; }}
         big; big --strict
         rkafka console-consumer --topic t --timeout-ms 300 {nobody} >/dev/null 2>&1; echo $?
         rkafka console-consumer --topic t --timeout-ms 300 --strict {nobody} >/dev/null 2>&1; echo $?"
    );
    let mut command = rkafka(home.path(), "dev --port 0 --");
    command.args(["sh", "-c", &script]);
    let output = run(command, "");
    let expected = "0 1 1\n0 1 1\n0 1 1\n0 0 0\n0 1 1\n0 0 0\n0\n1\n";
    let told = text(&output);
    assert!(ok(&output).starts_with(expected), "{told}");
    assert!(ok(&output).trim_end().ends_with("\n1"), "{told}");
}
