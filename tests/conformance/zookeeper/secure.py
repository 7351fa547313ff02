"""TLS, client certificates and SASL. secure.py RKAFKA LIBS LOG4J ours|apache

The server's part plays Apache's Java client, kazoo, openssl and (against ours) an Apache Kafka 3.9.1 broker against a server;
the client's part plays our shell against Apache ZooKeeper 3.8.4 and against ours."""
import contextlib, os, re, shutil, signal, socket, ssl, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from ports import free_port

import secure_keys
from secure_keys import PASSWORD

RKAFKA, LIBS, LOG4J, KIND = sys.argv[1:5]
JAVA = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j.configuration=file:" + LOG4J]
SASL_PROVIDER = "org.apache.zookeeper.server.auth.SASLAuthenticationProvider"
LOGIN = "org.apache.zookeeper.server.auth.DigestLoginModule required"
NETTY = ["-Dzookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocketNetty", "-Dzookeeper.client.secure=true"]
counts = {True: 0, False: 0}
W = tempfile.mkdtemp(prefix="rkafka-secure-")


def check(passed, what, seen=""):
    counts[bool(passed)] += 1
    print(("ok   " if passed else "FAIL ") + what, flush=True)
    if not passed:
        print("     " + str(seen)[-1500:].replace("\n", "\n     "), flush=True)


def answers(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Server:
    """A ZooKeeper server of either kind with these settings; the ports are plain and secure."""

    def __init__(self, kind, settings, opts="", ports="both"):
        self.kind, self.plain, self.secure = kind, free_port(), free_port()
        self.folder = tempfile.mkdtemp(dir=W)
        lines = {"dataDir": self.folder + "/data", "tickTime": "2000", "admin.enableServer": "false", "4lw.commands.whitelist": "*"}
        if ports != "secure":
            lines["clientPort"] = self.plain
        if ports != "plain":
            lines["secureClientPort"] = self.secure
        if kind == "apache":
            lines["serverCnxnFactory"] = "org.apache.zookeeper.server.NettyServerCnxnFactory"
        lines.update(settings)
        file = self.folder + "/zoo.cfg"
        open(file, "w").write("".join(f"{k}={v}\n" for k, v in lines.items()))
        if kind == "ours":
            command, env = [RKAFKA, "zookeeper-server-start", file], dict(os.environ, KAFKA_OPTS=opts)
        else:
            command, env = [*JAVA, *opts.split(), "-cp", LIBS + "/*", "org.apache.zookeeper.server.quorum.QuorumPeerMain", file], None
        self.log = open(self.folder + "/log", "w+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=env)
        wanted = [port for key, port in (("clientPort", self.plain), ("secureClientPort", self.secure)) if key in lines]
        end = time.time() + 60
        while not all(map(answers, wanted)) and self.process.poll() is None and time.time() < end:
            time.sleep(0.05)
        # Apache's listens before it serves.
        while kind == "apache" and ports != "secure" and time.time() < end and not self.serves():
            time.sleep(0.1)

    def serves(self):
        with contextlib.suppress(OSError):
            return b"Mode" in read_all(socket.create_connection(("127.0.0.1", self.plain), 2), b"srvr")

    def text(self):
        return open(self.folder + "/log").read()

    def says(self, words):
        for _ in range(50):
            if words in self.text():
                return True
            time.sleep(0.1)
        return False

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def tls(store="server.p12", trust="trust.p12", **more):
    settings = {"ssl.keyStore.location": f"{W}/{store}", "ssl.keyStore.password": PASSWORD}
    settings |= {"ssl.trustStore.location": f"{W}/{trust}", "ssl.trustStore.password": PASSWORD}
    return settings | {k.replace("_", "."): v for k, v in more.items()}


def java(port, *command, key="bob.p12", trust="trust.jks", secure=True, jaas=None, more=()):
    """One command of Apache's shell; its output."""
    options = list(more)
    if secure:
        options += [*NETTY, f"-Dzookeeper.ssl.trustStore.location={W}/{trust}", "-Dzookeeper.ssl.trustStore.password=" + PASSWORD]
        if key:
            options += [f"-Dzookeeper.ssl.keyStore.location={W}/{key}", "-Dzookeeper.ssl.keyStore.password=" + PASSWORD]
    if jaas:
        options.append("-Djava.security.auth.login.config=" + jaas)
    line = [*JAVA, *options, "-cp", LIBS + "/*", "org.apache.zookeeper.ZooKeeperMain", "-server", f"localhost:{port}", *command]
    return play(line)


def ours(port, *command, key="bob.p12", trust="trust.jks", secure=True, jaas=None, check_host=True):
    """One command of our shell; its output."""
    options = []
    if secure:
        file = tempfile.mktemp(dir=W, suffix=".properties")
        lines = ["zookeeper.ssl.client.enable=true", f"zookeeper.ssl.truststore.location={W}/{trust}", "zookeeper.ssl.truststore.password=" + PASSWORD]
        if key:
            lines += [f"zookeeper.ssl.keystore.location={W}/{key}", "zookeeper.ssl.keystore.password=" + PASSWORD]
        if not check_host:
            lines.append("zookeeper.ssl.endpoint.identification.algorithm=")
        open(file, "w").write("\n".join(lines))
        options = ["-zk-tls-config-file", file]
    env = dict(os.environ, KAFKA_OPTS=f"-Djava.security.auth.login.config={jaas}" if jaas else "")
    return play([RKAFKA, "zookeeper-shell", f"localhost:{port}", *options, *command], env)


def play(line, env=None):
    try:
        done = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=25, env=env)
        return done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode(errors="replace") + "\n(no answer in time)"


def jaas(name, text):
    file = f"{W}/{name}.jaas"
    open(file, "w").write(text)
    return file


def client_jaas(user, password):
    return jaas("client-" + user + password, f'Client {{ {LOGIN} username="{user}" password="{password}"; }};')


def certificates(shell, kind):
    """Who a client is by its certificate, and what that allows. Both sides are judged by the other."""
    name = f"{shell.__name__}'s client, {kind} server: "
    settings = tls(**{"X509AuthenticationProvider_superUser": "CN=boss"})
    with Server(kind, settings) as server:
        port = server.secure
        out = shell(port, "whoami")
        check("x509: CN=bob" in out, name + "a certificate's subject is who the client is", out + server.text())
        out = shell(port, "create", "/bobs", "data", "x509:CN=bob:cdrwa")
        check("Created /bobs" in out, name + "x509 stands in ACLs", out)
        out = shell(port, "create", "/bad", "data", "x509:bob:cdrwa")
        check("Created" not in out and "nvalid" in out, name + "a name that is no subject is refused", out)
        out = shell(server.plain, "get", "/bobs", secure=False)
        check("nsufficient permission" in out or "NoAuth" in out, name + "others do not get in", out)
        out = shell(port, "get", "/bobs", key="boss.p12")
        check("data" in out.splitlines(), name + "the super user does", out)
        out = shell(port, "create", "/auth", "data", "auth::cdrwa")
        out = shell(port, "getAcl", "/auth")
        check("'x509,'CN=bob" in out, name + "auth stands for the certificate", out)
        out = shell(port, "whoami", key=None)
        check("x509" not in out and "ip:" not in out, name + "no certificate, no connection", out)
        out = shell(port, "whoami", key="stranger.p12")
        check("x509" not in out and "ip:" not in out, name + "a stranger's neither", out)
        if shell is ours:
            out = shell(port, "whoami", trust="stranger.p12")
            check("x509" not in out, name + "a server that is not trusted is left", out)
            check("TLS" in out or "certificate" in out or "ConnectionLoss" in out, name + "and it is said why", out)


def formats():
    """Each format of the server's stores, with each of clientAuth."""
    # Apache's does not open a sealed key in PEM (PBES2) with today's Java.
    pem = "server.pem" if KIND == "ours" else "open.pem"
    for store, trust, wanted in (("server.p12", "trust.jks", "need"), ("server.jks", "trust.p12", "want"), (pem, "ca.pem", "none")):
        with Server(KIND, tls(store, trust, ssl_clientAuth=wanted), ports="secure") as server:
            out = java(server.secure, "whoami")
            check("ip: 127.0.0.1" in out, f"{store} with {trust} serves the Java client", out + server.text())
            check(("x509: CN=bob" in out) == (wanted != "none"), f"clientAuth={wanted}: the certificate is{'' if wanted != 'none' else ' not'} looked at", out)
            anonymous = java(server.secure, "whoami", key=None)
            check(("ip: 127.0.0.1" in anonymous) == (wanted != "need"), f"clientAuth={wanted}: without a certificate", anonymous)


def words_and_unification():
    """Four-letter words through TLS; a port that takes both."""
    context = ssl.create_default_context(cafile=f"{W}/ca.pem")
    context.load_cert_chain(f"{W}/bob.crt", f"{W}/bob.key")
    word = lambda port: read_all(context.wrap_socket(socket.create_connection(("localhost", port), 5), server_hostname="localhost"), b"ruok")
    with Server(KIND, tls()) as server:
        check(word(server.secure) == b"imok", "ruok through TLS")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context.maximum_version = context.minimum_version = version
            with contextlib.suppress(OSError):
                check(word(server.secure) == b"imok", f"{version.name}") if KIND == "ours" else None
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
        # Someone who does not speak TLS, and someone who says nothing, hurt nobody.
        with contextlib.suppress(OSError):
            read_all(socket.create_connection(("localhost", server.secure), 5), b"ruok")
        silent = socket.create_connection(("localhost", server.secure), 5)
        check(word(server.secure) == b"imok", "and after a client without TLS")
        silent.close()
    x509 = {"authProvider.x509": "org.apache.zookeeper.server.auth.X509AuthenticationProvider"}
    with Server(KIND, x509 | tls(**{"client_portUnification": "true"}), ports="plain") as server:
        plain = read_all(socket.create_connection(("localhost", server.plain), 5), b"ruok")
        check(plain == b"imok" and word(server.plain) == b"imok", "one port takes both", plain)
        out = java(server.plain, "whoami")
        check("x509: CN=bob" in out, "and certificates there, too", out + server.text())


def read_all(connection, word):
    with connection as c:
        c.settimeout(5)
        c.sendall(word)
        told = b""
        while more := c.recv(4096):
            told += more
        return told


SERVER_JAAS = f'Server {{\n {LOGIN}\n  user_super="adminsecret"\n  user_bob="bobsecret"\n  user_eve="evesecret";\n}};\n'


def sasl(shell, kind):
    name = f"{shell.__name__}'s client, {kind} server: "
    bob, eve, boss, liar = client_jaas("bob", "bobsecret"), client_jaas("eve", "evesecret"), client_jaas("super", "adminsecret"), client_jaas("bob", "wrong")
    opts = "-Djava.security.auth.login.config=" + jaas("server", SERVER_JAAS)
    with Server(kind, {"authProvider.1": SASL_PROVIDER, "superUser": "super"}, opts, ports="plain") as server:
        as_ = lambda who, *command: shell(server.plain, *command, secure=False, jaas=who)
        out = as_(bob, "whoami")
        check("sasl: bob" in out, name + "DIGEST-MD5 says who the client is", out + server.text())
        out = as_(bob, "create", "/bobs", "data", "sasl:bob:cdrwa")
        check("Created /bobs" in out, name + "sasl stands in ACLs", out)
        out = as_(eve, "get", "/bobs")
        check("nsufficient permission" in out or "NoAuth" in out, name + "another user does not get in", out)
        out = as_(None, "get", "/bobs")
        check("nsufficient permission" in out or "NoAuth" in out, name + "nor does nobody", out)
        out = as_(boss, "get", "/bobs")
        check("data" in out.splitlines(), name + "the super user does", out)
        out = as_(boss, "whoami")
        check("super: " in out, name + "and is known as such", out)
        out = as_(liar, "whoami")
        check("sasl: bob" not in out and re.search("[Aa]uth", out), name + "a wrong password is refused", out)
    with Server(kind, {"authProvider.1": SASL_PROVIDER, "sessionRequireClientSASLAuth": "true"}, opts, ports="plain") as server:
        out = shell(server.plain, "ls", "/", secure=False, jaas=bob)
        check("[zookeeper]" in out, name + "SASL required: with it", out)
        out = shell(server.plain, "ls", "/", secure=False)
        check("[zookeeper]" not in out, name + "SASL required: without it", out)


def kazoo_client():
    from kazoo.client import KazooClient
    from kazoo.exceptions import NoAuthError
    from kazoo.security import make_acl
    opts = "-Djava.security.auth.login.config=" + jaas("server", SERVER_JAAS)
    with Server(KIND, tls() | {"authProvider.1": SASL_PROVIDER}, opts) as server:
        sasl_options = {"mechanism": "DIGEST-MD5", "username": "bob", "password": "bobsecret"}
        both = KazooClient(f"localhost:{server.secure}", use_ssl=True, certfile=f"{W}/bob.crt", keyfile=f"{W}/bob.key", ca=f"{W}/ca.pem", sasl_options=sasl_options)
        both.start(20)
        both.create("/k", b"x" * 200_000, acl=[make_acl("sasl", "bob", all=True)])
        check(both.get("/k")[0] == b"x" * 200_000, "kazoo: SASL inside TLS, and what is long")
        seen = []
        both.get_children("/", watch=seen.append)
        both.create("/w", b"")
        futures = [both.create_async(f"/w/{n}", b"%d" % n) for n in range(500)]
        values = [f.get(20) for f in futures] and [both.get_async(f"/w/{n}") for n in range(500)]
        check([v.get(20)[0] for v in values] == [b"%d" % n for n in range(500)] and seen, "kazoo: a watch and 500 writes and reads under way at once")
        other = KazooClient(f"localhost:{server.plain}")
        other.start(20)
        try:
            other.get("/k")
            check(False, "kazoo: others are kept out")
        except NoAuthError:
            check(True, "kazoo: others are kept out")
        both._connection._socket.shutdown(socket.SHUT_RDWR)
        time.sleep(0.5)
        check(both.retry(both.get, "/k")[0][:1] == b"x", "kazoo: the session goes on over a new TLS connection")
        for client in (both, other):
            client.stop()
            client.close()


def broker():
    """An Apache Kafka 3.9.1 broker through TLS and SASL, with zookeeper.set.acl."""
    opts = "-Djava.security.auth.login.config=" + jaas("server", SERVER_JAAS)
    with Server(KIND, tls() | {"authProvider.1": SASL_PROVIDER, "superUser": "super", "maxClientCnxns": "0"}, opts, ports="secure") as server:
        port, folder = free_port(), tempfile.mkdtemp(dir=W)
        lines = {"broker.id": 0, "listeners": f"PLAINTEXT://localhost:{port}", "log.dirs": folder + "/logs", "zookeeper.connect": f"localhost:{server.secure}",
                 "zookeeper.ssl.client.enable": "true", "zookeeper.clientCnxnSocket": "org.apache.zookeeper.ClientCnxnSocketNetty",
                 "zookeeper.ssl.keystore.location": W + "/bob.p12", "zookeeper.ssl.keystore.password": PASSWORD,
                 "zookeeper.ssl.truststore.location": W + "/trust.jks", "zookeeper.ssl.truststore.password": PASSWORD,
                 "zookeeper.set.acl": "true", "offsets.topic.replication.factor": 1}
        open(folder + "/server.properties", "w").write("".join(f"{k}={v}\n" for k, v in lines.items()))
        log = open(folder + "/log", "w+")
        process = subprocess.Popen(["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dlog4j.configuration=file:" + LOG4J, "-Djava.security.auth.login.config=" + client_jaas("bob", "bobsecret"), "-cp", LIBS + "/*", "kafka.Kafka", folder + "/server.properties"], stdout=log, stderr=log)
        end = time.time() + 60
        while not answers(port) and process.poll() is None and time.time() < end:
            time.sleep(0.1)
        check(answers(port), "Kafka 3.9.1 starts over TLS and SASL", open(folder + "/log").read() + server.text())
        out = play([*JAVA, "-cp", LIBS + "/*", "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", f"localhost:{port}", "--create", "--topic", "safe"])
        check("Created topic safe" in out, "and creates a topic", out)
        out = java(server.secure, "getAcl", "/brokers/topics/safe", jaas=client_jaas("bob", "bobsecret"))
        check("'sasl,'bob" in out and "'world,'anyone" in out, "whose node is the broker's", out)
        out = java(server.secure, "set", "/brokers/topics/safe", "x", jaas=client_jaas("eve", "evesecret"), key="boss.p12")
        check("nsufficient permission" in out or "NoAuth" in out, "so that others cannot change it", out)
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def reload():
    """Another key is put in place while the server runs."""
    def subject(port):
        context = ssl._create_unverified_context()
        context.load_cert_chain(f"{W}/bob.crt", f"{W}/bob.key")
        with context.wrap_socket(socket.create_connection(("localhost", port), 5)) as c:
            return c.getpeercert(True)
    shutil.copy(f"{W}/server.p12", f"{W}/live.p12")
    with Server("ours", tls("live.p12") | {"client.certReload": "true"}) as server:
        before = subject(server.secure)
        shutil.copy(f"{W}/boss.p12", f"{W}/live.p12")
        after = subject(server.secure)
        check(before != after and server.says("has changed"), "client.certReload: a changed key store counts at once", server.text())
        open(f"{W}/live.p12", "w").write("x")
        check(subject(server.secure) == after and server.says("cannot be used"), "one that cannot be used does not", server.text())


def errors_and_limits():
    """What our server says when settings cannot be used, and when a limit is reached."""
    def refused(settings, *words, opts=""):
        with Server("ours", settings, opts) as server:
            code, text = server.process.poll(), server.text()
            check(code not in (None, 0) and all(word in text for word in words), f"refused: {words}", text)
    refused(tls() | {"ssl.keyStore.password": "wrong"}, "zoo.cfg:", "ssl.keyStore.location", "password is wrong")
    refused(tls() | {"ssl.trustStore.location": "/absent"}, "zoo.cfg:", "ssl.trustStore.location", "/absent")
    refused(tls() | {"ssl.keyStore.type": "BKS"}, "zoo.cfg:", "ssl.keyStore.type: BKS")
    refused({}, "zoo.cfg:", "secureClientPort", "ssl.keyStore.location")
    refused(tls() | {"ssl.crl": "true"}, "zoo.cfg:", "ssl.crl")
    refused(tls() | {"server.1": "a:1:2", "server.2": "b:1:2"}, "zoo.cfg:", "server.2: an ensemble", "docs/operations.md")
    refused(tls() | {"sessionRequireClientSASLAuth": "true"}, "zoo.cfg:", "sessionRequireClientSASLAuth", "authProvider.1=")
    refused(tls(), "-Dzookeeper.snapCount in KAFKA_OPTS", opts="-Dzookeeper.snapCount=many")
    refused(tls(), "java.security.auth.login.config", "/absent", opts="-Djava.security.auth.login.config=/absent")
    limits = {"maxClientCnxns": "2", "jute.maxbuffer": "2000", "largeRequestThreshold": "1000", "largeRequestMaxBytes": "1200"}
    with Server("ours", limits, ports="plain") as server:
        time.sleep(0.3)
        held = [socket.create_connection(("127.0.0.1", server.plain), 5) for _ in range(2)]
        time.sleep(0.2)
        with contextlib.suppress(OSError):
            read_all(socket.create_connection(("127.0.0.1", server.plain), 5), b"")
        check(server.says("(maxClientCnxns)"), "maxClientCnxns is named when it is reached", server.text())
        connect = b"\0\0\0\x2d" + b"\0" * 12 + b"\0\0\x75\x30" + b"\0" * 8 + b"\0\0\0\x10" + b"\0" * 17
        for connection, length, name in ((held[0], 2001, "jute.maxbuffer=2000"), (held[1], 1500, "largeRequestMaxBytes=1200")):
            connection.settimeout(5)
            connection.sendall(connect)
            connection.recv(100)
            connection.sendall(length.to_bytes(4, "big"))
            with contextlib.suppress(OSError):
                connection.recv(100)
            check(server.says(name), f"{name} is named when it is passed", server.text())


def main():
    secure_keys.make(W)
    formats()
    certificates(java, KIND)
    words_and_unification()
    sasl(java, KIND)
    kazoo_client()
    broker()
    if KIND == "ours":
        errors_and_limits()
        reload()
        for kind in ("ours", "apache"):
            certificates(ours, kind)
            sasl(ours, kind)
    print(f"{counts[True]} passed, {counts[False]} failed")
    return 1 if counts[False] else 0


try:
    status = main()
finally:
    subprocess.run(["rm", "-rf", W])
sys.exit(status)
