"""usage: exchange.py RKAFKA LIBS [SEED]: see exchange.sh."""
import gzip, base64, hashlib, logging, os, random, re, shutil, signal, socket, subprocess, sys, tempfile, threading, time
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError
from kazoo.security import make_acl, make_digest_acl, OPEN_ACL_UNSAFE

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ports import free_port

logging.disable(logging.CRITICAL)
RKAFKA, LIBS = sys.argv[1:3]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
rng = random.Random(SEED); print("seed", SEED, flush=True)
PORT = free_port()
DIR = tempfile.mkdtemp()
ROOT = "root:" + base64.b64encode(hashlib.sha1(b"root:secret").digest()).decode()
def configure(compression): open(DIR + "/zk.properties", "w").write(
    "snapshot.compression.method=%s\ndataDir=%s/data\nclientPort=%d\ntickTime=2000\nmaxClientCnxns=0\nadmin.enableServer=false\nsnapCount=60\n"
    "extendedTypesEnabled=true\nDigestAuthenticationProvider.superDigest=%s\n" % (compression, DIR, PORT, ROOT))
configure("")
open(DIR + "/log4j.properties", "w").write(
    "log4j.rootLogger=INFO, E\nlog4j.appender.E=org.apache.log4j.ConsoleAppender\nlog4j.appender.E.layout=org.apache.log4j.PatternLayout\n"
    "log4j.appender.E.layout.ConversionPattern=[%d] %p %m (%c)%n\n")
COMMANDS = {
    "ours": [RKAFKA, "zookeeper-server-start", DIR + "/zk.properties"],
    "apache": ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j.configuration=file:%s/log4j.properties" % DIR, "-cp", LIBS + "/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", DIR + "/zk.properties"],
}
server = None

def check(good, what):
    print("ok  " if good else "FAIL", what, flush=True)

def start(who):
    global server
    out = open(DIR + "/" + who, "a")
    server = subprocess.Popen(COMMANDS[who], stdout=out, stderr=out)
    for _ in range(300):
        # Apache ZooKeeper listens before it serves, and may forget who connects in between.
        try:
            with socket.create_connection(("127.0.0.1", PORT), 5) as s:
                s.sendall(b"srvr")
                if b"Mode: standalone" in s.makefile("rb").read(): return True
        except OSError: pass
        if server.poll() is not None: break
        time.sleep(0.1)
    print(open(DIR + "/" + who).read()[-2000:]); return False

def client():
    # Without a bound kazoo's pauses between two attempts double while the server is away, up to longer than a session lives.
    retry = {"max_tries": -1, "delay": 0.1, "max_delay": 0.5}
    c = KazooClient("127.0.0.1:%d" % PORT, timeout=40, auth_data=[("digest", "root:secret")], connection_retry=retry); c.start(30); return c

def dump(c, path="/"):
    data, stat = c.get(path); acl, _ = c.get_acls(path)
    found = {path: (data, tuple(stat), acl)}
    for name in c.get_children(path): found.update(dump(c, path.rstrip("/") + "/" + name))
    return found

def whole(c):
    while True:
        # A session of an earlier turn may expire on the way, and its nodes with it.
        try: return dump(c)
        except NoNodeError: pass

def path(): return "/work" + "".join("/" + rng.choice("abcdé") for _ in range(rng.randrange(1, 4)))

def step(c):
    value = rng.choice([None, b"", os.urandom(rng.randrange(300))])
    kind = rng.randrange(12)
    if kind < 4:
        acl = rng.choice([OPEN_ACL_UNSAFE, [make_digest_acl("u%d" % rng.randrange(3), "p", all=True)], [make_acl("ip", "10.0.0.0/8", read=True), make_acl("world", "anyone", read=True)]])
        c.create(path(), value or b"", acl=acl, ephemeral=rng.random() < 0.2, sequence=rng.random() < 0.3)
    elif kind < 6: c.set(path(), value or b"")
    elif kind < 7: c.delete(path())
    elif kind < 8: c.set_acls(path(), [make_digest_acl("u%d" % rng.randrange(9), "p", read=True)])
    elif kind < 9: c.create(path(), b"c", container=True) if hasattr(c, "container") else c.create(path(), b"c")
    else:
        t = c.transaction()
        for _ in range(rng.randrange(1, 4)):
            rng.choice([lambda: t.create(path(), b"t"), lambda: t.set_data(path(), b"m"), lambda: t.delete(path()), lambda: t.check(path(), 0)])()
        t.commit()

def fill(c, count):
    for _ in range(count):
        try: step(c)
        except KazooException: pass

class Writer(threading.Thread):
    """Creates pairs of nodes, each in one transaction, and an ephemeral node at times, whatever happens to the server."""
    def __init__(self, number):
        super().__init__(daemon=True); self.base = "/load/%d" % number; self.acked = []; self.stop = threading.Event()
        self.client = client(); self.client.ensure_path(self.base); self.session = self.client.client_id[0]
    def run(self):
        at = 0
        while not self.stop.is_set():
            at += 1; t = self.client.transaction()
            for side in "lr": t.create("%s/%s%d" % (self.base, side, at), b"%d" % at)
            if at % 50 == 0: t.create("%s/e%d" % (self.base, at), b"", ephemeral=True)
            try:
                # Committed, lost, or not known: only what was answered well is asked for afterwards.
                if not any(isinstance(x, Exception) for x in t.commit()): self.acked.append(at)
            except Exception: time.sleep(0.05)

def java(cls, *args):
    p = subprocess.run(["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j.configuration=file:%s/log4j.properties" % DIR, "-cp", LIBS + "/*", cls, *args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return p.returncode, p.stdout

def kill():
    server.send_signal(signal.SIGKILL); server.wait()

def under_load():
    """The servers kill each other while sessions write; the compression of snapshots changes with every turn."""
    writers = [Writer(i) for i in range(3)]; [w.start() for w in writers]
    for turn, (who, compression) in enumerate([("apache", "snappy"), ("ours", "gz"), ("apache", "gz"), ("ours", "snappy"), ("apache", ""), ("ours", "")]):
        time.sleep(rng.uniform(1.0, 2.0)); kill(); configure(compression)
        up = start(who); check(up, "load %d: %s starts, snapshots %s" % (turn, who, compression or "plain"))
        if not up: return
    time.sleep(1)
    for w in writers: w.stop.set()
    for w in writers: w.join(60)
    kill(); start("ours"); c = client()
    for w in writers:
        names = set(c.get_children(w.base)); left, right = ({n[1:] for n in names if n[0] == side} for side in "lr")
        check(left == right, "%s: no transaction is there by half: %d" % (w.base, len(left)))
        lost = [at for at in w.acked if str(at) not in left]
        check(len(w.acked) > 50 and not lost, "%s: %d acknowledged, all there %s" % (w.base, len(w.acked), lost[:5]))
        mine = {n for n in names if n[0] == "e"}; owners = {c.exists(w.base + "/" + n).ephemeralOwner for n in mine}
        for _ in range(300): # Reconnecting takes kazoo a moment, and client_id is None until then.
            if w.client.client_id: break
            time.sleep(0.1)
        kept = (w.client.client_id or [None])[0] == w.session
        check(kept, "%s: its session 0x%x outlived all turns" % (w.base, w.session))
        if not kept:
            for who in COMMANDS: print(*[line for line in open(DIR + "/" + who) if "%x" % w.session in line][-8:], sep="")
        check(owners <= {w.session} and {"e%d" % at for at in w.acked if at % 50 == 0} <= mine, "%s: %d ephemeral nodes through one session" % (w.base, len(mine)))
        w.client.stop()
    c.stop()

def torn(path):
    """Apache ZooKeeper leaves a snapshot that it was killed over as it is."""
    if not path.endswith(".gz"): return False
    try:
        with gzip.open(path) as f: f.read()
    except (EOFError, OSError): return True
    return False

def readers():
    """Apache's own readers of files, on what our server wrote last."""
    kill(); folder = DIR + "/data/version-2"
    def newest(pattern): return sorted((int(re.match(pattern, f).group(1), 16), folder + "/" + f) for f in os.listdir(folder) if re.match(pattern, f))
    logs, snapshots = newest(r"log\.([0-9a-f]+)$"), newest(r"snapshot\.([0-9a-f]+)(\.gz|\.snappy)?$")
    code, text = java("org.apache.zookeeper.server.persistence.TxnLogToolkit", logs[-1][1])
    check(code == 0 and "EOF reached" in text and "CRC ERROR" not in text, "TxnLogToolkit reads %s: %s" % (logs[-1][1][-12:], text[-200:].strip().splitlines()[-1:]))
    kinds = {os.path.splitext(f)[1]: f for _, f in snapshots if not torn(f)}
    for kind in [k for k in kinds if k in (".gz", ".snappy")] + [os.path.splitext(snapshots[-1][1])[1]]:
        code, text = java("org.apache.zookeeper.server.SnapshotFormatter", kinds[kind])
        check(code == 0 and "ZNode Details" in text and "Session Details" in text and "Target zxid digest" in text or code == 0 and "Last zxid" in text, "SnapshotFormatter reads %s: %d lines" % (os.path.basename(kinds[kind]), text.count("\n")))
    code, text = java("org.apache.zookeeper.server.SnapshotComparer", "-l", snapshots[-2][1], "-r", snapshots[-1][1], "-b", "2", "-n", "1")
    check(code == 0 and "Successfully parsed options" in text and "Exception" not in text, "SnapshotComparer compares the last two: %s" % text.strip().splitlines()[-1:])

start("ours")
keeper = client(); keeper.ensure_path("/work"); session = keeper.client_id
keeper.create("/keeper", b"mine", ephemeral=True)
for turn, who in enumerate(["apache", "ours"] * 3):
    c = client(); fill(c, 250); before = whole(c)
    server.send_signal(signal.SIGKILL); server.wait()
    up = start(who); check(up, "turn %d: %s starts on the other's files" % (turn, who))
    if not up: break
    try: c2 = client(); after = whole(c2)
    except Exception as e: check(False, "turn %d: %s serves: %r; %s" % (turn, who, e, open(DIR + "/" + who).read()[-3000:])); break
    differ = [p for p in set(before) | set(after) if before.get(p) != after.get(p)]
    check(not differ, "turn %d: %s has the same %d nodes" % (turn, who, len(before)))
    for p in differ[:5]: print("   ", p, before.get(p), after.get(p))
    for _ in range(300):
        if keeper.connected: break
        time.sleep(0.1)
    try: owner = keeper.exists("/keeper")
    except KazooException as e: owner = None
    check(owner and owner.ephemeralOwner == session[0] and keeper.client_id == session, "turn %d: the session moves to %s" % (turn, who))
    c.stop(); c2.stop()
under_load(); readers()
log = open(DIR + "/apache").read()
check("Digests are not matching" not in log, "Apache ZooKeeper finds no digest wrong")
files = os.listdir(DIR + "/data/version-2")
check(sum(f.startswith("snapshot.") for f in files) > 3, "there were snapshots on the way: %d files" % len(files))
shutil.rmtree(DIR); print("finished", flush=True); os._exit(0)
