"""What a cluster at rest must look like, and Apache Kafka's Admin client to drive it with."""
import hashlib, re, select, subprocess
from servers import CACHE, HERE, JVM, RUNNING, WORK, java, note, ok, view, wait


class Admin:
    """Apache Kafka's Admin client in one process; see ClusterAdmin.java."""

    def __init__(self):
        subprocess.run(["javac", "-nowarn", "-d", str(WORK), "-cp", f"{CACHE}/k391/libs/*", str(HERE / "ClusterAdmin.java")], check=True)
        with open(WORK / "admin.err", "ab") as errors:
            self.process = subprocess.Popen(["java", "-Xmx128m", *JVM, "-cp", f"{CACHE}/k391/libs/*:{WORK}", "ClusterAdmin"], text=True, bufsize=1,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        RUNNING.append(self.process)

    def __call__(self, broker, *words):
        """The answer of a command given to that broker (an object with a bootstrap), or None after a note."""
        good, answer = self.ask(broker, *words)
        if not good:
            note(f"{' '.join(map(str, words))}: {answer}")
        return answer if good else None

    def ask(self, broker, *words):
        """(succeeded, answer or error)"""
        self.process.stdin.write(" ".join([broker.bootstrap, *map(str, words)]) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], 90)[0]:
            raise OSError("the Admin client does not answer")
        word, _, rest = self.process.stdout.readline().rstrip("\n").partition(" ")
        return word == "ok", rest


def lead_preferred(admin, cluster, partitions):
    """Preferred election of "topic-n" names until it shows. Once is not enough just after the controller has moved: the Admin
    client may still ask the old one, and hands its NOT_CONTROLLER to the caller."""
    answer = None

    def led():
        nonlocal answer
        answer = admin(cluster.live()[0], "elect", "preferred", *partitions)
        v = view(cluster.live()[-1].bootstrap)
        found = [v.topics.get(p.rsplit("-", 1)[0], {}).get(int(p.rsplit("-", 1)[1])) for p in partitions] if v else [None]
        return all(p and p.leader == p.replicas[0] for p in found)
    done = wait("the preferred leaders", led, 15, 0.3)
    if not done:
        note(f"the election's last answer: {answer}")
    return bool(done)


def replica_bytes(broker, topic, partition):
    """(first offset, all bytes of the log) of one replica: segments may be cut in different places, bytes may not."""
    folder = broker.logs / f"{topic}-{partition}"
    segments = sorted(folder.glob("*.log"))
    return (int(segments[0].stem) if segments else None, b"".join(s.read_bytes() for s in segments))


def equal_replicas(cluster, topics, what):
    """Every replica's segment files hold the same bytes. With nobody writing and full ISRs, the high watermark is the end."""
    v = view(cluster.live_bootstrap())
    different, total = [], 0

    def compare():
        nonlocal different, total
        different, total = [], 0
        for topic in topics:
            for number, p in v.topics[topic].items():
                copies = {i: replica_bytes(cluster.brokers[i], topic, number) for i in p.replicas}
                total += max(len(b) for _, b in copies.values())
                if len(set(copies.values())) != 1:
                    different.append((topic, number, {i: (f, len(b), hashlib.sha1(b).hexdigest()[:8]) for i, (f, b) in copies.items()}))
        return not different
    if not v or any(t not in v.topics for t in topics):
        return ok(False, f"the topics {topics} are known {what}")
    wait("replicas to be equal", compare, 20, 0.3)
    if not ok(not different, f"all replicas' segment files hold the same {total} bytes {what}"):
        note(f"{len(different)} partitions differ; the first: {different[0]}")
        topic, number, copies = different[0]
        blobs = [replica_bytes(cluster.brokers[i], topic, number)[1] for i in copies]
        at = next((i for i, row in enumerate(zip(*blobs)) if len(set(row)) > 1), min(map(len, blobs)))
        note(f"first different byte at {at}")


def replicas_verified(cluster, topics, what):
    """Apache Kafka's ReplicaVerificationTool, which fetches from every replica, finds no lag and no difference."""
    out = WORK / "verification"
    with open(out, "wb") as o:
        tool = subprocess.Popen(java("k391", "org.apache.kafka.tools.ReplicaVerificationTool", "--broker-list", cluster.live_bootstrap(), "--topics-include",
                                     "|".join(topics), "--time", "-2", "--report-interval-ms", "1000"), stdout=o, stderr=subprocess.STDOUT, start_new_session=True)
    RUNNING.append(tool)
    wait("a report of ReplicaVerificationTool", lambda: len(re.findall(r"max lag is", out.read_text())) >= 2, 40, 0.2)
    tool.kill()
    tool.wait()
    text = out.read_text()
    reports = re.findall(r"max lag is (-?\d+)", text)
    good = len(reports) >= 2 and reports[-1] == "0" and not re.search(r"(?i)exception|error|not match|differ|mismatch", text)
    if not ok(good, f"ReplicaVerificationTool finds every replica equal {what}"):
        note(text[-600:])
