#!/usr/bin/env python3
"""A power cut under real servers: their files lie on cutfs.py, which forgets what was not fsynced (wants root and /dev/fuse).

    powercut.sh [--rkafka BIN] [--servers rkafka|apache] [--what zk,broker,cluster] [--rounds N] [--seed S] [--keep]

zk       kazoo clients create, set, delete, write multis, sequential and ephemeral nodes in bursts and note what was
         acknowledged; cut; restart: every acknowledged write is there, version equals value, no half multi, no number
         or zxid given twice, sessions and their ephemerals live on.  --rounds times (10).
broker   log.flush.interval.messages=1, small segments, idempotent and plain producers, a committing group; cut; restart:
         acknowledged records at their offsets, no gap or repetition of an idempotent producer, commits kept, the same
         producers go on, DumpLogSegments --deep-iteration finds nothing.  Three rounds (the second after a clean
         restart); and three with default flush: it starts, nothing is corrupt, each log is a prefix.
cluster  three brokers on three cutfs, RF 3, min.insync.replicas 2, acks=all, default flush; the leader of most loses
         power, the others go on, it comes back into every ISR; then the next, then the last (--rounds 2: and all three again): nothing
         acknowledged is lost, the replicas are alike byte for byte.

ZooKeeper of the last two parts is on a plain disk.  Every cut is seeded (SEED-part-round); the moment is not exact.
Closing line 'N passed, N failed'.  Apache (ZooKeeper 3.8.4, Kafka 3.9.1), seed 1: zk --rounds 4: 4/0; broker --rounds 1: 8/0;
cluster: 22/0.  The judge's own control, --extra forceSync=no or log.flush.interval.messages=9223372036854775807, must fail.
One outcome is known and right: with default flush an idempotent producer whose batches were lost ends with
OUT_OF_ORDER_SEQUENCE_NUMBER (printed by librdkafka, not counted).
"""
import argparse, json, os, pathlib, random, re, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time
sys.dont_write_bytecode = True
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent)); from ports import free_port as free
A = argparse.ArgumentParser(); A.add_argument("--rkafka"); A.add_argument("--servers", default="rkafka"); A.add_argument("--what", default="zk,broker,cluster")
A.add_argument("--rounds", type=int); A.add_argument("--seed", type=int, default=1); A.add_argument("--base", type=int, default=0); A.add_argument("--keep", action="store_true"); A.add_argument("--extra", default="", help="a line for the servers that lose power: the judge's own control")
a = A.parse_args(); judges = pathlib.Path(os.environ.get("CONF_CACHE") or pathlib.Path.home() / ".cache" / "rkafka-judges")
import confluent_kafka as ck, kazoo
from confluent_kafka.admin import AdminClient, NewTopic
from kazoo.client import KazooClient, KazooState
from kazoo import exceptions as kx
import logging; logging.getLogger("kazoo").setLevel(logging.CRITICAL)

passed = failed = 0
def check(name, problems, detail=""):
    """problems: a list of strings; none is a pass."""
    global passed, failed
    problems = list(problems); passed, failed = passed + (not problems), failed + bool(problems)
    print(("FAIL " if problems else "ok   ") + name + (f": {detail}" if detail else ""), flush=True)
    for p in problems[:6]:
        print("       " + str(p)[:600], flush=True)
    if len(problems) > 6: print(f"       ... {len(problems)} in all", flush=True)
    return not problems
work = pathlib.Path(tempfile.mkdtemp(prefix="powercut-")); rk = os.path.abspath(a.rkafka) if a.servers == "rkafka" else None
procs, mounts, R = {}, {}, random.Random(a.seed)
signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
LOG4J = (judges / "log4j.properties").read_text()
def java(cls, *args, heap="-Xmx512m"):
    return ["java", heap, "-XX:+UseG1GC", "-Djava.awt.headless=true", f"-Dlog4j.configuration=file:{judges}/log4j.properties", "-cp", f"{judges}/k391/libs/*", cls, *map(str, args)]
def ask_versions(port):
    """ApiVersions 0; raises OSError if the broker does not answer within a second."""
    ask = struct.pack(">hhih", 18, 0, 7, 5) + b"judge"
    with socket.create_connection(("127.0.0.1", port), 1) as s:
        s.settimeout(1); s.sendall(struct.pack(">i", len(ask)) + ask)
        if len(s.recv(8)) < 8: raise OSError("no answer")

class Disk:
    """A mount point with cutfs behind it."""
    def __init__(self, name):
        self.name, self.dir = name, work / f"mnt-{name}"; self.dir.mkdir(); self.fs = None; self.mount()
    def mount(self):
        self.log = work / f"cutfs-{self.name}.log"; self.ctl = work / f"ctl-{self.name}"; self.ctl.unlink(missing_ok=True)
        self.fs = subprocess.Popen([sys.executable, here / "cutfs.py", self.dir, work / f"img-{self.name}", self.ctl], stdin=subprocess.DEVNULL,
                                   stdout=open(self.log, "a"), stderr=subprocess.STDOUT, start_new_session=True)
        mounts[self.name] = self; t0 = time.monotonic()
        while not (self.ctl.exists() and os.path.ismount(self.dir)):
            if time.monotonic() - t0 > 20 or self.fs.poll() is not None: raise SystemExit(f"cutfs did not mount: {self.log.read_text()[-500:]}")
            time.sleep(0.02)
    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60); s.connect(str(self.ctl)); s.sendall((line + "\n").encode()); return json.loads(s.makefile().readline())
    def gone(self):
        self.fs.wait(30); subprocess.run(["umount", "-l", self.dir], stderr=subprocess.DEVNULL); mounts.pop(self.name, None)
    def cut(self, seed, key):
        p = procs.pop(key); out = self.ask(f"cut {seed} {p.pid}"); self.gone(); p.wait(30)
        keep = work / f"image-{self.name}-{seed}"
        if a.keep: shutil.copy(work / f"img-{self.name}", keep)
        self.mount(); lost = out.pop("names_lost"); print(f"       cut {seed}: {json.dumps(out)}" + (f" names lost: {lost[:5]}" if lost else ""), flush=True); return out
    def wipe(self):
        self.ask("stop"); self.gone(); (work / f"img-{self.name}").unlink(); self.mount()

def spawn(key, cmd):
    procs[key] = subprocess.Popen([str(c) for c in cmd], stdin=subprocess.DEVNULL, stdout=open(work / f"{key}.log", "ab"), stderr=subprocess.STDOUT, start_new_session=True); return procs[key]
def halt(key, sig=signal.SIGTERM):
    p = procs.pop(key, None)
    if p and p.poll() is None:
        p.send_signal(sig)
        try: p.wait(40)
        except subprocess.TimeoutExpired: p.kill(); p.wait()
def tail(key, n=900):
    text = (work / f"{key}.log").read_text(errors="replace"); lines = [l for l in text.splitlines() if re.search(r"ERROR|FATAL|panick|Exception|rror:", l)][-3:]
    return " | ".join(lines)[-n:] or text[-n:]
def zk_up(key, data, port, extra=""):
    f = work / f"{key}.properties"; f.write_text(f"dataDir={data}\nclientPort={port}\nmaxClientCnxns=0\nadmin.enableServer=false\ntickTime=2000\n{extra}{a.extra if key == 'zk' else ''}\n")
    spawn(key, [rk, "zookeeper-server-start", f] if rk else java("org.apache.zookeeper.server.quorum.QuorumPeerMain", f, heap="-Xmx512m"))
def answers(port, key, seconds=60):
    """ZooKeeper serves: it answers srvr with its mode."""
    t0 = time.monotonic()
    while time.monotonic() - t0 < seconds:
        if procs[key].poll() is not None: return False
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                s.settimeout(2); s.sendall(b"srvr")
                if b"Mode:" in s.makefile("rb").read(): return True
        except OSError: pass
        time.sleep(0.05)
    return False

# ---------------------------------------------------------------- ZooKeeper
class Writer(threading.Thread):
    """One kazoo client; what the server acknowledged is in `acked`, what was on its way at a cut in `maybe`."""
    def __init__(self, i, port, gate):
        super().__init__(daemon=True); self.i, self.gate, self.n = i, gate, 0
        self.acked, self.gone, self.maybe, self.multi, self.mmaybe, self.seq, self.eph, self.zxid = {}, set(), {}, set(), set(), [], [], 0
        self.lost = []; self.zk = KazooClient(f"127.0.0.1:{port}", timeout=30, connection_retry={"max_tries": -1, "delay": 0.1, "max_delay": 0.5})
        self.listen = lambda s: self.lost.append(time.monotonic()) if s == KazooState.LOST else None; self.zk.add_listener(self.listen); self.rng = random.Random(f"{a.seed}-{i}"); self.quit = False
        self.idle = threading.Event(); self.bugs = []
    def run(self):
        z = self.zk
        while not self.quit:
            if not self.gate.is_set() or not z.connected:
                self.idle.set(); time.sleep(0.02); continue
            self.idle.clear()
            try: self.burst(z)
            except (kx.KazooException, Exception) as e:
                if isinstance(e, kx.NoNodeError | kx.NodeExistsError | kx.BadVersionError): self.bugs.append(f"writer {self.i}: unexpected {e!r}")
                time.sleep(0.05)
        self.idle.set()
    def burst(self, z):
        todo = []; r = self.rng; busy = set()
        for _ in range(r.randint(1, 12)):
            self.n += 1; kind = r.choice("cccsssssqqmmde"); n = self.n
            if kind == "c":
                p = f"/w{self.i}/c{n}"; self.maybe[p] = {0}; todo.append(("c", p, 0, z.create_async(p, b"0" + bytes(r.choice([0, 0, 10, 3000, 20000])), include_data=True)))
            elif kind == "s" and self.acked:
                p = r.choice(list(self.acked)[-30:])
                if p in self.gone or p in busy: continue
                v = max(self.acked[p], *self.maybe.get(p, {0})) + 1 if self.maybe.get(p) else self.acked[p] + 1
                if self.maybe.get(p): continue
                busy.add(p); self.maybe[p] = {v}; todo.append(("s", p, v, z.set_async(p, str(v).encode() + b"\0" * r.choice([0, 100, 5000]))))
            elif kind == "q":
                todo.append(("q", None, 0, z.create_async("/seq/s-", b"q", sequence=True)))
            elif kind == "m":
                t = z.transaction(); k = f"{self.i}-{n}"; self.mmaybe.add(k)
                t.create(f"/m/{k}-a", b"a"); t.create(f"/m/{k}-b", b"b" * 5000); t.set_data(f"/cnt{self.i}", k.encode()); todo.append(("m", k, 0, t.commit_async()))
            elif kind == "d" and len(self.acked) > 20:
                p = r.choice(list(self.acked)[:-15])
                if p in self.gone or self.maybe.get(p) or p in busy: continue
                busy.add(p); self.maybe[p] = {-1}; todo.append(("d", p, 0, z.delete_async(p)))
            elif kind == "e":
                p = f"/e/{self.i}-{n}"; todo.append(("e", p, 0, z.create_async(p, b"", ephemeral=True)))
        err = None
        for kind, p, v, f in todo:
            try: out = f.get(timeout=40)
            except Exception as e: err = err or e; continue
            if kind in "cs":
                st = out[1] if kind == "c" else out
                if st.version != v: self.bugs.append(f"{p}: set gave version {st.version}, not {v}")
                self.acked[p] = v; self.maybe.pop(p, None); self.zxid = max(self.zxid, st.mzxid)
            elif kind == "q": self.seq.append(out)
            elif kind == "m":
                bad = [x for x in out if isinstance(x, Exception)]
                if bad: self.bugs.append(f"multi {p}: {bad}")
                else: self.multi.add(p); self.mmaybe.discard(p)
            elif kind == "d": self.gone.add(p); self.maybe.pop(p, None)
            elif kind == "e": self.eph.append(p)
        if err: raise err

def zk_part():
    disk, port = Disk("zk"), a.base or free(); rounds = a.rounds or 10; gate = threading.Event(); ws = []; nums = set()
    def drop():
        nonlocal ws
        for w in ws:
            w.quit = True; w.zk.remove_listener(w.listen)
            threading.Thread(target=lambda z=w.zk: (z.stop(), z.close()), daemon=True).start()
        ws = []
    def fresh():
        nonlocal ws, port
        drop(); port = free()
        zk_up("zk", disk.dir / "zk", port, extra)
        if not answers(port, "zk"): raise SystemExit("ZooKeeper does not start on an empty disk: " + tail("zk"))
        ws = [Writer(i, port, gate) for i in range(4)]; nums.clear()
        for w in ws: w.zk.start(30)
        z = ws[0].zk
        for p in ["/seq", "/m", "/e", *[f"/w{i}" for i in range(4)], *[f"/cnt{i}" for i in range(4)]]: z.create(p, b"")
        for w in ws: w.start()
    for n in range(rounds):
        extra = ["", "preAllocSize=64\nsnapCount=100\n", "snapCount=300\n"][n % 3]; key = f"{a.seed}-zk-{n}"
        if not ws: fresh()
        gate.set(); time.sleep(R.uniform(0.4, 4)); before = sum(len(w.acked) + len(w.seq) + len(w.multi) for w in ws)
        if R.random() < 0.5:  # what the process had written and not fsynced is found by the next one, which goes on from there
            halt("zk", signal.SIGKILL); zk_up("zk", disk.dir / "zk", port, extra)
            if not answers(port, "zk"): check(f"zk round {n}", ["does not start after kill -9: " + tail("zk")], key)
            time.sleep(R.uniform(0.1, 2))
        disk.cut(key, "zk"); gate.clear(); t0 = time.monotonic()
        zk_up("zk", disk.dir / "zk", port, extra); up = answers(port, "zk"); bad = []
        z = KazooClient(f"127.0.0.1:{port}", timeout=10)
        try:
            if not up: raise RuntimeError("no answer")
            z.start(30)
        except Exception as e:
            check(f"zk round {n}", [f"does not start after the cut ({e!r}): " + tail("zk"), "files: " + listing(disk.dir)], key); halt("zk", signal.SIGKILL); drop(); disk.wipe(); continue
        for w in ws:
            w.idle.wait(45)
            if not w.idle.is_set(): bad.append(f"writer {w.i} hangs")
            t1 = time.monotonic()
            while not w.zk.connected and time.monotonic() - t1 < 25: time.sleep(0.05)
            if not w.zk.connected: bad.append(f"writer {w.i} (session {w.zk.client_id and hex(w.zk.client_id[0])}, saw zxid {w.zk.last_zxid:x}) does not get its connection back; server: " + (refusal() or "says nothing"))
            if w.lost: bad.append(f"session of writer {w.i} was lost {w.lost[0] - t0:.1f} s after the cut"); w.lost.clear(); w.eph.clear()
        if not any("connection" in b for b in bad):
            for w in ws:
                for p, v in list(w.acked.items()):
                    may = w.maybe.get(p, set()); got = z.retry(get, z, p)
                    if got is None:
                        if p not in w.gone and -1 not in may: bad.append(f"{p} is gone, acknowledged version {v}")
                        if -1 in may: w.gone.add(p)
                        w.acked.pop(p) if p not in w.gone else None; w.maybe.pop(p, None); continue
                    val = int(got[0].rstrip(b"\0") or b"-1")
                    if p in w.gone: bad.append(f"{p} was deleted and is back")
                    elif val != got[1].version or not (val == v or val in may): bad.append(f"{p}: value {val}, version {got[1].version}, acknowledged {v}, on its way {may}")
                    w.acked[p] = val; w.maybe.pop(p, None)
                for p in list(w.maybe):
                    w.maybe.pop(p)
                kids = set(z.get_children("/m")); last = z.get(f"/cnt{w.i}")[0].decode(); last = int(last.split("-")[1]) if last else 0
                for k in w.multi | w.mmaybe:
                    have = (f"{k}-a" in kids) + (f"{k}-b" in kids)
                    if have == 1 or (have == 0 and k in w.multi): bad.append(f"multi {k}: {have} of 2 nodes, acknowledged {k in w.multi}")
                    if (int(k.split("-")[1]) > last) and have: bad.append(f"multi {k}: nodes there, counter at {last}")
                w.multi |= {k for k in w.mmaybe if f"{k}-a" in kids}; w.mmaybe.clear()
                there = set(z.get_children("/e"))
                bad += [f"ephemeral {p} is gone, its session lives" for p in w.eph if p[3:] not in there]
                bad += w.bugs; w.bugs = []
            have = set(z.get_children("/seq"))
            acked = [p[5:] for w in ws for p in w.seq]
            if len(acked) != len(set(acked)): bad.append(f"a sequential number was given twice: {[p for p in acked if acked.count(p) > 1][:4]}")
            bad += [f"sequential {p} is gone" for p in set(acked) - have]
            new = z.create("/seq/s-", b"", sequence=True)[5:]; st = z.exists("/seq/" + new)
            if new in have or int(new[2:]) <= max([int(p[2:]) for p in have | set(acked)], default=-1): bad.append(f"sequential number {new} given again")
            top = max(w.zxid for w in ws)
            if st.czxid <= top: bad.append(f"zxid {st.czxid:x} given again, {top:x} was acknowledged")
        fsb = "bugs of cutfs, see its log" if "Traceback" in disk.log.read_text() else ""
        if fsb: bad.append(fsb)
        check(f"zk round {n}", bad, f"{before} acknowledged so far, {key}"); z.stop(); z.close()
        if bad:  # begin anew, so that one loss is reported once
            halt("zk", signal.SIGKILL); drop(); disk.wipe()
        elif n % 4 == 3:
            halt("zk"); zk_up("zk", disk.dir / "zk", port, extra); answers(port, "zk")
    drop(); halt("zk"); disk.ask("stop"); disk.gone()

def refusal():
    return next((l[-300:] for l in reversed((work / "zk.log").read_text(errors="replace").splitlines()) if re.search("another server|has seen zxid|must try", l)), "")
def get(z, p):
    try: return z.get(p)
    except kx.NoNodeError: return None
def listing(d, n=14):
    out = []
    for r, _, fs in os.walk(d):
        out += [f"{os.path.relpath(os.path.join(r, f), d)}={os.path.getsize(os.path.join(r, f))}" for f in fs]
    return " ".join(sorted(out)[-n:])

# ---------------------------------------------------------------- Kafka
def kafka_up(i, n, data, port, zkport, extra):
    f = work / f"b{i}.properties"
    f.write_text(f"broker.id={i}\nlisteners=PLAINTEXT://localhost:{port}\nlog.dirs={data}/logs\nzookeeper.connect=localhost:{zkport}\nzookeeper.session.timeout.ms=6000\n"
                 f"log.segment.bytes=65536\nlog.index.size.max.bytes=65536\nlog.index.interval.bytes=1024\noffsets.topic.num.partitions=3\noffsets.topic.replication.factor={n}\n"
                 f"default.replication.factor={n}\nmin.insync.replicas={min(2, n)}\ntransaction.state.log.replication.factor={n}\ntransaction.state.log.min.isr={min(2, n)}\ntransaction.state.log.num.partitions=2\n"
                 f"group.initial.rebalance.delay.ms=0\nreplica.lag.time.max.ms=6000\nauto.create.topics.enable=false\nlog.retention.ms=-1\n{extra}{a.extra}\n")
    spawn(f"b{i}", [rk, "kafka-server-start", f] if rk else java("kafka.Kafka", f, heap="-Xmx512m"))
def forgotten(i, zkport, seconds=25):
    """ZooKeeper has dropped the dead broker's session: Apache's does not start before (NodeExists)."""
    z = KazooClient(f"127.0.0.1:{zkport}", timeout=10); z.start(20); t0 = time.monotonic()
    while z.exists(f"/brokers/ids/{i}") and time.monotonic() - t0 < seconds: time.sleep(0.1)
    z.stop(); z.close()
def broker_ready(i, port, seconds=60):
    t0 = time.monotonic()
    while time.monotonic() - t0 < seconds:
        if procs[f"b{i}"].poll() is not None: return False
        try: ask_versions(port); return True
        except OSError: time.sleep(0.02)
    return False

class Feed(threading.Thread):
    """A producer; acked[(topic, partition)][offset] = value."""
    def __init__(self, name, boot, topic, parts, rate, idem):
        super().__init__(daemon=True); self.name_, self.topic, self.parts, self.rate, self.idem = name, topic, parts, rate, idem
        self.acked, self.sent, self.fails, self.fatal, self.quit, self.times, self.pause, self.failed = {}, 0, [], None, False, {}, False, False
        conf = {"bootstrap.servers": boot, "acks": "all", "linger.ms": 5, "batch.size": 32768, "message.timeout.ms": 120000, "log_level": 0, "reconnect.backoff.max.ms": 500,
                "topic.metadata.refresh.interval.ms": 2000, "socket.timeout.ms": 10000, "enable.idempotence": idem, "error_cb": self.error, "socket.connection.setup.timeout.ms": 3000}
        self.p = ck.Producer(conf); self.rng = random.Random(f"{a.seed}-{name}")
    def error(self, e):
        if e.fatal(): self.fatal = str(e)
    def done(self, e, m):
        if e is not None: self.fails.append(str(e)); self.failed = True; return
        tp = (m.topic(), m.partition()); d = self.acked.setdefault(tp, {})
        if m.offset() in d and d[m.offset()] != m.value(): self.fails.append(f"offset {m.offset()} of {tp} acknowledged twice")
        d[m.offset()] = m.value(); self.times[tp] = time.monotonic()
    def run(self):
        while not self.quit:
            if not self.pause:
                for _ in range(10):
                    n = self.sent; self.sent += 1
                    v = b"%s-%d-" % (self.name_.encode(), n) + bytes([97 + n % 26]) * self.rng.choice([10, 100, 100, 1000, 6000])
                    try: self.p.produce(self.topic, v, partition=n % self.parts, on_delivery=self.done)
                    except BufferError: self.sent -= 1; break
                    except ck.KafkaException as e: self.fatal = self.fatal or str(e); time.sleep(0.2)
            try: self.p.poll(0.01)
            except ck.KafkaException as e: self.fatal = self.fatal or str(e)
            time.sleep(max(0, 10 / self.rate - 0.01))
    def settle(self, seconds=60):
        self.pause = True; t0 = time.monotonic()
        while len(self.p) and time.monotonic() - t0 < seconds: time.sleep(0.05)
        return len(self.p)
    def close(self): self.quit = True; self.join(10); self.p.purge(); self.p.flush(5)
    def total(self): return sum(len(d) for d in self.acked.values())

class Group(threading.Thread):
    """Reads and commits; acked[(topic, partition)] = the highest acknowledged commit."""
    def __init__(self, boot, topics):
        super().__init__(daemon=True); self.boot, self.topics, self.acked, self.quit, self.errors = boot, topics, {}, False, []
    def run(self):
        c = ck.Consumer({"bootstrap.servers": self.boot, "group.id": "g", "enable.auto.commit": False, "auto.offset.reset": "earliest", "log_level": 0, "session.timeout.ms": 10000, "reconnect.backoff.max.ms": 500, "topic.metadata.refresh.interval.ms": 1000})
        c.subscribe(self.topics)
        while not self.quit:
            try:
                ms = [m for m in c.consume(50, 0.3) if not m.error()]
                if not ms: continue
                for tp in c.commit(asynchronous=False) or []:
                    if tp.error is None and tp.offset >= 0: self.acked[(tp.topic, tp.partition)] = max(self.acked.get((tp.topic, tp.partition), 0), tp.offset)
            except ck.KafkaException: time.sleep(0.1)
        c.close()
def committed(boot, tps):
    c = ck.Consumer({"bootstrap.servers": boot, "group.id": "g", "log_level": 0}); t0 = time.monotonic()
    try:
        while True:
            try: return {(t.topic, t.partition): t.offset for t in c.committed([ck.TopicPartition(*tp) for tp in tps], timeout=20)}
            except ck.KafkaException:
                if time.monotonic() - t0 > 40: raise
                time.sleep(0.5)
    finally: c.close()

def read_all(boot, tps, seconds=40):
    """{(topic, partition): [(offset, value)]} of everything up to the end that the broker names."""
    c = ck.Consumer({"bootstrap.servers": boot, "group.id": "reader", "enable.auto.commit": False, "auto.offset.reset": "earliest", "enable.partition.eof": True, "log_level": 0, "check.crcs": True})
    out = {tp: [] for tp in tps}; eof = set(); errs = []; t0 = time.monotonic()
    ends = {}
    while len(ends) < len(tps):   # just after its start a broker does not know its partitions yet
        try: ends = {tp: c.get_watermark_offsets(ck.TopicPartition(*tp), timeout=20) for tp in tps}
        except ck.KafkaException as e:
            if time.monotonic() - t0 > 30: c.close(); return out, [f"no end offsets for 30 s: {e}"]
            time.sleep(0.3)
    t0 = time.monotonic(); c.assign([ck.TopicPartition(t, p, 0) for t, p in tps])
    while len(eof) < len(tps) and time.monotonic() - t0 < seconds:
        for m in c.consume(500, 0.5):
            if m.error():
                if m.error().code() == ck.KafkaError._PARTITION_EOF: eof.add((m.topic(), m.partition()))
                else: errs.append(str(m.error()))
            else: out[(m.topic(), m.partition())].append((m.offset(), m.value()))
    c.close()
    for tp in sorted(set(tps) - eof): errs.append(f"not read to the end in {seconds} s: {tp} stops at offset {out[tp][-1][0] + 1 if out[tp] else 0}, (start, end) is {ends.get(tp)}")
    return out, errs
def judge(feeds, got, loss_ok=False):
    """Acknowledged records at their offsets; idempotent producers without gap or repetition."""
    bad = []
    for tp, recs in got.items():
        offs = [o for o, _ in recs]
        if offs != sorted(set(offs)): bad.append(f"{tp}: offsets repeat or go back")
        if offs and offs != list(range(offs[0], offs[0] + len(offs))): bad.append(f"{tp}: holes in the offsets after {next(x for x, y in zip(offs, offs[1:]) if y != x + 1)}")
        at = dict(recs); end = offs[-1] if offs else -1
        for f in feeds:
            want = f.acked.get(tp, {})
            miss = [o for o, v in want.items() if at.get(o) != v and not (loss_ok and o > end)]
            if miss: bad.append(f"{tp}: {len(miss)} of {len(want)} acknowledged records of {f.name_} not at their offsets, first {min(miss)} ({'absent' if min(miss) not in at else 'other: ' + at[min(miss)][:20].decode(errors='replace')}), log end {end + 1}")
            mine = [int(v.split(b"-")[1]) for _, v in recs if v.startswith(f.name_.encode() + b"-")]
            if f.idem and mine != sorted(set(mine)): bad.append(f"{tp}: records of {f.name_} repeat or change order")
            if f.idem and not f.failed and not loss_ok and mine and mine != list(range(mine[0], mine[-1] + 1, f.parts)): bad.append(f"{tp}: a gap in the records of {f.name_}")
    return bad
def dump(dirs):
    """DumpLogSegments over every log, index and time index."""
    files = []   # of the active segment the log only: its index is preallocated, and the tool fails on it where the log is empty
    for d in sorted({f.parent for d in dirs for f in pathlib.Path(d).rglob("*.log")}):
        logs = sorted(d.glob("*.log")); files += [str(f) for f in logs if f.stat().st_size]
        files += [str(x) for f in logs[:-1] if f.stat().st_size for x in (f.with_suffix(".index"), f.with_suffix(".timeindex")) if x.exists() and x.stat().st_size]
    if not files: return ["no log files"], 0
    (work / "log4j.properties").write_text(LOG4J); out = ""; bad = []
    for i in range(0, len(files), 250):
        p = subprocess.run(["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", f"-Dlog4j.configuration=file:{work}/log4j.properties", "-cp", f"{judges}/k391/libs/*", "kafka.tools.DumpLogSegments", "--deep-iteration", "--files", ",".join(files[i:i + 250])],
                           capture_output=True, text=True, timeout=150); out = p.stdout; name = ""
        for line in out.splitlines():
            if line.startswith("Dumping "): name = line[8:]
            if "isvalid: false" in line or re.search(r"invalid bytes|Mismatch|Non-consec|not found|out of order|corrupt|sanity", line, re.I): bad.append(f"{os.path.relpath(name, work) if name else ''}: {line[:200]}")
        if p.returncode or "Exception" in p.stderr: bad.append(f"DumpLogSegments exit {p.returncode}: {' '.join(l for l in p.stderr.splitlines() if 'Exception' in l or 'rror' in l)[:300]} at {name}")
    return bad, len(files)
def create(boot, *topics):
    for attempt in range(4):
        ad = AdminClient({"bootstrap.servers": boot, "log_level": 0}); left = []
        for t, f in zip(topics, ad.create_topics([NewTopic(*t) for t in topics], request_timeout=12).values()):
            try: f.result(20)
            except Exception as e:
                if "TOPIC_ALREADY_EXISTS" not in repr(e): left.append(t); err = e
        if not left: return
        topics = left
    raise err

def broker_part():
    zkport, port = free(), free(); boot = f"localhost:{port}"; zk_up("kzk", work / "kzk", zkport); answers(zkport, "kzk")
    if not procs: raise SystemExit("no ZooKeeper")
    for flush in (True, False):
        name = "flush" if flush else "default"; disk = Disk(name); extra = "log.flush.interval.messages=1\n" if flush else ""; i = 0 if flush else 1
        def up(): forgotten(i, zkport); kafka_up(i, 1, disk.dir, port, zkport, extra); return broker_ready(i, port)
        if not up(): check(f"broker {name} starts", [tail(f"b{i}")]); return
        t = f"t-{name}"; create(boot, (t, 3, 1), (t + "2", 2, 1)); tps = [(t, p) for p in range(3)] + [(t + "2", p) for p in range(2)]
        feeds = [Feed("idem" + name, boot, t, 3, 250, True), Feed("plain" + name, boot, t, 3, 150, False), Feed("two" + name, boot, t + "2", 2, 150, True)]
        g = Group(boot, [t, t + "2"])
        for f in [*feeds, g]: f.start()
        for n in range(min(a.rounds or 3, 5)):
            key = f"{a.seed}-broker-{name}-{n}"
            if not flush and n:   # what was lost stays lost: new topics and producers
                for f in feeds: f.close()
                t = f"t-{name}-{n}"; create(boot, (t, 3, 1), (t + "2", 2, 1)); tps = [(t, p) for p in range(3)] + [(t + "2", p) for p in range(2)]
                feeds = [Feed("idem" + name, boot, t, 3, 250, True), Feed("plain" + name, boot, t, 3, 150, False), Feed("two" + name, boot, t + "2", 2, 150, True)]
                for f in feeds: f.start()
            if n % 2:
                for f in feeds: f.pause = True
                time.sleep(1.5); halt(f"b{i}"); up()
            for f in feeds: f.pause = False
            base = sum(f.total() for f in feeds); t0 = time.monotonic()
            while (sum(f.total() for f in feeds) < base + 50 or (flush and not g.acked)) and time.monotonic() - t0 < 40: time.sleep(0.05)
            time.sleep(R.uniform(0.5, 5))
            if not flush:
                for f in feeds: f.pause = True
            disk.cut(key, f"b{i}"); commits = dict(g.acked); acked = sum(f.total() for f in feeds); before = {tp: {o: v for f in feeds for o, v in list(f.acked.get(tp, {}).items())} for tp in tps}
            ok = up()
            if not check(f"broker {name} round {n}: starts", [] if ok else ["does not start: " + tail(f"b{i}"), listing(disk.dir)], key): return
            if flush:
                time.sleep(1); left = [f"{f.name_}: {f.settle()} records still on their way after 60 s" for f in feeds if f.settle()]
                check(f"broker {name} round {n}: producers go on", left + [f"{f.name_}: {f.fatal or ''} {f.fails[:2]}" for f in feeds if f.fatal or f.fails], f"{acked} acknowledged before the cut, {sum(f.total() for f in feeds)} now")
                for f in feeds: f.fails = []
                try: now = committed(boot, tps); bad = [f"{tp}: committed {now[tp]}, acknowledged {o}" for tp, o in commits.items() if now.get(tp, -1) < o]
                except Exception as e: bad = [repr(e)]
                check(f"broker {name} round {n}: commits", bad or ([] if commits else ["none was acknowledged"]), f"{len(commits)} partitions, {sum(commits.values())}")
            else:
                for f in feeds: f.settle(30)
            got, errs = read_all(boot, tps)
            check(f"broker {name} round {n}: records", errs + judge(feeds if flush else feeds, got, not flush) if flush else errs + prefix(before, got), f"{sum(map(len, got.values()))} in the logs, {acked} were acknowledged")
            bad, k = dump([disk.dir]); check(f"broker {name} round {n}: DumpLogSegments", bad, f"{k} files")
            log = (work / f"b{i}.log").read_text(errors="replace")
            if "Traceback" in disk.log.read_text(): check("cutfs", [disk.log.read_text()[-400:]])
        g.quit = True
        for f in feeds: f.close()
        g.join(15); halt(f"b{i}"); disk.ask("stop"); disk.gone()
    halt("kzk")
def prefix(before, got):
    """Default flush: up to the first lost record each log holds what was acknowledged before the cut, and nothing of it after.
    What was on its way at the cut is sent again and may take the offsets of lost records."""
    bad = []
    for tp, recs in got.items():
        offs = [o for o, _ in recs]; at = dict(recs); want = before.get(tp, {})
        if offs and offs != list(range(offs[0], offs[0] + len(offs))): bad.append(f"{tp}: holes in the offsets")
        first = min((o for o in want if at.get(o) != want[o]), default=None)
        later = [o for o in want if first is not None and o > first and at.get(o) == want[o]]
        if later: bad.append(f"{tp}: offset {first} is {'another record' if first in at else 'lost'}, {len(later)} later ones are there, to {max(later)}")
    return bad

def isr(boot, topics, n, seconds=60):
    ad = AdminClient({"bootstrap.servers": boot, "log_level": 0}); t0 = time.monotonic(); short = ["no metadata"]
    while time.monotonic() - t0 < seconds:
        try:
            md = ad.list_topics(timeout=10); short = [f"{t}-{p.id}: leader {p.leader}, ISR {p.isrs}" for t in topics for p in md.topics[t].partitions.values() if len(p.isrs) < n or p.leader < 0]
            if not short: return []
        except (ck.KafkaException, KeyError): pass
        time.sleep(0.3)
    return short
def leaders(boot, topics):
    md = AdminClient({"bootstrap.servers": boot, "log_level": 0}).list_topics(timeout=20); return [p.leader for t in topics for p in md.topics[t].partitions.values()]

def cluster_part():
    zkport, ports = free(), [free() for _ in range(3)]; boot = ",".join(f"localhost:{p}" for p in ports)
    zk_up("czk", work / "czk", zkport); answers(zkport, "czk"); disks = [Disk(f"c{i}") for i in range(3)]
    def up(i): forgotten(10 + i, zkport); kafka_up(10 + i, 3, disks[i].dir, ports[i], zkport, "controlled.shutdown.enable=true\nleader.imbalance.check.interval.seconds=5\n"); return broker_ready(10 + i, ports[i])
    if not all([up(i) for i in range(3)]): check("cluster starts", [tail("b10")]); return
    create(boot, ("c", 6, 3), ("d", 3, 3)); topics = ["c", "d"]; tps = [("c", p) for p in range(6)] + [("d", p) for p in range(3)]; isr(boot, topics, 3)
    feeds = [Feed("idemc", boot, "c", 6, 300, True), Feed("plainc", boot, "c", 6, 150, False), Feed("idemd", boot, "d", 3, 150, True)]; g = Group(boot, topics)
    for f in [*feeds, g]: f.start()
    time.sleep(4); left = set(); cuts = 3 * min(a.rounds or 1, 2)
    for n in range(cuts):
        left = left or {0, 1, 2}
        key = f"{a.seed}-cluster-{n}"; ls = leaders(boot, topics); i = max(left, key=lambda x: ls.count(10 + x)); left.discard(i)
        for f in feeds: f.pause = False
        time.sleep(R.uniform(1, 5)); t0 = time.monotonic(); disks[i].cut(key, f"b{10 + i}"); dead = time.monotonic(); name = f"cluster cut {n} (broker {10 + i}, leader of {ls.count(10 + i)} of {len(ls)})"
        bad = []
        while time.monotonic() - dead < 45:
            bad = [tp for tp in tps if max((f.times.get(tp, 0) for f in feeds)) < dead + 0.5]
            if not bad: break
            time.sleep(0.1)
        check(f"{name}: the others go on", [f"no write acknowledged in {tp} for 45 s" for tp in bad], f"{time.monotonic() - dead:.1f} s, {key}")
        commits = dict(g.acked); ok = up(i)
        if not check(f"{name}: starts", [] if ok else ["does not start: " + tail(f"b{10 + i}"), listing(disks[i].dir)]): return
        check(f"{name}: back in every ISR", isr(boot, [*topics, "__consumer_offsets"], 3, 75), f"{time.monotonic() - dead:.1f} s after the cut")
        stuck = [f"{f.name_}: {k} records on their way" for f in feeds if (k := f.settle(60))]
        check(f"{name}: producers", stuck + [f"{f.name_}: {f.fatal or ''} {f.fails[:2]}" for f in feeds if f.fatal or f.fails], f"{sum(f.total() for f in feeds)} acknowledged")
        for f in feeds: f.fails = []
        got, errs = read_all(boot, tps); check(f"{name}: records", errs + judge(feeds, got), f"{sum(map(len, got.values()))} read")
        try: now = committed(boot, tps); bad = [f"{tp}: committed {now[tp]}, acknowledged {o}" for tp, o in commits.items() if now.get(tp, -1) < o]
        except Exception as e: bad = [repr(e)]
        check(f"{name}: commits", bad)
        same = [replicas(disks, tp) for tp in tps]; check(f"{name}: replicas alike", [s for s in same if s])
        if n % 3 == 2: bad, k = dump([d.dir for d in disks]); check(f"{name}: DumpLogSegments", bad, f"{k} files")
    for d in disks:
        if "Traceback" in d.log.read_text(): check("cutfs", [d.log.read_text()[-400:]])
    g.quit = True
    for f in feeds: f.close()
    g.join(15)
    for i in range(3): halt(f"b{10 + i}")
    for d in disks: d.ask("stop"); d.gone()
    halt("czk")
def replicas(disks, tp):
    """The logs of one partition, byte for byte; what a follower has not fetched yet gets three seconds."""
    for _ in range(6):
        logs = [b"".join(f.read_bytes() for f in sorted((d.dir / "logs" / f"{tp[0]}-{tp[1]}").glob("*.log"))) for d in disks]
        if logs[0] == logs[1] == logs[2]: return None
        time.sleep(0.5)
    k = min(map(len, logs)); at = next((j for j in range(k) if len({l[j] for l in logs}) > 1), k); return f"{tp}: lengths {[len(l) for l in logs]}, first difference at byte {at}"

try:
    for part in a.what.split(","):
        t0 = time.monotonic()
        try: {"zk": zk_part, "broker": broker_part, "cluster": cluster_part}[part]()
        except (Exception, SystemExit) as e:
            import traceback; traceback.print_exc(); check(f"{part}: judge", [repr(e)])
        for k in list(procs): halt(k, signal.SIGKILL)
        for d in list(mounts.values()):
            try: d.ask("stop")
            except OSError: d.fs.kill()
            d.gone()
        print(f"       {part}: {time.monotonic() - t0:.0f} s", flush=True)
finally:
    for p in procs.values(): p.kill()
    for d in list(mounts.values()):
        d.fs.kill(); d.gone()
    if a.keep: print(f"kept: {work}")
    else: shutil.rmtree(work, ignore_errors=True)
print(f"{passed} passed, {failed} failed", flush=True); os._exit(bool(failed))
