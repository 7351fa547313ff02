"""Writes through four sessions, kills the server with SIGKILL, looks at what is there after the restart.

usage: crash.py RKAFKA ROUNDS [SEED]. Each session creates /w/<session>/<number> in order, so what survives must be the
numbers from 0 without a gap, and must reach at least the last acknowledged one (unless bytes were cut off)."""
import logging, os, random, resource, shutil, signal, socket, subprocess, sys, tempfile, threading, time
from kazoo.client import KazooClient

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ports import free_port

logging.disable(logging.CRITICAL)
RKAFKA, ROUNDS = sys.argv[1], int(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 32)
rng = random.Random(SEED); print("seed", SEED, flush=True)
PORT = free_port()
DIR = tempfile.mkdtemp(); DATA = DIR + "/data/version-2"
open(DIR + "/zk.properties", "w").write("dataDir=%s/data\nclientPort=%d\nmaxClientCnxns=0\nsnapCount=300\n" % (DIR, PORT))
WRITERS = 4
server = None

def check(good, what):
    print("ok  " if good else "FAIL", what, flush=True)

def limited(size):
    """No file may grow beyond `size` bytes: a full disk, for one process."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

def start(limit=None):
    global server
    out = open(DIR + "/out", "w")
    server = subprocess.Popen([RKAFKA, "zookeeper-server-start", DIR + "/zk.properties"], stdout=out, stderr=out, preexec_fn=limit and (lambda: limited(limit)))
    for _ in range(100):
        try: socket.create_connection(("127.0.0.1", PORT), 1).close(); break
        except OSError:
            if server.poll() is not None: break
            time.sleep(0.05)
    if server.poll() is not None:
        print("FAIL the server did not start:", open(DIR + "/out").read()[-1500:]); sys.exit(1)

def kill():
    server.send_signal(signal.SIGKILL); server.wait()

def client():
    c = KazooClient("127.0.0.1:%d" % PORT, timeout=10); c.start(15); return c

def write(i, acked, stop):
    c = None
    try:
        c = client()
        path = "/w/%d" % i
        c.ensure_path(path)
        n = len(c.get_children(path))
        while not stop.is_set():
            # Several in flight, so that batches form.
            pending = [(n + k, c.create_async("%s/%010d" % (path, n + k), os.urandom(rng.randrange(200)))) for k in range(8)]
            n += 8
            for number, result in pending:
                result.get(timeout=5); acked[i] = number + 1
    except Exception: pass
    finally:
        if c: c.stop()

def ended(threads):
    """No writer is left that would send what it still has in its queue to the next server, behind a gap."""
    for t in threads: t.join(30)
    assert not any(t.is_alive() for t in threads), "a writer does not end"

def round_(cut):
    acked = [len(before[i]) for i in range(WRITERS)]; stop = threading.Event()
    threads = [threading.Thread(target=write, args=(i, acked, stop), daemon=True) for i in range(WRITERS)]
    for t in threads: t.start()
    time.sleep(rng.uniform(0.1, 0.8)); kill(); stop.set(); ended(threads)
    removed = 0
    if cut:
        logs = sorted((f for f in os.listdir(DATA) if f.startswith("log.")), key=lambda f: int(f[4:], 16))
        path = os.path.join(DATA, logs[-1]); size = len(open(path, "rb").read().rstrip(b"\0"))
        removed = rng.randrange(1, min(400, size - 15)) if size > 16 else 0
        with open(path, "r+b") as f:
            whole = os.path.getsize(path); f.truncate(size - removed)
            # What was not written is a short file or zeros.
            if rng.random() < 0.5: f.truncate(whole)
    start()
    return acked, removed

start()
before = [[] for _ in range(WRITERS)]
for r in range(ROUNDS):
    acked, removed = round_(cut=r % 2 == 1)
    c = client(); now = [sorted(int(n) for n in c.get_children("/w/%d" % i)) if c.exists("/w/%d" % i) else [] for i in range(WRITERS)]
    c.stop(); c.close()
    check(all(names == list(range(len(names))) for names in now), "round %d: no gaps (%s)" % (r, [len(x) for x in now]))
    if removed:
        text = open(DIR + "/out").read()
        check("torn entry" in text or all(len(now[i]) <= acked[i] + 8 for i in range(WRITERS)), "round %d: %d bytes cut off are survived and reported" % (r, removed))
    else:
        check(all(len(now[i]) >= acked[i] for i in range(WRITERS)), "round %d: %s acknowledged" % (r, acked))
    before = now
def full_disk():
    """The log cannot grow any more: the server says so and ends; what it acknowledged is there when there is room."""
    kill(); open(DIR + "/zk.properties", "a").write("preAllocSize=16\nsnapCount=100000\n"); start(limit=150_000 + rng.randrange(60_000))
    acked = [len(before[i]) for i in range(WRITERS)]; stop = threading.Event()
    threads = [threading.Thread(target=write, args=(i, acked, stop), daemon=True) for i in range(WRITERS)]
    for t in threads: t.start()
    try: code = server.wait(60)
    except subprocess.TimeoutExpired: code = None
    stop.set(); ended(threads); text = open(DIR + "/out").read()
    check(code not in (None, 0) and code > 0 and "cannot write the transaction log" in text and "File too large" in text, "a full disk ends the server: exit code %s" % code)
    start(); c = client(); now = [sorted(int(n) for n in c.get_children("/w/%d" % i)) for i in range(WRITERS)]; c.stop(); c.close()
    check(all(names == list(range(len(names))) and len(names) >= acked[i] for i, names in enumerate(now)), "what was acknowledged before the disk was full: %s of %s" % (acked, [len(x) for x in now]))

full_disk()
kill(); shutil.rmtree(DIR); print("finished", flush=True); os._exit(0)
