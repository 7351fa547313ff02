//! Tools whose reader of standard output has gone, and a tool that is stopped while it waits.

use crate::harness::{Cluster, PATIENCE, ok, rkafka, text, wait_for};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
};

const GONE: &str = "Unable to write to standard out, closing consumer.\n";

/// A tool under way, and the end of its standard output that is read.
struct Reading {
    child: Child,
    lines: BufReader<Box<dyn Read>>,
}

/// Whether standard output is a pipe or a socket.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Pipe,
    Socket,
}

const KINDS: [Kind; 2] = [Kind::Pipe, Kind::Socket];

impl Kind {
    fn open(self) -> (Box<dyn Read>, OwnedFd) {
        match self {
            Kind::Pipe => {
                let (reader, writer) = std::io::pipe().expect("a pipe");
                (Box::new(reader), writer.into())
            }
            Kind::Socket => {
                let (reader, writer) = UnixStream::pair().expect("two sockets");
                (Box::new(reader), writer.into())
            }
        }
    }
}

fn start(kind: Kind, args: &[&str]) -> Reading {
    let (reader, writer) = kind.open();
    let child = Command::new(rkafka())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    Reading { child, lines: BufReader::with_capacity(64, reader) }
}

impl Reading {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line
    }

    /// The reader goes; how the tool ends then, while its standard input stays open.
    fn close(mut self) -> Output {
        drop(self.lines);
        let stdin = self.child.stdin.take();
        let mut stderr = self.child.stderr.take().expect("its stderr");
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            let _ = stderr.read_to_end(&mut said);
            said
        });
        let end = std::time::Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a process of ours") {
                break status;
            }
            if std::time::Instant::now() > end {
                let _ = self.child.kill();
                panic!("it goes on without a reader");
            }
            thread::sleep(std::time::Duration::from_millis(5));
        };
        drop(stdin);
        Output { status, stdout: Vec::new(), stderr: said.join().expect("what it said") }
    }
}

/// Ends as it should: with 0, having said `words` alone.
fn ends_quietly(what: &str, output: &Output, words: &str) {
    assert!(output.status.code() == Some(0) && output.stderr == words.as_bytes(), "{what}: {}", text(output));
}

fn write(cluster: &Cluster, topic: &str, count: u32) {
    let lines: String = (0..count).map(|n| format!("{n}\n")).collect();
    let command = format!("kafka-console-producer.sh --bootstrap-server localhost:9092 --topic {topic}");
    ok(&cluster.shell(&command, &lines));
}

#[test]
fn the_consumer_ends_when_nobody_reads_on() {
    let cluster = Cluster::start();
    write(&cluster, "few", 3);
    write(&cluster, "many", 30_000);
    let bootstrap = cluster.bootstrap();
    let consume = |kind, topic| {
        let args = ["console-consumer", "--bootstrap-server", &bootstrap, "--topic", topic, "--from-beginning"];
        start(kind, &args)
    };
    for kind in KINDS {
        ends_quietly("before", &consume(kind, "empty").close(), &format!("{GONE}Processed a total of 0 messages\n"));
        let mut reading = consume(kind, "few");
        (0..3).for_each(|n| assert_eq!(reading.line(), format!("{n}\n")));
        ends_quietly("while nothing comes", &reading.close(), &format!("{GONE}Processed a total of 3 messages\n"));
        for _ in 0..5 {
            let mut reading = consume(kind, "many");
            assert_eq!(reading.line(), "0\n");
            let output = reading.close();
            assert!(output.status.success() && text(&output).contains(GONE), "{kind:?}: {}", text(&output));
        }
    }
}

/// A reader that only sends no more (POLLRDHUP) has not gone.
#[test]
fn a_reader_that_has_closed_its_other_half_reads_on() {
    let cluster = Cluster::start();
    write(&cluster, "t", 2);
    let bootstrap = cluster.bootstrap();
    let (reader, writer) = UnixStream::pair().expect("two sockets");
    reader.shutdown(std::net::Shutdown::Write).expect("half a close");
    let child = Command::new(rkafka())
        .args(["console-consumer", "--bootstrap-server", &bootstrap, "--topic", "t", "--from-beginning"])
        .stdin(Stdio::piped())
        .stdout(OwnedFd::from(writer))
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let lines: Box<dyn Read> = Box::new(reader);
    let mut reading = Reading { child, lines: BufReader::with_capacity(64, lines) };
    assert_eq!((reading.line(), reading.line()), ("0\n".to_owned(), "1\n".to_owned()));
    write(&cluster, "t", 1);
    assert_eq!(reading.line(), "0\n");
    ends_quietly("both halves", &reading.close(), &format!("{GONE}Processed a total of 3 messages\n"));
}

#[test]
fn the_shell_does_its_commands_whether_anybody_reads_on_or_not() {
    let cluster = Cluster::start();
    let server = cluster.zookeeper_connect();
    for kind in KINDS {
        // From a pipe: also those that come when the reader has gone, one by one.
        let mut reading = start(kind, &["zookeeper-shell", &server]);
        while !reading.line().contains("SyncConnected") {}
        drop(std::mem::replace(&mut reading.lines, BufReader::new(Box::new(std::io::empty()))));
        let mut stdin = reading.child.stdin.take().expect("its stdin");
        for n in 0..20 {
            writeln!(stdin, "create /{kind:?}-{n} x\nget /{kind:?}-{n}\nls -w /brokers/topics").expect("it goes on");
            thread::sleep(std::time::Duration::from_millis(20 * (n % 3)));
        }
        writeln!(stdin, "create /{kind:?}-0 again").expect("it goes on");
        drop(stdin);
        let output = reading.close();
        assert_eq!(output.status.code(), Some(1), "that of the last command: {}", text(&output));
        assert!(text(&output).contains(&format!("Node already exists: /{kind:?}-0")), "{}", text(&output));
        let found = cluster.shell(&format!("zookeeper-shell.sh localhost:2181 get /{kind:?}-19"), "");
        assert!(ok(&found).ends_with("x\n"), "{}", text(&found));
        let path = format!("/{kind:?}");
        // What it says goes to standard error, which somebody reads.
        let words = format!("Created {path}\n");
        ends_quietly("create", &start(kind, &["zookeeper-shell", &server, "create", &path, "x"]).close(), &words);
        let found = cluster.shell(&format!("zookeeper-shell.sh localhost:2181 get {path}"), "");
        assert!(ok(&found).ends_with("x\n"), "{}", text(&found));
        let missing = start(kind, &["zookeeper-shell", &server, "get", "/nope"]).close();
        assert_eq!(missing.status.code(), Some(1), "{}", text(&missing));
    }
}

#[test]
fn what_shows_something_does_not_wait_without_a_reader() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address").to_string();
    for kind in KINDS {
        for args in [
            &["topics", "--list", "--bootstrap-server", &address][..],
            &["topics", "--describe", "--bootstrap-server", &address],
            &["get-offsets", "--bootstrap-server", &address],
            &["--help"],
            &["--version"],
            &["topics", "--version"],
            &["completions", "bash"],
        ] {
            ends_quietly(&format!("{args:?}"), &start(kind, args).close(), "");
        }
    }
}

#[test]
fn what_changes_something_does_so_without_a_reader() {
    let cluster = Cluster::start();
    let bootstrap = cluster.bootstrap();
    let (broker, topic) = (["--bootstrap-server", &bootstrap], ["--topic", "t"]);
    let create = [&["topics", "--create"][..], &broker, &topic].concat();
    ends_quietly("create", &start(Kind::Pipe, &create).close(), "");
    let again = start(Kind::Pipe, &create).close();
    assert_eq!(again.status.code(), Some(1), "{}", text(&again));
    let mut producing = start(Kind::Pipe, &[&["console-producer"][..], &broker, &topic].concat());
    drop(std::mem::replace(&mut producing.lines, BufReader::new(Box::new(std::io::empty()))));
    let mut stdin = producing.child.stdin.take().expect("its stdin");
    for n in 0..1_000 {
        writeln!(stdin, "{n}").expect("it goes on");
    }
    drop(stdin);
    ends_quietly("produce", &producing.close(), "");
    let offsets = cluster.shell("kafka-get-offsets.sh --bootstrap-server localhost:9092 --topic t", "");
    assert_eq!(ok(&offsets), "t:0:1000\n");
}

#[test]
fn servers_run_on_when_their_addresses_have_been_read() {
    let dir = tempfile::tempdir().expect("a folder");
    let ready = dir.path().join("ready");
    let data = dir.path().join("data");
    let utf8 = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let args = ["dev", "--port", "0", "--zookeeper-port", "0", "--dir", &utf8(&data), "--ready-file", &utf8(&ready)]
        .map(str::to_owned);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    for line in [false, true] {
        let Reading { mut child, mut lines } = start(Kind::Pipe, &args);
        if line {
            lines.read_line(&mut String::new()).expect("an address");
        }
        drop(lines);
        wait_for("the servers", || ready.exists().then_some(()));
        let bootstrap = std::fs::read_to_string(&ready).expect("addresses");
        let bootstrap = bootstrap.lines().find_map(|l| l.strip_prefix("BOOTSTRAP_SERVERS=")).expect("an address");
        let list = Command::new(rkafka()).args(["topics", "--list", "--bootstrap-server", bootstrap]).output();
        ok(&list.expect("the tool starts"));
        terminate(&child);
        wait_for("dev to end", || child.try_wait().expect("a process of ours"));
        assert!(!ready.exists());
    }
}

fn terminate(child: &Child) {
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a pid");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it takes a signal");
}

#[test]
fn a_producer_that_waits_for_a_broker_ends_without_a_panic() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("its address").to_string();
    for extra in [&[][..], &["--sync"]] {
        for _ in 0..4 {
            let args = [&["console-producer", "--bootstrap-server", &address, "--topic", "t"][..], extra].concat();
            let mut producing = start(Kind::Pipe, &args);
            producing.child.stdin.take().expect("its stdin").write_all(b"hello\n").expect("a line");
            // It waits for metadata as soon as it has a connection.
            let _connection = silent.accept().expect("a connection");
            thread::sleep(std::time::Duration::from_millis(300));
            terminate(&producing.child);
            let output = producing.close();
            assert_eq!(output.status.code(), Some(143), "{}", text(&output));
            assert_eq!(text(&output).matches("panicked").count(), 0, "{}", text(&output));
        }
    }
}
