"""The second half of the getting-started notes, word for word: three brokers from the shipped config files, a replicated
topic, kill -9 of its leader found by ps, and the messages still there. usage: notes_of_three.py [--brokers ours|apache]
[--zookeeper ours|apache] [--tools ours,39,08] [--victims 0,1,2].

Each walk is a fresh cluster that begins as in the notes, with one broker alone, so that internal topics are created while
only broker 0 is there; it must end well whichever broker is killed. With Apache Kafka's brokers (which prove the suite) a
consumer group is out of luck when that is the broker killed, and is not asked."""
import argparse, os, re, shutil, subprocess, time
from checks import equal_replicas
from servers import CACHE, RKAFKA, ROOT, WORK, JVM, Cluster, Server, ZooKeeper, closing, free_port, java, note, ok, run, view, wait

T, TOPIC = "org.apache.kafka.tools.", "my-replicated-topic"
LINES = ["my test message 1", "my test message 2"]
PORT = {9092: 0, 9093: 1, 9094: 2}
PROPERTIES = {0: "server.properties", 1: "server-1.properties", 2: "server-2.properties"}
LOGS = {0: "kafka-logs", 1: "kafka-logs-1", 2: "kafka-logs-2"}

# The commands of the notes, by whose tools they run; ports and folders become the walk's own.
NOTES = {
    "08": {
        "create": "kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor {rf} --partitions 1 --topic {topic}",
        "describe": "kafka-topics.sh --describe --zookeeper localhost:2181 --topic {topic}",
        "produce": "kafka-console-producer.sh --broker-list {brokers} --topic {topic}",
        "consume": "kafka-console-consumer.sh --zookeeper localhost:2181 --from-beginning --topic {topic} --max-messages {count}",
        "elect": "kafka-preferred-replica-election.sh --zookeeper localhost:2181",
    },
    "39": {
        "create": "kafka-topics.sh --create --bootstrap-server {brokers} --replication-factor {rf} --partitions 1 --topic {topic}",
        "describe": "kafka-topics.sh --describe --bootstrap-server {brokers} --topic {topic}",
        "produce": "kafka-console-producer.sh --bootstrap-server {brokers} --topic {topic}",
        "consume": "kafka-console-consumer.sh --bootstrap-server {brokers} --from-beginning --topic {topic} --max-messages {count}",
        "elect": "kafka-leader-election.sh --bootstrap-server {brokers} --election-type preferred --all-topic-partitions",
    },
}
# Ours understands the words of both eras.
NOTES["ours"] = NOTES["39"]
NOTES["ours-08"] = NOTES["08"]
MAIN = {
    "39": {"kafka-topics.sh": T + "TopicCommand", "kafka-console-producer.sh": "kafka.tools.ConsoleProducer",
           "kafka-console-consumer.sh": T + "consumer.ConsoleConsumer", "kafka-leader-election.sh": T + "LeaderElectionCommand"},
    "08": {"kafka-topics.sh": "kafka.admin.TopicCommand", "kafka-console-producer.sh": "kafka.tools.ConsoleProducer",
           "kafka-console-consumer.sh": "kafka.tools.ConsoleConsumer", "kafka-preferred-replica-election.sh": "kafka.admin.PreferredReplicaLeaderElectionCommand"},
}
LAYOUT = {
    "39": (r"Topic: {t}\tTopicId: [\w-]{{22}}\tPartitionCount: 1\tReplicationFactor: {rf}\tConfigs: [^\t]*\n"
           r"\tTopic: {t}\tPartition: 0\tLeader: (\d)\tReplicas: ([\d,]+)\tIsr: ([\d,]+)\tElr: N/A\tLastKnownElr: N/A\n"),
    "08": (r"Topic:{t}\tPartitionCount:1\tReplicationFactor:{rf}\tConfigs:[^\t]*\n"
           r"\tTopic: {t}\tPartition: 0\tLeader: (\d)\tReplicas: ([\d,]+)\tIsr: ([\d,]+)\n"),
}
LAYOUT["ours"] = LAYOUT["39"]


class Walk:
    def __init__(self, tools, victim, brokers, zookeeper):
        self.tools, self.victim, self.kind, self.zk_kind = tools, victim, brokers, zookeeper
        self.dir = WORK / f"walk-{tools}-{victim}"
        self.zk_port, self.ports = free_port(), {i: free_port() for i in range(3)}
        self.who = f"[{tools}, kill broker {victim}]"

    def configure(self):
        """The shipped files with other ports and folders, and nothing else."""
        (self.dir / "config").mkdir(parents=True)
        for name in ["zookeeper.properties", *PROPERTIES.values()]:
            text = (ROOT / "config" / name).read_text().replace("localhost:2181", f"localhost:{self.zk_port}")
            text = text.replace("clientPort=2181", f"clientPort={self.zk_port}").replace("/tmp/", f"{self.dir}/")
            for shipped, i in PORT.items():
                text = text.replace(f"PLAINTEXT://:{shipped}", f"PLAINTEXT://:{self.ports[i]}")
            if self.kind != "ours":
                # As in Apache Kafka's own sample files: its brokers make no topic with more replicas than brokers.
                text = re.sub(r"(offsets.topic.replication.factor|transaction.state.log.*)=\d", r"\1=1", text)
            (self.dir / "config" / name).write_text(text)

    def server(self, script, properties, port, main):
        path = self.dir / "config" / properties
        kind = self.kind if main == "kafka.Kafka" else self.zk_kind
        command = [ROOT / "bin" / script, path] if kind == "ours" else java("k391", main, path)
        s = Server(f"{self.dir.name}-{properties[:-11]}", port, command)
        return s

    def start(self, number):
        s = self.server("kafka-server-start.sh", PROPERTIES[number], self.ports[number], "kafka.Kafka")
        s.number, s.logs, s.bootstrap = number, self.dir / LOGS[number], f"localhost:{self.ports[number]}"
        self.cluster.brokers[number] = s
        return s.start()

    def shell(self, what, stdin=None, tools=None, limit=60, **words):
        """A command of the notes. Of the brokers, those that live are named."""
        tools = tools or self.tools
        words.setdefault("brokers", ",".join(b.bootstrap for b in self.cluster.live()))
        if tools == "ours" and what == "elect" and not OUR_ELECTION:
            tools = "39"
        # ZooKeeper's port first: a broker's may begin with the same digits.
        line = NOTES[tools][what].replace("localhost:2181", f"localhost:{self.zk_port}").format(**words)
        command = line.split()
        if tools in MAIN:
            command = java("k" + {"39": "391", "08": "082"}[tools], MAIN[tools][command[0]], *command[1:])
        else:
            command[0] = str(ROOT / "bin" / command[0])
        return run(command, limit, stdin)

    def describe(self, topic, rf, tools=None):
        """(leader, replicas, isr) as the tool prints them, or None if it prints another layout."""
        status, text = self.shell("describe", topic=topic, tools=tools)
        found = re.fullmatch(LAYOUT[(tools or self.tools).removeprefix("ours-")].format(t=re.escape(topic), rf=rf), text)
        if status or not found:
            note(f"describe gave {text!r}")
            return None
        return int(found[1]), [int(x) for x in found[2].split(",")], {int(x) for x in found[3].split(",")}

    def consume(self, topic, expected, tools=None):
        status, text = self.shell("consume", topic=topic, count=len(expected), tools=tools)
        if text.splitlines() != expected:
            note(f"{topic}: read {text!r}")
        return text.splitlines() == expected

    def run(self):
        self.configure()
        self.cluster = Cluster([], None)
        zookeeper = self.server("zookeeper-server-start.sh", "zookeeper.properties", self.zk_port, "org.apache.zookeeper.server.quorum.QuorumPeerMain")
        self.cluster.zookeeper = ZooKeeper("ours", servers=0)
        self.cluster.zookeeper.servers = [zookeeper]
        try:
            if ok(zookeeper.start() and self.start(0), f"{self.who} ZooKeeper and one broker from the shipped files"):
                self.one_broker() and self.three_brokers() and self.failover()
        finally:
            # Brokers that are stopped all at once wait for each other.
            for server in [*self.cluster.live(), zookeeper]:
                server.kill()

    def one_broker(self):
        ok(self.shell("create", topic="test", rf=1)[0] == 0 and self.shell("produce", topic="test", stdin="\n".join(LINES) + "\n")[0] == 0
           and self.consume("test", LINES), f"{self.who} the first half on one broker")
        return ok(self.group("test") == LINES, f"{self.who} a consumer group, while there is one broker")

    def group(self, topic, name="notes"):
        status, text = run([RKAFKA, "console-consumer", "--bootstrap-server", self.cluster.live_bootstrap(), "--topic", topic, "--group", name,
                            "--from-beginning", "--max-messages", "2", "--timeout-ms", "20000"], 30)
        return text.splitlines()

    def three_brokers(self):
        if not ok(self.start(1) and self.start(2) and self.cluster.wait_members(), f"{self.who} two more, from server-1.properties and server-2.properties"):
            return False
        for _ in range(40):  # whom the notes' command makes the leader is chance
            if self.shell("create", topic=TOPIC, rf=3)[0] or not self.cluster.settled([TOPIC], 3, 20):
                return ok(False, f"{self.who} {TOPIC} is created with every replica in sync")
            if view(self.cluster.bootstrap).topics[TOPIC][0].leader == self.victim:
                break
            run([RKAFKA, "topics", "--bootstrap-server", self.cluster.bootstrap, "--delete", "--topic", TOPIC])
            wait("the topic to be gone", lambda: self.cluster.zookeeper.get(f"/brokers/topics/{TOPIC}") is None
                 and not any(b.logs.glob(f"{TOPIC}-0") for b in self.cluster.live() if list(b.logs.glob(f"{TOPIC}-0"))), 20)
        d = self.describe(TOPIC, 3)
        ok(d and d[0] == d[1][0] == self.victim and d[2] == {0, 1, 2} and sorted(d[1]) == [0, 1, 2], f"{self.who} describe of {TOPIC}, in the tool's layout: {d}")
        ok(self.describe("test", 1) == (0, [0], {0}), f"{self.who} describe of test")
        if self.tools in ("39", "08"):
            other = {"39": "ours", "08": "ours-08"}[self.tools]
            ok(self.shell("describe", topic=TOPIC) == self.shell("describe", topic=TOPIC, tools=other), f"{self.who} our tool's describe is the same to the byte")
        ok(self.shell("produce", topic=TOPIC, stdin="\n".join(LINES) + "\n")[0] == 0 and self.consume(TOPIC, LINES), f"{self.who} produce, consume")
        return self.trees()

    def trees(self):
        """What the notes show of the log dirs."""
        good = wait("the checkpoint files", lambda: all((b.logs / f).exists() for b in self.cluster.live() for f in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint")), 10)
        for number, b in self.cluster.brokers.items():
            good = good and all((b.logs / f"{TOPIC}-0" / ("0" * 20 + end)).exists() for end in (".index", ".log"))
            good = good and (b.logs / "test-0").exists() == (number == 0)
        return ok(good, f"{self.who} the log dirs hold what the notes show: {TOPIC}-0 thrice, test-0 on broker 0 only")

    def failover(self):
        mine = [line.split()[0] for line in subprocess.run("ps ax | grep " + PROPERTIES[self.victim], shell=True, capture_output=True, text=True).stdout.splitlines()
                if f"{self.dir}/config/{PROPERTIES[self.victim]}" in line]
        victim = self.cluster.brokers[self.victim]
        ok(mine == [str(victim.process.pid)], f"{self.who} ps | grep {PROPERTIES[self.victim]} finds the leader's process: {mine}")
        at = time.monotonic()
        subprocess.run(["kill", "-9", str(victim.process.pid)], check=True)
        victim.process.wait()

        def taken_over():
            views = [view(b.bootstrap) for b in self.cluster.live()]
            return all(v and v.topics[TOPIC][0].leader not in (-1, self.victim) and self.victim not in v.topics[TOPIC][0].isr for v in views)
        ok(wait("another leader", taken_over, 40, 0.05), f"{self.who} kill -9: another leads")
        note(f"after {time.monotonic() - at:.1f} s")
        others = {0, 1, 2} - {self.victim}
        d = self.describe(TOPIC, 3)
        ok(d and d[0] in others and d[2] == others, f"{self.who} describe shows it, and the shrunk ISR: {d}")
        alone = self.kind == "apache" and self.victim == 0  # then __consumer_offsets is gone with broker 0
        ok(alone or self.consume(TOPIC, LINES), f"{self.who} the messages are still there")
        ok(self.shell("produce", topic=TOPIC, stdin="my test message 3\n")[0] == 0, f"{self.who} and more go in")
        ok(alone or self.consume(TOPIC, LINES + ["my test message 3"]), f"{self.who} and come out")
        ok(alone or self.group(TOPIC, f"after-{self.victim}") == LINES, f"{self.who} a consumer group works without broker {self.victim}")
        return self.back(alone)

    def back(self, alone):
        if self.kind == "apache":
            wait("its session to end", lambda: self.victim not in self.cluster.zookeeper.broker_ids(), 25)
        topics = [TOPIC, "test"] + (["__consumer_offsets"] if not alone else [])
        ok(self.start(self.victim) and self.cluster.wait_members() and self.cluster.settled(topics), f"{self.who} the killed broker comes back and into the ISR")
        ok(self.shell("elect")[0] == 0 and wait("the preferred leader", lambda: view(self.cluster.bootstrap).topics[TOPIC][0].leader == self.victim, 15),
           f"{self.who} the preferred leader returns")
        d = self.describe(TOPIC, 3)
        ok(d and d[0] == self.victim and d[2] == {0, 1, 2}, f"{self.who} describe shows it: {d}")
        ok(self.consume(TOPIC, LINES + ["my test message 3"]) and self.consume("test", LINES), f"{self.who} every message is still there")
        equal_replicas(self.cluster, [TOPIC], self.who)


if __name__ == "__main__":
    a = argparse.ArgumentParser()
    a.add_argument("--brokers", default="ours")
    a.add_argument("--zookeeper", default="ours")
    a.add_argument("--tools", default="ours,39,08")
    a.add_argument("--victims", default="0,1,2")
    o = a.parse_args()
    OUR_ELECTION = "leader-election" in subprocess.run([RKAFKA, "--help"], capture_output=True, text=True).stdout
    os.environ["RKAFKA"] = RKAFKA
    begin = time.monotonic()
    for tools in o.tools.split(","):
        for victim in o.victims.split(","):
            Walk(tools, int(victim), o.brokers, o.zookeeper).run()
    note(f"took {time.monotonic() - begin:.0f} s")
    closing()
