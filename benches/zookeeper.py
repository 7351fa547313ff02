#!/usr/bin/env python3
"""Our ZooKeeper server and Apache's, side by side: the same client program, the same disk, fsync on in both.

    benches/zookeeper.py --rkafka target/release/rkafka --libs DIR [--rows start,create,mixed,nodes,sessions]
                         [--rounds 3] [--seconds 4] [--nodes 1000000] [--sessions 5000] [--only rkafka|apache]

DIR holds the jars of Apache Kafka 3.9.1, ZooKeeper 3.8.4 among them (tests/conformance/fetch.sh gets them). The client is
benches/zookeeper/load.rs, compiled here with rustc. Rounds alternate between the servers, and the medians count. The
machine is shared: quote ratios. Apache's heap is the 1,000 MB that its zkServer.sh gives it.

start      from the start of the process to the first answered request of a session, empty data folder; idle memory
create     synchronous creates of 100 bytes, 1 and 64 clients: per second, p99, server CPU per operation
mixed      90 % getData, 10 % setData, 64 clients
nodes      memory with many nodes of 100 bytes, time and memory of a restart from their snapshot, writes during snapshots
sessions   memory with many idle sessions
"""
import argparse, os, pathlib, random, shutil, signal, socket, statistics, subprocess, tempfile, time

TICK = os.sysconf("SC_CLK_TCK")
HERE = pathlib.Path(__file__).resolve().parent
LOG4J = ("log4j.rootLogger=WARN, err\nlog4j.appender.err=org.apache.log4j.ConsoleAppender\n"
         "log4j.appender.err.Target=System.err\nlog4j.appender.err.layout=org.apache.log4j.PatternLayout\n"
         "log4j.appender.err.layout.ConversionPattern=[%d] %p %m (%c)%n\n")


def free_port():
    while True:
        port = random.randrange(22000, 22400)
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)):
                return port


class Server:
    """One server with a data folder of its own, which survives restarts."""

    def __init__(self, args, kind):
        self.args, self.kind, self.port, self.process = args, kind, free_port(), None
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"zk-bench-{kind}-", dir=args.dir))
        (self.dir / "log4j.properties").write_text(LOG4J)
        (self.dir / "zoo.cfg").write_text(f"dataDir={self.dir}/data\nclientPort={self.port}\nmaxClientCnxns=0\n"
                                          f"admin.enableServer=false\nsnapCount=100000\n4lw.commands.whitelist=*\n")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self):
        """Starts; returns the seconds until the first answered request."""
        command = [self.args.rkafka, "zookeeper-server-start", self.dir / "zoo.cfg"] if self.kind == "rkafka" else [
            "java", "-Xmx1000m", f"-Dlog4j.configuration=file:{self.dir}/log4j.properties", "-cp", f"{self.args.libs}/*",
            "org.apache.zookeeper.server.quorum.QuorumPeerMain", self.dir / "zoo.cfg"]
        # The client polls from before the start on.
        client = self.client("first", background=True)
        time.sleep(0.1)
        started = time.monotonic()
        log = open(self.dir / "log", "ab")
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        answer = client.stdout.readline()
        took = time.monotonic() - started
        client.wait()
        if answer.strip() != "answered":
            raise SystemExit(f"{self.kind} does not answer\n{(self.dir / 'log').read_text(errors='replace')[-3000:]}")
        return took

    def stop(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None

    def client(self, *command, background=False):
        command = [str(self.args.load), str(self.port), *map(str, command)]
        p = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if background:
            return p
        return p.communicate(timeout=900)[0]

    def measure(self, *command):
        """The figures that the client prints, and the server's CPU microseconds per operation while they were taken."""
        p = self.client(*command, background=True)
        while p.stdout.readline().strip() != "counting":
            if p.poll() is not None:
                raise SystemExit(f"the client failed\n{(self.dir / 'log').read_text(errors='replace')[-3000:]}")
        cpu, started = self.cpu(), time.monotonic()
        text = p.communicate(timeout=300)[0]
        took, cpu = time.monotonic() - started, self.cpu() - cpu
        found = {line.split()[0]: float(line.split()[1]) for line in text.splitlines()}
        found["cpu_us_per_op"] = cpu / took / found["ops_per_s"] * 1e6
        return found

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def status_mib(self, key="VmRSS"):
        lines = open(f"/proc/{self.process.pid}/status")
        return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


def start(args, kind, found):
    server = Server(args, kind)
    try:
        found("start to first answer ms", server.start() * 1000)
        time.sleep(1)
        found("idle MiB", server.status_mib())
    finally:
        server.__exit__()


def create(args, kind, found):
    for clients in (1, 64):
        with Server(args, kind) as server:
            figures = server.measure("create", clients, args.seconds)
            for name in ("ops_per_s", "p50_ms", "p99_ms", "cpu_us_per_op"):
                found(f"create, {clients} clients, {name}", figures[name])


def mixed(args, kind, found):
    with Server(args, kind) as server:
        figures = server.measure("mixed", 64, args.seconds)
        for name in ("ops_per_s", "p50_ms", "p99_ms", "cpu_us_per_op"):
            found(f"mixed 90/10, 64 clients, {name}", figures[name])


def nodes(args, kind, found):
    with Server(args, kind) as server:
        empty = server.status_mib()
        seconds = float(server.client("fill", args.nodes).split()[1])
        found(f"fill {args.nodes} nodes s", seconds)
        time.sleep(2)
        found(f"{args.nodes} nodes after filling MiB", server.status_mib())
        found(f"{args.nodes} nodes after filling, most ever MiB", server.status_mib("VmHWM"))
        server.stop()
        # So that the restart that counts is one from a whole snapshot: a few writes, and a snapshot is due.
        config = server.dir / "zoo.cfg"
        config.write_text(config.read_text().replace("snapCount=100000", "snapCount=20"))
        server.start()
        server.client("create", 1, 0.3)
        settle(server)
        server.stop()
        found(f"restart from {args.nodes} nodes s", server.start())
        time.sleep(2)
        found(f"{args.nodes} nodes after a restart MiB", server.status_mib())
        found(f"{args.nodes} nodes after a restart, most ever MiB", server.status_mib("VmHWM"))
        # A snapshot follows the other from here on.
        figures = server.measure("create", 8, args.seconds)
        for name in ("ops_per_s", "p99_ms", "max_ms"):
            found(f"create, 8 clients, while {args.nodes} nodes are written into snapshots, {name}", figures[name])
        found(f"{args.nodes} nodes while they are written, most ever MiB", server.status_mib("VmHWM"))


def settle(server):
    """Waits until no snapshot is being written any more: the files have the same sizes for a second."""
    folder, before, since = server.dir / "data" / "version-2", None, time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.1)
        now = {f.name: f.stat().st_size for f in folder.iterdir()}
        if now != before:
            before, since = now, time.monotonic()


def sessions(args, kind, found):
    with Server(args, kind) as server:
        client = server.client("idle", args.sessions, background=True)
        assert client.stdout.readline().strip() == "ready"
        time.sleep(2)
        found(f"{args.sessions} idle sessions MiB", server.status_mib())
        client.kill()
        client.wait()


ROWS = {f.__name__: f for f in (start, create, mixed, nodes, sessions)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rkafka", required=True)
    parser.add_argument("--libs", required=True)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=5000)
    parser.add_argument("--only", choices=("rkafka", "apache"))
    parser.add_argument("--dir", default=None, help="where the data folders go: a disk, for fsync to mean something")
    args = parser.parse_args()
    kinds = [args.only] if args.only else ["rkafka", "apache"]
    with tempfile.TemporaryDirectory() as folder:
        args.load = pathlib.Path(folder) / "load"
        subprocess.run(["rustc", "-O", "--edition", "2024", "-o", args.load, HERE / "zookeeper" / "load.rs"], check=True)
        for row in args.rows.split(","):
            figures = {}
            for _ in range(1 if row in ("nodes", "sessions") else args.rounds):
                for kind in kinds:
                    ROWS[row](args, kind, lambda name, value: figures.setdefault(name, {}).setdefault(kind, []).append(value))
            for name, found in figures.items():
                medians = {kind: statistics.median(values) for kind, values in found.items()}
                text = "  ".join(f"{kind} {value:10.2f}" for kind, value in medians.items())
                ratio = f"  ratio {medians['rkafka'] / medians['apache']:.3f}" if len(medians) == 2 and medians["apache"] else ""
                print(f"{name:70} {text}{ratio}", flush=True)


if __name__ == "__main__":
    main()
