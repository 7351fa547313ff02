"""usage: exchange.py RKAFKA LIBS [SEED]: see exchange.sh."""
import base64, hashlib, logging, os, random, shutil, signal, socket, subprocess, sys, tempfile, time
from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError
from kazoo.security import make_acl, make_digest_acl, OPEN_ACL_UNSAFE

logging.disable(logging.CRITICAL)
RKAFKA, LIBS = sys.argv[1:3]
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
rng = random.Random(SEED); print("seed", SEED, flush=True)
with socket.socket() as s: s.bind(("127.0.0.1", 0)); PORT = s.getsockname()[1]
DIR = tempfile.mkdtemp()
ROOT = "root:" + base64.b64encode(hashlib.sha1(b"root:secret").digest()).decode()
open(DIR + "/zk.properties", "w").write(
    "dataDir=%s/data\nclientPort=%d\ntickTime=2000\nmaxClientCnxns=0\nadmin.enableServer=false\nsnapCount=60\n"
    "extendedTypesEnabled=true\nDigestAuthenticationProvider.superDigest=%s\n" % (DIR, PORT, ROOT))
open(DIR + "/log4j.properties", "w").write(
    "log4j.rootLogger=INFO, E\nlog4j.appender.E=org.apache.log4j.ConsoleAppender\nlog4j.appender.E.layout=org.apache.log4j.PatternLayout\n"
    "log4j.appender.E.layout.ConversionPattern=[%d] %p %m (%c)%n\n")
COMMANDS = {
    "ours": [RKAFKA, "zookeeper-server-start", DIR + "/zk.properties"],
    "apache": ["java", "-Xmx256m", "-Dlog4j.configuration=file:%s/log4j.properties" % DIR, "-cp", LIBS + "/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", DIR + "/zk.properties"],
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
    c = KazooClient("127.0.0.1:%d" % PORT, timeout=40, auth_data=[("digest", "root:secret")]); c.start(30); return c

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
    for _ in range(100):
        if keeper.connected: break
        time.sleep(0.1)
    try: owner = keeper.exists("/keeper")
    except KazooException as e: owner = None
    check(owner and owner.ephemeralOwner == session[0] and keeper.client_id == session, "turn %d: the session moves to %s" % (turn, who))
    c.stop(); c2.stop()
log = open(DIR + "/apache").read()
check("Digests are not matching" not in log, "Apache ZooKeeper finds no digest wrong")
files = os.listdir(DIR + "/data/version-2")
check(sum(f.startswith("snapshot.") for f in files) > 3, "there were snapshots on the way: %d files" % len(files))
server.kill(); server.wait(); shutil.rmtree(DIR); print("finished", flush=True); os._exit(0)
