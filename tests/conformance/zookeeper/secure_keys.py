"""Keys and certificates for the judges of TLS, made by keytool and openssl: a CA, a server, two clients below it, a stranger."""
import subprocess

PASSWORD = "secret"


def run(*command, stdin=None):
    return subprocess.run(command, input=stdin, check=True, capture_output=True).stdout


def keytool(*arguments, stdin=None):
    return run("keytool", *arguments, stdin=stdin)


def store(folder, name):
    return ["-keystore", f"{folder}/{name}", "-storepass", PASSWORD]


def key(folder, name, algorithm, *more):
    keytool("-genkeypair", "-alias", name, "-keyalg", *algorithm, "-validity", "3650", "-storetype", "PKCS12", *more, *store(folder, name + ".p12"))


def make(folder):
    rsa, ec = ["RSA"], ["EC", "-groupname", "secp256r1"]
    key(folder, "ca", rsa, "-dname", "CN=CA,O=acme", "-ext", "bc:c")
    key(folder, "stranger", rsa, "-dname", "CN=stranger")
    ca = keytool("-exportcert", "-rfc", "-alias", "ca", *store(folder, "ca.p12"))
    open(f"{folder}/ca.pem", "wb").write(ca)
    for kind, end in (("PKCS12", "p12"), ("JKS", "jks")):
        keytool("-importcert", "-noprompt", "-alias", "ca", "-storetype", kind, *store(folder, f"trust.{end}"), stdin=ca)
    for name, algorithm in (("server", rsa), ("bob", ec), ("boss", rsa)):
        own = store(folder, name + ".p12")
        key(folder, name, algorithm, "-dname", f"CN={name}")
        request = keytool("-certreq", "-alias", name, *own)
        certificate = keytool("-gencert", "-alias", "ca", "-rfc", "-validity", "3650", "-ext", "san=dns:localhost,ip:127.0.0.1", *store(folder, "ca.p12"), stdin=request)
        keytool("-importcert", "-noprompt", "-alias", "ca", *own, stdin=ca)
        keytool("-importcert", "-noprompt", "-alias", name, *own, stdin=certificate)
        plain = run("openssl", "pkcs12", "-in", f"{folder}/{name}.p12", "-passin", "pass:" + PASSWORD, "-nocerts", "-nodes")
        sealed = run("openssl", "pkcs8", "-topk8", "-passout", "pass:" + PASSWORD, stdin=plain)
        open(f"{folder}/{name}.pem", "wb").write(sealed + certificate + ca)
        open(f"{folder}/{name}.key", "wb").write(run("openssl", "pkcs8", "-topk8", "-nocrypt", stdin=plain))
        open(f"{folder}/{name}.crt", "wb").write(certificate + ca)
        if name == "server":
            open(f"{folder}/open.pem", "wb").write(open(f"{folder}/{name}.key", "rb").read() + certificate + ca)
    keytool("-importkeystore", "-noprompt", "-srckeystore", f"{folder}/server.p12", "-srcstorepass", PASSWORD, "-destkeystore", f"{folder}/server.jks", "-deststoretype", "JKS", "-deststorepass", PASSWORD)
