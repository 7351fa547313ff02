//! Starts the real binary the way a user does, on free ports and in temporary folders, and stops what it started.

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};
use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The binary under test: `RKAFKA`, or the one that cargo built for this test.
pub fn rkafka() -> PathBuf {
    std::env::var_os("RKAFKA").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_rkafka")), PathBuf::from)
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Polls until `ready` gives a value; panics with `what` and the last state after [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "gave up waiting for {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// A server process with its output in a file; ended when dropped.
pub struct Server {
    pub name: String,
    child: Child,
    log: PathBuf,
}

impl Server {
    pub fn start(dir: &Path, name: &str, args: &[&str]) -> Server {
        Server::start_command(dir, name, Command::new(rkafka()).args(args))
    }

    pub fn start_command(dir: &Path, name: &str, command: &mut Command) -> Server {
        let log = dir.join(format!("{name}.out"));
        let out = fs::OpenOptions::new().create(true).append(true).open(&log).expect("a log file");
        let child = command
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("a second handle"))
            .stderr(out)
            .spawn()
            .unwrap_or_else(|e| panic!("{name} does not start: {e}"));
        Server { name: name.to_string(), child, log }
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until the log holds `text`; fails at once if the process ended instead.
    pub fn wait_for_line(&mut self, text: &str) {
        let start = Instant::now();
        loop {
            if self.log().contains(text) {
                return;
            }
            if let Some(status) = self.child.try_wait().expect("a process of ours") {
                panic!("{} ended with {status} before it logged '{text}':\n{}", self.name, self.log());
            }
            assert!(start.elapsed() < PATIENCE, "{} never logged '{text}':\n{}", self.name, self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_raw(self.pid() as i32).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("the process takes a signal");
    }

    /// kill -9, and gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and its exit status.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(rustix::process::Signal::TERM);
        self.wait()
    }

    pub fn wait(&mut self) -> ExitStatus {
        let name = self.name.clone();
        wait_for(&format!("{name} to end"), || self.child.try_wait().expect("a process of ours"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("--- {} (last lines first)\n{}", self.name, tail.join("\n"));
        }
        self.kill();
    }
}

/// One ZooKeeper server and one broker of ours, from properties files like the shipped ones.
pub struct Cluster {
    pub broker: Server,
    pub zookeeper: Server,
    pub zookeeper_port: u16,
    pub port: u16,
    /// How many file descriptors each server may have, if not as many as this process.
    descriptors: Option<u32>,
    /// Last, so that the servers' logs are still there while they are dropped.
    pub dir: TempDir,
}

impl Cluster {
    pub fn start() -> Cluster {
        Cluster::start_with("")
    }

    /// `extra` is appended to the broker's properties.
    pub fn start_with(extra: &str) -> Cluster {
        Cluster::start_limited(extra, "", None)
    }

    /// `extra` is appended to the broker's properties, `extra_zookeeper` to the ZooKeeper server's; each may have so many
    /// file descriptors.
    pub fn start_limited(extra: &str, extra_zookeeper: &str, descriptors: Option<u32>) -> Cluster {
        let dir = TempDir::new().expect("a temporary folder");
        let (zookeeper_port, port) = (free_port(), free_port());
        let path = dir.path();
        fs::write(
            path.join("zookeeper.properties"),
            format!(
                "dataDir={}\nclientPort={zookeeper_port}\nmaxClientCnxns=0\nadmin.enableServer=false\n{extra_zookeeper}\n",
                path.join("zookeeper").display()
            ),
        )
        .expect("a properties file");
        fs::write(
            path.join("server.properties"),
            format!(
                "broker.id=0\nlisteners=PLAINTEXT://localhost:{port}\nlog.dirs={}\n\
                 zookeeper.connect=localhost:{zookeeper_port}\noffsets.topic.replication.factor=1\n\
                 group.initial.rebalance.delay.ms=0\n{extra}\n",
                path.join("kafka-logs").display()
            ),
        )
        .expect("a properties file");
        let zookeeper = Cluster::start_zookeeper(path, descriptors);
        let broker = Cluster::start_broker(path, descriptors);
        Cluster { dir, zookeeper, broker, zookeeper_port, port, descriptors }
    }

    fn start_zookeeper(path: &Path, descriptors: Option<u32>) -> Server {
        let args = ["zookeeper-server-start", "zookeeper.properties"];
        let mut zookeeper = Server::start_command(path, "zookeeper", &mut limited(descriptors, &args));
        zookeeper.wait_for_line("binding to port");
        zookeeper
    }

    fn start_broker(path: &Path, descriptors: Option<u32>) -> Server {
        let args = ["kafka-server-start", "server.properties"];
        let mut broker = Server::start_command(path, "broker", &mut limited(descriptors, &args));
        broker.wait_for_line("started (kafka.server.KafkaServer)");
        broker
    }

    /// Starts the broker again on its old files; the log starts afresh, so that lines can be waited for again.
    pub fn restart_broker(&mut self) {
        self.broker.kill();
        let _ = fs::remove_file(self.dir.path().join("broker.out"));
        self.broker = Cluster::start_broker(self.dir.path(), self.descriptors);
    }

    /// kill -9 of both servers, then both start again on their old files.
    pub fn restart_everything(&mut self) {
        self.broker.kill();
        self.zookeeper.kill();
        let path = self.dir.path();
        let _ = fs::remove_file(path.join("zookeeper.out"));
        self.zookeeper = Cluster::start_zookeeper(path, self.descriptors);
        self.restart_broker();
    }

    pub fn bootstrap(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub fn zookeeper_connect(&self) -> String {
        format!("localhost:{}", self.zookeeper_port)
    }

    /// A command line in the notes' own words: ports become this cluster's, and the words go to the launcher in `bin/`.
    pub fn shell(&self, line: &str, stdin: &str) -> Output {
        let line =
            line.replace("localhost:2181", &self.zookeeper_connect()).replace("localhost:9092", &self.bootstrap());
        let bin = Path::new(env!("CARGO_MANIFEST_DIR")).join("bin");
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new("bash");
        command
            .args(["-c", &line])
            .current_dir(self.dir.path())
            .env("PATH", format!("{}:{path}", bin.display()))
            .env("RKAFKA", rkafka())
            // Whoever runs the tests may have contexts.
            .env("RKAFKA_CONFIG", self.dir.path().join("contexts.toml"))
            .env_remove("RKAFKA_CONTEXT");
        run(command, stdin)
    }
}

/// A call of the binary that may have so many file descriptors, as a soft and as a hard limit.
pub fn limited(descriptors: Option<u32>, args: &[&str]) -> Command {
    let Some(descriptors) = descriptors else {
        let mut command = Command::new(rkafka());
        command.args(args);
        return command;
    };
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {descriptors} && exec \"$@\""), "sh"]).arg(rkafka()).args(args);
    command
}

/// Runs a command to its end at a terminal of its own, and returns all that came there; ended by force after [`PATIENCE`].
pub fn at_a_terminal(command: &mut Command) -> (String, ExitStatus) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
    grantpt(&master).expect("its other end");
    unlockpt(&master).expect("its other end");
    let path = ptsname(&master, Vec::new()).expect("its name").into_string().expect("its name in ASCII");
    let slave = fs::OpenOptions::new().read(true).write(true).open(path).expect("its other end");
    let size = Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&slave, size).expect("its size");
    let end = || slave.try_clone().expect("another handle");
    let mut child =
        command.env("TERM", "xterm").stdin(end()).stdout(end()).stderr(end()).spawn().expect("the command starts");
    // Reading ends when nobody has the other end any more.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(slave);
    let reader = thread::spawn(move || {
        let (mut master, mut told, mut bytes) = (fs::File::from(master), Vec::new(), [0; 4096]);
        while let Ok(read @ 1..) = master.read(&mut bytes) {
            told.extend_from_slice(&bytes[..read]);
        }
        told
    });
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("a process of ours") {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
        }
        thread::sleep(Duration::from_millis(20));
    };
    let told = reader.join().expect("the reader does not panic");
    (String::from_utf8_lossy(&told).into_owned(), status)
}

/// Runs a command to its end with `stdin` as its input; ended by force, with all that it started, after [`PATIENCE`].
pub fn run(mut command: Command, stdin: &str) -> Output {
    let mut child = command
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{command:?} does not start: {e}"));
    let mut input = child.stdin.take().expect("a pipe");
    let text = stdin.to_string();
    let writer = thread::spawn(move || {
        // A tool may end before it has read everything; that is for its exit code to tell.
        let _ = input.write_all(text.as_bytes());
    });
    let pid = rustix::process::Pid::from_raw(child.id() as i32).expect("a pid");
    let (done, ended) = std::sync::mpsc::channel::<()>();
    let watchdog = thread::spawn(move || {
        if ended.recv_timeout(PATIENCE).is_err() {
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    });
    let output = child.wait_with_output().expect("its output");
    let _ = done.send(());
    let _ = watchdog.join();
    let _ = writer.join();
    output
}

/// What a command printed and how it ended, for assertions that show everything when they fail.
pub fn text(output: &Output) -> String {
    format!(
        "exit {:?}\nstdout:\n{}stderr:\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Asserts that the command succeeded and gives its stdout.
pub fn ok(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
