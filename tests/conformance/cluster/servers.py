"""Clusters of our servers and Apache's, in any mixture: started, killed, paused, stopped, and watched from outside.

Watched through kcat (librdkafka) and a few lines of ZooKeeper's protocol, so that neither side is its own witness.
Everything lives in one temporary folder; whatever still runs at the end is ended."""
import atexit, json, os, pathlib, shutil, signal, socket, struct, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ports import free_port

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CACHE = pathlib.Path(os.environ.get("CONF_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "rkafka-judges")
RKAFKA = os.environ.get("RKAFKA", str(ROOT / "target/release/rkafka"))
WORK = pathlib.Path(tempfile.mkdtemp(prefix="rkafka-cluster-"))
# Servers and tools that live for seconds: the quick compiler and the small collector start fastest.
JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Dlog4j.configuration=file:{CACHE}/log4j.properties"]
RUNNING = []
COUNT = {"ok": 0, "FAIL": 0}
CONCLUDED = []


def ok(good, what):
    word = "ok" if good else "FAIL"
    COUNT[word] += 1
    print(f"{word:4} {what}", flush=True)
    return bool(good)


def note(text):
    print(f"  -- {text}", flush=True)


def closing():
    print(f"{COUNT['ok']} passed, {COUNT['FAIL']} failed", flush=True)
    CONCLUDED.append(True)
    sys.exit(1 if COUNT["FAIL"] or not COUNT["ok"] else 0)


@atexit.register
def end_all():
    for process in reversed(RUNNING):
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
    RUNNING.clear()
    if (COUNT["FAIL"] or not CONCLUDED) and os.environ.get("CONF_LOGS"):
        keep = pathlib.Path(os.environ["CONF_LOGS"]) / WORK.name
        try:
            shutil.copytree(WORK, keep, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.index", "*.timeindex"))
        except OSError as e:
            print(f"  -- not everything could be kept: {str(e)[:300]}")
        print(f"  -- logs and data are kept in {keep}")
    shutil.rmtree(WORK, ignore_errors=True)


for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda n, _: sys.exit(128 + n))

def wait(what, ready, limit=60.0, every=0.05):
    """The first true value of ready(), or None after `limit` seconds, with a line that names what did not come."""
    end = time.monotonic() + limit
    while True:
        value = ready()
        if value:
            return value
        if time.monotonic() > end:
            note(f"gave up waiting for {what} after {limit:g} s")
            return None
        time.sleep(every)


def run(command, limit=60, stdin=None, log=None):
    """(exit status, stdout); stderr goes to the tools' log. A tool that does not end is killed: status -9."""
    with open(WORK / "tools.err", "ab") as errors:
        try:
            p = subprocess.run([str(c) for c in command], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=errors, timeout=limit, text=True)
        except subprocess.TimeoutExpired as e:
            note(f"ended by force after {limit} s: {' '.join(str(c) for c in command[-8:])}")
            out = e.stdout or b""
            return -9, out.decode() if isinstance(out, bytes) else out
    if p.returncode and log is None:
        note(f"exit {p.returncode}: {' '.join(str(c) for c in command[-8:])}: {(WORK / 'tools.err').read_text(errors='replace')[-300:]!r}")
    return p.returncode, p.stdout


def java(release, main, *args, heap="256m"):
    return ["java", f"-Xmx{heap}", *JVM, "-cp", f"{CACHE}/{release}/libs/*", main, *map(str, args)]


class Server:
    """A process with its output in a file."""

    def __init__(self, name, port, command):
        self.name, self.port, self.command, self.process = name, port, [str(c) for c in command], None
        self.log = WORK / f"{name}.log"

    def start(self, limit=60):
        """Started, and listening."""
        self.spawn()
        return self.wait_listening(limit)

    def spawn(self):
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=WORK,
                                            start_new_session=True)
        RUNNING.append(self.process)

    def wait_listening(self, limit=60):
        done = wait(f"{self.name} to listen on {self.port}", lambda: listening(self.port) or self.process.poll() is not None, limit)
        if not done or self.process.poll() is not None:
            note(f"{self.name} does not run; its log ends: {self.tail()}")
            return False
        return True

    def tail(self, lines=12):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, limit=30):
        """SIGTERM; True if it ended by itself."""
        if not self.alive():
            return True
        self.process.terminate()
        try:
            self.process.wait(limit)
            return True
        except subprocess.TimeoutExpired:
            note(f"{self.name} did not end within {limit} s of SIGTERM; its log ends: {self.tail()}")
            self.kill()
            return False

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)


def listening(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


class ZooKeeper:
    """One server of either kind, or an ensemble of Apache's (ours stands alone)."""

    def __init__(self, kind, servers=1, name="zk"):
        self.kind = kind
        self.servers = []
        ports = [[free_port() for _ in range(3)] for _ in range(servers)]
        members = "".join(f"server.{i + 1}=127.0.0.1:{p[1]}:{p[2]}\n" for i, p in enumerate(ports)) if servers > 1 else ""
        for i, (port, _, _) in enumerate(ports):
            data = WORK / f"{name}-{i + 1}"
            data.mkdir()
            (data / "myid").write_text(f"{i + 1}\n") if servers > 1 else None
            properties = WORK / f"{name}-{i + 1}.properties"
            properties.write_text(f"dataDir={data}\nclientPort={port}\nmaxClientCnxns=0\nadmin.enableServer=false\ntickTime=1000\ninitLimit=10\n"
                                  f"syncLimit=5\n4lw.commands.whitelist=*\n{members}")
            command = ([RKAFKA, "zookeeper-server-start", properties] if kind == "ours" else
                       java("k391", "org.apache.zookeeper.server.quorum.QuorumPeerMain", properties, heap="128m"))
            self.servers.append(Server(f"{name}-{i + 1}", port, command))
        self.connect = ",".join(f"localhost:{s.port}" for s in self.servers)

    def start(self):
        for s in self.servers:
            s.spawn()
        # Apache ZooKeeper listens before it serves.
        return all(s.wait_listening() for s in self.servers) and bool(wait("ZooKeeper to serve", lambda: all(self.mode(s) for s in self.servers)))

    @staticmethod
    def mode(server):
        """standalone, leader, follower, or None while it does not serve."""
        try:
            with socket.create_connection(("127.0.0.1", server.port), 2) as s:
                s.sendall(b"srvr")
                text = s.makefile("rb").read().decode()
        except OSError:
            return None
        return next((line[6:] for line in text.splitlines() if line.startswith("Mode: ")), None)

    def leader(self):
        return next((s for s in self.servers if s.alive() and self.mode(s) in ("leader", "standalone")), None)

    def client(self):
        for s in self.servers:
            try:
                return ZkSession(s.port)
            except OSError:
                continue
        raise OSError("no ZooKeeper server answers")

    def get(self, path):
        """The node's bytes, or None."""
        with self.client() as c:
            return c.get(path)

    def children(self, path):
        with self.client() as c:
            return c.children(path)

    def delete(self, path):
        with self.client() as c:
            return c.delete(path)

    def broker_ids(self):
        return {int(x) for x in self.children("/brokers/ids") or []}

    def stop(self):
        for s in self.servers:
            s.stop()


class ZkSession:
    """Just enough of ZooKeeper's protocol to look, and to delete a node."""

    def __init__(self, port):
        self.s = socket.create_connection(("127.0.0.1", port), 5)
        self.xid = 0
        self.send(struct.pack(">iqiqi16s", 0, 0, 10000, 0, 16, b""))
        if struct.unpack(">i", self.receive()[4:8])[0] <= 0:
            raise OSError("the session was refused")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call(-11, b"")
        except OSError:
            pass
        self.s.close()

    def send(self, body):
        self.s.sendall(struct.pack(">i", len(body)) + body)

    def receive(self):
        def exactly(n):
            out = b""
            while len(out) < n:
                part = self.s.recv(n - len(out))
                if not part:
                    raise OSError("ZooKeeper closed the connection")
                out += part
            return out
        return exactly(struct.unpack(">i", exactly(4))[0])

    def call(self, op, body):
        self.xid += 1
        self.send(struct.pack(">ii", self.xid, op) + body)
        reply = self.receive()
        return struct.unpack(">i", reply[12:16])[0], reply[16:]

    @staticmethod
    def path(path):
        return struct.pack(">i", len(path.encode())) + path.encode()

    def get(self, path):
        error, body = self.call(4, self.path(path) + b"\0")
        if error:
            return None
        size = struct.unpack(">i", body[:4])[0]
        return body[4:4 + max(size, 0)]

    def children(self, path):
        error, body = self.call(8, self.path(path) + b"\0")
        if error:
            return None
        out, at = [], 4
        for _ in range(struct.unpack(">i", body[:4])[0]):
            size = struct.unpack(">i", body[at:at + 4])[0]
            out.append(body[at + 4:at + 4 + size].decode())
            at += 4 + size
        return out

    def delete(self, path):
        return self.call(2, self.path(path) + struct.pack(">i", -1))[0] == 0


class Broker(Server):
    def __init__(self, kind, number, zookeeper, extra="", name="broker"):
        super().__init__(f"{name}-{number}", free_port(), [])
        self.number, self.zookeeper, self.logs = number, zookeeper, WORK / f"{name}-{number}-logs"
        self.properties = WORK / f"{name}-{number}.properties"
        self.properties.write_text(f"broker.id={number}\nlisteners=PLAINTEXT://localhost:{self.port}\nlog.dirs={self.logs}\nzookeeper.connect={zookeeper}\n{extra}\n")
        self.become(kind)

    def become(self, kind):
        """The same broker, files and settings, run by the other software from the next start on."""
        self.kind = kind
        self.command = [RKAFKA, "kafka-server-start", str(self.properties)] if kind == "ours" else java("k391", "kafka.Kafka", self.properties)

    @property
    def bootstrap(self):
        return f"localhost:{self.port}"


class Cluster:
    """Brokers by id, of the kinds given, on one ZooKeeper."""

    SETTINGS = ("offsets.topic.replication.factor=3\noffsets.topic.num.partitions=3\ngroup.initial.rebalance.delay.ms=0\n"
                "zookeeper.session.timeout.ms=6000\nauto.leader.rebalance.enable=false\nnum.io.threads=4\nlog.cleaner.enable=false\n"
                "replica.fetch.wait.max.ms=200\nmin.insync.replicas=2\n")

    def __init__(self, kinds, zookeeper, name="broker"):
        self.zookeeper = zookeeper
        self.brokers = {i: Broker(kind, i, zookeeper.connect, self.SETTINGS, name) for i, kind in enumerate(kinds)}

    def start(self):
        for b in self.brokers.values():
            b.spawn()
        return all(b.wait_listening() for b in self.brokers.values()) and self.wait_members()

    def wait_members(self, limit=60):
        """Until every running broker tells of every running broker, and of the same controller among them."""
        ids = {b.number for b in self.live()}

        def same():
            views = [view(b.bootstrap) for b in self.live()]
            return all(v and v.brokers == ids for v in views) and len({v.controller for v in views}) == 1 and views[0].controller in ids
        return bool(wait(f"brokers {sorted(ids)} to see each other", same, limit, 0.2))

    def live(self):
        return [b for b in self.brokers.values() if b.alive()]

    def of(self, kind):
        return [b for b in self.brokers.values() if b.kind == kind]

    @property
    def bootstrap(self):
        return ",".join(b.bootstrap for b in self.brokers.values())

    def live_bootstrap(self):
        return ",".join(b.bootstrap for b in self.live())

    def controller(self):
        data = self.zookeeper.get("/controller")
        return json.loads(data)["brokerid"] if data else None

    def make_controller(self, kind):
        """Makes a broker of that kind the controller: the others sleep while /controller is deleted."""
        if self.brokers[self.controller()].kind == kind:
            return True
        others = [b for b in self.live() if b.kind != kind]
        for b in others:
            b.pause()
        self.zookeeper.delete("/controller")

        def elected():
            number = self.controller()
            return number is not None and self.brokers[number].kind == kind
        done = wait(f"a controller of kind {kind}", elected, 5)
        for b in others:
            b.resume()
        return bool(done) and self.wait_members()

    def settled(self, topics, replicas=None, limit=60):
        """Until every live broker tells of a live leader and a full ISR for every partition of the topics."""
        ids = {b.number for b in self.live()}
        reason = {}

        def good():
            for b in self.live():
                v = view(b.bootstrap)
                for t in topics:
                    partitions = v.topics.get(t) if v else None
                    if not partitions:
                        reason["why"] = f"broker {b.number} does not know {t}"
                        return False
                    for number, p in partitions.items():
                        if p.leader not in ids or set(p.isr) != set(p.replicas) & ids or (replicas and len(p.isr) != replicas):
                            reason["why"] = f"broker {b.number}: {t}-{number} {p}"
                            return False
            return True
        done = wait(f"full ISRs of {topics}", good, limit, 0.2)
        if not done:
            note(reason.get("why"))
        return bool(done)

    def stop(self):
        for b in self.live():
            b.process.terminate()
        clean = [b.stop() for b in self.brokers.values() if b.process]
        self.zookeeper.stop()
        return all(clean)


class Partition:
    def __init__(self, p):
        self.leader, self.replicas, self.isr = p["leader"], [r["id"] for r in p["replicas"]], [r["id"] for r in p["isrs"]]

    def __str__(self):
        return f"leader {self.leader} replicas {self.replicas} isr {self.isr}"


class View:
    def __init__(self, data):
        self.controller, self.brokers = data["controllerid"], {b["id"] for b in data["brokers"]}
        self.topics = {t["topic"]: {p["partition"]: Partition(p) for p in t["partitions"]} for t in data["topics"]}


def view(bootstrap, limit=5):
    """The cluster as one broker tells it, or None."""
    try:
        p = subprocess.run(["kcat", "-L", "-J", "-b", bootstrap, "-m", str(limit)], capture_output=True, timeout=limit + 5)
        return View(json.loads(p.stdout)) if p.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return None
