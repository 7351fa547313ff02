"""Apache's tools in one JVM a release (ToolServer.java), or in a JVM of their own."""
import atexit, base64, os, pathlib, subprocess, threading

HERE = pathlib.Path(__file__).resolve().parent
GIVEN_UP = 124  # as of timeout(1)
# Beyond its own limit a run has so long to be reported.
REPORT_S = 20
JVM = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]


def compiled(folder):
    """The folder with ToolServer's classes."""
    subprocess.run(["javac", "-nowarn", "-d", str(folder), str(HERE / "ToolServer.java")], check=True)
    return folder


class Ended:
    """How a run ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


class JavaTools:
    """The tools of one release."""

    def __init__(self, libs, classes, log4j, log, folder=None, more=()):
        self.libs, self.more, self.log4j, self.number, self.lock, self.waiting = libs, more, log4j, 0, threading.Lock(), {}
        command = ["java", "-Xmx1g", "-Djava.security.manager=allow", "--add-opens=java.base/java.lang=ALL-UNNAMED", *JVM, f"-Dlog4j.configuration=file:{log4j}", "-cp", str(classes), "ToolServer", str(libs), *map(str, more)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "wb"), cwd=folder, start_new_session=True)
        atexit.register(self.close)
        threading.Thread(target=self.read, daemon=True).start()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def read(self):
        for line in self.process.stdout:
            number, code, out, err = line.split()
            with self.lock:
                slot = self.waiting.pop(number)
            slot.append(Ended(int(code), *(b"" if w == b"-" else base64.b64decode(w) for w in (out, err))))
            slot[0].set()

    def run(self, main, args, stdin=b"", limit=30.0):
        """The tool with that main class, as if in a JVM of its own."""
        word = lambda b: base64.b64encode(b) or b"-"
        slot = [threading.Event()]
        with self.lock:
            self.number += 1
            number = b"%d" % self.number
            self.waiting[number] = slot
            self.process.stdin.write(b" ".join([number, main.encode(), b"%d" % (limit * 1000), word(stdin), *(word(os.fsencode(a)) for a in args)]) + b"\n")
            self.process.stdin.flush()
        if not slot[0].wait(limit + REPORT_S):
            raise RuntimeError(f"the JVM does not answer; its exit status: {self.process.poll()}")
        return slot[1]

    def command(self, main, args):
        """The command for a JVM of its own."""
        return ["java", "-Xmx256m", *JVM, f"-Dlog4j.configuration=file:{self.log4j}", "-cp", ":".join([f"{self.libs}/*", *map(str, self.more)]), main, *args]
