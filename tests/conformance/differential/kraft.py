"""A node of Apache Kafka 4.4.0 that is broker and controller at once: for what brokers on ZooKeeper do not have."""
import subprocess
import servers
from ports import free_port

SETTINGS = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:{controller}
listeners=PLAINTEXT://localhost:{port},CONTROLLER://localhost:{controller}
advertised.listeners=PLAINTEXT://localhost:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/logs
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=3
group.share.min.heartbeat.interval.ms=500
group.share.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
"""
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"


class Kraft(servers.Server):
    def __init__(self):
        folder = servers.WORK / "kraft"
        folder.mkdir()
        self.controller_port = free_port()
        super().__init__("kraft", free_port(), [])
        self.properties = folder / "server.properties"
        self.properties.write_text(SETTINGS.format(port=self.port, controller=self.controller_port, folder=folder))
        self.command = [str(c) for c in servers.java("k440", "kafka.Kafka", self.properties, heap="512m")]

    def format(self):
        """Its empty log, by our tool: the node judges whether it takes that."""
        subprocess.run([servers.RKAFKA, "kafka-storage", "format", "-t", CLUSTER, "-c", str(self.properties)], check=True, timeout=60,
                       env={**servers.os.environ, "RKAFKA_COMPAT": "4.4"}, stdout=subprocess.DEVNULL)

    @property
    def places(self):
        return {"k": f"localhost:{self.port}", "kc": f"localhost:{self.controller_port}"}
