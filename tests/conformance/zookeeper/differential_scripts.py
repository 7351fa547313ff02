"""Programs of the differential judge that are written out: (settings of both servers, how to make the program)."""
from differential import (OPEN, Program, acls, auth, buf, create, create_ttl, flag, i32, i64, multi, set_acl, set_data, set_watches, text,
                          vec, versioned, watched)

SCRIPTS = []
READ = [(1, "world", "anyone")]
BOB = [(31, "digest", "bob:CBFqi4HhD4kmzXW0hdNyWcbuPIQ=")]


def script(settings=""):
    def add(fill):
        def make():
            program = Program(fill.__name__.replace("_", " "))
            fill(program)
            return program
        SCRIPTS.append((settings, make))
        return fill
    return add


@script()
def connecting(p):
    """Negotiation, old clients, broken greetings, wrong passwords, sessions that are gone."""
    for timeout in (30000, 0, -1, 1, 3999, 4000, 4001, 40000, 40001, 2147483647, -2147483648):
        p.open("t", timeout=timeout)
    p.open("old", read_only=None)
    p.open("read-only", read_only=True)
    p.open("odd", version=7, password=None)
    p.open("short", password=b"short", tail=b"more than asked")
    p.open("ahead", zxid=1 << 40)
    p.open("gone", id=0x123456789abcdef, password=bytes(16))
    p.open("old gone", id=0x123456789abcdef, password=bytes(16), read_only=None)
    p.open("broken", raw=b"\0\0\0\0\0\0\0\0")
    p.open("empty", raw=b"")
    p.open("one")
    p.open("two", resume="one", password=b"wrong", kept="one")
    p.add("one", "drop")
    p.open("three", resume="one")
    p.open("four", resume="one", timeout=4000)
    p.do("three", ("whoAmI", b""))
    p.do("four", ("create", create("/e", flags=1)), ("closeSession", b""), ends=True)
    p.open("five", resume="four")
    p.open("six")
    p.do("six", ("exists", watched("/e")))


@script()
def endings(p):
    """What ends a connection, and what is said before."""
    for n, (op, body) in enumerate([(77, b""), (0, b""), (-1, b""), (10, b""), (108, b""), ("auth", auth("digest", b"x:y")[:9]),
                                    ("auth", auth("nope", b"x")), ("auth", auth("world", b"anyone")), ("auth", auth(None, b"x")),
                                    ("auth", auth("sasl", b"x")), ("auth", auth("super", b"x")), ("auth", auth("auth", b""))]):
        name = "s%d" % n
        p.open(name)
        p.do(name, (op, body), ends=True)
    p.open("watcher")
    p.do("watcher", ("exists", watched("/e", True)), ("exists", watched("/f", True)))
    p.open("last")
    p.do("last", ("create", create("/e", flags=1)), ("create", create("/f", flags=3)), ("create", create("/f", flags=1)))
    p.do("last", ("closeSession", b"ignored"), ends=True)
    p.steps[-1].more["unordered"] = True


@script()
def identities(p):
    """auth, and whoAmI after it."""
    p.open("one")
    for scheme, proof in (("digest", b"bob:secret"), ("digest", b"bob:secret"), ("digest", b"bob"), ("digest", b""), ("digest", b":x"),
                          ("digest", b"eve:a:b"), ("digest", b"\xff\xfe:\xed\xa0\x80"), ("ip", b"10.0.0.1"), ("ip", None),
                          ("digest", b"super:test")):
        p.do("one", ("auth", auth(scheme, proof)))
        p.do("one", ("whoAmI", b""))
        p.do("one", ("create", create("/a", acl=[(31, "auth", "")], flags=2)), ("getChildren", watched("/")))
    p.open("two")
    p.do("two", ("auth", auth("digest", None)), ends=True)


@script()
def rights(p):
    """Each permission on each operation."""
    p.open("one"), p.open("two")
    p.do("two", ("auth", auth("digest", b"bob:secret")))
    for n, perms in enumerate((0, 1, 2, 4, 8, 16, 30, 31)):
        path = "/p%d" % n
        acl = [(perms, "world", "anyone"), (31, "digest", "bob:CBFqi4HhD4kmzXW0hdNyWcbuPIQ=")]
        p.do("one", ("create", create(path, acl=acl)))
        p.do("two", ("create", create(path + "/c")))
        for s in ("one", "two"):
            p.do(s, ("getData", watched(path)), ("exists", watched(path)), ("getChildren", watched(path)), ("getACL", text(path)),
                 ("getChildren2", watched(path)), ("setData", set_data(path)), ("create2", create(path + "/" + s)),
                 ("delete", versioned(path + "/c")), ("check", versioned(path, 99)), ("getAllChildrenNumber", text(path)),
                 ("addWatch", text(path) + i32(0)), ("sync", text(path)), ("multiRead", multi([("getData", watched(path))])),
                 ("multi", multi([("check", versioned(path)), ("setData", set_data(path)), ("delete", versioned(path + "/c"))])),
                 ("setACL", set_acl(path, acl, 0)), ("setACL", set_acl(path, acl)), ("setACL", set_acl(path, [])))
    p.do("one", ("delete", versioned("/zookeeper/config")), ("setData", set_data("/zookeeper/config")), ("create", create("/zookeeper/config/x")),
         ("getACL", text("/zookeeper/config")), ("getData", watched("/zookeeper/config")), ("setData", set_data("/zookeeper")),
         ("create", create("/zookeeper/x")), ("delete", versioned("/zookeeper/x")), ("setACL", set_acl("/zookeeper/quota", READ)),
         ("getData", watched("/zookeeper/quota")), ("getData", watched("/zookeeper")), ("getChildren2", watched("/zookeeper")))


@script("skipACL=yes\n")
def no_rights_needed(p):
    p.open("one")
    p.do("one", ("create", create("/a", acl=BOB)), ("create", create("/b", acl=[])), ("create", create("/c", acl=[(31, "nope", "x")])),
         ("create", create("/d", acl=[(31, "auth", "")])), ("getACL", text("/a")), ("setData", set_data("/a")), ("setACL", set_acl("/a", BOB)),
         ("setACL", set_acl("/a", [])), ("setACL", set_acl("/a", [(31, "digest", "bad")])), ("getACL", text("/a")), ("delete", versioned("/a")),
         ("setData", set_data("/zookeeper/config")), ("reconfig", text(None) * 3 + i64(-1)))


@script()
def watching(p):
    """Order of events of one write, all kinds of watches, several connections, re-attachment."""
    p.open("one"), p.open("two"), p.open("three"), p.open("four")
    p.add("one", "base")
    p.do("two", ("addWatch", text("/") + i32(1)))
    p.do("three", ("addWatch", text("/a") + i32(0)), ("addWatch", text("/a/b") + i32(0)))
    for round_ in range(2):
        p.do("one", ("exists", watched("/a", True)), ("exists", watched("/a/b", True)), ("getChildren", watched("/", True)),
             ("getData", watched("/a", True)))
        p.do("four", ("create", create("/a")))
        p.do("one", ("getChildren", watched("/a", True)), ("getData", watched("/a", True)), ("getData", watched("/a/b", True)))
        p.do("four", ("create", create("/a/b", flags=1)), ("setData", set_data("/a/b")), ("setData", set_data("/a")), ("setACL", set_acl("/a")))
        p.do("one", ("getChildren", watched("/a/b", True)), ("getChildren", watched("/a", True)), ("getData", watched("/a/b", True)))
        p.do("four", ("delete", versioned("/a/b")), ("delete", versioned("/a")))
        p.do("four", ("multi", multi([("create", create("/m")), ("create", create("/m/n")), ("setData", set_data("/m")), ("delete", versioned("/m/n")), ("delete", versioned("/m"))])))
        p.do("four", ("multi", multi([("create", create("/m")), ("delete", versioned("/none"))])))
    for kind in (1, 2, 3, 1):
        p.do("three", ("removeWatches", text("/a") + i32(kind)), ("removeWatches", text("/a/b") + i32(kind)))
    p.do("two", ("removeWatches", text("/a") + i32(3)), ("removeWatches", text("/") + i32(2)))
    p.do("four", ("create", create("/a")), ("create", create("/a/b")), ("setData", set_data("/a")))
    p.do("two", ("removeWatches", text("/") + i32(3)), ("removeWatches", text("/") + i32(3)))
    p.do("four", ("delete", versioned("/a/b")), ("setData", set_data("/a")))
    for zxid in (0, 1 << 60):
        p.do("one", ("setWatches", set_watches(zxid, ["/a", "/none", "/", ""], ["/a", "/none", ""], ["/a", "/none", "/", ""])))
        p.do("two", ("setWatches2", set_watches(zxid, ["/a"], ["/none"], ["/a"], ["/b"], ["/a/c"])))
        p.do("four", ("create", create("/none")), ("setData", set_data("/a")), ("create", create("/a/c")), ("create", create("/a/c/d")), ("create", create("/b")))
        p.do("four", ("delete", versioned("/none")), ("delete", versioned("/a/c/d")), ("delete", versioned("/a/c")), ("delete", versioned("/b")))
    p.do("one", ("getData", watched("/a", True)), ("exists", watched("/x", True)))
    p.add("one", "drop")
    p.open("one", resume="one")
    p.do("four", ("setData", set_data("/a")), ("create", create("/x")))
    p.do("one", ("setWatches", set_watches(0, ["/a"], ["/x"], [])))


@script("extendedTypesEnabled=true\nznode.container.checkIntervalMs=200\n")
def reaping(p):
    """Containers and times to live, and who hears of their end."""
    p.open("one"), p.open("two")
    p.add("one", "base")
    p.do("one", ("createContainer", create("/c", flags=4)), ("createContainer", create("/unused", flags=4)), ("create", create("/c/1")),
         ("createTTL", create_ttl("/t", ttl=400)), ("createTTL", create_ttl("/u", ttl=400, flags=6)), ("createTTL", create_ttl("/parent", ttl=300)),
         ("create", create("/parent/child")))
    p.do("two", ("exists", watched("/c", True)), ("exists", watched("/t", True)), ("exists", watched("/u0000000003", True)))
    p.do("one", ("delete", versioned("/c/1")))
    p.add("one", "sleep", seconds=1.5, unordered=True)
    p.do("one", ("getChildren", watched("/")), ("exists", watched("/c")), ("exists", watched("/unused")), ("exists", watched("/parent")))
    p.do("one", ("deleteContainer", b"/parent"), ("deleteContainer", b"/unused"), ("deleteContainer", text("/unused")))


@script("extendedTypesEnabled=true\nznode.container.checkIntervalMs=200\nznode.container.maxNeverUsedIntervalMs=500\n")
def reaping_of_the_unused(p):
    p.open("one")
    p.do("one", ("createContainer", create("/unused", flags=4)))
    p.add("one", "sleep", seconds=1.5, unordered=True)
    p.do("one", ("getChildren", watched("/")))


@script()
def without_extended_types(p):
    p.open("one")
    for flags in range(-1, 9):
        p.do("one", *((op, create("/f%d%s" % (flags, op), flags=flags)) for op in ("create", "create2", "createContainer")))
        p.do("one", ("createTTL", create_ttl("/t%d" % flags, flags=flags)))
        p.do("one", ("multi", multi([(op, create("/m%d%s" % (flags, op), flags=flags)) for op in ("create", "create2", "createContainer")])))
        p.do("one", ("multi", multi([("createTTL", create_ttl("/mt%d" % flags, flags=flags))])))
    p.do("one", ("getChildren2", watched("/")))


@script("extendedTypesEnabled=true\n")
def with_extended_types(p):
    without_extended_types(p)


@script("reconfigEnabled=true\n")
def reconfiguration(p):
    p.open("one")
    p.add("one", "base")
    request = text("server.1=a:1:2;3") + text(None) + text(None) + i64(-1)
    p.do("one", ("reconfig", request), ("reconfig", request[:7]), ("create", create("/a")), ("getData", watched("/zookeeper/config")))
    p.do("one", ("multi", multi([("reconfig", request)])))


@script()
def reconfiguration_disabled(p):
    reconfiguration(p)


def limits(p, content, *requests):
    p.do("one", ("create", create("/zookeeper/quota/q")), ("create", create("/zookeeper/quota/q/zookeeper_limits", content)),
         ("create", create("/zookeeper/quota/q/zookeeper_stats", b"count=0,bytes=0")))
    stats = ("getData", watched("/zookeeper/quota/q/zookeeper_stats"))
    for request in requests:
        p.do("one", request, stats)
    p.do("one", ("delete", versioned("/zookeeper/quota/q/zookeeper_limits")), ("delete", versioned("/zookeeper/quota/q/zookeeper_stats")),
         ("delete", versioned("/zookeeper/quota/q")))


GROWTH = [("create", create("/q/1", b"12345")), ("create", create("/q/2", None)), ("create", create("/q/3", b"")), ("setData", set_data("/q/1", b"1")),
          ("setData", set_data("/q/1", b"1" * 50)), ("setData", set_data("/q/1", None)), ("create", create("/q/1/e", b"1", flags=1)),
          ("create", create("/q/s", b"22", flags=2)), ("multi", multi([("create", create("/q/m")), ("create", create("/q/n")), ("setData", set_data("/q/m", b"1" * 30))])),
          ("multi", multi([("create", create("/q/k")), ("delete", versioned("/none"))])), ("create", create("/qq", b"x")), ("setData", set_data("/q", b"own")),
          ("delete", versioned("/q/2")), ("delete", versioned("/q/1")), ("delete", versioned("/q/3")), ("delete", versioned("/q/m")), ("delete", versioned("/q/n")),
          ("delete", versioned("/q/1/e")), ("delete", versioned("/qq")), ("getChildren2", watched("/q"))]


@script()
def quotas_counted(p):
    """Statistics of a quota follow each change; nothing is refused."""
    p.open("one")
    p.add("one", "base")
    p.do("one", ("create", create("/q", b"abc")), ("create", create("/q/s", b"x", flags=2)))
    limits(p, b"count=1,bytes=1=;byteHardLimit=1;countHardLimit=1", *GROWTH)
    p.do("one", ("create", create("/zookeeper/quota/none")), ("create", create("/zookeeper/quota/none/zookeeper_stats")),
         ("create", create("/zookeeper/quota/none/zookeeper_limits")), ("getData", watched("/zookeeper/quota/none/zookeeper_stats")),
         ("create", create("/none")), ("getData", watched("/zookeeper/quota/none/zookeeper_stats")), ("getChildren2", watched("/zookeeper/quota/none")))


@script("enforceQuota=true\n")
def quotas_enforced(p):
    p.open("one")
    p.add("one", "base")
    p.do("one", ("create", create("/q", b"abc")))
    for content in (b"count=2,bytes=10", b"count=-1,bytes=-1=;byteHardLimit=20;countHardLimit=3", b"countHardLimit=3", b"byteHardLimit=9", b"", None, b"nonsense",
                    b"count=x", b"count=3;;countHardLimit=5,", b",count=1", b"countHardLimit=0", b"count==5;countHardLimit=2"):
        limits(p, content, *GROWTH)


@script()
def words_of_a_multi(p):
    """Parts that fail, parts that see each other, sequences, empty multis, results of each kind."""
    p.open("one"), p.open("two")
    p.add("one", "base")
    p.do("two", ("addWatch", text("/") + i32(1)))
    m = lambda *parts: p.do("one", ("multi", multi(parts)))
    m()
    m(("create", create("/a")), ("create2", create("/a/b")), ("setData", set_data("/a/b")), ("setData", set_data("/a/b", version=1)), ("check", versioned("/a/b", 2)))
    m(("create", create("/a/s", flags=2)), ("create2", create("/a/s", flags=3)), ("delete", versioned("/a/s0000000001")), ("create", create("/a/s", flags=2)))
    m(("create", create("/a/s", flags=2)), ("check", versioned("/none")), ("create", create("/a/s", flags=2)))
    p.do("one", ("create", create("/a/s", flags=2)), ("getChildren2", watched("/a")))
    m(("delete", versioned("/a")),)
    m(("delete", versioned("/a/b")), ("delete", versioned("/a/b")))
    m(("createContainer", create("/c", flags=4)), ("create", create("/c2", flags=4)), ("createContainer", create("/c3", flags=0)))
    m(("create", create("/x", acl=[])), ("create", create("/y")))
    m(("create", create("a")),)
    m(("create", create(None)),)
    m(("setData", set_data(None)),)
    m(("setData", set_data("/a", None)), ("setData", set_data("/a", b"")))
    m(("deleteContainer", text("/c")),)
    m(("setACL", set_acl("/a")),)
    m(("exists", watched("/a")),)
    p.do("one", ("create", create("/p", flags=2)), ("multi", multi([("create", create("/p", flags=2)), ("delete", versioned("/none"))])), ("create", create("/p", flags=2)),
         ("multi", multi([("create", create("/p", flags=2))])), ("getChildren", watched("/")), ("multi", b""), ("multi", i32(-1)), ("multi", i32(1) + b"\0" + i32(-1)))
    p.do("one", ("multiRead", multi([("getData", watched("/a", True)), ("getChildren", watched("/a", True)), ("getData", watched("/none")), ("getChildren", watched(None))])),
         ("multiRead", multi([])), ("multiRead", multi([("getData", watched("a"))])), ("setData", set_data("/a")))


@script()
def paths(p):
    """Every kind of path in every operation."""
    from differential import HOSTILE
    p.open("one")
    p.add("one", "base")
    p.do("one", ("create", create("/a")), ("create", create("/a/b")))
    for path in HOSTILE + ["a/b", "a/", "/a/b/", "//a", "/a/\0", "x/\0", "/\u2028", "/\ud7ff\ue000", b"/\xf4\x90\x80\x80", b"/\xe2\x82", b"/\xed\xa0", "/\ufffe", "/\u00a0"]:
        p.do("one", ("create", create(path)), ("create2", create(path, flags=2)), ("exists", watched(path)), ("getData", watched(path)), ("setData", set_data(path)),
             ("getACL", text(path)), ("setACL", set_acl(path, version=77)), ("getChildren", watched(path)), ("getChildren2", watched(path)), ("sync", text(path)),
             ("check", versioned(path, 77)), ("getAllChildrenNumber", text(path)), ("getEphemerals", text(path)), ("addWatch", text(path) + i32(0)),
             ("removeWatches", text(path) + i32(3)), ("delete", versioned(path)),
             ("multi", multi([("create", create(path)), ("setData", set_data(path)), ("delete", versioned(path))])))
        p.do("one", ("setWatches", set_watches(1 << 60, [path], [path], [path])), ("create", create("/z")), ("delete", versioned("/z")))


@script()
def versions(p):
    p.open("one")
    p.do("one", ("create", create("/v")))
    for version in (-1, 0, 1, 2, 3, -2, 2147483647, -2147483648, 0, 4):
        p.do("one", ("setData", set_data("/v", version=version)), ("setACL", set_acl("/v", version=version)), ("check", versioned("/v", version)),
             ("exists", watched("/v")), ("delete", versioned("/v", version if version > 0 else 99)))


@script()
def sequences(p):
    """Suffixes, cversion and pzxid of the parent, ephemerals as parents, the root."""
    p.open("one"), p.open("two")
    p.add("one", "base")
    p.do("one", ("create", create("/p")))
    for n in range(3):
        p.do("one", ("create", create("/p/", flags=2)), ("create2", create("/p/x", flags=3)), ("create", create("/p/plain")), ("delete", versioned("/p/plain")),
             ("exists", watched("/p")), ("create", create("/p/", flags=0)), ("create", create("/", flags=2)), ("create", create("/", flags=0)))
    p.do("one", ("create", create("/e", flags=1)), ("create", create("/e/c")), ("create", create("/e/c", flags=1)), ("delete", versioned("/p")), ("exists", watched("/")),
         ("getChildren2", watched("/")), ("getEphemerals", text("/")), ("getAllChildrenNumber", text("/")), ("getAllChildrenNumber", text("/p")), ("setData", set_data("/")),
         ("setACL", set_acl("/", OPEN + READ)), ("getACL", text("/")), ("delete", versioned("/")))
    p.do("two", ("getEphemerals", text("/")), ("exists", watched("/e")), ("delete", versioned("/e")), ("getChildren2", watched("/p")))
    p.do("one", ("closeSession", b""), ends=True)
    p.do("two", ("exists", watched("/p")), ("exists", watched("/")), ("getChildren2", watched("/p")))


@script()
def strange_requests(p):
    """Requests that only a hostile client sends."""
    p.open("one"), p.open("two")
    p.add("one", "base")
    p.do("one", ("createSession", i32(20000)))
    p.do("one", ("createSession", b"\0"))
    p.do("one", ("create", create("/a")))
    for op in ("create", "create2", "delete", "exists", "getData", "setData", "getACL", "setACL", "getChildren", "sync", "getChildren2", "multi", "reconfig",
               "removeWatches", "createContainer", "deleteContainer", "createTTL", "multiRead", "setWatches", "getEphemerals", "getAllChildrenNumber",
               "setWatches2", "addWatch", "whoAmI", "check"):
        for body in (b"", b"\0", i32(-1), i32(-2), i32(2147483647), i32(4) + b"/a", b"\xff" * 40):
            p.do("one", (op, body))
    p.do("one", ("create", create("/b", b"", [(31, "world", "anyone")] * 3)), ("getACL", text("/b")),
         ("create", text("/c") + buf(b"") + i32(-5) + i32(0)), ("create", create("/d", acl=[(31, None, None)])), ("create", create("/d", acl=[(31, "digest", None)])),
         ("create", create("/d", acl=[(31, "ip", None)])), ("create", create("/d", acl=[(31, "auth", None)])), ("create", create("/d", acl=[(31, "world", None)])),
         ("create", create("/d", acl=[(31, "sasl", None)])), ("exists", watched("/d")))
    p.do("two", ("getChildren2", watched("/")))
    p.do("two", ("sasl", buf(b"")))


@script("tickTime=500\n")
def silence(p):
    """A session lives for its timeout and at most two ticks more; a connection that comes back with a shorter one shortens it."""
    p.open("watcher", timeout=10000)
    for name, timeout in (("a", 1000), ("b", 3000), ("c", 3000), ("d", 10000), ("gone", 1000)):
        p.open(name, timeout=timeout)
        p.do(name, ("create", create("/" + name, flags=1)), ("create", create("/" + name + "2", flags=1)))
        p.do("watcher", ("exists", watched("/" + name, True)), ("exists", watched("/" + name + "2", True)))
    p.do("d", ("closeSession", b""), ends=True)
    p.steps[-1].more["unordered"] = True
    p.open("e", resume="b", timeout=1000)
    p.add("gone", "drop")
    p.add("a", "silence"), p.add("e", "silence"), p.add("c", "silence")
    p.add("watcher", "sleep", seconds=.4, unordered=True)
    p.add("watcher", "sleep", seconds=1.7, unordered=True)
    p.add("a", "wait for the end", seconds=1, ends=True)
    p.add("e", "wait for the end", seconds=1, ends=True)
    p.add("watcher", "sleep", seconds=2.1, unordered=True)
    p.add("c", "wait for the end", seconds=1, ends=True)
    p.open("f", resume="a")
    p.do("watcher", ("getChildren2", watched("/")))


@script()
def sizes(p):
    """Requests of just the allowed length and one byte more, also as the first of a connection."""
    limit = 0xfffff
    p.open("one"), p.open("two")
    over = len(create("/s", b"")) + 8
    p.do("one", ("create", create("/s", b"x" * (limit - over))))
    p.do("one", ("getData", watched("/s")), ("setData", set_data("/s", b"y" * (limit - 30))), ("exists", watched("/s")))
    p.do("one", ("create", create("/t", b"x" * (limit - over + 1))), ends=True)
    p.open("big", tail=b"x" * 1000)
    p.do("two", ("exists", watched("/t")), ("exists", watched("/s")))
    p.do("two", ("create", create("/u", b"x" * 900000)), ("create", create("/v", b"x" * 900000)), ("getData", watched("/u")), ("getData", watched("/v")))
    p.add("two", "restart")
    p.open("two", resume="two"), p.open("one", resume="one")
    p.do("two", ("getData", watched("/u")), ("getData", watched("/s")))


@script("extendedTypesEnabled=true\nenforceQuota=true\n")
def restarting(p):
    """What a restart keeps: nodes, counters, sessions, ephemerals, quotas; and what it does not: watches."""
    p.open("one"), p.open("two"), p.open("three")
    p.add("one", "base")
    p.do("one", ("create", create("/a", None)), ("create", create("/a/b", b"")), ("create", create("/a/e", flags=1)), ("create", create("/a/s", flags=3)),
         ("delete", versioned("/a/b")), ("setData", set_data("/a", b"z")), ("setACL", set_acl("/a", OPEN + BOB)), ("createContainer", create("/c", flags=4)),
         ("createTTL", create_ttl("/t")), ("multi", multi([("create", create("/m")), ("setData", set_data("/m"))])),
         ("multi", multi([("create", create("/n")), ("delete", versioned("/none"))])), ("delete", versioned("/none")), ("multi", multi([("create", create(None))])))
    p.do("two", ("create", create("/two", flags=1)), ("exists", watched("/a", True)))
    # One by one: Apache's looks at quotas before earlier requests have been applied.
    for request in (create("/zookeeper/quota/a"), create("/zookeeper/quota/a/zookeeper_limits", b"count=-1,bytes=-1=;countHardLimit=6"),
                    create("/zookeeper/quota/a/zookeeper_stats", b"count=9,bytes=9"), create("/a/q")):
        p.do("one", ("create", request))
    p.do("three", ("closeSession", b""), ends=True)
    for _ in range(2):
        p.add("one", "restart")
        p.open("one", resume="one"), p.open("four"), p.open("three", resume="three"), p.open("two", resume="two", password=bytes(16))
        p.do("one", *((op, watched(path)) for path in ("/", "/a", "/a/e", "/c", "/t", "/m", "/n", "/two", "/a/s0000000002", "/zookeeper", "/zookeeper/quota/a/zookeeper_stats")
                      for op in ("getData", "getChildren2")), ("getACL", text("/a")), ("getEphemerals", text("/")))
        for _ in range(3): p.do("one", ("create", create("/a/s", flags=2)))
        p.do("one", ("getData", watched("/zookeeper/quota/a/zookeeper_stats")), ("exists", watched("/a")))
    p.open("two", resume="two")
    p.do("two", ("getEphemerals", text("/")), ("closeSession", b""), ends=True)
    p.do("one", ("exists", watched("/two")), ("exists", watched("/")))
