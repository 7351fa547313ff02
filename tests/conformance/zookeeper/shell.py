"""usage: shell.py RKAFKA LIBS [--show]

The same commands in Apache ZooKeeper 3.8.4's shell (as Apache Kafka 3.9.1 starts it, LIBS has the jars) and in RKAFKA's,
each on a fresh server of each kind. What the four say, on stdout and stderr, the events they show, and how they exit must
be the same: also zxids, for the servers are fresh. Times and session ids are masked. Events are compared as a list of
their own: Apache's shell shows them from another thread.
"""
import json, os, pty, re, select, shutil, socket, subprocess, sys, tempfile, threading, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ports

RKAFKA, LIBS = sys.argv[1:3]
SHOW = "--show" in sys.argv
BASE = int(os.environ.get("PORT", 0))
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx128m"]
DIR = tempfile.mkdtemp()
open(DIR + "/log4j.properties", "w").write("log4j.rootLogger=OFF\n")
failures = passed = 0

# One session; a line each. '#' begins a remark.
MAIN = """
# reading
ls /
ls
ls -?
ls -R /
ls -s /
ls -z /
ls nonsense
ls /nope
ls / watch
get /
get
get /nope
get -s /zookeeper
get /a/
get //a
stat /
stat
stat /nope
stat / watch
# writing
create
create /a one
create /a again
create /a/b two
create -s /a/s- x
create -s /a/s-
create -e /a/e ephemeral
create -e -s /a/es- x
create /a/e/child x
create -c /c
create -c -e /d
create -c -s /d
create -t 100000 /ttl x
create -s -t 100000 /ttl-
create -t 0 /t0
create -t -5 /t0
create -t x /t0
create -t 5 -e /t0
create -t 5 -c /t0
create -t 99999999999999 /t0
create /q "two words"
create /q2 'single "quoted" words'
create /empty ""
create /null
create /nope/deep x
create nonsense x
create /dot/./x
create /acl x world:anyone:r
create /acl2 x world:anyone:cdrwx
create /acl3 x nonsense
create /acl4 x digest:u:p=:cdrwa,ip:127.0.0.1:r
create /acl5 x bogus:u:r
create /acl6 x auth::cdrwa
get /q
get /q2
get /empty
get /null
get -s /a
get -sw /a/b
get /a watch
get -s /a/b watch
set /a new
set /a new -s
set -s /a newer
set -v 7 /a x
set -v 2 /a x
set -v2 /a x
set -v=3 /a x
set -v
set /a
set /nope x
set /a -5
set /a -- -5
get /a
set /a/b changed
ls /a
ls -w /a
ls -sw /a
create /a/new x
delete /a/new
delete /a
delete /nope
delete -v 9 /q
delete -v 0 /q
delete /q2 0
delete
delete /
getAllChildrenNumber /
getAllChildrenNumber
getAllChildrenNumber /nope
getEphemerals
getEphemerals /a
getEphemerals /zzz
getEphemerals nonsense
# who may do what
getAcl /a
getAcl -s /acl4
getAcl /nope
getAcl
getAcl /acl2
setAcl /a world:anyone:cdrwa
setAcl -s /a world:anyone:cdrwa
setAcl -v 9 /a world:anyone:r
setAcl /a nonsense
setAcl /a
setAcl /nope world:anyone:r
setAcl -R /a world:anyone:cdrwa
setAcl -R /nope world:anyone:r
setAcl -R /a nonsense
get /acl4
set /acl x
whoami
addauth
addauth digest u:p
whoami
create /mine x auth::cdrwa
getAcl /mine
create /mine2 x digest:u:hash:cdrwa
get /mine2
# watches
stat -w /w
create /w x
get -w /w
set /w y
ls -w /w
create /w/1 x
removewatches /w
get -w /w
ls -w /w
removewatches /w -c
removewatches /w -c
removewatches /w -d
removewatches /w -a
removewatches /w -d -l
removewatches
removewatches nonsense
addWatch
addWatch -m nonsense /w
addWatch -m persistent /w
addWatch /w2 /w3
set /w z
create /w/2 x
set /w/2 y
removewatches /w
addWatch -m persistent_recursive /w
create /w/3 x
set /w/3 y
delete /w/3
removewatches /w -l
printwatches
printwatches off
get -w /w
set /w unseen
printwatches on
printwatches
# quotas
setquota
setquota /w
setquota -n 3
setquota -n x /w
setquota -n 0 /w
setquota -b -1 /w
setquota -n 2 -b 3 /w
setquota -n 2 /nope
setquota -n 2 /zookeeper/quota/x
setquota -n 2 /w
listquota /w
setquota -b 100 /w
setquota -N 100 /w
setquota -B 1000 /w
listquota /w
setquota -n 5 /w/1
create /parent x
create /parent/child x
setquota -n 3 /parent/child
setquota -n 3 /parent
setquota -b 1 /parent/child
ls -R /zookeeper
delquota -n /w
delquota -b /w
delquota -N /w
delquota -B /w
delquota -n -b /w
listquota /w
delquota /w
delquota /w
delquota /nope
delquota
listquota /w
listquota
listquota nonsense
delquota /parent/child
ls -R /zookeeper
# whole trees
create /tree x
create /tree/1 x
create /tree/1/2 x
create /tree/3 x
deleteall
deleteall -b x /tree
deleteall /nope
deleteall nonsense
deleteall /tree -b 2
ls /tree
create /tree x
create /tree/1 x
deleteall -b 0 /tree
ls /
# the ensemble
sync
sync /
sync /nope
sync nonsense
config
config -c
config -s
config -w
reconfig
reconfig -remove 1
reconfig -add 1 -members 2
reconfig -members 1 -file 2
reconfig -v zz -remove 1
reconfig -file /nonexistent/file
# the shell itself
history
redo 0
redo 999
redo -1
redo
version x
nonsense
help
close
ls /
close
whoami
"""

CHROOT = """
ls /
create /x
ls /x
delete /
get /zookeeper
getEphemerals
create -e /x/e
getEphemerals
ls -R /
stat -w /x
addWatch /
set /x 1
setquota -n 1 /x
listquota /x
deleteall /x
config -c
"""

REFUSED = """
addauth bogus scheme
"""

ONE_SHOT = [
    ["ls", "/"], ["ls", "/nope"], ["get", "-s", "/zookeeper"], ["create", "/one", "two words"], ["get", "/one"],
    ["create", "/one"], ["set", "/one", "-v", "5", "x"], ["delete", "/one"], ["-timeout", "5000", "ls", "/"], ["-r", "ls", "/"],
    ["nonsense"], ["ls", "-z"], ["quit"], ["redo", "0"], ["history"], ["printwatches"], ["-frob", "ls", "/"],
    ["-waitforconnection", "stat", "/nope"], ["whoami"],
]
TYPED = ["ls /nope\nquit\n", "ls /nope\n", "nonsense\nls /\n", "ls /\nnonsense", "\n\nls /\n", "history\nls /\nhistory\nredo 1\nhistory\n"]


def port():
    global BASE
    if BASE:
        BASE += 1
        return BASE
    return ports.free_port()


class Server:
    def __init__(self, who):
        self.port, self.dir = port(), tempfile.mkdtemp(dir=DIR)
        config = self.dir + "/zk.properties"
        open(config, "w").write(
            "dataDir=%s/data\nclientPort=%d\ntickTime=2000\nmaxClientCnxns=0\nadmin.enableServer=false\n"
            "extendedTypesEnabled=true\n4lw.commands.whitelist=*\n" % (self.dir, self.port))
        command = [RKAFKA, "zookeeper-server-start", config]
        if who == "apache":
            command = JAVA + ["-Dzookeeper.extendedTypesEnabled=true", "-Dlog4j.configuration=file:%s/log4j.properties" % DIR,
                              "-cp", LIBS + "/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", config]
        self.process = subprocess.Popen(command, stdout=open(self.dir + "/log", "w"), stderr=subprocess.STDOUT)
        for _ in range(300):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2) as s:
                    s.sendall(b"srvr")
                    if b"Mode: standalone" in s.makefile("rb").read():
                        return
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit("no ZooKeeper server (%s): %s" % (who, open(self.dir + "/log").read()[-2000:]))

    def stop(self):
        self.process.kill()
        self.process.wait()


def shell(who, server, chroot="", args=()):
    """The command line of a shell."""
    where = "localhost:%d%s" % (server.port, chroot)
    if who == "ours":
        return [RKAFKA, "zookeeper-shell", where, *args]
    return JAVA + ["-Dlog4j.configuration=file:%s/log4j.properties" % DIR, "-cp", LIBS + "/*",
                   "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka", "-server", where, *args]


EVENT = re.compile(r"\nWATCHER::\n\n(WatchedEvent [^\n]*)\n")


def mask(text, server):
    text = re.sub(r"(ctime|mtime) = .*", r"\1 = TIME", text)
    text = re.sub(r"ephemeralOwner = 0x[1-9a-f][0-9a-f]+", "ephemeralOwner = SESSION", text)
    text = re.sub(r"ZooKeeper CLI version: .*", "ZooKeeper CLI version: VERSION", text)
    # Apache's message has the path twice and no space.
    text = re.sub(r"(Error processing /nonexistent/file).*", r"\1", text)
    return text.replace("localhost:%d" % server.port, "SERVER")


class Session:
    """A shell with its commands from a pipe, one by one: what each said is known by the markers behind it, on each stream."""

    def __init__(self, who, server, chroot):
        self.server = server
        self.p = subprocess.Popen(shell(who, server, chroot), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.out, self.err, self.events, self.lock, self.said = b"", b"", [], threading.Condition(), 0
        for stream, name in ((self.p.stdout, "out"), (self.p.stderr, "err")):
            threading.Thread(target=self.read, args=(stream, name), daemon=True).start()

    def read(self, stream, name):
        while data := os.read(stream.fileno(), 65536):
            with self.lock:
                setattr(self, name, getattr(self, name) + data)
                self.lock.notify()
        with self.lock:
            setattr(self, name + "_ended", True)
            self.lock.notify()

    def wait(self, done, what):
        with self.lock:
            if not self.lock.wait_for(done, 40):
                raise RuntimeError("no answer to %s: %r %r" % (what, self.out, self.err))

    def say(self, line):
        self.said += 1
        marker = "marker-%d" % self.said
        self.p.stdin.write((line + "\nprintwatches\n" + marker + "\n").encode())
        self.p.stdin.flush()
        end = ("Command not found: Command not found %s\n" % marker).encode()
        own = b"printwatches is "
        wanted = 1 + (line.split() == ["printwatches"])
        self.wait(lambda: end in self.err and self.out.count(own) >= wanted or hasattr(self, "err_ended"), line)
        # An event may still be on its way to the screen in Apache's shell.
        time.sleep(0.02)
        with self.lock:
            err, _, self.err = self.err.partition(end)
            out, self.out = self.out, b""
        usage = err.rfind(b"ZooKeeper -server host:port")
        out = self.parts(out)
        return re.sub(r"printwatches is o[nf]+\n(Not connected\n)?$", "", out), err[:usage if usage >= 0 else None].decode()

    def parts(self, out):
        out = out.decode()
        # Two prints of another thread: what the command says may stand between them.
        head, event = re.compile(r"\nWATCHER::\n"), re.compile(r"\n(WatchedEvent [^\n]*)\n")
        self.events += event.findall(out)
        return event.sub("", head.sub("", out))

    def end(self):
        self.p.stdin.write(b"quit\n")
        self.p.stdin.close()
        code = self.p.wait(30)
        self.wait(lambda: hasattr(self, "out_ended") and hasattr(self, "err_ended"), "quit")
        return self.parts(self.out), self.err.decode(), code


def play(tool, where, script, chroot=""):
    """What a shell says to each line of a script, its events, and how it ends."""
    server = Server(where)
    try:
        if chroot:
            subprocess.run(shell(tool, server, "", ["create", chroot, "x"]), capture_output=True, timeout=60)
        session = Session(tool, server, chroot)
        said = []
        for line in [line for line in script.splitlines() if line and not line.startswith("#")]:
            out, err = session.say(line)
            if line.startswith("getEphemerals") and out.startswith("["):
                # In the order of a hash table on the server.
                out = "[%s]\n" % ", ".join(sorted(out.strip("[]\n").split(", ")))
            said.append((line, mask(out, server), mask(err, server)))
        said.append(("quit", *session.end()))
        said.append(("events", session.events))
        return said
    finally:
        server.stop()


def one_shots(tool, where):
    server = Server(where)
    said = []
    try:
        runs = [(" ".join(args), shell(tool, server, "", args), b"") for args in ONE_SHOT]
        runs += [(repr(text), shell(tool, server), text.encode()) for text in TYPED]
        for name, command, text in runs:
            r = subprocess.run(command, input=text, capture_output=True, timeout=60)
            out = mask(r.stdout.decode(), server)
            # What Apache's shell shows of the first event depends on which thread is faster.
            out = EVENT.sub(lambda m: "" if "SyncConnected type:None" in m[1] else m[0], out)
            # Every shell is a session of its own that may or may not have begun when a local command ends it.
            out = re.sub(r"Zxid = 0x[0-9a-f]+", "Zxid = ZXID", out)
            err = "".join(l for l in r.stderr.decode().splitlines(True) if "is not an option" not in l)
            said.append((name, out, mask(err, server), r.returncode))
        return said
    finally:
        server.stop()


def compare(name, wanted, found):
    global passed, failures
    for want, have in zip(wanted, found):
        if want == have:
            passed += 1
            print("ok   %s: %s" % (name, want[0]))
            continue
        failures += 1
        print("FAIL %s: %s" % (name, want[0]))
        for what, w, h in zip(("stdout", "stderr", "exit"), want[1:], have[1:]):
            if w != h:
                print("     %s\n       wanted %r\n       found  %r" % (what, w, h))
    if len(wanted) != len(found):
        failures += 1
        print("FAIL %s: it ended early: %r" % (name, found[-1]))


def judge(name, run):
    wanted = run("apache", "apache")
    if SHOW:
        print(json.dumps(wanted, indent=1))
    for tool, where in (("ours", "apache"), ("ours", "ours"), ("apache", "ours")):
        compare("%s, shell %s, server %s" % (name, tool, where), wanted, run(tool, where))


def machine_readable():
    """--output json: an object a line, and what is in it."""
    global passed, failures
    server = Server("ours")
    try:
        text = "create /j {\"a\":1}\nget -w /j\nset /j 2\nget -s /j\nls /\nls -R /\ngetAcl /j\nstat /nope\nwhoami\nnonsense\nquit\n"
        r = subprocess.run(shell("ours", server, "", ["--output", "json"]), input=text.encode(), capture_output=True, timeout=60)
        lines = [json.loads(line) for line in r.stdout.splitlines()]
        by = {l.get("command"): l for l in lines if "command" in l}
        events = [(l["event"], l["state"], l["path"]) for l in lines if "event" in l]
        checks = [
            ("events", events == [("None", "SyncConnected", None), ("NodeDataChanged", "SyncConnected", "/j"), ("None", "Closed", None)]),
            ("data", by["get"]["data"] == "2" and by["get"]["stat"]["dataVersion"] == 1),
            ("paths", by["ls"]["paths"][:3] == ["/", "/j", "/zookeeper"]),
            ("acl", by["getAcl"]["acl"] == [{"scheme": "world", "id": "anyone", "permissions": "cdrwa"}]),
            ("refusal", by["stat"]["code"] == -101 and by["stat"]["exitCode"] == 1 and "does not exist" in by["stat"]["error"]),
            ("unknown command", by["nonsense"]["exitCode"] == 127),
            ("nothing on stderr", r.stderr == b""),
        ]
        for what, good in checks:
            print("ok   json: %s" % what if good else "FAIL json: %s\n     %s\n     %s" % (what, r.stdout, r.stderr))
            passed, failures = passed + good, failures + (not good)
    finally:
        server.stop()


def at_a_terminal():
    """A person with arrows and the tab key; an event from elsewhere shows above what is being typed."""
    global passed, failures
    server = Server("ours")
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(RKAFKA, shell("ours", server))
    seen = b""

    def until(text):
        nonlocal seen
        end = time.time() + 20
        while text not in seen:
            if not select.select([fd], [], [], max(0, end - time.time()))[0]:
                return False
            try:
                seen += os.read(fd, 65536)
            except OSError:
                return text in seen
        seen = seen.partition(text)[2]
        return True

    try:
        prompt = b"[zk: localhost:%d(CONNECTED) " % server.port
        elsewhere = shell("ours", server, "", ["create", "/elsewhere", "x"])
        steps = [
            ("a prompt", None, prompt + b"0] "),
            ("a command is completed", b"crea\t/node x\r", b"Created /node"),
            ("a path is completed", b"get /no\t\r", b"\r\nx\r\n"),
            ("lines are numbered", b"addWatch /\r", prompt + b"3] "),
            ("a line is recalled", b"\x1b[A\x1b[A\x1b[A\r", b"Node already exists: /node"),
            ("an event while something is typed", b"ls /", b"ls /"),
            ("an event", elsewhere, b"WatchedEvent state:SyncConnected type:NodeCreated path:/elsewhere"),
            ("what was typed is still there", b"\r", b"[elsewhere, node, zookeeper]"),
            ("the end", b"quit\r", b"WatchedEvent state:Closed type:None path:null"),
        ]
        for what, keys, answer in steps:
            if isinstance(keys, list):
                subprocess.run(keys, capture_output=True, timeout=60)
            elif keys:
                os.write(fd, keys)
            good = until(answer)
            print("%s terminal: %s" % ("ok  " if good else "FAIL", what) + ("" if good else "\n     %r" % seen))
            passed, failures = passed + good, failures + (not good)
    finally:
        server.stop()
        os.kill(pid, 9)
        os.close(fd)
        os.waitpid(pid, 0)


try:
    judge("session", lambda tool, where: play(tool, where, MAIN))
    judge("chroot", lambda tool, where: play(tool, where, CHROOT, "/chroot"))
    judge("one-shot", one_shots)
    machine_readable()
    at_a_terminal()
finally:
    shutil.rmtree(DIR, ignore_errors=True)
print("%d passed, %d failed" % (passed, failures))
sys.exit(failures > 0)
