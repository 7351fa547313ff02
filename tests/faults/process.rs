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
pub fn free_port() -> u16 {
    static USED: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    let mut used = USED.lock().unwrap();
    let used = used.get_or_insert_default();
    loop {
        let port = fastrand::u16(20_000..32_000);
        if used.insert(port) && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
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
        let binary = std::env::var_os("RKAFKA").unwrap_or_else(|| env!("CARGO_BIN_EXE_rkafka").into());
        let log = dir.join(format!("{name}.out"));
        let out = fs::File::create(&log).unwrap();
        let child = Command::new(binary)
            .args([tool, file])
            .current_dir(dir)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            .spawn()
            .unwrap_or_else(|e| panic!("{name} does not start: {e}"));
        Server { name: name.to_owned(), child, log }
    }

    /// Waits until the log holds `text`; panics if the process ends instead.
    pub fn wait_for_line(&mut self, text: &str) {
        let start = Instant::now();
        while !fs::read_to_string(&self.log).unwrap_or_default().contains(text) {
            assert!(self.is_alive(), "{} ended before it logged '{text}'", self.name);
            assert!(start.elapsed() < PATIENCE, "{} never logged '{text}'", self.name);
            thread::sleep(Duration::from_millis(5));
        }
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
