#!/usr/bin/env python3
"""Three brokers on one machine: what replication costs, what an idle replica costs, how long writes stop.

    benches/cluster.py --rkafka target/release/rkafka --libs DIR [--rows replicate,idle,failover] [--apache] [--scale 1]

DIR holds the jars of Apache Kafka 3.9.1, whose clients drive the brokers (tests/conformance/fetch.sh gets them).
`--apache` measures Apache Kafka's own servers instead. The machine is shared: quote CPU seconds and ratios.

replicate  broker CPU seconds per GB at replication factor 3, all brokers together, acks=all and acks=1
idle       memory and CPU of idle replicas, creation of 1,000 partitions, restart of a broker that hosts them all
failover   kill -9 of a leader under acks=all: how long writes stop, and how many acknowledged records are lost; the
           leader being the controller or not, on our ZooKeeper server and on Apache's
"""
import argparse, json, os, pathlib, random, re, shutil, socket, struct, subprocess, tempfile, time

TICK = os.sysconf("SC_CLK_TCK")
LOG4J = ("log4j.rootLogger=WARN, err\nlog4j.appender.err=org.apache.log4j.ConsoleAppender\n"
         "log4j.appender.err.Target=System.err\nlog4j.appender.err.layout=org.apache.log4j.PatternLayout\n"
         "log4j.logger.kafka.controller=INFO\n"
         "log4j.appender.err.layout.ConversionPattern=[%d] %p %m (%c)%n\n")
DEADLINE_S = 120


def wait_for(what, condition, seconds=DEADLINE_S, log=None):
    """Polls until `condition` gives something true, and gives that. If it never does, shows the end of `log`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise SystemExit(f"gave up after {seconds} s: {what}\n{log.read_text(errors='replace')[-3000:] if log else ''}")


def answers(port):
    """Whether a broker answers ApiVersions on the port."""
    request = struct.pack(">hhih", 18, 0, 7, 5) + b"bench"
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as s:
            s.settimeout(2)
            s.sendall(struct.pack(">i", len(request)) + request)
            return len(s.recv(8)) == 8
    except OSError:
        return False


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def free_base():
    """A port with four free ports after it, below those that the system gives to outgoing connections."""
    while True:
        base = random.randrange(20000, 32000)
        if not any(listens(base + i) for i in range(5)):
            return base


class Cluster:
    """One ZooKeeper server and three brokers; `kinds` says whose: rkafka or apache."""

    def __init__(self, args, zookeeper, brokers):
        self.args, self.zookeeper, self.kind = args, zookeeper, brokers
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="rkafka-cluster-"))
        self.base, self.procs = free_base(), {}
        self.bootstrap = ",".join(f"localhost:{self.base + 1 + i}" for i in range(3))
        (self.dir / "log4j.properties").write_text(LOG4J)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for p in self.procs.values():
            p.kill()
            p.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def java(self, cls, *args, heap="512m"):
        return ["java", f"-Xmx{heap}", f"-Dlog4j.configuration=file:{self.dir}/log4j.properties", "-cp",
                f"{self.args.libs}/*", cls, *map(str, args)]

    def spawn(self, key, command):
        log = open(self.dir / f"{key}.log", "ab")
        self.procs[key] = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self):
        z = self.dir / "zookeeper.properties"
        z.write_text(f"dataDir={self.dir}/zk\nclientPort={self.base}\nmaxClientCnxns=0\nadmin.enableServer=false\n")
        self.spawn("zk", [self.args.rkafka, "zookeeper-server-start", z] if self.zookeeper == "rkafka" else
                   self.java("org.apache.zookeeper.server.quorum.QuorumPeerMain", z))
        wait_for("ZooKeeper", lambda: listens(self.base))
        for i in range(3):
            self.start_broker(i)
        for i in range(3):
            wait_for(f"broker {i}", lambda: answers(self.base + 1 + i), 30, self.dir / f"b{i}.log")

    def start_broker(self, i):
        f = self.dir / f"server-{i}.properties"
        f.write_text(f"broker.id={i}\nlisteners=PLAINTEXT://localhost:{self.base + 1 + i}\n"
                     f"log.dirs={self.dir}/logs{i}\nzookeeper.connect=localhost:{self.base}\n")
        self.spawn(f"b{i}", [self.args.rkafka, "kafka-server-start", f] if self.kind == "rkafka" else
                   self.java("kafka.Kafka", f, heap="1g"))

    def run(self, cls, *args, timeout=300):
        p = subprocess.run(self.java(cls, *args), capture_output=True, text=True, timeout=timeout)
        if p.returncode:
            raise SystemExit(f"{cls} {args}: exit {p.returncode}\n{p.stderr[-2000:]}{p.stdout[-500:]}")
        return p.stdout

    def topics(self, *args):
        return self.run("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.bootstrap, *args)

    def create(self, topic, partitions, *config):
        started = time.monotonic()
        self.topics("--create", "--topic", topic, "--partitions", partitions, "--replication-factor", 3, *config)
        return time.monotonic() - started

    def leaders(self, topic):
        return [int(n) for n in re.findall(r"Leader: (-?\d+)", self.topics("--describe", "--topic", topic))]

    def controller(self):
        """The broker whose log tells of the latest election."""
        def elections():
            logs = ((i, (self.dir / f"b{i}.log").read_text(errors="replace")) for i in range(3))
            elected = r"elected as the controller. Epoch incremented to (\d+)"
            return [(int(epoch), i) for i, text in logs for epoch in re.findall(elected, text)]
        return max(wait_for("a controller", elections))[1]

    def brokers(self):
        return [p for key, p in self.procs.items() if key.startswith("b")]

    def cpu(self):
        total = 0.0
        for p in self.brokers():
            fields = open(f"/proc/{p.pid}/stat").read().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / TICK
        return total

    def rss_kib(self):
        lines = (line for p in self.brokers() for line in open(f"/proc/{p.pid}/status"))
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def replicate(args, kind):
    with Cluster(args, kind, kind) as c:
        for label, size, count, acks in [("1 KiB acks=all", 1024, 400_000, "all"), ("1 KiB acks=1", 1024, 400_000, "1"),
                                         ("100 B acks=all", 100, 2_000_000, "all")]:
            n, topic = int(count * args.scale), "r-" + re.sub(r"\W+", "-", label)
            c.create(topic, 3)
            before = c.cpu()
            text = c.run("org.apache.kafka.tools.ProducerPerformance", "--topic", topic, "--num-records", n, "--record-size", size,
                         "--throughput", -1, "--producer-props", f"bootstrap.servers={c.bootstrap}", "linger.ms=5",
                         "batch.size=131072", f"acks={acks}")
            time.sleep(0.5)  # followers may be behind with acks=1
            yield f"{label} broker CPU s/GB, 3 replicas", (c.cpu() - before) / (n * size / 1e9)
            yield f"{label} MB/s", float(text.strip().splitlines()[-1].split("(")[1].split(" MB/sec")[0])


def idle(args, kind):
    n = int(1000 * args.scale)
    with Cluster(args, kind, kind) as c:
        time.sleep(1)
        before = c.rss_kib()
        yield f"create {n} partitions with 3 replicas s", c.create("many", n)
        wait_for("leaders", lambda: len([l for l in c.leaders("many") if l >= 0]) == n)
        time.sleep(3)
        yield "KiB per idle replica", (c.rss_kib() - before) / (3 * n)
        cpu = c.cpu()
        time.sleep(10)
        yield f"idle CPU of 3 brokers with {3 * n} replicas, %", (c.cpu() - cpu) * 10
        c.procs["b1"].terminate()
        c.procs["b1"].wait()
        started = time.monotonic()
        c.start_broker(1)
        wait_for("broker 1", lambda: answers(c.base + 2))
        yield f"restart with {n} replicas until it answers s", time.monotonic() - started


def failover(args, kind, zookeeper, of_controller):
    """kill -9 of a leader that is, or is not, the controller."""
    with Cluster(args, zookeeper, kind) as c:
        controller = c.controller()
        victim = controller if of_controller else (controller + 1) % 3
        # One partition: with several, a producer of keyless records leaves each alone for a while at any time.
        replicas = ":".join(str((victim + i) % 3) for i in range(3))
        c.topics("--create", "--topic", "fo", "--replica-assignment", replicas, "--config", "min.insync.replicas=2")
        n = int(20_000 * args.scale)
        producer = subprocess.Popen(
            c.java("org.apache.kafka.tools.VerifiableProducer", "--topic", "fo", "--bootstrap-server", c.bootstrap,
                   "--max-messages", n, "--throughput", 2000, "--acks", -1),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        acked, last, gap, killed = set(), None, 0.0, False
        for line in producer.stdout:
            event = json.loads(line)
            if event.get("name") != "producer_send_success":
                continue
            now = time.monotonic()
            acked.add(int(event["value"]))
            if killed:
                gap = max(gap, now - last)
            last = now
            if len(acked) >= n // 4 and not killed:
                c.procs[f"b{victim}"].kill()
                c.procs.pop(f"b{victim}").wait()
                killed, last = True, time.monotonic()
        producer.wait()
        alive = ",".join(f"localhost:{c.base + 1 + i}" for i in range(3) if f"b{i}" in c.procs)
        # Without a group, which Apache Kafka could not coordinate with a broker missing.
        text = c.run("org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", "fo", "--partition", 0, "--offset",
                     "earliest", "--bootstrap-server", alive, "--timeout-ms", 5000)
        seen = {int(x) for x in text.split() if x.isdigit()}
        where = f"{'controller' if of_controller else 'broker'} on {zookeeper}'s ZooKeeper"
        yield f"kill -9 of the {where}: write gap s", gap
        yield f"kill -9 of the {where}: acked", len(acked)
        yield f"kill -9 of the {where}: acked and lost", len(acked - seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rkafka", required=True)
    parser.add_argument("--libs", required=True)
    parser.add_argument("--rows", default="replicate,idle,failover")
    parser.add_argument("--apache", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    args = parser.parse_args()
    args.rkafka, kind = os.path.abspath(args.rkafka), "apache" if args.apache else "rkafka"
    rows = args.rows.split(",")
    runs = [replicate(args, kind)] * ("replicate" in rows) + [idle(args, kind)] * ("idle" in rows)
    if "failover" in rows:
        zookeepers = ["apache"] if args.apache else ["rkafka", "apache"]
        runs += [failover(args, kind, z, of) for z in zookeepers for of in (False, True)]
    for run in runs:
        for name, value in run:
            print(f"{kind:8} {name:68} {value:10.3f}", flush=True)


if __name__ == "__main__":
    main()
