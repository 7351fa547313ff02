//! Server processes with their output in files.

use rustix::process::{Pid, Signal, kill_process};
use std::{
    collections::HashSet,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A free port below those that the kernel hands out to clients: a server that was killed must get its own back.
/// `CONF_PORTS=LOW-HIGH`: where the judges may take theirs.
pub fn free_port() -> u16 {
    let given = std::env::var("CONF_PORTS").unwrap_or_else(|_| "20000-32000".to_owned());
    let (low, high) = given.split_once('-').unwrap();
    let (low, high): (u16, u16) = (low.parse().unwrap(), high.parse().unwrap());
    static USED: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut used = USED.lock().unwrap();
    let used = used.get_or_insert_default();
    loop {
        let port = fastrand::u16(low..high);
        if used.insert(port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The folder of Apache Kafka's jars, if its brokers are to be started instead of ours.
pub fn apache() -> Option<PathBuf> {
    std::env::var_os("APACHE_KAFKA").map(PathBuf::from)
}

/// Says what is waited for: that a broker has started.
const LOG4J: &str = "log4j.rootLogger=INFO, A\nlog4j.appender.A=org.apache.log4j.ConsoleAppender\n\
    log4j.appender.A.layout=org.apache.log4j.PatternLayout\nlog4j.appender.A.layout.ConversionPattern=[%d] %p %m (%c)%n\n";

/// `rkafka TOOL FILE`, or a broker of Apache's if they are asked for.
fn command(dir: &Path, tool: &str, file: &str) -> Command {
    match apache().filter(|_| tool == "kafka-server-start") {
        Some(jars) => {
            let log4j = dir.join("log4j.properties");
            fs::write(&log4j, LOG4J).unwrap();
            let mut command = Command::new("java");
            command.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
            command.arg(format!("-Dlog4j.configuration=file:{}", log4j.display()));
            command.arg("-cp").arg(jars.join("*")).args(["kafka.Kafka", file]);
            command
        }
        None => {
            let binary = std::env::var_os("RKAFKA").unwrap_or_else(|| env!("CARGO_BIN_EXE_rkafka").into());
            let mut command = Command::new(binary);
            command.args([tool, file]);
            command
        }
    }
}

/// A running server; killed when dropped, and its last lines printed if the test fails.
pub struct Server {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Server {
    /// Starts `rkafka TOOL FILE` in `dir`; the log starts afresh.
    pub fn start(dir: &Path, name: &str, tool: &str, file: &str) -> Server {
        Server::start_in(&[], dir, name, tool, file)
    }

    /// As [`Server::start`], with some environment variables.
    pub fn start_in(environment: &[(&str, &str)], dir: &Path, name: &str, tool: &str, file: &str) -> Server {
        let log = dir.join(format!("{name}.out"));
        let out = fs::File::create(&log).unwrap();
        let child = command(dir, tool, file)
            .current_dir(dir)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|e| panic!("{name} does not start: {e}"));
        Server { name: name.to_owned(), child, log }
    }

    /// Waits until the log holds `text`, as [`Self::wait_for_lines`] does.
    pub fn wait_for_line(&mut self, text: &str) {
        self.wait_for_lines(text, 1);
    }

    /// How often the log holds `text`.
    pub fn count(&self, text: &str) -> usize {
        fs::read_to_string(&self.log).unwrap_or_default().matches(text).count()
    }

    /// Waits until the log holds `text` so many times; panics if the process ends instead.
    pub fn wait_for_lines(&mut self, text: &str, times: usize) {
        assert!(self.logs_before_its_end(text, times), "{} ended before it logged '{text}'", self.name);
    }

    /// Waits until the log holds `text` so many times, or the process has ended without that.
    pub fn logs_before_its_end(&mut self, text: &str, times: usize) -> bool {
        let start = Instant::now();
        while self.count(text) < times {
            if !self.is_alive() {
                // Its last words.
                return self.count(text) >= times;
            }
            assert!(start.elapsed() < PATIENCE, "{} never logged '{text}'", self.name);
            thread::sleep(Duration::from_millis(5));
        }
        true
    }

    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// SIGSTOP: the process does nothing, and its sockets stay open.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// kill -9, and gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM.
    pub fn request_stop(&self) {
        self.signal(Signal::TERM);
    }

    /// SIGTERM, and its exit status.
    pub fn stop(&mut self) -> ExitStatus {
        self.request_stop();
        self.ended()
    }

    /// Waits for the process to end by itself.
    pub fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(start.elapsed() < PATIENCE, "{} does not end", self.name);
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().filter(|l| !l.starts_with('\t')).collect();
            eprintln!("--- {}, its last lines\n{}", self.name, lines[lines.len().saturating_sub(40)..].join("\n"));
            if let Ok(keep) = std::env::var("FAULTS_LOGS") {
                let keep = Path::new(&keep).join(format!("{}-{}", self.child.id(), self.name));
                let _ = Command::new("cp").arg("-r").arg(self.log.parent().unwrap()).arg(keep).status();
            }
        }
        self.kill();
    }
}
