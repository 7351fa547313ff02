"""The same requests, byte for byte, to Apache ZooKeeper 3.8.4 and to ours: every reply and every watch event must be the
same. Programs are written out (differential_scripts.py) or random from a seed: all operations with good and bad arguments, hostile
paths, broken records, several sessions, watches, multi, pipelining, ACLs, identities, stolen and closed sessions,
servers killed and started again, and each started on the other's data.

  differential.py RKAFKA LIBS [--programs N] [--first SEED] [--steps N] [--only NAME] [--ports A,B] [--verbose]

LIBS is a folder with Apache's jars, of 3.8 or 3.9.

Masked: clock times, session ids (shown by order of creation), passwords, the order of children and identities, zxids
before the program's start, and the two ways to write characters beyond the basic plane. Left out: checks outside of a multi
that succeed, which Apache's never answers. Each program begins with two fresh servers; the first step that differs is shown.
"""
import argparse, os, random, shutil, signal, socket, struct, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ports import free_port

SUPER = "super:D/InIHSb7yEEbrWz8b9l71RjZJU="  # super:test
CONFIG = """dataDir={data}
clientPort={port}
clientPortAddress=127.0.0.1
tickTime={tick}
maxClientCnxns=0
admin.enableServer=false
forceSync=no
4lw.commands.whitelist=*
DigestAuthenticationProvider.superDigest={super}
"""
OPS = dict(create=1, delete=2, exists=3, getData=4, setData=5, getACL=6, setACL=7, getChildren=8, sync=9, ping=11,
           getChildren2=12, check=13, multi=14, create2=15, reconfig=16, checkWatches=17, removeWatches=18,
           createContainer=19, deleteContainer=20, createTTL=21, multiRead=22, auth=100, setWatches=101, sasl=102,
           getEphemerals=103, getAllChildrenNumber=104, setWatches2=105, addWatch=106, whoAmI=107, createSession=-10,
           closeSession=-11)
NAMES = {code: name for name, code in OPS.items()}
WAIT = 10


# --- encoding ---------------------------------------------------------------------------------------------------------
def i32(v): return struct.pack(">i", v)
def i64(v): return struct.pack(">q", v)
def buf(b): return i32(-1) if b is None else i32(len(b)) + b
def text(s): return buf(s.encode("utf-8", "surrogatepass") if isinstance(s, str) else s)
def flag(b): return b"\1" if b else b"\0"
def vec(items): return i32(-1) if items is None else i32(len(items)) + b"".join(items)
def acls(list_): return vec(None if list_ is None else [i32(p) + text(s) + text(i) for p, s, i in list_])


OPEN = [(31, "world", "anyone")]


def create(path, data=b"x", acl=OPEN, flags=0): return text(path) + buf(data) + acls(acl) + i32(flags)
def create_ttl(path, data=b"x", acl=OPEN, flags=5, ttl=60000): return create(path, data, acl, flags) + i64(ttl)
def versioned(path, version=-1): return text(path) + i32(version)
def watched(path, watch=False): return text(path) + flag(watch)
def set_data(path, data=b"y", version=-1): return text(path) + buf(data) + i32(version)
def set_acl(path, acl=OPEN, version=-1): return text(path) + acls(acl) + i32(version)
def multi(parts):
    return b"".join(i32(OPS.get(op, op)) + b"\0" + i32(-1) + body for op, body in parts) + i32(-1) + b"\1" + i32(-1)
def auth(scheme, proof, kind=0): return i32(kind) + text(scheme) + buf(proof)
def set_watches(zxid, *lists): return i64(zxid) + b"".join(vec([text(p) for p in l]) for l in lists)


# --- decoding, to mask what may differ ------------------------------------------------------------------------------------
class Reader:
    def __init__(self, data): self.data, self.at = data, 0
    def take(self, n):
        if n < 0 or self.at + n > len(self.data): raise ValueError("short")
        self.at += n
        return self.data[self.at - n:self.at]
    def i32(self): return struct.unpack(">i", self.take(4))[0]
    def i64(self): return struct.unpack(">q", self.take(8))[0]
    def flag(self): return self.take(1)[0]
    def buf(self):
        n = self.i32()
        # Java writes a character beyond the basic plane as two surrogates, which no reader of UTF-8 takes.
        return None if n == -1 else self.take(n).replace(b"\xed\xa0\xbd\xed\xb8\x80", "\U0001f600".encode())
    def list(self, read):
        n = self.i32()
        return None if n == -1 else [read() for _ in range(n)]


class Masks:
    """What one run of a program calls its zxids and sessions."""
    def __init__(self): self.base, self.sessions = 0, {}
    def zxid(self, z): return z if z <= 0 else "old" if z < self.base else "z+%d" % (z - self.base)
    def session(self, s): return self.sessions.get(s, hex(s)) if s else 0
    def stat(self, r):
        czxid, mzxid = self.zxid(r.i64()), self.zxid(r.i64())
        clocks = r.i64() > 0, r.i64() > 0
        versions = (r.i32(), r.i32(), r.i32())
        owner, length, children, pzxid = self.session(r.i64()), r.i32(), r.i32(), self.zxid(r.i64())
        return dict(c=czxid, m=mzxid, clocks=clocks, v=versions, owner=owner,
                    length=length, children=children, p=pzxid)
    def acl(self, r): return self.sorted(r.list(lambda: (r.i32(), r.buf(), r.buf())))
    @staticmethod
    def sorted(items): return items and sorted(items, key=repr)
    def names(self, r):
        return self.sorted(r.list(r.buf))

    def multi(self, r):
        results = []
        while True:
            kind, done, err = r.i32(), r.flag(), r.i32()
            if done:
                return results + [("end", kind, err)]
            body = {1: lambda: r.buf(), 15: lambda: (r.buf(), self.stat(r)), 5: lambda: self.stat(r), -1: r.i32,
                    4: lambda: (r.buf(), self.stat(r)), 8: lambda: self.names(r)}.get(kind, lambda: None)()
            results.append((NAMES.get(kind, kind), err, body))

    def body(self, op, r):
        readers = {
            "create": r.buf, "create2": lambda: (r.buf(), self.stat(r)), "exists": lambda: self.stat(r),
            "getData": lambda: (r.buf(), self.stat(r)), "setData": lambda: self.stat(r), "setACL": lambda: self.stat(r),
            "getACL": lambda: (self.acl(r), self.stat(r)), "getChildren": lambda: self.names(r), "sync": r.buf,
            "getChildren2": lambda: (self.names(r), self.stat(r)), "multi": lambda: self.multi(r),
            "getEphemerals": lambda: self.names(r), "getAllChildrenNumber": r.i32, "addWatch": r.i32,
            "whoAmI": lambda: self.sorted(r.list(lambda: (r.buf(), r.buf()))), "sasl": r.buf}
        same = {"createContainer": "create2", "createTTL": "create2", "multiRead": "multi", "check": "setData"}
        if r.at == len(r.data):
            return None
        reader = readers.get(same.get(op, op))
        value = reader() if reader else None
        return (value, r.data[r.at:]) if r.at < len(r.data) else value

    def frame(self, data, ops):
        """One frame as something to compare; `ops` names the operation of each xid."""
        r = Reader(data)
        try:
            if "createSession" in ops.values() and data[:4] == i32(0):
                return ("session", len(data), data[4:8])
            xid, zxid, err = r.i32(), r.i64(), r.i32()
            if xid == -1:
                # Since 3.9 an event says which transaction it is about.
                return ("event", zxid if zxid < 0 else -1, err, r.i32(), r.i32(), r.buf(), data[r.at:])
            return ("reply", xid, ops.get(xid, "?"), self.zxid(zxid), err, self.body(ops.get(xid), r))
        except ValueError:
            return ("raw", data)


# --- programs -------------------------------------------------------------------------------------------------------------
class Step:
    """What happens at once: requests [(xid, operation, body)] of one session, or a change of connections."""
    def __init__(self, session, kind, requests=(), **more):
        self.session, self.kind, self.requests, self.more = session, kind, list(requests), more
    def __str__(self):
        return "%s %s %s %s" % (self.session, self.kind, [(x, o, b) for x, o, b in self.requests], self.more or "")


class Program:
    def __init__(self, name): self.name, self.steps, self.xid = name, [], 0
    def next_xid(self): self.xid += 1; return self.xid
    def open(self, s, **more): self.steps.append(Step(s, "open", **more))
    def do(self, s, *requests, ends=False, xids=None):
        """Requests in one write; `ends`: the server closes the connection."""
        fixed = {"setWatches": -8, "setWatches2": -8, "auth": -4, "ping": -2}
        requests = [(fixed.get(op) or self.next_xid(), op, body) for op, body in requests]
        self.steps.append(Step(s, "do", requests, ends=ends))
    def add(self, s, kind, **more): self.steps.append(Step(s, kind, **more))


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest, self.open = b"", True
    def send(self, data):
        try: self.socket.sendall(data)
        except OSError: pass
    def frame(self):
        """The next frame, or None at the end of the connection."""
        while True:
            if len(self.rest) >= 4:
                n = struct.unpack(">i", self.rest[:4])[0]
                if n < 0 or n > 1 << 24: raise RuntimeError("a frame of %d bytes" % n)
                if len(self.rest) >= 4 + n:
                    frame, self.rest = self.rest[4:4 + n], self.rest[4 + n:]
                    return frame
            try: more = self.socket.recv(65536)
            except ConnectionError: more = b""
            if not more:
                self.open = False
                return None
            self.rest += more
    def close(self): self.open = False; self.socket.close()


PING = i32(8) + i32(-2) + i32(11)


class Player:
    """Plays a program on one server and writes down what came back."""
    def __init__(self, server): self.server, self.masks, self.connections, self.silent, self.known = server, Masks(), {}, {}, {}

    def until_ping(self, name, ops, out):
        """What a session has received by now: a ping goes through the server like any request."""
        c = self.connections[name]
        c.send(PING)
        while True:
            try: frame = c.frame()
            except socket.timeout: out.append("SILENCE"); c.close(); return
            if frame is None: out.append("END"); return
            if len(frame) == 16 and frame[:4] == i32(-2):
                self.last_zxid = struct.unpack(">q", frame[4:12])[0]
                return
            frame = self.masks.frame(frame, ops)
            if frame[2:5:2] != ("check", 0): out.append(frame)

    def until_end(self, name, ops, out):
        c = self.connections[name]
        while True:
            try: frame = c.frame()
            except socket.timeout: out.append("STAYS OPEN"); c.close(); return
            if frame is None: out.append("END"); return
            out.append(self.masks.frame(frame, ops))

    def connect(self, step):
        m = step.more
        session, password = m.get("id", 0), m.get("password", bytes(16))
        if m.get("resume"):
            session, password = self.known.get(m["resume"], (0, bytes(16)))
            password = m.get("password", password)
        zxid = self.masks.base + m["ahead"] if "ahead" in m else m.get("zxid", 0)
        request = i32(m.get("version", 0)) + i64(zxid) + i32(m.get("timeout", 30000)) + i64(session) + buf(password)
        if m.get("read_only", False) is not None:
            request += flag(m.get("read_only", False))
        request = m.get("raw", request + m.get("tail", b""))
        c = self.connections[step.session] = Connection(self.server.port)
        c.send(i32(len(request)) + request)
        try: frame = c.frame()
        except socket.timeout: c.close(); return ["SILENCE"]
        if frame is None: return ["END"]
        r = Reader(frame)
        version, timeout, session, password = r.i32(), r.i32(), r.i64(), r.buf()
        if timeout > 0:
            self.known[step.session] = (session, password)
            self.masks.sessions.setdefault(session, "S%d" % (len(self.masks.sessions) + 1))
        else:
            try: ended = c.frame() is None
            except socket.timeout: ended = False
            return [("refused", version, timeout, session, password, frame[r.at:], ended)]
        return [("connected", version, timeout, self.masks.session(session), len(password), frame[r.at:])]

    def play(self, program):
        log = []
        for step in program.steps:
            try: log.append(self.step(step))
            except DoesNotStart as error:
                print("FAIL %s: %s on the data of %s" % (program.name, error, self.server.name))
                return None
            except (OSError, RuntimeError) as error: log.append({"error": [repr(error)]})
        for c in self.connections.values():
            c.close()
        return log

    def step(self, step):
        """What each session received because of the step."""
        heard, ops = {}, {}
        if step.kind == "open":
            heard[step.session] = self.connect(step)
        elif step.kind == "base":
            self.masks.base = 0
        elif step.kind == "drop":
            self.connections[step.session].close()
            # Apache's forgets who has the session when it notices the end only after the session came back.
            time.sleep(.05)
        elif step.kind == "restart":  # kill -9, and the same data again; connections are lost, sessions are not
            for c in self.connections.values(): c.close()
            self.server.restart()
        elif step.kind == "swap":  # the same, and each server goes on with the other's data
            for c in self.connections.values(): c.close()
            self.server.swap()
        elif step.kind == "silence":  # open, but heard of no more
            self.silent[step.session] = self.connections.pop(step.session)
        elif step.kind == "wait for the end":
            c = self.connections[step.session] = self.silent.pop(step.session)
            c.socket.settimeout(step.more["seconds"])
        elif step.kind == "sleep":
            time.sleep(step.more["seconds"])
        elif step.kind == "raw":
            self.connections[step.session].send(step.more["bytes"])
        elif step.kind == "do":
            c = self.connections.get(step.session)
            if c and c.open:
                ops = {xid: op for xid, op, _ in step.requests}
                frames = (i32(xid) + i32(OPS.get(op, op)) + body for xid, op, body in step.requests)
                c.send(b"".join(i32(len(frame)) + frame for frame in frames))
        if step.more.get("ends") and step.session in self.connections and self.connections[step.session].open:
            self.until_end(step.session, ops, heard.setdefault(step.session, []))
        for name in sorted(self.connections, key=lambda name: name != step.session):
            if self.connections[name].open:
                self.until_ping(name, ops if name == step.session else {}, heard.setdefault(name, []))
        if step.kind == "base":
            self.masks.base = self.last_zxid
        if step.more.get("unordered"):
            heard = {name: sorted(map(repr, frames)) for name, frames in heard.items()}
        return {name: frames for name, frames in heard.items() if frames}


# --- random programs --------------------------------------------------------------------------------------------------------
PATHS = ["/a", "/a", "/b", "/a/b", "/a/b", "/a/c", "/a/b/c", "/a/b/c/d", "/b/x", "/q", "/q/", "/e", "/e/e", "/a/s0000000000",
         "/a/s0000000001", "/q/n-0000000002", "/c", "/c/1", "/t", "/t/1"]
HOSTILE = ["/", "", None, "a", "//", "/a/", "/a//b", "/.", "/a/.", "/a/..", "/../a", "/a/./b", "/a\0b", "/\1", "/a\x1f", "/\x7f",
           "/\x9f", "/\ud7ff", "/\ue000", "/\uf8ff", "/\uf900", "/\ufff0", "/\uffff", "/\U0001f600", b"/\xff\xfe", b"/\xc0\x80",
           b"/\xed\xa0\x80", "/\u00e9t\u00e9", "/a\u200b", "/zookeeper", "/zookeeper/config", "/zookeeper/quota", "/zookeeper/x",
           "/zookeeper/quota/a", "/zookeeper/quota/a/zookeeper_limits", "/" + "x" * 300, "/ ", "/a b", "/...", "/.a", "/a/...", "zookeeper"]
SCHEMES = [("world", "anyone"), ("world", "anyone"), ("world", "nobody"), ("auth", ""), ("auth", "x"), ("digest", "u:h"),
           ("digest", "bob:CBFqi4HhD4kmzXW0hdNyWcbuPIQ="), ("digest", "nocolon"), ("digest", "a:b:c"), ("digest", ""), ("digest", ":"),
           ("ip", "127.0.0.1"), ("ip", "127.0.0.0/8"), ("ip", "10.0.0.0/8"), ("ip", "::1"), ("ip", "127.0.0.1/33"), ("ip", "x"),
           ("ip", "127.0.0.1/-1"), ("ip", ""), ("ip", "1.2.3"), ("ip", "127.0.0.1/0"), ("ip", "127.0.0.1/8/8"), ("ip", "127.0.0.1/"),
           ("sasl", "bob"), ("x509", "CN=x"), ("super", ""), ("nope", "x"), ("", ""), (None, "x"), ("world", None), ("digest", None)]
PROOFS = [("digest", b"bob:secret"), ("digest", b"eve:pw"), ("digest", b"super:test"), ("digest", b"nocolon"), ("digest", b""),
          ("ip", b"127.0.0.1"), ("ip", b"")]


class Maker:
    """Random requests. 3.9 takes nulls otherwise, and reads children and data in removeWatches otherwise. On 3.8 each session keeps to one kind of watch: a connection can have only one per path there, in
    3.9 (and ours) all of them; and checkWatches is left out, which finds other sessions' watches there."""
    def __init__(self, seed, is_39): self.r, self.is_39, self.watches = random.Random(seed), is_39, None
    def path(self):
        path = self.r.choice(HOSTILE) if self.r.random() < .12 else self.r.choice(PATHS)
        return "/" if path is None and self.is_39 else path
    def data(self): return self.r.choice([None, b"", b"x", b"data", b"\0\xff", b"z" * 200])
    def version(self): return self.r.choice([-1, -1, -1, -1, 0, 0, 1, 2, 7, -2, -2147483648, 2147483647])
    def flags(self): return self.r.choice([0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, -1, 99])
    def acl(self):
        if self.r.random() < .75: return OPEN
        if self.r.random() < .1: return self.r.choice([None, []]) if not self.is_39 else []
        schemes = [s for s in SCHEMES if s[1] != "::1"] if self.is_39 else SCHEMES  # 3.9 takes IPv6
        pick = lambda: (self.r.choice([31, 31, 31, 1, 2, 4, 8, 16, 15, 0, 30, 64, -1]),) + self.r.choice(schemes)
        return [pick() for _ in range(self.r.choice([1, 1, 1, 2, 3]))]
    def paths(self): return [self.path() for _ in range(self.r.choice([0, 1, 1, 2, 3]))]
    def create(self):
        op = self.r.choice(["create", "create", "create", "create2", "create2", "createContainer", "createTTL"])
        if op == "createTTL":
            # Without the flag of a time to live a negative one ends Apache's server.
            flags = self.r.choice([5, 5, 5, 6, self.flags()])
            ttl = self.r.choice([1000000, 1000000, 0, -1 if flags in (5, 6) else 3, 0xffffffffff, 0x10000000000, 0xffffffff, 1 << 62])
            return op, create_ttl(self.path(), self.data(), self.acl(), flags, ttl)
        flags = self.r.choice([4, 4, 4, self.flags()]) if op == "createContainer" else self.flags()
        return op, create(self.path(), self.data(), self.acl(), flags)
    def write(self):
        return self.r.choice([self.create, self.create, self.create,
                              lambda: ("delete", versioned(self.path(), self.version())),
                              lambda: ("delete", versioned(self.path(), self.version())),
                              lambda: ("setData", set_data(self.path(), self.data(), self.version())),
                              lambda: ("check", versioned(self.path(), self.version()))])()
    def multi(self):
        parts = [self.write() for _ in range(self.r.choice([0, 1, 1, 2, 3, 4, 6]))]
        if self.r.random() < .05: parts.append(self.r.choice([("getData", watched("/a")), (77, b""), ("deleteContainer", text("/a"))]))
        return "multi", multi(parts)
    def multi_read(self):
        parts = [(self.r.choice(["getData", "getChildren"]), watched(self.path(), self.r.random() < .5))
                 for _ in range(self.r.choice([0, 1, 2, 3]))]
        if self.r.random() < .05: parts.append(self.write())
        return "multiRead", multi(parts)
    def read(self):
        watch = (self.is_39 or self.watches is None) and self.r.random() < .5
        op = self.r.choice(["exists", "exists", "getData", "getData", "getChildren", "getChildren2", "getACL", "sync",
                            "getEphemerals", "getAllChildrenNumber", "removeWatches", "addWatch", "whoAmI"] + ["checkWatches"] * self.is_39)
        path = self.path()
        if op in ("getACL", "sync", "getAllChildrenNumber"): return op, text(path)
        if op == "getEphemerals": return op, text(self.r.choice([path, "/", " ", "", "/a", "/e", None]))
        if op in ("removeWatches", "checkWatches"):
            return op, text(path) + i32(self.r.choice([3, 4, 5, 0, 6, -1] if self.is_39 else [1, 2, 3, 1, 2, 3, 0, 6, -1]))
        if op == "addWatch":
            modes = [0, 0, 0, 1, 1, 1] if self.is_39 else [self.watches if self.watches is not None else 2] * 6
            return op, text(path) + i32(self.r.choice(modes + [2, -1]))
        return (op, b"") if op == "whoAmI" else (op, watched(path, watch))
    def request(self):
        p = self.r.random()
        if p < .45: op, body = self.write()
        elif p < .55: op, body = self.multi()
        elif p < .58: op, body = self.multi_read()
        elif p < .62: op, body = "setACL", set_acl(self.path(), self.acl(), self.version())
        elif p < .63: op, body = "reconfig", text("server.1=a:1:2;3") + text(None) + text(None) + i64(-1)
        elif p < .69:
            op = self.r.choice(["setWatches", "setWatches2"])
            lists = [self.paths() if self.is_39 or self.watches == kind else [] for kind in (None, None, None, 0, 1)]
            body = set_watches(self.r.choice([0, 1 << 40]), *lists[:3 if op == "setWatches" else 5])
        else: op, body = self.read()
        # One that succeeds leaves a log that Apache's server cannot read.
        if op == "check" and not self.is_39: body = versioned(self.path(), 77)
        if self.is_39:  # reads broken requests otherwise, and knows check only inside of multi
            return self.request() if op == "check" else (op, body)
        if self.r.random() < .02: body = body[:self.r.randrange(len(body) + 1)]
        elif self.r.random() < .01: body += b"more"
        elif self.r.random() < .02 and body:
            at = self.r.randrange(len(body))
            body = body[:at] + bytes([body[at] ^ 1 << self.r.randrange(8)]) + body[at + 1:]
        return op, body


def random_program(seed, steps, is_39):
    maker, program, names = Maker(seed, is_39), Program("seed %d" % seed), ["one", "two", "three"]
    for name in names: program.open(name)
    program.add("one", "base")
    for n in range(steps):
        if n in (steps // 3, steps * 2 // 3):
            program.add("one", "swap" if (seed + (n == steps // 3)) % 2 else "restart")
            for name in names: program.open(name, resume=name)
        name, p = maker.r.choice(names), maker.r.random()
        maker.watches = {"one": None, "two": 0, "three": 1}[name]
        if p < .03:
            program.do(name, ("auth", auth(*maker.r.choice(PROOFS[:2]))))
        elif p < .04:
            program.do(name, ("closeSession", b""), ends=True)
            program.steps[-1].more["unordered"] = True
            program.open(name)
        elif p < .055:  # away and back
            program.add(name, "drop")
            program.open(name, resume=name)
        elif p < .065:  # the session moves while its old connection is open
            program.open("thief", resume=name)
            program.do("thief", ("closeSession", b""), ends=True)
            program.steps[-1].more["unordered"] = True
            program.open(name)
        else:
            program.do(name, *(maker.request() for _ in range(maker.r.choice([1, 1, 1, 1, 2, 3, 6]))))
    return program


# --- the two servers --------------------------------------------------------------------------------------------------------
class DoesNotStart(Exception):
    """With the program's data, or at all."""


class Server:
    """One of the two; `commands` start it and the other one."""
    def __init__(self, name, commands, port, folder):
        self.name, self.commands, self.port, self.folder, self.process = name, commands, port, folder, None

    def start(self, extra=""):
        self.extra, self.command, self.other = extra, *self.commands
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.restart()

    def swap(self):
        self.command, self.other = self.other, self.command
        self.restart()

    def restart(self):
        extra = self.extra
        self.stop()
        os.makedirs(self.folder, exist_ok=True)
        config = os.path.join(self.folder, "zoo.cfg")
        with open(config, "w") as f:
            f.write(CONFIG.format(data=os.path.join(self.folder, "data"), port=self.port, super=SUPER, tick=2000 if "tickTime=" not in extra else 500) + extra.replace("tickTime=500\n", ""))
        log = open(os.path.join(self.folder, "log"), "a")
        # Two settings of Apache's containers are Java system properties without "zookeeper." in front.
        properties = ["-D" + line for line in extra.splitlines() if line.startswith("znode.")]
        command = [self.command[0], *(properties if self.command[0] == "java" else []), *self.command[1:], config]
        self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.time() + 30
        while time.time() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as s:
                    s.sendall(b"srvr")
                    if b"Mode:" in s.recv(4096): return
            except OSError: pass
            if self.process.poll() is not None: break
            time.sleep(.03)
        raise DoesNotStart("%s does not start: %s" % (self.name, open(log.name).read()[-2000:]))

    def stop(self):
        if self.process:
            if self.process.poll() is None: os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def show(program, at, logs):
    swaps = sum(step.kind == "swap" for step in program.steps[:at])
    print("FAIL %s, step %d of %d%s" % (program.name, at + 1, len(program.steps),
                                        " (after a swap: the names below say whose data it was at first)" if swaps % 2 else ""))
    for back in range(max(0, at - 4), at): print("     before  ", str(program.steps[back])[:600])
    print("     step    ", str(program.steps[at])[:3000])
    for name in sorted(set(logs[0][at]) | set(logs[1][at])):
        ours, theirs = (log[at].get(name, []) for log in (logs[1], logs[0]))
        for n in range(max(len(ours), len(theirs))):
            a, b = (frames[n] if n < len(frames) else "nothing" for frames in (theirs, ours))
            if a != b:
                print("     Apache's to %s: %s" % (name, a))
                print("     ours to %s:     %s" % (name, b))
                break


def compare(program, servers, verbose=False):
    """Whether both servers answered the same."""
    players = [Player(server) for server in servers]
    logs = [player.play(program) for player in players]
    if None in logs: return False
    for at, step in enumerate(program.steps):
        # A declared deviation: here Apache's closes the connection of a session that ours keeps.
        kept = step.more.get("kept")
        if kept and logs[0][at].pop(kept, None) != ["END"]:
            print("FAIL %s, step %d of %d: Apache's has kept %s, too" % (program.name, at + 1, len(program.steps), kept))
            return False
        if logs[0][at] != logs[1][at]:
            show(program, at, logs)
            return False
        if verbose:
            print("     ", str(program.steps[at])[:300], "->", logs[0][at])
    print("ok   %s: %d steps" % (program.name, len(program.steps)), flush=True)
    return True


def main():
    a = argparse.ArgumentParser()
    a.add_argument("rkafka"), a.add_argument("libs")
    a.add_argument("--programs", type=int, default=30), a.add_argument("--first", type=int, default=1)
    a.add_argument("--steps", type=int, default=120), a.add_argument("--only"), a.add_argument("--ports", default="0,0")
    a.add_argument("--verbose", action="store_true")
    o = a.parse_args()
    from differential_scripts import SCRIPTS
    is_39 = any(name.startswith("zookeeper-3.9") for name in os.listdir(o.libs))
    work = tempfile.mkdtemp(prefix="differential")
    ports = [int(p) for p in o.ports.split(",")]
    for n in range(2):
        if not ports[n]:
            ports[n] = free_port()
    java = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", os.path.join(o.libs, "*"), "org.apache.zookeeper.server.quorum.QuorumPeerMain"]
    ours = [o.rkafka, "zookeeper-server-start"]
    servers = [Server("Apache's", (java, ours), ports[0], work + "/apache"), Server("ours", (ours, java), ports[1], work + "/ours")]
    try:
        programs = [(settings, make) for settings, make in SCRIPTS]
        seeds = range(o.first, o.first + o.programs)
        programs += [("extendedTypesEnabled=true\n", lambda s=s: random_program(s, o.steps, is_39)) for s in seeds]
        for settings, make in programs:
            program = make()
            if o.only and o.only not in program.name: continue
            for server in servers: server.start(settings)
            compare(program, servers, o.verbose)
        print("finished")
    finally:
        for server in servers: server.stop()
        if not o.verbose: shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
