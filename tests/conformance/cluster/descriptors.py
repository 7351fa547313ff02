"""One broker with ten times as many partitions as it may have file descriptors: created, written to, read by kcat,
stopped in order, killed, and started again each time. What it takes is shown; what fails is only what goes wrong.
usage: descriptors.py [partitions [descriptors]]"""
import os, sys, time
from servers import RKAFKA, WORK, Broker, ZooKeeper, closing, note, ok, run, wait

PARTITIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
DESCRIPTORS = int(sys.argv[2]) if len(sys.argv) > 2 else 1024
TOPIC = "many"
# Retention looks at every segment every two seconds.
SETTINGS = "offsets.topic.replication.factor=1\nlog.retention.check.interval.ms=2000\nlog.initial.task.delay.ms=1000\n"


def limited(server):
    """The server's process may have only so many descriptors, as a hard and as a soft limit."""
    server.command = ["sh", "-c", f'ulimit -n {DESCRIPTORS} && exec "$@"', "sh", *server.command]
    return server


def tool(name, *args, stdin=None, limit=180):
    return run([RKAFKA, name, *args], limit=limit, stdin=stdin)


def state(broker):
    """Resident MiB and open descriptors."""
    with open(f"/proc/{broker.process.pid}/status") as status:
        rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return f"{rss // 1024} MiB, {len(os.listdir(f'/proc/{broker.process.pid}/fd'))} descriptors"


def led(broker):
    _, text = tool("kafka-topics", "--describe", "--topic", TOPIC, "--bootstrap-server", broker.bootstrap)
    return text.count("Leader: 0\t") == PARTITIONS


def started(broker, how):
    began = time.monotonic()
    good = broker.start(limit=300) and wait("all partitions to be led", lambda: led(broker), 300)
    ok(good, f"{how}: all {PARTITIONS} partitions are led")
    note(f"{how}: {time.monotonic() - began:.2f} s until led, {state(broker)}")


def written_and_read(broker, times):
    """As many records as partitions, by key, to all over the topic; all that were ever written come back."""
    began = time.monotonic()
    words = [str(n) for n in range(PARTITIONS)]
    status, _ = tool("kafka-console-producer", "--topic", TOPIC, "--bootstrap-server", broker.bootstrap, "--property", "parse.key=true",
                     "--property", "key.separator=:", stdin="".join(f"k{word}:{word}\n" for word in words))
    ok(status == 0, "records are written to all over the topic")
    note(f"written in {time.monotonic() - began:.2f} s, {state(broker)}")
    began = time.monotonic()
    _, read = run(["kcat", "-q", "-C", "-b", broker.bootstrap, "-t", TOPIC, "-o", "beginning", "-e"], limit=180)
    ok(sorted(read.split()) == sorted(words * times), f"kcat reads {times} times {PARTITIONS} records")
    note(f"read in {time.monotonic() - began:.2f} s, {state(broker)}")


def unharmed(broker):
    log = broker.log.read_text(errors="replace")
    ok("Stopping serving logs in dir" not in log and "Too many open files" not in log, "no log dir was blamed, and nothing went wrong for want of descriptors")


zookeeper = ZooKeeper("ours")
limited(zookeeper.servers[0])
broker = limited(Broker("ours", 0, zookeeper.connect, SETTINGS))
ok(zookeeper.start() and broker.start(), f"both servers start with {DESCRIPTORS} descriptors")
# A busy disk may take longer than the 30 s after which a client asks again, and is told that the topic exists.
patient = WORK / "patient.properties"
patient.write_text("request.timeout.ms=120000\ndefault.api.timeout.ms=150000\n")
began = time.monotonic()
status, _ = tool("kafka-topics", "--create", "--topic", TOPIC, "--partitions", PARTITIONS, "--bootstrap-server", broker.bootstrap, "--command-config", patient)
ok(status == 0 and wait("all partitions to be led", lambda: led(broker), 120), f"{PARTITIONS} partitions are created")
note(f"created in {time.monotonic() - began:.2f} s, {state(broker)}")
written_and_read(broker, 1)
time.sleep(3)
note(f"after a pass of retention: {state(broker)}")
ok(broker.stop(120), "it stops in order")
started(broker, "after a clean stop")
written_and_read(broker, 2)
broker.kill()
started(broker, "after kill -9")
written_and_read(broker, 3)
unharmed(broker)
ok(broker.stop(120), "it stops in order")
closing()
