"""A load and its judgement: Apache Kafka's VerifiableProducer (acks=all, idempotent) writes while kcat follows from the
beginning; in the end every acknowledged record stands at its offset, in order, once, and the follower saw exactly that."""
import collections, json, signal, subprocess
from servers import RUNNING, WORK, java, note, ok, wait

PRODUCER = ("enable.idempotence=true\nretries=2147483647\ndelivery.timeout.ms=120000\nrequest.timeout.ms=10000\nlinger.ms=5\n"
            "metadata.max.age.ms=3000\nreconnect.backoff.max.ms=300\nretry.backoff.max.ms=300\n")
FORMAT = "%p %o %s\n"


class Load:
    def __init__(self, cluster, topic, rate=400):
        self.cluster, self.topic = cluster, topic
        self.sent, self.seen = WORK / f"load-{topic}.json", WORK / f"load-{topic}.seen"
        config = WORK / "load.properties"
        config.write_text(PRODUCER)
        self.producer = self.spawn(java("k391", "org.apache.kafka.tools.VerifiableProducer", "--bootstrap-server", cluster.bootstrap, "--topic", topic,
                                        "--throughput", rate, "--acks", "-1", "--producer.config", config), self.sent)
        self.follower = self.spawn(["kcat", "-C", "-u", "-b", cluster.bootstrap, "-t", topic, "-o", "beginning", "-f", FORMAT, "-q", "-X", "check.crcs=true",
                                    "-X", "topic.metadata.refresh.interval.ms=3000", "-X", "reconnect.backoff.max.ms=300"], self.seen)

    @staticmethod
    def spawn(command, out):
        with open(out, "wb") as o, open(str(out) + ".err", "wb") as e:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=o, stderr=e, start_new_session=True)
        RUNNING.append(process)
        return process

    def acked(self):
        return self.sent.read_bytes().count(b"producer_send_success")

    def flows(self, what, records=100, limit=60):
        """Some more records are acknowledged."""
        target = self.acked() + records
        return ok(wait(f"{records} more acknowledged records", lambda: self.acked() >= target, limit, 0.1), f"acks=all writes flow {what}")

    def finish(self):
        """Ends the load and judges it."""
        self.producer.send_signal(signal.SIGTERM)
        try:
            self.producer.wait(60)
        except subprocess.TimeoutExpired:
            note("the producer did not end; killed")
            self.producer.kill()
        events = [json.loads(line) for line in self.sent.read_text().splitlines() if line.startswith("{") and line.endswith("}")]
        acked = collections.defaultdict(dict)
        for e in events:
            if e["name"] == "producer_send_success":
                acked[e["partition"]][e["offset"]] = e["value"]
        errors = [e for e in events if e["name"] == "producer_send_error"]
        total = sum(len(x) for x in acked.values())
        if errors:
            note(f"first failed send: {errors[0]}")
        ok(total > 500 and not errors, f"{total} records of {self.topic} were acknowledged, and no send failed ({len(errors)} did)")
        log = self.read()
        self.judge(acked, log)
        wait("the follower to read on", lambda: self.lines(self.seen) >= sum(len(x) for x in log.values()), 20, 0.2)
        self.follower.kill()
        self.follower.wait()
        followed = self.parse(self.seen.read_text())
        if not ok(followed == log, "who followed from the beginning saw exactly the log: each record once, in order"):
            for p in sorted(log):
                note(f"partition {p}: {len(log[p])} records in the log, {len(followed.get(p, []))} followed; first difference "
                     f"{next(((a, b) for a, b in zip(log[p], followed.get(p, [])) if a != b), None)}")
        return total

    @staticmethod
    def lines(path):
        return path.read_bytes().count(b"\n")

    @staticmethod
    def parse(text):
        found = collections.defaultdict(list)
        for line in text.splitlines():
            partition, offset, value = line.split(" ", 2)
            found[int(partition)].append((int(offset), value))
        return dict(found)

    def read(self):
        """partition -> [(offset, value)] from the beginning to the end, by a client that has seen nothing of the load."""
        p = subprocess.run(["kcat", "-C", "-e", "-q", "-b", self.cluster.live_bootstrap(), "-t", self.topic, "-o", "beginning", "-f", FORMAT, "-X", "check.crcs=true"],
                           capture_output=True, text=True, timeout=90)
        if p.returncode:
            note(f"kcat: {p.stderr[-300:]}")
        return self.parse(p.stdout)

    def judge(self, acked, log):
        lost, moved, twice, disorder = [], [], [], []
        for partition, records in acked.items():
            there = dict(log.get(partition, []))
            lost += [(partition, o, v) for o, v in records.items() if o not in there]
            moved += [(partition, o, v, there[o]) for o, v in records.items() if o in there and there[o] != v]
        for partition, records in log.items():
            values = [int(v) for _, v in records]
            twice += [v for v, n in collections.Counter(values).items() if n > 1]
            disorder += [(partition, a, b) for a, b in zip(values, values[1:]) if a >= b]
        for bad, what in ((lost, "no acknowledged record is lost"), (moved, "each stands at the offset that was acknowledged"),
                          (twice, "no record is there twice"), (disorder, "the records of a partition are in order")):
            if not ok(not bad, what):
                note(f"{len(bad)} are; the first: {bad[:3]}")
