//! Nobody dies unseen: each essential task is made to panic once, in the servers as they are. The process ends with its
//! code and one line that names the task, and the rest of a cluster goes on. A connection's panic costs that connection.

use crate::harness::{PATIENCE, Server, free_port, ok, rkafka, run, text, wait_for};
use rkafka_runtime::tasks::essential::{EXIT_CODE, Task};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    process::{Command, Output},
    sync::Mutex,
    thread,
};
use tempfile::TempDir;

/// How many processes are killed at the same time.
const AT_ONCE: usize = 3;

/// Where a task is found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habitat {
    /// A cluster of two brokers, in one process with its ZooKeeper server.
    Brokers,
    /// A ZooKeeper server with everything that it can have.
    ZooKeeper,
}

/// A task that is added needs a line here, and dies in the test below.
fn habitat(task: Task) -> Habitat {
    match task {
        Task::Accepting
        | Task::IdleConnections
        | Task::ReplicaFetcher
        | Task::Controller
        | Task::BrokerLine
        | Task::BrokerWatch
        | Task::Registration
        | Task::ChangedSettings
        | Task::IsrChanges
        | Task::LostLeaderships
        | Task::LogDirFailures
        | Task::Upkeep
        | Task::GroupTimer
        | Task::ZooKeeperSession => Habitat::Brokers,
        Task::ZooKeeperLog
        | Task::ZooKeeperAccepting
        | Task::SessionExpiry
        | Task::ContainerNodes
        | Task::Purging
        | Task::AdminServer
        | Task::PrometheusPage => Habitat::ZooKeeper,
    }
}

/// A call of the binary in which `task` panics as soon as `dir` has the file "fault".
fn doomed(dir: &Path, task: &str, args: &[&str]) -> Command {
    let mut command = Command::new(rkafka());
    let fault = dir.join("fault");
    command.args(args).env("RKAFKA_FAULT_POINTS", format!("panic:{task}@{}", fault.display()));
    // Symbols of a backtrace take longer to read than everything else here.
    command.env("RUST_BACKTRACE", "0");
    command
}

fn strike(dir: &Path) {
    fs::write(dir.join("fault"), b"").expect("a file");
}

/// The process ends as one whose essential task has died.
fn assert_died(server: &mut Server, task: Task) {
    let status = server.wait();
    let log = server.log();
    assert_eq!(status.code(), Some(i32::from(EXIT_CODE)), "{task}:\n{log}");
    let told: Vec<&str> =
        log.lines().filter(|line| line.contains(" ERROR ") && line.contains("essential task")).collect();
    let wanted = format!("The essential task '{task}' has panicked: the fault that RKAFKA_FAULT_POINTS orders");
    assert!(told.len() == 1 && told[0].contains(&wanted), "{task}:\n{log}");
}

#[test]
fn every_essential_task_ends_its_process() {
    let left = Mutex::new(Task::ALL.iter().copied());
    thread::scope(|scope| {
        let work = || {
            while let Some(task) = { left.lock().expect("nobody has failed").next() } {
                match habitat(task) {
                    Habitat::Brokers => dies_in_dev(task),
                    Habitat::ZooKeeper => dies_in_zookeeper(task),
                }
            }
        };
        (0..AT_ONCE).for_each(|_| drop(scope.spawn(work)));
    });
}

fn dies_in_dev(task: Task) {
    let dir = TempDir::new().expect("a temporary folder");
    let (ready, tmp) = (dir.path().join("ready"), dir.path().join("tmp"));
    fs::create_dir(&tmp).expect("a folder");
    let path = ready.display().to_string();
    let args = ["dev", "--port", "0", "--brokers", "2", "--topic", "t:1:2", "--ready-file", &path];
    let mut dev = Server::start_command(dir.path(), "dev", doomed(dir.path(), task.name(), &args).env("TMPDIR", &tmp));
    dev.wait_for_line("bootstrap servers");
    strike(dir.path());
    assert_died(&mut dev, task);
    assert!(!ready.exists(), "{task}: the ready file outlives the servers");
    assert_eq!(fs::read_dir(&tmp).expect("readable").count(), 0, "{task}: data were left behind");
}

/// Starts a ZooKeeper server with all that it can have in which `task` is to die.
fn zookeeper(dir: &Path, task: &str, more: &str) -> (Server, u16) {
    let port = free_port();
    let settings = format!(
        "dataDir={}\nclientPort={port}\nadmin.serverPort={}\nautopurge.purgeInterval=1\n\
         metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\n\
         metricsProvider.httpPort={}\n{more}\n",
        dir.join("zookeeper").display(),
        free_port(),
        free_port(),
    );
    fs::write(dir.join("zookeeper.properties"), settings).expect("a properties file");
    let args = ["zookeeper-server-start", "zookeeper.properties"];
    let mut server = Server::start_command(dir, "zookeeper", &mut doomed(dir, task, &args));
    server.wait_for_line("PrepRequestProcessor");
    (server, port)
}

fn dies_in_zookeeper(task: Task) {
    let dir = TempDir::new().expect("a temporary folder");
    let (mut server, port) = zookeeper(dir.path(), task.name(), "");
    strike(dir.path());
    // A thread is struck when it has something to do: a session begins.
    let connect = format!("localhost:{port}");
    let _client = (task == Task::ZooKeeperLog)
        .then(|| Server::start(dir.path(), "shell", &["zookeeper-shell", connect.as_str(), "ls", "/"]));
    assert_died(&mut server, task);
}

/// Three brokers, of which broker 0 dies again and again.
struct Three {
    brokers: Vec<Server>,
    ports: Vec<u16>,
    dir: TempDir,
    _zookeeper: Server,
}

impl Three {
    fn start(task: Task) -> Three {
        let dir = TempDir::new().expect("a temporary folder");
        let (zookeeper, zookeeper_port) = zookeeper(dir.path(), "", "admin.enableServer=false");
        let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
        for (id, port) in ports.iter().enumerate() {
            let settings = format!(
                "broker.id={id}\nlisteners=PLAINTEXT://localhost:{port}\nlog.dirs={}\n\
                 zookeeper.connect=localhost:{zookeeper_port}\nmin.insync.replicas=2\ndefault.replication.factor=3\n",
                dir.path().join(format!("logs-{id}")).display()
            );
            fs::write(dir.path().join(format!("{id}.properties")), settings).expect("a properties file");
        }
        let mut three = Three { brokers: Vec::new(), ports, dir, _zookeeper: zookeeper };
        for id in 0..3 {
            let broker = three.start_broker(id, if id == 0 { task.name() } else { "" });
            three.brokers.push(broker);
        }
        three
    }

    fn start_broker(&self, id: usize, task: &str) -> Server {
        let dir = self.dir.path();
        let _ = fs::remove_file(dir.join(format!("broker-{id}.out")));
        let args = ["kafka-server-start", &format!("{id}.properties")];
        let mut broker = Server::start_command(dir, &format!("broker-{id}"), &mut doomed(dir, task, &args));
        broker.wait_for_line("started (kafka.server.KafkaServer)");
        broker
    }

    /// Broker 0 starts again, with another task that is to die.
    fn restart(&mut self, task: Task) {
        fs::remove_file(self.dir.path().join("fault")).expect("it has struck");
        self.brokers[0] = self.start_broker(0, task.name());
        wait_for("broker 0 to be in sync", || {
            let description = self.describe();
            let isr = description.split("Isr: ").nth(1)?.split_whitespace().next()?;
            (isr.split(',').count() == 3).then_some(())
        });
    }

    /// A tool that asks the brokers which never die.
    fn tool(&self, args: &[&str], stdin: &str) -> Output {
        let bootstrap = format!("localhost:{},localhost:{}", self.ports[1], self.ports[2]);
        let mut command = Command::new(rkafka());
        command.args(args).args(["--bootstrap-server", &bootstrap]);
        run(command, stdin)
    }

    fn describe(&self) -> String {
        ok(&self.tool(&["topics", "--describe", "--topic", "t"], ""))
    }

    fn produce(&self, line: &str) {
        let output = self.tool(&["console-producer", "--topic", "t", "--request-required-acks", "all"], line);
        assert!(!text(&output).contains(" ERROR "), "{}", text(&output));
        ok(&output);
    }
}

#[test]
fn others_take_over_from_a_broker_whose_task_has_died() {
    // The first broker is the controller; when it comes again, another one is.
    let tasks = [Task::Controller, Task::ReplicaFetcher, Task::Accepting, Task::ZooKeeperSession, Task::GroupTimer];
    let mut three = Three::start(tasks[0]);
    ok(&three.tool(&["topics", "--create", "--topic", "t", "--partitions", "1", "--replication-factor", "3"], ""));
    for (at, task) in tasks.into_iter().enumerate() {
        if at > 0 {
            three.restart(task);
        }
        three.produce(&format!("before {task}\n"));
        strike(three.dir.path());
        assert_died(&mut three.brokers[0], task);
        three.produce(&format!("after {task}\n"));
        wait_for("another leader", || (!three.describe().contains("Leader: 0")).then_some(()));
    }
    let count = (2 * tasks.len()).to_string();
    let args = ["console-consumer", "--topic", "t", "--from-beginning", "--max-messages", &count];
    let read = ok(&three.tool(&args, ""));
    let wanted: String = tasks.iter().map(|task| format!("before {task}\nafter {task}\n")).collect();
    assert_eq!(read, wanted);
}

/// What the log says of the one connection that panics.
fn assert_told_once(server: &Server, task: &str) {
    let log = server.log();
    let told = log.lines().filter(|line| line.contains(" ERROR ") && line.contains("has panicked")).count();
    assert!(told == 1 && log.contains(&format!("The task '{task}' has panicked: the fault")), "{log}");
}

/// Waits until the other side closes.
fn assert_closes(mut connection: TcpStream) {
    connection.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let read = connection.read(&mut [0; 64]);
    assert!(matches!(read, Ok(0)) || read.is_err_and(|e| e.kind() == std::io::ErrorKind::ConnectionReset));
}

#[test]
fn a_brokers_connection_that_panics_is_closed_and_gives_up_its_place() {
    const TASK: &str = "a client's connection";
    let dir = TempDir::new().expect("a temporary folder");
    let (_zookeeper, zookeeper_port) = zookeeper(dir.path(), "", "admin.enableServer=false");
    let port = free_port();
    let settings = format!(
        "broker.id=0\nlisteners=PLAINTEXT://127.0.0.1:{port}\nlog.dirs={}\nzookeeper.connect=localhost:{zookeeper_port}\n\
         max.connections.per.ip=1\nrkafka.fast.failover.enable=false\n",
        dir.path().join("logs").display()
    );
    fs::write(dir.path().join("server.properties"), settings).expect("a properties file");
    let args = ["kafka-server-start", "server.properties"];
    let mut broker = Server::start_command(dir.path(), "broker", &mut doomed(dir.path(), TASK, &args));
    broker.wait_for_line("started (kafka.server.KafkaServer)");
    let connection = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    strike(dir.path());
    assert_closes(connection);
    let bootstrap = format!("127.0.0.1:{port}");
    let mut list = Command::new(rkafka());
    list.args(["topics", "--list", "--bootstrap-server", &bootstrap]);
    ok(&run(list, ""));
    assert_told_once(&broker, TASK);
    assert_eq!(broker.stop().code(), Some(143));
}

#[test]
fn a_zookeeper_connection_that_panics_is_closed_and_gives_up_its_place() {
    const TASK: &str = "a ZooKeeper client's connection";
    let dir = TempDir::new().expect("a temporary folder");
    let (mut server, port) = zookeeper(dir.path(), TASK, "maxClientCnxns=1\n4lw.commands.whitelist=*");
    let connection = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    strike(dir.path());
    assert_closes(connection);
    wait_for("the place", || {
        let mut next = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        let mut answer = String::new();
        next.write_all(b"ruok").and_then(|()| next.read_to_string(&mut answer)).ok();
        (answer == "imok").then_some(())
    });
    assert_told_once(&server, TASK);
    assert_eq!(server.stop().code(), Some(143));
}
