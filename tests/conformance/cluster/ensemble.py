"""Three brokers on an ensemble of three Apache ZooKeeper servers, whose leader is killed in the middle of an acks=all load;
then a broker fails over on the smaller ensemble, and the killed ZooKeeper server comes back. usage: ensemble.py [KINDS]."""
import sys, time
from checks import Admin, equal_replicas
from load import Load
from servers import Cluster, ZooKeeper, closing, note, ok, view, wait

KIND = {"a": "apache", "o": "ours"}


def main(kinds="ooo"):
    admin = Admin()
    zookeeper = ZooKeeper("apache", servers=3)
    c = Cluster([KIND[k] for k in kinds], zookeeper)
    if not ok(zookeeper.start() and c.start(), "three brokers on three Apache ZooKeeper servers"):
        return
    anyone = c.brokers[0]
    ok(admin(anyone, "place", "load", "0,1,2", "1,2,0", "2,0,1") is not None and c.settled(["load"], 3), "a topic under load")
    load = Load(c, "load")
    load.flows("before anything happens")
    epochs = zookeeper.get("/controller_epoch")
    leader = zookeeper.leader()
    leader.kill()
    load.flows("while ZooKeeper elects")
    ok(wait("another ZooKeeper leader", zookeeper.leader, 30), f"{leader.name}, ZooKeeper's leader, is killed: another leads")
    ok(admin(anyone, "create", "later", 3, 3) is not None and c.settled(["later"], 3), "a topic is created on the remaining two")
    ok(c.wait_members() and zookeeper.broker_ids() == {0, 1, 2}, "no broker lost its session")
    note(f"controller epochs before and after: {epochs} {zookeeper.get('/controller_epoch')}")
    load.flows("on two ZooKeeper servers")
    victim = c.brokers[c.controller()]
    at = time.monotonic()
    victim.kill()

    def taken_over():
        v = view(c.live_bootstrap())
        return v and v.controller != victim.number and all(p.leader not in (victim.number, -1) for p in v.topics["load"].values())
    ok(wait("new leaders", taken_over, 30, 0.1), "the controller is killed: another takes over, and its partitions too")
    note(f"after {time.monotonic() - at:.1f} s")
    load.flows("on two and two")
    leader.spawn()
    ok(wait("the ensemble to be whole", lambda: zookeeper.mode(leader) == "follower", 30), "the killed ZooKeeper server comes back as a follower")
    if victim.kind == "apache":
        wait("its session to end", lambda: victim.number not in zookeeper.broker_ids(), 20)
    ok(victim.start() and c.wait_members() and c.settled(["load", "later"], 3), "the killed broker comes back, and into every ISR")
    load.flows("with everybody back")
    load.finish()
    equal_replicas(c, ["load"], "in the end")
    ok(c.stop(), "every broker stops at SIGTERM")


if __name__ == "__main__":
    begin = time.monotonic()
    main(*sys.argv[1:])
    note(f"took {time.monotonic() - begin:.0f} s")
    closing()
