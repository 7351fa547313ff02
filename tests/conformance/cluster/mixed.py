"""Apache Kafka 3.9.1 brokers and ours in one cluster: usage: mixed.py KINDS ZOOKEEPER [KINDS ZOOKEEPER…], where KINDS is
such as aao (two of Apache's, one of ours) and ZOOKEEPER ours or apache.

With a controller of each kind in turn topics are created, described, grown, reassigned, elected for and deleted through
brokers of each kind; then each broker in turn is killed with SIGKILL under an acks=all load; in the end nothing is lost and
all replicas are equal. aaa with apache runs the same on Apache's alone, which proves the suite itself."""
import sys, time
from checks import Admin, equal_replicas, lead_preferred, replicas_verified
from load import Load
from servers import RKAFKA, Cluster, ZooKeeper, closing, note, ok, run, view, wait

KIND = {"a": "apache", "o": "ours"}


def places(text):
    """partition -> (leader, replicas, set of isr) from the Admin client's describe"""
    found = {}
    for word in (text or "").split():
        number, leader, replicas, isr = word.split(":")
        found[int(number)] = (int(leader), [int(x) for x in replicas.split(",")], {int(x) for x in isr.split(",") if x})
    return found


class Suite:
    def __init__(self, kinds, zookeeper, admin):
        self.admin, self.name = admin, f"{kinds} on {zookeeper}'s ZooKeeper"
        self.kinds = [KIND[k] for k in kinds]
        self.zookeeper = ZooKeeper(zookeeper, name=f"zk-{kinds}-{zookeeper}")
        self.cluster = Cluster(self.kinds, self.zookeeper, f"{kinds}-{zookeeper}")

    def run(self):
        start = time.monotonic()
        c = self.cluster
        if not ok(self.zookeeper.start() and c.start(), f"[{self.name}] the brokers form a cluster"):
            return c.stop()
        for kind in dict.fromkeys(self.kinds):
            self.administer(kind)
        self.kill_each()
        ok(c.stop(), f"[{self.name}] every broker stops at SIGTERM")
        note(f"[{self.name}] took {time.monotonic() - start:.0f} s")

    def through(self):
        """One broker of each kind, to talk through."""
        return {b.kind: b for b in self.cluster.live()}

    def administer(self, kind):
        c, admin = self.cluster, self.admin
        if not ok(c.make_controller(kind), f"[{self.name}] a broker of kind {kind} becomes the controller"):
            return
        for asked, broker in self.through().items():
            t, who = f"t-{kind}-{asked}", f"(controller {kind}, through {asked})"
            ok(admin(broker, "create", t, 3, 3) is not None and c.settled([t], 3, 20), f"create, and every replica in sync {who}")
            told = {b.number: admin(b, "describe", t) for b in c.live()}
            ok(len(set(told.values())) == 1 and None not in told.values(), f"brokers of all kinds describe it alike {who}")
            ok(admin(broker, "grow", t, 4) is not None and c.settled([t], 3, 20) and len(view(broker.bootstrap).topics[t]) == 4, f"a partition more {who}")
            self.reassign(broker, t, who)
            self.elect(broker, t, who)
            ok(admin(broker, "delete", t) is not None and self.gone(t), f"delete, down to the files {who}")
        if "ours" in self.kinds:
            self.our_tools(kind)

    def reassign(self, broker, t, who):
        """Away from the leader's broker and back in another order, while records are in it."""
        c, admin = self.cluster, self.admin
        lines = "".join(f"{i}\n" for i in range(2000))
        written = run(["kcat", "-P", "-b", broker.bootstrap, "-t", t, "-p", "0", "-X", "acks=all"], stdin=lines)
        ok(written[0] == 0, f"2000 records are written {who}") or note(f"kcat: {written[1][-300:]}")
        leader, replicas, _ = places(admin(broker, "describe", t))[0]
        fewer = [r for r in replicas if r != leader]
        for target in (fewer, [fewer[1], leader, fewer[0]]):
            moved = admin(broker, "reassign", t, 0, ",".join(map(str, target))) is not None

            def arrived():
                p = places(admin(broker, "describe", t)).get(0)
                return p and p[1] == target and p[2] == set(target) and p[0] in target and admin(broker, "reassigning") == ""
            ok(moved and wait(f"the reassignment to {target}", arrived, 20, 0.2), f"reassign to {len(target)} replicas {who}")
        status, read = run(["kcat", "-C", "-e", "-q", "-b", c.bootstrap, "-t", t, "-p", "0", "-o", "beginning"])
        if not ok(read == lines, f"and every record came along {who}"):
            # What is there a moment later tells what was lost from what was only not to be seen yet.
            later = run(["kcat", "-C", "-e", "-q", "-b", c.bootstrap, "-t", t, "-p", "0", "-o", "beginning"])[1]
            note(f"kcat ended with {status} after {read.count(chr(10))} of 2000 records: {read[-200:]!r}; later {later.count(chr(10))}")

    def elect(self, broker, t, who):
        ok(lead_preferred(self.admin, self.cluster, [f"{t}-0", f"{t}-1"]), f"preferred leaders {who}")

    def gone(self, t):
        def absent():
            return (all(v and t not in v.topics for v in (view(b.bootstrap) for b in self.cluster.live()))
                    and self.zookeeper.get(f"/brokers/topics/{t}") is None
                    and not any(list(b.logs.glob(f"{t}-*[0-9]")) for b in self.cluster.brokers.values()))
        return wait(f"{t} to be gone everywhere", absent, 30, 0.2)

    def our_tools(self, kind):
        """Our shell tools through any broker, of either kind."""
        for asked, broker in self.through().items():
            t, who, b = f"tool-{kind}-{asked}", f"(controller {kind}, through {asked})", ["--bootstrap-server", broker.bootstrap]
            made = run([RKAFKA, "topics", *b, "--create", "--topic", t, "--partitions", "2", "--replication-factor", "3"])
            ok(made == (0, f"Created topic {t}.\n") and self.cluster.settled([t], 3, 20), f"rkafka topics --create {who}")
            status, text = run([RKAFKA, "topics", *b, "--describe", "--topic", t])
            ok(status == 0 and text.count("\tPartition: ") == 2 and f"Topic: {t}\t" in text, f"rkafka topics --describe {who}")
            ok(run([RKAFKA, "console-producer", *b, "--topic", t, "--producer-property", "acks=all"], stdin="one\ntwo\n")[0] == 0
               and sorted(run([RKAFKA, "console-consumer", *b, "--topic", t, "--from-beginning", "--max-messages", "2"], 30)[1].split()) == ["one", "two"],
               f"rkafka's console tools {who}")
            ok(run([RKAFKA, "topics", *b, "--delete", "--topic", t])[0] == 0 and self.gone(t), f"rkafka topics --delete {who}")

    def kill_each(self):
        c, admin = self.cluster, self.admin
        any_broker = c.brokers[0]
        # Each broker leads one partition and follows in two.
        ok(admin(any_broker, "place", "load", "0,1,2", "1,2,0", "2,0,1") is not None and c.settled(["load"], 3), f"[{self.name}] a topic under load")
        load = Load(c, "load")
        load.flows("before anything happens")
        for number, b in c.brokers.items():
            self.kill(b, load)
        total = load.finish()
        ok(total and c.settled(["load"], 3), f"[{self.name}] everybody is in sync in the end")
        equal_replicas(c, ["load"] + (["__consumer_offsets"] if "__consumer_offsets" in view(c.bootstrap).topics else []), f"[{self.name}]")
        replicas_verified(c, ["load"], f"[{self.name}]")

    def kill(self, b, load):
        c = self.cluster
        was_controller = c.controller() == b.number
        what = f"broker {b.number}, {b.kind}'s{', the controller,' if was_controller else ''}"
        at = time.monotonic()
        b.kill()

        def taken_over():
            views = [view(x.bootstrap) for x in c.live()]
            return all(v and all(p.leader not in (b.number, -1) for p in v.topics.get("load", {}).values()) and v.topics.get("load") for v in views)
        ok(wait("new leaders", taken_over, 30, 0.1), f"{what} is killed: others lead its partitions")
        note(f"after {time.monotonic() - at:.1f} s")
        load.flows(f"without {what}")
        # Apache Kafka refuses to start while its old session stands.
        if b.kind == "apache":
            wait("its session to end", lambda: b.number not in self.zookeeper.broker_ids(), 20, 0.2)
        ok(b.start() and c.wait_members() and c.settled(["load"], 3), f"{what} comes back, and into every ISR")
        ok(lead_preferred(self.admin, c, [f"load-{i}" for i in range(3)]), f"and leads again what it preferably leads ({what})")
        load.flows("with everybody back")


if __name__ == "__main__":
    admin = Admin()
    for kinds, zookeeper in zip(sys.argv[1::2], sys.argv[2::2]):
        Suite(kinds, zookeeper, admin).run()
    closing()
