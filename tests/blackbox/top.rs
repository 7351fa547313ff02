//! `rkafka top` at a pseudo-terminal, as a person sees it; and `--once` without one.

use crate::harness::{Cluster, PATIENCE, ok, rkafka, text, wait_for};
use rustix::{
    process::{Pid, Signal, kill_process},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcgetattr, tcsetwinsize},
};
use std::{
    fs::{File, OpenOptions},
    io::{Read, Write},
    os::fd::OwnedFd,
    process::{Child, Command},
    sync::{Arc, Mutex},
    thread,
};

/// As much of a terminal as the tool uses: places, lines, clearing.
#[derive(Default)]
struct Glass {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// A sequence that has begun.
    sequence: Option<String>,
    /// All sequences that hide and show the cursor and the other screen.
    modes: Vec<String>,
}

impl Glass {
    fn take(&mut self, c: char) {
        match (&mut self.sequence, c) {
            (None, '\x1b') => self.sequence = Some(String::new()),
            (None, c) => {
                if self.lines.len() <= self.row {
                    self.lines.resize(self.row + 1, Vec::new());
                }
                let line = &mut self.lines[self.row];
                if line.len() <= self.column {
                    line.resize(self.column + 1, ' ');
                }
                line[self.column] = c;
                self.column += 1;
            }
            (Some(sequence), c) => {
                sequence.push(c);
                if c.is_ascii_alphabetic() {
                    let sequence = self.sequence.take().unwrap_or_default();
                    self.obey(&sequence);
                }
            }
        }
    }

    fn obey(&mut self, sequence: &str) {
        let numbers = sequence.trim_start_matches('[').trim_end_matches(char::is_alphabetic);
        match sequence.chars().last() {
            Some('H') => {
                let (row, column) = numbers.split_once(';').expect("a place");
                self.row = row.parse::<usize>().expect("a row") - 1;
                self.column = column.parse::<usize>().expect("a column") - 1;
            }
            Some('J') => self.lines.clear(),
            Some('K') => self.lines[self.row].clear(),
            Some('h' | 'l') => self.modes.push(sequence.to_owned()),
            Some('m') => {}
            other => panic!("a sequence that the test does not know: {other:?} of {sequence:?}"),
        }
    }

    fn text(&self) -> String {
        let lines = self.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// The tool at a terminal of its own.
struct Screen {
    child: Child,
    keyboard: File,
    master: Arc<OwnedFd>,
    /// The tool's end, which shows the modes and keeps the terminal open.
    slave: File,
    glass: Arc<Mutex<Glass>>,
}

impl Screen {
    fn open(args: &[&str], columns: u16, rows: u16) -> Screen {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&master).expect("its other end");
        unlockpt(&master).expect("its other end");
        let path = ptsname(&master, Vec::new()).expect("its name").into_string().expect("its name in ASCII");
        let slave = OpenOptions::new().read(true).write(true).open(path).expect("its other end");
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&slave, size).expect("its size");
        let end = || slave.try_clone().expect("another handle");
        let child = Command::new(rkafka())
            .args(args)
            .env("TERM", "xterm")
            .stdin(end())
            .stdout(end())
            .stderr(end())
            .spawn()
            .expect("the tool starts");
        let glass = Arc::new(Mutex::new(Glass::default()));
        let mut output = File::from(master.try_clone().expect("another handle"));
        let shown = glass.clone();
        thread::spawn(move || {
            let mut pending = Vec::new();
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                pending.extend_from_slice(&bytes[..read]);
                let whole = match std::str::from_utf8(&pending) {
                    Ok(text) => text.len(),
                    Err(error) => error.valid_up_to(),
                };
                let text: Vec<u8> = pending.drain(..whole).collect();
                let text = String::from_utf8(text).expect("what was found valid");
                text.chars().for_each(|c| shown.lock().expect("no panic").take(c));
            }
        });
        let keyboard = File::from(master.try_clone().expect("another handle"));
        Screen { child, keyboard, master: Arc::new(master), slave, glass }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    fn text(&self) -> String {
        self.glass.lock().expect("no panic").text()
    }

    fn shows(&self, part: &str) {
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_for(part, || self.text().contains(part).then_some(()));
        }));
        assert!(seen.is_ok(), "'{part}' is not on the screen after {PATIENCE:?}:\n{}", self.text());
    }

    fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&*self.master, size).expect("its size");
        self.signal(Signal::WINCH);
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32).expect("a pid");
        kill_process(pid, signal).expect("the process takes a signal");
    }

    /// Asserts that it ends with that code and leaves the terminal as it was.
    fn ends(&mut self, code: i32) {
        let status = wait_for("the tool to end", || self.child.try_wait().expect("a process of ours"));
        assert_eq!(status.code(), Some(code), "{}", self.text());
        let modes = tcgetattr(&self.slave).expect("its modes").local_modes;
        use rustix::termios::LocalModes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG), "{modes:?}");
        let left = ["[?1049h", "[?25l", "[?25h", "[?1049l"];
        wait_for("the screen to be left", || (self.glass.lock().expect("no panic").modes == left).then_some(()));
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn produce(cluster: &Cluster, topic: &str, records: usize) {
    let lines = "x\n".repeat(records);
    let line = format!("kafka-console-producer.sh --bootstrap-server localhost:9092 --topic {topic}");
    ok(&cluster.shell(&line, &lines));
}

fn create(cluster: &Cluster, topic: &str, partitions: usize) {
    let line =
        format!("kafka-topics.sh --bootstrap-server localhost:9092 --create --topic {topic} --partitions {partitions}");
    ok(&cluster.shell(&line, ""));
}

#[test]
fn a_live_screen() {
    let mut cluster = Cluster::start();
    create(&cluster, "orders", 2);
    create(&cluster, "payments", 1);
    produce(&cluster, "orders", 50);
    let bootstrap = cluster.bootstrap();
    let mut screen = Screen::open(&["top", "--bootstrap-server", &bootstrap, "--interval", "200ms"], 80, 24);
    screen.shows("Topics (2)");
    screen.shows("1 brokers, controller 0");
    screen.shows("q leave");
    assert!(screen.text().lines().all(|line| line.chars().count() <= 80), "{}", screen.text());
    screen.press("/ord");
    screen.shows("Topics (1 of 2)");
    screen.shows("/ord_");
    screen.press("\r\r");
    screen.shows("Partitions of topic orders (2)");
    screen.press("\x1b");
    screen.shows("Topics (1 of 2)");
    screen.press("\x1b");
    screen.shows("Topics (2)");
    // The columns come back when there is room for them.
    screen.resize(40, 12);
    wait_for("a small screen", || {
        let text = screen.text();
        let lines: Vec<&str> = text.lines().collect();
        (lines.len() == 12 && lines.iter().all(|line| line.chars().count() <= 40)).then_some(())
    });
    screen.resize(120, 30);
    screen.shows("↑↓ select");
    cluster.broker.kill();
    screen.shows("unreachable since ");
    cluster.restart_broker();
    wait_for("the cluster to be back", || (!screen.text().contains("unreachable")).then_some(()));
    screen.press("q");
    screen.ends(0);
}

#[test]
fn groups_and_their_lag() {
    let cluster = Cluster::start();
    create(&cluster, "orders", 1);
    produce(&cluster, "orders", 10);
    let consume = "kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic orders --group readers \
                   --from-beginning --max-messages 10";
    ok(&cluster.shell(consume, ""));
    produce(&cluster, "orders", 7);
    let bootstrap = cluster.bootstrap();
    let mut screen = Screen::open(&["top", "--bootstrap-server", &bootstrap, "--show", "groups"], 100, 24);
    screen.shows("readers");
    screen.shows("Groups (1)");
    screen.press("\r");
    screen.shows("Partitions of group readers (1)");
    wait_for("offsets and lag", || {
        let text = screen.text();
        let row = text.lines().find(|line| line.starts_with("orders "))?;
        let words: Vec<&str> = row.split_whitespace().collect();
        (words[..5] == ["orders", "0", "10", "17", "7"]).then_some(())
    });
    screen.press("m");
    screen.shows("Members of group readers (0)");
    // Ctrl-C in the middle of a filter.
    screen.press("/x\x03");
    screen.ends(130);
}

#[test]
fn a_cluster_that_comes_later() {
    let mut cluster = Cluster::start();
    cluster.broker.kill();
    let bootstrap = cluster.bootstrap();
    let mut screen = Screen::open(&["top", "--bootstrap-server", &bootstrap, "--show", "brokers"], 80, 24);
    // Other tools would have given up by then.
    screen.shows("(6 s): ");
    cluster.restart_broker();
    screen.shows("Brokers (1)");
    screen.press("q");
    screen.ends(0);
}

#[test]
fn a_signal_restores_the_terminal() {
    let cluster = Cluster::start();
    let bootstrap = cluster.bootstrap();
    let mut screen = Screen::open(&["top", "--bootstrap-server", &bootstrap, "--show", "brokers"], 80, 24);
    screen.shows("Brokers (1)");
    screen.signal(Signal::TERM);
    screen.ends(143);
}

#[test]
fn one_table_without_a_terminal() {
    let cluster = Cluster::start();
    create(&cluster, "orders", 3);
    let top = |words: &str| cluster.shell(&format!("$RKAFKA top --bootstrap-server localhost:9092 {words}"), "");
    let table = ok(&top("--once --interval 100ms"));
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["TOPIC", "PARTS", "REPL", "LACKING", "OFFLINE", "RECORDS/S", "BYTES/S", "SIZE"], "{table}");
    assert_eq!(lines[1], ["orders", "3", "1", "0", "0", "0", "0B", "0B"], "{table}");
    assert!(ok(&top("--once --interval 100ms --show brokers")).contains(&cluster.bootstrap()));
    let data = ok(&top("--once --interval 100ms --output jsonl"));
    assert!(data.starts_with("{\"topic\":\"orders\",\"partitions\":3,\"replicas\":1,\"lacking\":0"), "{data}");
    let output = top("");
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).contains("wants a terminal: --once"), "{}", text(&output));
}
