"""usage: security_migration.py RKAFKA LIBS

zookeeper-security-migration of Apache Kafka 3.9.1 (LIBS has the jars) and RKAFKA's: on fresh servers, ours and Apache's,
with the same nodes, both tools say the same, exit the same, and leave the same ACLs on every node. By SASL, and by a
certificate over TLS.
"""
import os, re, shutil, socket, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import ports

RKAFKA, LIBS = sys.argv[1:3]
BASE = int(os.environ.get("PORT", 0))
DIR = tempfile.mkdtemp()
passed = failed = 0
open(DIR + "/log4j.properties", "w").write("log4j.rootLogger=OFF\n")
LOGIN = "org.apache.zookeeper.server.auth.DigestLoginModule required"
open(DIR + "/server.jaas", "w").write('Server { %s user_kafka="secret" user_super="root"; };\n' % LOGIN)
for user, password in (("kafka", "secret"), ("super", "root")):
    open("%s/%s.jaas" % (DIR, user), "w").write('Client { %s username="%s" password="%s"; };\n' % (LOGIN, user, password))
open(DIR + "/empty.jaas", "w").write('Other { %s username="a" password="b"; };\n' % LOGIN)
JAVA = ["java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-Dlog4j.configuration=file:%s/log4j.properties" % DIR]



def keytool(*args):
    subprocess.run(["keytool", *args, "-storepass", "secret"], cwd=DIR, check=True, capture_output=True)


for who in ("server", "kafka"):
    keytool("-genkeypair", "-keystore", who + ".p12", "-storetype", "PKCS12", "-alias", who, "-keyalg", "RSA", "-validity", "30",
            "-dname", "CN=" + who, "-ext", "san=dns:localhost,ip:127.0.0.1", "-ext", "bc=ca:true")
    keytool("-exportcert", "-keystore", who + ".p12", "-alias", who, "-file", who + ".crt")
    keytool("-importcert", "-keystore", "trust.p12", "-storetype", "PKCS12", "-alias", who, "-file", who + ".crt", "-noprompt")
NETTY = "zookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty\n"
STORES = "".join("zookeeper.ssl.%sstore.%s\n" % (kind, value) for kind, file in (("key", "kafka"), ("trust", "trust"))
                 for value in ("location=%s/%s.p12" % (DIR, file), "password=secret", "type=PKCS12"))
open(DIR + "/tls.properties", "w").write("zookeeper.ssl.client.enable=true\n" + NETTY + STORES)
# The server's word alone: nobody knows who this is.
open(DIR + "/anonymous.properties", "w").write("zookeeper.ssl.client.enable=true\n" + NETTY + "".join(l + "\n" for l in STORES.splitlines() if "trust" in l))

# What a cluster of Kafka has, and what is not Kafka's.
NODES = """/admin /admin/delete_topics /brokers /brokers/ids /brokers/topics /brokers/topics/t /brokers/topics/t/partitions
/brokers/topics/t/partitions/0 /brokers/topics/t/partitions/0/state /cluster /cluster/id /config /config/users
/config/users/alice /config/brokers /config/brokers/0 /config/topics /config/topics/t /consumers /consumers/group
/controller_epoch /delegation_token /delegation_token/tokens /delegation_token/tokens/x /kafka-acl /kafka-acl/Topic
/somebody-elses /somebody-elses/node""".split()


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
            "dataDir=%s/data\nclientPort=%d\ntickTime=2000\nadmin.enableServer=false\n4lw.commands.whitelist=*\n"
            "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider\n" % (self.dir, self.port))
        self.secure = port()
        open(config, "a").write(
            "secureClientPort=%d\nserverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory\n"
            "authProvider.x509=org.apache.zookeeper.server.auth.X509AuthenticationProvider\n"
            "ssl.keyStore.location=%s/server.p12\nssl.keyStore.password=secret\nssl.trustStore.location=%s/trust.p12\n"
            "ssl.trustStore.password=secret\nssl.clientAuth=want\n" % (self.secure, DIR, DIR))
        option = "-Djava.security.auth.login.config=%s/server.jaas" % DIR
        command = [RKAFKA, "zookeeper-server-start", config]
        if who == "apache":
            command = JAVA + [option, "-Dzookeeper.superUser=super", "-cp", LIBS + "/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", config]
        environment = {**os.environ, "KAFKA_OPTS": option + " -Dzookeeper.superUser=super"}
        self.process = subprocess.Popen(command, stdout=open(self.dir + "/log", "w"), stderr=subprocess.STDOUT, env=environment)
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

    def shell(self, lines):
        """What our shell says to these lines, as the super user."""
        environment = {**os.environ, "KAFKA_OPTS": "-Djava.security.auth.login.config=%s/super.jaas" % DIR}
        text = "\n".join(lines) + "\nquit\n"
        r = subprocess.run([RKAFKA, "zookeeper-shell", "localhost:%d" % self.port, "--output", "json"], input=text.encode(),
                           capture_output=True, timeout=60, env=environment)
        return r.stdout.decode()

    def acls(self):
        import json
        paths = json.loads([l for l in self.shell(["ls -R /"]).splitlines() if '"paths"' in l][0])["paths"]
        said = [json.loads(l) for l in self.shell(["getAcl " + path for path in paths]).splitlines()]
        return {l["path"]: [(a["scheme"], a["id"], a["permissions"]) for a in l["acl"]] for l in said if l.get("command") == "getAcl"}


def migrate(tool, server, jaas, args):
    option = "-Djava.security.auth.login.config=%s/%s.jaas" % (DIR, jaas) if jaas else "-Dx"
    command = [RKAFKA, "zookeeper-security-migration"] if tool == "ours" else JAVA + [option, "-cp", LIBS + "/*", "kafka.admin.ZkSecurityMigrator"]
    args = [a.replace("SERVER", "localhost:%d" % server.port).replace("SECURE", "localhost:%d" % server.secure) for a in args]
    args = [a.replace("DIR", DIR) for a in args]
    r = subprocess.run(command + args, capture_output=True, timeout=90, env={**os.environ, "KAFKA_OPTS": option})
    # The first line; a table of options follows it, or there a Java stack trace.
    err = [l for l in r.stderr.decode().splitlines() if not l.startswith(("SLF4J", "log4j", "\tat", "Option", "---"))]
    err = [re.sub(r"^(java\.lang|org\.apache|joptsimple)[\w.$]*: ", "", l) for l in err[:1]]
    return r.returncode, r.stdout.decode().replace(DIR, "DIR"), [l.replace(DIR, "DIR") for l in err]


STEPS = [
    ("help", "kafka", ["--help"]),
    ("version", "kafka", ["--version"]),
    ("nobody", None, ["--zookeeper.acl", "secure", "--zookeeper.connect", "SERVER"]),
    ("no section", "empty", ["--zookeeper.acl", "secure", "--zookeeper.connect", "SERVER"]),
    ("no choice", "kafka", ["--zookeeper.acl", "maybe", "--zookeeper.connect", "SERVER"]),
    ("unknown option", "kafka", ["--frob"]),
    ("missing paths", "kafka", ["--zookeeper.acl", "secure", "--zookeeper.connect", "SERVER", "--enable.path.check"]),
    ("secure", "kafka", ["--zookeeper.acl", "secure", "--zookeeper.connect", "SERVER"]),
    ("secure again", "kafka", ["--zookeeper.acl=secure", "--zookeeper.connect", "SERVER", "--enable.path.check"]),
    ("controller", None, None),
    ("secure the controller", "kafka", ["--zookeeper.acl=secure", "--zookeeper.connect", "SERVER"]),
    ("unsecure", "kafka", ["--zookeeper.acl", "unsecure", "--zookeeper.connect", "SERVER", "--zookeeper.session.timeout", "10000"]),
    ("certificate", None, ["--zookeeper.acl", "secure", "--zookeeper.connect", "SECURE", "--zk-tls-config-file", "DIR/tls.properties"]),
    ("no certificate", None, ["--zookeeper.acl", "secure", "--zookeeper.connect", "SECURE", "--zk-tls-config-file", "DIR/anonymous.properties"]),
    ("no longer", None, ["--zookeeper.acl", "unsecure", "--zookeeper.connect", "SECURE", "--zk-tls-config-file", "DIR/tls.properties"]),
    ("chroot", "kafka", ["--zookeeper.acl", "secure", "--zookeeper.connect", "SERVER/somebody-elses"]),
]


def play(tool, where):
    server, said = Server(where), []
    try:
        server.shell(["create %s x" % node for node in NODES])
        for name, jaas, args in STEPS:
            if args is None:
                server.shell(["create /controller x"])
                continue
            said.append((name, migrate(tool, server, jaas, args), server.acls()))
        return said
    finally:
        server.stop()


try:
    wanted = play("apache", "apache")
    secured = dict((name, acls) for name, _, acls in wanted)["secure"]
    assert secured["/brokers/ids"] == [("sasl", "kafka", "cdrwa"), ("world", "anyone", "r")], secured
    known = dict((name, acls) for name, _, acls in wanted)["certificate"]
    assert known["/brokers/ids"] == [("x509", "CN=kafka", "cdrwa"), ("world", "anyone", "r")], (known, wanted)
    assert secured["/config/users/alice"] == [("sasl", "kafka", "cdrwa")], secured
    for tool, where in (("ours", "apache"), ("ours", "ours"), ("apache", "ours")):
        for want, have in zip(wanted, play(tool, where)):
            for what, w, h in (("words and exit code", want[1], have[1]), ("ACLs", want[2], have[2])):
                passed, failed = passed + (w == h), failed + (w != h)
                print("%s tool %s, server %s, %s: %s" % ("ok  " if w == h else "FAIL", tool, where, want[0], what))
                if w != h:
                    print("     wanted %r\n     found  %r" % (w, h))
finally:
    shutil.rmtree(DIR, ignore_errors=True)
print("%d passed, %d failed" % (passed, failed))
sys.exit(failed > 0)
