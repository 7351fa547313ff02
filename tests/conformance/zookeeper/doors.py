"""The doors for operators, side by side: Apache ZooKeeper 3.8.4 and ours get the same clients, then every four-letter word,
every AdminServer command, hostile HTTP requests and Prometheus's page are asked of both, and must read the same.

  doors.py RKAFKA LIBS [PROMETHEUS [LATER]] [--port N] [--verbose]

LIBS: a folder with the jars of Apache Kafka 3.9.1 (ZooKeeper 3.8.4 and Jetty are among them). PROMETHEUS: one with
zookeeper-prometheus-metrics. LATER: one with ZooKeeper 3.9, for snapshot and restore. Masked: versions, times, ports,
folders, session ids (shown by order), latencies, the order of sets. Prints `ok NAME` or `FAIL NAME` with what differs.
"""
import argparse, base64, difflib, glob, json, os, re, shutil, socket, struct, subprocess, sys, tempfile, time

import differential as zk
from ports import free_block

PROMETHEUS = "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider"
# Figures of parts that Apache's server has and ours has not: its queues between threads, caches of answers.
OTHER_PARTS = re.compile(
    r"response_packet_|outstanding_changes_|proposal_process_time|connection_token_deficit|prep_processor_|prep_process_time|"
    r"sync_processor_|sync_process_time|request_throttle_|close_session_prep_time|startup_|dbinittime|snapshottime|"
    r"socket_closing_time|connection_drop_count|jvm_")
# Figures that no two runs have in common.
VOLATILE = re.compile(r"latency|_time|fsync|uptime|file_descriptor|process_|p50_|p95_|p99_|p999_")
FAILED = []


def check(name, left, right, verbose=False):
    left, right = left.splitlines(), right.splitlines()
    if left == right:
        print("ok", name)
    else:
        FAILED.append(name)
        print("FAIL", name, "(-: Apache's, +: ours)")
        print("\n".join(list(difflib.unified_diff(left, right, lineterm="", n=1))[2:60]))


def expect(name, ok, what=""):
    print("ok" if ok else "FAIL", name, "" if ok else what)
    if not ok:
        FAILED.append(name)


# --- servers ------------------------------------------------------------------------------------------------------------
def classpath(*folders):
    """All jars; what an earlier folder has is not taken from a later one."""
    jars, seen = [], set()
    for folder in folders:
        here = sorted(glob.glob(os.path.join(folder, "*.jar")))
        artifact = lambda jar: re.sub(r"-\d.*", "", os.path.basename(jar))
        jars += [jar for jar in here if artifact(jar) not in seen]
        seen |= {artifact(jar) for jar in here}
    return ":".join(jars)


class Server:
    """One server with its settings; `command` is how its kind is started."""
    def __init__(self, kind, command, folder, port, settings):
        self.kind, self.folder, self.port = kind, folder, port
        self.admin, self.metrics = port + 1, port + 2
        os.makedirs(folder)
        given = {"dataDir": f"{folder}/data", "clientPort": port, "clientPortAddress": "127.0.0.1", "tickTime": 2000,
                 "4lw.commands.whitelist": "*", "admin.serverPort": self.admin, "forceSync": "no", **settings}
        self.file = f"{folder}/zoo.cfg"
        with open(self.file, "w") as out:
            out.write("".join(f"{key}={value}\n" for key, value in given.items() if value is not None))
        self.log = f"{folder}/log"
        self.process = subprocess.Popen(command + [self.file], stdout=open(self.log, "w"), stderr=subprocess.STDOUT, cwd=folder)

    def wait(self):
        for _ in range(300):
            try:
                if "Mode: " in self.word("srvr"):
                    self.word("srst")
                    return self
            except OSError:
                if self.process.poll() is not None:
                    break
            time.sleep(0.1)
        raise SystemExit(f"{self.kind} does not start:\n" + open(self.log).read()[-3000:])

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def word(self, word):
        with socket.create_connection(("127.0.0.1", self.port), 5) as s:
            s.sendall(word if isinstance(word, bytes) else word.encode())
            return read_all(s).decode()

    def http(self, request, port=None):
        """Sends these bytes (a path alone is a GET); the answer: status, headers, body."""
        if not isinstance(request, bytes):
            request = f"GET {request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port or self.admin), 10) as s:
            s.sendall(request)
            answer = read_all(s)
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:] if ": " in line)}
        if headers.get("transfer-encoding") == "chunked":
            body = unchunk(body)
        return lines[0], headers, body

    def get(self, path, port=None):
        return self.http(path, port)[2].decode()


def read_all(s):
    data = b""
    while True:
        piece = s.recv(65536)
        if not piece:
            return data
        data += piece


def unchunk(body):
    out = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        size = int(size, 16)
        if size == 0:
            return out
        out, body = out + body[:size], body[size + 2:]
    return out


def post(path, body, *headers):
    head = [f"POST {path} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def with_headers(path, *headers, method="GET"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", *headers]).encode() + b"\r\n\r\n"


# --- clients ------------------------------------------------------------------------------------------------------------
class Client:
    """Speaks frames, never a ping of its own, so that counts are the same on both servers."""
    def __init__(self, port, timeout=30000):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.xid = 0
        self.send(zk.i32(0) + zk.i64(0) + zk.i32(timeout) + zk.i64(0) + zk.buf(bytes(16)) + b"\0")
        self.session = struct.unpack(">q", self.frame()[8:16])[0]

    def send(self, body):
        self.socket.sendall(zk.i32(len(body)) + body)

    def frame(self):
        size = struct.unpack(">i", self.exactly(4))[0]
        return self.exactly(size)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def ask(self, op, body=b"", xid=None):
        if xid is None:
            self.xid += 1
            xid = self.xid
        self.send(zk.i32(xid) + zk.i32(zk.OPS[op]) + body)
        while True:
            reply = self.frame()
            if struct.unpack(">i", reply[:4])[0] == xid:
                return reply


def load(server):
    """Two clients with sessions, ephemeral nodes, watches, errors, quotas."""
    a, b = Client(server.port), Client(server.port, 8000)
    for path in ("/a", "/b"):
        a.ask("create", zk.create(path, b"0123456789"))
    for size in range(50):
        a.ask("setData", zk.set_data("/a", b"y" * size))
        a.ask("getData", zk.watched("/a"))
    for path in ("/a/e1", "/a/e0"):
        a.ask("create", zk.create(path, b"", flags=1))
    b.ask("create", zk.create("/b/e", b"q", flags=1))
    a.ask("getData", zk.watched("/a", True))
    a.ask("exists", zk.watched("/none", True))
    b.ask("getData", zk.watched("/a", True))
    a.ask("getChildren", zk.watched("/b", True))
    b.ask("getChildren2", zk.watched("/a", True))
    b.ask("setData", zk.set_data("/b", b"1"))
    b.ask("create", zk.create("/a"))
    b.ask("multi", zk.multi([("create", zk.create("/m")), ("setData", zk.set_data("/m", b"22")), ("delete", zk.versioned("/m"))]))
    for path in ("/zookeeper/quota/a",):
        a.ask("create", zk.create(path, b""))
    a.ask("create", zk.create("/zookeeper/quota/a/zookeeper_limits", b"count=5,bytes=1000;byteHardLimit=2000;countHardLimit=10"))
    a.ask("create", zk.create("/zookeeper/quota/a/zookeeper_stats", b"count=3,bytes=20"))
    a.ask("ping", xid=-2)
    for size in range(100):
        b.ask("setData", zk.set_data("/b", b"z" * size))
    b.ask("create", zk.create("/gone", flags=1))
    b.ask("exists", zk.watched("/a", False))
    a.ask("exists", zk.watched("/gone", True))
    b.ask("delete", zk.versioned("/gone"))
    return a, b


# --- masks --------------------------------------------------------------------------------------------------------------
def mask(text, server, sessions):
    for at, session in enumerate(sessions):
        text = text.replace(f"0x{session:x}", f"0xS{at}").replace(str(session), f"S{at}")
    text = text.replace(server.folder, "DIR").replace(str(server.port), "PORT").replace(str(server.admin), "ADMIN")
    text = re.sub(r"3\.8\.4-[^,\s]+, built on [^\"\n]*", "VERSION", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:P", text)
    text = re.sub(r"\b(est|lresp|llat|minlat|avglat|maxlat)=\d+", r"\1=N", text)
    text = re.sub(r"Latency min/avg/max: [\d./]+", "Latency N", text)
    text = re.sub(r'"digest" : -?\d+', '"digest" : 0', text)
    text = re.sub(r"expire at \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}", "expire at T", text)
    text = re.sub(r": (S\d+|PORT|ADMIN)\b", r': "\1"', text) if text.startswith("{") else text
    return re.sub(r'("(?:established|last_response_time|\w+_latency|uptime|timestamp)" : )[\d.]+', r"\g<1>0", text)


def without_digests(text):
    """Digests depend on the times in the nodes; there must be as many, of the same transactions."""
    return re.sub(r"(?m)^(80|100): -?\d+$", r"\1: D", text)


def sorted_lines(text):
    return "\n".join(sorted(text.splitlines()))


def without_empty_sets(text):
    """Apache's buckets stay until their time has come; ours go when nobody is in them any more."""
    text = re.sub(r"0 expire at T:\n", "", text)
    sessions, connections = text.split("Connections dump:")
    sessions, ephemerals = re.split(r"(?<=with Ephemerals \(\d\):\n)", sessions)
    sessions += "".join(sorted(re.findall(r"0xS\d:\n(?:\t.*\n)*", ephemerals)))
    connections = re.sub(r"\d+ expire at T:\n", "", connections)
    text = sessions + "Connections dump:" + connections
    text = re.sub(r"Sets \(\d+\)", "Sets (N)", text)
    return re.sub(r"(\n\t[^\n]*)+", lambda found: "\n" + "\n".join(sorted(found.group().split("\n")[1:])), text)


def sorted_json(text):
    """The same text with lists sorted, and objects that are in no order."""
    def order(value):
        if isinstance(value, dict):
            # Objects whose keys are sessions or paths are in the order of a hash table.
            keys = sorted(value) if all(re.match(r"S\d+$|/", key) for key in value) else value
            return {k: order(value[k]) for k in keys}
        if isinstance(value, list):
            return sorted((order(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
        return value
    return json.dumps(order(json.loads(text)), indent=1)


# --- judgements ---------------------------------------------------------------------------------------------------------
def words(pair, stage, sessions):
    def both(name, ask, view=lambda text: text):
        left, right = (view(mask(ask(server), server, sessions[server.kind])) for server in pair)
        check(f"{stage} {name}", left, right)
    for word in "conf dirs isro ruok srvr wchs gtmk hash crst".split():
        if word != "crst":
            both(word, lambda server: server.word(word), without_digests)
    for word in "cons stat wchc wchp".split():
        both(word, lambda server: server.word(word), sorted_lines)
    both("dump", lambda server: server.word("dump"), without_empty_sets)
    both("envi's keys", lambda server: re.sub(r"=.*", "=", server.word("envi")))
    for word in ("nope", "lsnp", "RUOK"):
        both(f"unknown word {word}", lambda server: server.word(word))
    both("mntr's names", lambda server: by_namespace(re.sub(r"\t.*", "", server.word("mntr"))))
    both("mntr's values", lambda server: figures(server.word("mntr")))


def by_namespace(text):
    """In Apache's order; of the figures of namespaces, which are in the order of a hash table, sorted."""
    lines = text.splitlines()
    last = [line for line in lines if re.search("_(read|write)_per_namespace", line)]
    return "\n".join([line for line in lines if line not in last] + sorted(last))


def figures(text):
    kept = [line for line in by_namespace(text).splitlines() if not OTHER_PARTS.search(line)]
    return "\n".join(re.sub(r"([\t ])[-\d.ENa]+$", r"\1N", line) if VOLATILE.search(line) else line for line in kept)


JSON = """configuration connections dirs dump get_trace_mask hash initial_configuration is_read_only last_snapshot leader
observers ruok server_stats stats voting_view watch_summary watches watches_by_path zabstate conf config cons gtmk icfg isro
lsnp lead obsr srvr stat wchs wchc wchp""".split()


def admin(pair, stage, sessions):
    for name in JSON:
        left, right = (mask(server.get(f"/commands/{name}"), server, sessions[server.kind]) for server in pair)
        if name in ("dump",):
            left, right = (re.sub(r'"\d+" : \[ \],?\s*', "", re.sub(r'"\d+"( : \[ S)', r'"T"\1', text)) for text in (left, right))
        try:
            check(f"{stage} /commands/{name}", *(sorted_json(re.sub(r": \[ (S[^\]]*)\]", quoted, text)) for text in (left, right)))
        except ValueError:
            check(f"{stage} /commands/{name}", left, right)
    keys = [re.sub(r'" : .*', '"', server.get("/commands/environment")) for server in pair]
    check(f"{stage} /commands/environment's keys", *keys)
    names = [by_namespace(re.sub(r'" : .*', '"', server.get("/commands/monitor"))) for server in pair]
    check(f"{stage} /commands/monitor's names", *names)
    properties = [json.loads(server.get("/commands/system_properties")) for server in pair]
    shared = [{k: v for k, v in one.items() if k.startswith("zookeeper.")} for one in properties]
    check(f"{stage} /commands/system_properties", *(mask(json.dumps(one, indent=1), server, []) for one, server in zip(shared, pair)))


def quoted(found):
    return ": [ " + ", ".join(f'"{one.strip()}"' for one in found.group(1).split(",")) + " ]"


def shown(answer):
    """Status, the headers that matter, and the body without what names the program."""
    status, headers, body = answer
    text = body.decode("utf-8", "replace")
    text = re.sub(r"<tr><th>SERVLET.*?</tr>\n|<hr/>.*?<hr/>\n", "", text)
    text = "\n".join(line for line in text.splitlines() if not re.search("log_level|restore|snapshot|shed", line) and line != "<br/>")
    kept = [f"{name}: {headers[name]}" for name in ("content-type", "cache-control") if name in headers]
    return "\n".join([status, *kept, text])


def http(pair):
    paths = ["/", "/commands", "/commands/", "/commands/nope", "/commands/srvr/", "/commands/ruok/x", "/commands//ruok",
             "/commandsx", "/commands/ruok?x=1&y", "/commands;a=b/ruok", "/commands/ruok;x", '/commands/no%20pe%22%3Cx%3E',
             "/commands/nop%C3%A9", "/commands/set_trace_mask", "/commands/set_trace_mask?traceMask=abc",
             "/commands/set_trace_mask?traceMask=300", "/commands/get_trace_mask", "/commands/set_trace_mask?traceMask=3%306",
             "/commands/connection_stat_reset", "/commands/observer_connection_stat_reset", "/commands/orst"]
    for path in paths:
        check(f"GET {path}", *(shown(server.http(path)) for server in pair))
    for method in ("HEAD", "PUT", "DELETE", "TRACE"):
        left, right = (server.http(with_headers("/commands/ruok", method=method)) for server in pair)
        check(f"{method} /commands/ruok", shown(left), shown(right))
    for server in pair:
        status, headers, _ = server.http(with_headers("/commands", method="OPTIONS"))
        expect(f"OPTIONS of {server.kind}", " 200 " in status and "GET" in headers.get("allow", ""), headers)
        status, _, body = server.http(post("/commands/srvr", b""))
        expect(f"POST of {server.kind}", " 405 " in status, status)
        for nonsense in (b"\0\1\2\r\n\r\n", b"GET\r\n\r\n", b"G" * 70000, b"GET /commands/ruok HTTP/1.1\r\n" + b"A: b\r\n" * 20000 + b"\r\n"):
            try:
                server.http(nonsense)
            except (OSError, ValueError):
                pass
        expect(f"{server.kind} answers after nonsense", '"ruok"' in server.get("/commands/ruok"))
    old = b"GET /commands/ruok HTTP/1.0\r\n\r\n"
    check("HTTP/1.0", *(server.http(old)[2].decode() for server in pair))


def prometheus_page(pair, sessions):
    pages = [server.get("/metrics", server.metrics) for server in pair]
    def kinds(page):
        found = (line for line in page.splitlines() if line.startswith("# TYPE"))
        return "\n".join(sorted(line for line in found if "jvm_" not in line))
    def samples(page):
        kept = (line for line in page.splitlines() if not line.startswith("#") and not OTHER_PARTS.search(line))
        # Quantiles are estimates there; and how often a server was asked whether it is up is counted for good.
        unlike = re.compile("quantile=|^bytes_received_count|" + VOLATILE.pattern)
        return "\n".join(sorted(re.sub(r" [-\d.ENa]+$", " N", line) if unlike.search(line) else line for line in kept))
    check("prometheus types", *(kinds(page) for page in pages))
    check("prometheus samples", *(samples(page) for page in pages))
    check("prometheus header", *(server.http("/metrics", server.metrics)[1]["content-type"] for server in pair))
    check("prometheus name[]", *(server.get("/metrics?name[]=znode_count&name[]=watch_count", server.metrics) and
                                 sorted_lines(server.get("/metrics?name[]=znode_count", server.metrics)) for server in pair))
    check("prometheus elsewhere", *(shown(server.http("/", server.metrics)) for server in pair))
    check("mntr's names with prometheus", *(
        "\n".join(sorted(line for line in re.sub(r"\t.*", "", server.word("mntr")).splitlines() if "_jvm_" not in line and "_process_" not in line))
        for server in pair))


def resets(pair, sessions):
    for word in ("srst", "crst"):
        check(f"word {word}", *(server.word(word) for server in pair))
    def counts(server):
        return "\n".join(line for line in server.word("srvr").splitlines() if re.match("Received|Sent|Latency", line))
    check("counts after srst", *(mask(counts(server), server, []) for server in pair))
    check("cons after crst", *(sorted_lines(mask(server.word("cons"), server, sessions[server.kind])) for server in pair))
    mask_of_5 = b"stmk" + struct.pack(">q", 5)
    check("stmk", *(server.word(mask_of_5) + server.word("gtmk") for server in pair))


def log_level(server):
    """Ours alone: levels change while the server runs, by a command and by the settings file."""
    server.get("/commands/log_level?logger=org.apache.zookeeper.server.NIOServerCnxn&level=warn")
    shown_levels = json.loads(server.get("/commands/log_level"))
    expect("log_level shows what it set", shown_levels["loggers"].get("org.apache.zookeeper.server.NIOServerCnxn") == "WARN", shown_levels)
    before = os.path.getsize(server.log)
    server.word("ruok")
    expect("log_level silences", "Processing ruok" not in open(server.log).read()[before:])
    with open(server.file, "a") as out:
        out.write("rkafka.log.level=info,org.apache.zookeeper.server=debug\n")
    for _ in range(100):
        levels = json.loads(server.get("/commands/log_level"))
        if levels["loggers"].get("org.apache.zookeeper.server") == "DEBUG":
            break
        time.sleep(0.1)
    expect("rkafka.log.level is read again", levels["loggers"] == {"org.apache.zookeeper.server": "DEBUG"}, levels)
    expect("a level that is none", "is no level" in (json.loads(server.get("/commands/log_level?level=loud"))["error"] or ""))


DIGEST = "Authorization: digest u:p"


def heavy(servers):
    """snapshot and restore, as ZooKeeper 3.9 has them; a snapshot of each is restored by each."""
    def case(name, request):
        answers = [server.http(request) for server in servers]
        check(name, *(f"{status}\n{body.decode('utf-8', 'replace')}" for status, _, body in answers))
    case("snapshot without an identity", "/commands/snapshot")
    case("restore without an identity", post("/commands/restore", b"x"))
    case("snapshot with half an identity", with_headers("/commands/snapshot", "Authorization: nope u:p"))
    case("snapshot with too much of one", with_headers("/commands/snapshot", "Authorization: digest a b c"))
    case("restore of nonsense", post("/commands/restore", b"x", DIGEST))
    case("restore of nothing", post("/commands/restore", b"", DIGEST))
    snapshots = {}
    for server in servers:
        a = Client(server.port)
        a.ask("create", zk.create("/kept", f"by {server.kind}".encode()))
        a.ask("create", zk.create("/kept/below", b""))
        status, headers, body = server.http(with_headers("/commands/snap?streaming=true", DIGEST))
        snapshots[server.kind] = body
        expect(f"snapshot of {server.kind}", " 200 " in status and int(headers["snapshot_size"]) == len(body)
               and headers["content-type"] == "application/octet-stream" and headers["last_zxid"] == "0x3", (status, headers))
        status, headers, body = server.http(with_headers("/commands/snapshot?streaming=false", DIGEST))
        expect(f"snapshot of {server.kind} that stays", json.loads(body) == {"command": "snapshot", "error": None} and "last_zxid" in headers)
        for path in ("/kept/below", "/kept"):
            a.ask("delete", zk.versioned(path))
    for server in servers:
        for whose, snapshot in snapshots.items():
            status, _, body = server.http(post("/commands/restore", snapshot, DIGEST))
            answer = json.loads(body)
            expect(f"restore by {server.kind} of {whose}'s", " 200 " in status and list(answer) == ["last_zxid", "command", "error"], body)
            again = Client(server.port)
            data = again.ask("getData", zk.watched("/kept"))
            expect(f"restored by {server.kind} from {whose}'s", f"by {whose}".encode() in data, data)


def restarted(server):
    again = Client(server.port)
    data = again.ask("getData", zk.watched("/kept"))
    expect("a restored state outlives the server", b"by " in data, data)


def guarded(server):
    """Rights on the root node and the rate limit; settings that turn the commands off are in the unit tests."""
    first = server.http(with_headers("/commands/snapshot?streaming=false", DIGEST))[0]
    second = server.http(with_headers("/commands/snapshot?streaming=false", DIGEST))[0]
    expect("the second snapshot within the interval is refused", " 200 " in first and " 429 " in second, (first, second))
    client = Client(server.port)
    client.ask("auth", zk.auth("digest", b"u:p"), xid=-4)
    client.ask("setACL", zk.set_acl("/", [(31, "auth", "")]))
    expect("other identities are refused", " 403 " in server.http(with_headers("/commands/snapshot", "Authorization: digest x:y"))[0])
    expect("shed_connections", json.loads(server.http(post("/commands/shed_connections", b'{"percentage":100}', DIGEST))[2])["percentage_requested"] == 100)
    try:
        client.ask("ping", xid=-2)
        expect("shed connections close", False)
    except (EOFError, OSError):
        expect("shed connections close", True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("rkafka")
    parser.add_argument("libs")
    parser.add_argument("prometheus", nargs="?")
    parser.add_argument("later", nargs="?")
    parser.add_argument("--port", type=int, help="the first of 24 in a row")
    options = parser.parse_args()
    ours = [os.path.abspath(options.rkafka), "zookeeper-server-start"]
    java = lambda *folders: ["java", "-Xmx256m", "-Xshare:auto", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classpath(*folders),
                             f"-Dlog4j.configuration=file:{work}/log4j.properties", "org.apache.zookeeper.server.quorum.QuorumPeerMain"]
    work = tempfile.mkdtemp(prefix="doors-")
    with open(f"{work}/log4j.properties", "w") as out:
        out.write("log4j.rootLogger=WARN, E\nlog4j.appender.E=org.apache.log4j.ConsoleAppender\n"
                  "log4j.appender.E.layout=org.apache.log4j.SimpleLayout\n")
    running = []

    def start(kind, command, name, port, **settings):
        server = Server(kind, command, f"{work}/{name}", port, settings)
        running.append(server)
        return server

    try:
        port = options.port or free_block(24)
        pair = [start("Apache", java(options.libs), "apache", port, extendedTypesEnabled="true"),
                start("ours", ours, "ours", port + 10, extendedTypesEnabled="true")]
        for server in pair:
            server.wait()
        words(pair, "fresh", {"Apache": [], "ours": []})
        admin(pair, "fresh", {"Apache": [], "ours": []})
        clients = {server.kind: load(server) for server in pair}
        sessions = {kind: [client.session for client in two] for kind, two in clients.items()}
        words(pair, "loaded", sessions)
        admin(pair, "loaded", sessions)
        http(pair)
        resets(pair, sessions)
        codes = []
        for server, command in zip(pair, (java(options.libs), ours)):
            second = start(server.kind, command, f"second-{server.kind}", port + 20, **{"admin.serverPort": server.admin})
            codes.append(str(second.process.wait(60)))
        check("exit code when the admin port is taken", *codes)
        log_level(pair[1])
        for server in pair:
            server.stop()
        settings = {"4lw.commands.whitelist": None, "admin.enableServer": "false"}
        pair = [start("Apache", java(options.libs), "apache2", port, **settings), start("ours", ours, "ours2", port + 10, **settings)]
        for server in pair:
            server.wait()
        for word in "srvr isro ruok mntr stat stmk nope".split():
            text = [mask(server.word(word + ("\0" * 8 if word == "stmk" else "")), server, []) for server in pair]
            text = [re.sub("(Received|Sent): \\d+", "\\1: N", one) for one in text]
            check(f"without a whitelist {word}", *text)
        for server in pair:
            try:
                server.http("/commands")
                expect(f"no AdminServer of {server.kind}", False)
            except OSError:
                expect(f"no AdminServer of {server.kind}", True)
            server.stop()
        if options.prometheus:
            settings = {"metricsProvider.className": PROMETHEUS, "admin.enableServer": "false"}
            pair = [start("Apache", java(options.libs, options.prometheus), "apache3", port, **settings, **{"metricsProvider.httpPort": port + 2}),
                    start("ours", ours, "ours3", port + 10, **settings, **{"metricsProvider.httpPort": port + 12})]
            for server in pair:
                server.wait()
            clients = {server.kind: load(server) for server in pair}
            prometheus_page(pair, {kind: [client.session for client in two] for kind, two in clients.items()})
            for server in pair:
                server.stop()
        if options.later:
            unlimited = {"admin.rateLimiterIntervalInMS": 0}
            pair = [start("Apache", java(options.later, options.libs), "apache4", port, **unlimited), start("ours", ours, "ours4", port + 10, **unlimited)]
            for server in pair:
                server.wait()
            heavy(pair)
            for server in pair:
                server.stop()
            again = subprocess.Popen(ours + [pair[1].file], stdout=open(pair[1].log, "a"), stderr=subprocess.STDOUT)
            pair[1].process = again
            restarted(pair[1].wait())
            again.terminate()
            again.wait()
        alone = start("ours", ours, "ours5", port + 10)
        guarded(alone.wait())
    finally:
        for server in running:
            if server.process.poll() is None:
                server.stop()
        shutil.rmtree(work, ignore_errors=True)
    print("finished")
    sys.exit(1 if FAILED else 0)


if __name__ == "__main__":
    main()
