"""docs/migration.md, as a test: a live cluster of three Apache Kafka 3.9.1 brokers is rolled to ours and back, broker by
broker, on the same files, settings and ports, under an acks=all load. usage: roll.py [ZOOKEEPER] [TARGET]; TARGET apache
restarts Apache Kafka's own instead, which proves the suite itself."""
import sys, time
from checks import Admin, equal_replicas, lead_preferred, replicas_verified
from load import Load
from servers import Cluster, ZooKeeper, closing, note, ok, run

GROUP, HISTORY = "migrating", 3000


def group_reads(cluster, expected_first, count):
    """The group goes on at the right place: reads `count` records of topic history, and commits."""
    status, text = run(["kcat", "-b", cluster.bootstrap, "-q", "-c", count, "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000",
                        "-X", "enable.auto.offset.store=true", "-G", GROUP, "history"], 40)
    return status == 0 and [int(x) for x in text.split()] == list(range(expected_first, expected_first + count))


def restart(cluster, broker, kind, load, admin):
    was = broker.kind
    start = time.monotonic()
    stopped = broker.stop()
    stopped_in = time.monotonic() - start
    broker.become(kind)
    what = f"broker {broker.number} goes from {was} to {kind}"
    ok(stopped and broker.start() and cluster.wait_members() and cluster.settled(["load", "history"], 3), f"{what}: stops, starts on the same files, is in sync")
    note(f"stop {stopped_in:.1f} s, until in sync {time.monotonic() - start:.1f} s")
    ok(lead_preferred(admin, cluster, [f"load-{i}" for i in range(3)] + ["history-0"]), f"{what}: it leads again what it preferably leads")
    load.flows(f"after that, {sorted((b.number, b.kind) for b in cluster.live())}")


def main(zookeeper_kind="apache", target="ours"):
    admin = Admin()
    zookeeper = ZooKeeper(zookeeper_kind)
    c = Cluster(["apache"] * 3, zookeeper)
    if not ok(zookeeper.start() and c.start(), f"three Apache Kafka brokers on {zookeeper_kind}'s ZooKeeper"):
        return
    anyone = c.brokers[0]
    ok(admin(anyone, "place", "load", "0,1,2", "1,2,0", "2,0,1") is not None and admin(anyone, "place", "history", "1,0,2") is not None
       and c.settled(["load", "history"], 3), "topics of theirs")
    run(["kcat", "-P", "-b", c.bootstrap, "-t", "history", "-p", "0", "-X", "acks=all"], stdin="".join(f"{i}\n" for i in range(HISTORY)))
    read = 0
    ok(group_reads(c, read, 100), "a consumer group reads")
    read += 100
    ids = {t: zookeeper.get(f"/brokers/topics/{t}") for t in ("load", "history")}
    cluster_id = zookeeper.get("/cluster/id")
    load = Load(c, "load")
    load.flows("before the roll")
    for kind in (target, "apache"):
        for broker in c.brokers.values():
            restart(c, broker, kind, load, admin)
            ok(group_reads(c, read, 100), f"the consumer group goes on at {read}")
            read += 100
        equal_replicas(c, ["history"], f"when all are {kind}'s")
    load.finish()
    equal_replicas(c, ["load", "history", "__consumer_offsets"], "in the end")
    replicas_verified(c, ["load", "history"], "in the end")
    ok(ids == {t: zookeeper.get(f"/brokers/topics/{t}") for t in ("load", "history")} and cluster_id == zookeeper.get("/cluster/id"),
       "topic ids, assignments and the cluster id are what they were")
    ok(c.stop(), "every broker stops at SIGTERM")


if __name__ == "__main__":
    begin = time.monotonic()
    main(*sys.argv[1:])
    note(f"took {time.monotonic() - begin:.0f} s")
    closing()
