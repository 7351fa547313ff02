#!/usr/bin/env python3
"""One of two log dirs stalls for eight seconds (its file system is frozen; wants root): what else stops?

    stall.sh [--rkafka BIN] [--servers rkafka|apache]

Metadata on fresh connections and produce to the healthy dir must stay quick, the ZooKeeper session (6 s) must live, acknowledged records must be there.
Closing line 'N passed, N failed'. Apache Kafka 3.9.1: 6 passed, 0 failed.
"""
import argparse, os, pathlib, shutil, signal, socket, struct, subprocess, sys, tempfile, threading, time
sys.dont_write_bytecode = True
here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent)); from ports import free_port as free
A = argparse.ArgumentParser(); A.add_argument("--rkafka"); A.add_argument("--servers", default="rkafka"); A.add_argument("--seconds", type=float, default=8)
a = A.parse_args(); judges = pathlib.Path(os.environ.get("CONF_CACHE") or pathlib.Path.home() / ".cache" / "rkafka-judges")
import confluent_kafka as ck
from confluent_kafka.admin import AdminClient, NewTopic
signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
def java(cls, *args):
    return ["java", "-Xmx512m", "-Djava.awt.headless=true", f"-Dlog4j.configuration=file:{judges}/log4j.properties", "-cp", f"{judges}/k391/libs/*", cls, *map(str, args)]
def wait(port, ask=b"", seconds=60):
    """Until the port is open and answers `ask`, if that is not empty."""
    end = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                s.settimeout(1)
                if not ask: return
                s.sendall(struct.pack(">i", len(ask)) + ask)
                if len(s.recv(8)) == 8: return
        except OSError: pass
        if time.monotonic() > end: raise SystemExit(f"nobody answers on port {port}")
        time.sleep(0.05)
zk_port, port = free(), free()
passed = failed = 0
def check(name, ok, detail=""):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok); print(("ok   " if ok else "FAIL ") + name + f": {detail}", flush=True)
work = pathlib.Path(tempfile.mkdtemp(prefix="stall-")); mnt = work / "mnt"; mnt.mkdir()
subprocess.run(["truncate", "-s", "600M", work / "img"], check=True); subprocess.run(["mkfs.ext4", "-q", work / "img"], check=True); subprocess.run(["mount", "-o", "loop", work / "img", mnt], check=True)
def freeze(on): subprocess.run(["fsfreeze", "-f" if on else "-u", mnt], stderr=subprocess.DEVNULL)
rk = os.path.abspath(a.rkafka) if a.servers == "rkafka" else None; procs = []
def spawn(name, cmd, **env):
    procs.append(subprocess.Popen([str(c) for c in cmd], stdin=subprocess.DEVNULL, stdout=open(work / f"{name}.log", "w"), stderr=subprocess.STDOUT, env={**os.environ, **env})); return procs[-1]
(work / "zk.p").write_text(f"dataDir={work}/zk\nclientPort={zk_port}\nadmin.enableServer=false\n")
(work / "s.p").write_text(f"broker.id=0\nlisteners=PLAINTEXT://localhost:{port}\nlog.dirs={mnt}/disk-a,{work}/disk-b\nzookeeper.connect=localhost:{zk_port}\nzookeeper.session.timeout.ms=6000\noffsets.topic.replication.factor=1\n")
try:
    spawn("zk", [rk, "zookeeper-server-start", work / "zk.p"] if rk else java("org.apache.zookeeper.server.quorum.QuorumPeerMain", work / "zk.p")); wait(zk_port)
    b = spawn("b", [rk, "kafka-server-start", work / "s.p"] if rk else java("kafka.Kafka", work / "s.p")); wait(port, struct.pack(">hhih", 18, 0, 7, 5) + b"judge")
    boot = f"localhost:{port}"; ad = AdminClient({"bootstrap.servers": boot}); names = [f"t{i}" for i in range(8)]
    for f in ad.create_topics([NewTopic(n, 1, 1) for n in names]).values(): f.result()
    time.sleep(1); sick = [n for n in names if (mnt / "disk-a" / f"{n}-0").exists()]; well = [n for n in names if n not in sick]
    check("topics on both disks", sick and well, f"{len(sick)} sick, {len(well)} well")
    stop = threading.Event(); phase = ["before"]; lat = {}; acked = {n: [] for n in names}
    def produce(topics):
        p = ck.Producer({"bootstrap.servers": boot, "acks": 1, "linger.ms": 0, "message.timeout.ms": 60000}); i = 0
        while not stop.is_set():
            for n in topics:
                t0 = time.monotonic(); ph = phase[0]
                def done(e, m, n=n, t0=t0, ph=ph):
                    if e is None: acked[n].append(m.value()); lat.setdefault((ph, n in sick), []).append(time.monotonic() - t0)
                try: p.produce(n, b"%s-%d" % (n.encode(), i), on_delivery=done)
                except BufferError: pass
                i += 1
            p.poll(0); time.sleep(0.005)
        p.flush(40)
    def ask():
        while not stop.is_set():
            t0 = time.monotonic(); ph = phase[0]
            try: AdminClient({"bootstrap.servers": boot, "log_level": 0}).list_topics(timeout=15)
            except Exception: pass
            lat.setdefault((ph, "meta"), []).append(time.monotonic() - t0); time.sleep(0.02)
    ts = [threading.Thread(target=produce, args=([n],), daemon=True) for n in names] + [threading.Thread(target=ask, daemon=True) for _ in range(2)]
    [t.start() for t in ts]; time.sleep(3); phase[0] = "stall"; freeze(True); time.sleep(a.seconds); phase[0] = "after"; freeze(False); time.sleep(4); stop.set(); [t.join(60) for t in ts]
    q = lambda k: sorted(lat.get(k, [9.99]))[max(0, int(len(lat.get(k, [9.99])) * 0.99) - 1)]
    n = lambda k: len(lat.get(k, []))
    print("p99 s:", {f"{k}": (round(q(k), 3), n(k)) for k in sorted(lat, key=str)})
    check("Metadata on fresh connections stays quick (p99 <= 0.25 s)", n(("stall", "meta")) > 50 and q(("stall", "meta")) <= 0.25, (round(q(("stall", "meta")), 3), n(("stall", "meta"))))
    check("produce to the healthy disk stays quick (p99 <= 0.25 s)", n(("stall", False)) > 200 and q(("stall", False)) <= 0.25, (round(q(("stall", False)), 3), n(("stall", False))))
    bad = [l[:160] for l in (work / "b.log").read_text(errors="replace").splitlines() if "xpired" in l and " = " not in l]; check("the ZooKeeper session lives", not bad, bad[:1])
    check("the broker lives", b.poll() is None, b.poll())
    lost = 0
    c = ck.Consumer({"bootstrap.servers": boot, "group.id": "x", "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    for t in names:
        c.assign([ck.TopicPartition(t, 0, 0)]); seen = set()
        while True:
            m = c.poll(15)
            if m is None or m.error(): break
            seen.add(m.value())
        lost += len(set(acked[t]) - seen)
    check("acknowledged records are there", lost == 0, f"{sum(map(len, acked.values()))} acknowledged, {lost} lost")
finally:
    freeze(False)
    for p in reversed(procs):
        p.terminate()
        try: p.wait(15)
        except subprocess.TimeoutExpired: p.kill()
    subprocess.run(["umount", mnt]); shutil.rmtree(work, ignore_errors=True)
print(f"{passed} passed, {failed} failed"); sys.exit(failed > 0)
