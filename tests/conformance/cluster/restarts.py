"""Three Apache Kafka 3.9.1 brokers on one ZooKeeper server that is killed with SIGKILL, stopped, and away for longer than
a session lives, under an acks=all load and while topics come and go; then it dies together with the controller.
usage: restarts.py [ours|apache]: whose ZooKeeper server; Apache's proves the judge."""
import json, sys, time
from checks import Admin, equal_replicas
from load import Load
from servers import Cluster, ZooKeeper, closing, note, ok, view, wait

AWAY = 12


class Restarts:
    def __init__(self, kind):
        self.admin = Admin()
        self.zookeeper = ZooKeeper(kind)
        self.server = self.zookeeper.servers[0]
        self.cluster = Cluster(["apache"] * 3, self.zookeeper)
        self.topics = ["load"]

    def back(self, what, away=0.0):
        """The server starts again after this many seconds."""
        time.sleep(away)
        return ok(self.zookeeper.start(), f"the ZooKeeper server is back {what}")

    def registered(self):
        """Since when each broker is registered: its own word in its node, which it writes once per session."""
        return {i: json.loads(self.zookeeper.get(f"/brokers/ids/{i}") or b"{}").get("timestamp") for i in self.zookeeper.broker_ids()}

    def create(self, name):
        good = self.admin(self.cluster.live()[0], "create", name, 3, len(self.cluster.live())) is not None
        self.topics.append(name)
        return ok(good and self.cluster.settled([name]), f"topic {name} is created, with full ISRs")

    def unharmed(self, what, before):
        ok(self.cluster.wait_members() and self.registered() == before[0], f"no broker lost its session {what}")
        epoch = self.zookeeper.get("/controller_epoch")
        ok(epoch == before[1], f"and the controller stayed: epoch {epoch.decode()}")

    def kills(self, load):
        before = self.registered(), self.zookeeper.get("/controller_epoch")
        for turn in range(3):
            self.server.kill()
            self.back(f"from kill -9, turn {turn}", 0.3 * turn)
            self.create(f"after-{turn}")
        load.flows("over three times kill -9")
        self.unharmed("over three times kill -9", before)
        self.server.kill()
        load.flows("while ZooKeeper is away")
        self.back(f"after {AWAY} s, longer than a session lives", AWAY)
        self.unharmed("meanwhile", before)
        self.create("after-long")
        ok(self.server.stop(), "it stops at SIGTERM")
        self.back("after that")
        self.unharmed("over a clean restart", before)

    def changes(self):
        """Kills in the middle of creations: each topic is whole or not there, and can be made anew."""
        for turn in range(3):
            names = [f"mid-{turn}-{n}" for n in range(4)]
            self.admin.process.stdin.write("".join(f"{self.cluster.brokers[0].bootstrap} create {n} 2 3\n" for n in names))
            self.admin.process.stdin.flush()
            time.sleep(0.05 + 0.1 * turn)
            self.server.kill()
            self.back(f"after it died while topics were made, turn {turn}")
            answers = [self.admin.process.stdout.readline() for _ in names]
            missing = [n for n, a in zip(names, answers) if not a.startswith("ok")]
            for name in missing:
                # It may have been made without word of it.
                self.admin.ask(self.cluster.live()[0], "create", name, 2, 3)
            ok(self.cluster.settled(names, 3), f"every one of those topics is whole ({len(missing)} were asked for again)")
            self.topics += names

    def controller_dies_too(self, load):
        victim = self.cluster.brokers[self.cluster.controller()]
        self.server.kill()
        victim.kill()
        at = time.monotonic()
        self.back("after it died together with the controller")

        def taken_over():
            v = view(self.cluster.live_bootstrap())
            return v and v.controller in {b.number for b in self.cluster.live()} and all(
                p.leader not in (victim.number, -1) for p in v.topics.get("load", {}).values())
        ok(wait("new leaders", taken_over, 60, 0.2), "another controller takes over, and the dead broker's partitions have leaders")
        note(f"after {time.monotonic() - at:.1f} s; the session lived 6 s")
        load.flows("on two brokers")
        self.create("on-two")
        ok(victim.start() and self.cluster.wait_members() and self.cluster.settled(self.topics), "the dead broker comes back, and into every ISR")

    def run(self):
        if not ok(self.zookeeper.start() and self.cluster.start(), "three Apache Kafka 3.9.1 brokers start on it"):
            return
        ok(self.admin(self.cluster.brokers[0], "place", "load", "0,1,2", "1,2,0", "2,0,1") is not None and self.cluster.settled(["load"], 3), "a topic under load")
        load = Load(self.cluster, "load")
        load.flows("before anything happens")
        self.kills(load)
        self.changes()
        self.controller_dies_too(load)
        load.flows("with everybody back")
        load.finish()
        equal_replicas(self.cluster, ["load"], "in the end")
        ok(self.cluster.stop(), "every server stops at SIGTERM")


if __name__ == "__main__":
    begin = time.monotonic()
    Restarts(sys.argv[1] if len(sys.argv) > 1 else "ours").run()
    note(f"took {time.monotonic() - begin:.0f} s")
    closing()
