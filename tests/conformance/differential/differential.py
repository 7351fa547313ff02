#!/usr/bin/env python3
"""The same command line by Apache's tool and by ours, on the same servers, on names that are each one's own: stdout, stderr,
exit code, and what a witness then sees must be the same, but for filters that have names (filters.py) and differences that
are declared.

  differential.py                      all cases, on three brokers of Apache Kafka 3.9.1 and its ZooKeeper
  differential.py --servers ours       those whose server side ours has, on three brokers of ours
  differential.py --case REGEX --show  some of them, with what both sides said"""
import argparse, collections, contextlib, concurrent.futures as futures, difflib, json, os, pathlib, re, shlex, shutil, subprocess, sys, threading, time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cluster")]
import servers
from case_files import RELEASES, Step, filled, read
from filters import BOTH, OURS, PAIR_FILTERS, THEIRS, Filtered
from kraft import Kraft
from java_tools import GIVEN_UP, Ended, JavaTools, compiled
from options_covered import Coverage, tools

JARS = {"3.9.1": "k391", "4.4.0": "k440"}
# What 4.4 logs with: its own jars, as a build tool gets them, have nothing.
LOGGING = {"3.9.1": [], "4.4.0": sorted((servers.CACHE / "k391/libs").glob("*reload4j-*.jar"))}
# What ours is told, to be like a release.
LIKE = {"3.9.1": {}, "4.4.0": {"RKAFKA_COMPAT": "4.4"}}
# How long the servers may take to show what a case waits for, and both sides to show the witness the same: brokers hear of a
# change one after the other. Whoever waited in vain fails.
SETTLE_S = 15
SHOWN_LINES = 24
# In a JVM of its own: its class lies in a package of another jar, and so wants its class loader.
ALONE = {"zookeeper-shell"}


class Cluster(servers.Cluster):
    SETTINGS = ("offsets.topic.replication.factor=1\noffsets.topic.num.partitions=3\ntransaction.state.log.replication.factor=1\n"
                "transaction.state.log.min.isr=1\ntransaction.state.log.num.partitions=3\ngroup.initial.rebalance.delay.ms=0\n"
                "zookeeper.session.timeout.ms=18000\nauto.leader.rebalance.enable=false\nnum.io.threads=4\nlog.cleaner.enable=false\n")
    # What ours has not: everybody here is anonymous.
    AUTHORIZER = "authorizer.class.name=kafka.security.authorizer.AclAuthorizer\nsuper.users=User:ANONYMOUS\n"

    def __init__(self, kind, zookeeper):
        self.SETTINGS += self.AUTHORIZER if kind == "apache" else ""
        super().__init__([kind] * 3, zookeeper)


def wait(what, ready):
    """Until ready() says so; beside that it gives what there was instead, for the error after SETTLE_S."""
    end = time.monotonic() + SETTLE_S
    while True:
        good, instead = ready()
        if good:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"waited {SETTLE_S} s in vain for {what}; there was {instead!r}")
        time.sleep(0.05)


class Side:
    """One of the two runs of a case: who runs it, and what stands for its places."""

    def __init__(self, judge, case, number, who):
        self.judge, self.case, self.who = judge, case, who
        letter = "ab"[who == OURS]
        self.dir = judge.work / f"case-{number:04}-{letter}"
        self.names = {n: f"{n}-{number:04}{letter}" for n in case.names()}
        self.values = {**judge.places, **self.names, "dir": str(self.dir)}

    def prepare(self):
        self.dir.mkdir(parents=True)
        for name, text in self.case.files.items():
            (self.dir / name).write_text(filled(text, self.values))
        for step in self.case.before:
            self.take(step)
        if self.case.before:
            self.settle()

    def take(self, step):
        """The step, until it shows what it is to show."""
        def shown():
            ended = self.judge.ours(*self.step(step), "3.9.1")
            said = (ended.out + ended.err).decode(errors="replace")[-400:]
            if ended.code:
                raise RuntimeError(f"before: {step.line}: exit {ended.code}: {said}")
            return step.shows in ended.out.decode(errors="replace"), said
        wait(f"{step.line} to show {step.shows!r}", shown)

    def settle(self):
        """Until every broker tells of a leader for each partition of the topics that were made."""
        made = [step for step in self.case.before if step.line.startswith("kafka-topics ") and "--create" in step.line]
        topics = [words[words.index("--topic") + 1] for _, words, _ in map(self.step, made)]
        places = ["k"] if any("{k}" in step.line for step in made) else ["b0", "b1", "b2"]
        for bootstrap in [self.values[p] for p in places] if topics else ():
            def led():
                told = self.judge.ours("kafka-topics", ["--bootstrap-server", bootstrap, "--describe", "--topic", "|".join(topics)], b"", "3.9.1")
                good = told.code == 0 and b"Leader: none" not in told.out and all(t.encode() in told.out for t in topics)
                return good, (told.out + told.err).decode(errors="replace")[-400:]
            wait(f"leaders of {', '.join(topics)} at {bootstrap}", led)

    def step(self, step):
        tool, *words = step.line.split(" ", 1)
        words = " ".join(words).replace("{B}", "--bootstrap-server {b}")
        return tool, [filled(w, self.values) for w in shlex.split(words)], filled(step.stdin, self.values).encode()

    def run(self):
        case = self.case
        words = [filled(w, self.values) for w in case.words()]
        stdin = filled(case.stdin, self.values).encode()
        if self.who == OURS:
            return self.judge.ours(case.tool, words, stdin, case.release, case.limit, case.until)
        return self.judge.theirs(case.tool, words, stdin, case.release, case.limit, case.until)

    def texts(self, ended):
        """stdout, stderr, with the places in them again, filtered."""
        return [self.judge.filtered.text(self.plain(t), self.who, stream, self.case.tool) for t, stream in ((ended.out, "stdout"), (ended.err, "stderr"))]

    def plain(self, text):
        text = text.decode(errors="surrogateescape").replace("\r\n", "\n")
        for name, value in {**self.names, "dir": str(self.dir), "work": str(self.judge.work)}.items():
            text = text.replace(value, "{%s}" % name)
        return text

    def witness(self):
        """What each step of `then` says, in Apache's words."""
        seen = []
        for step in self.case.then:
            tool, words, stdin = self.step(step)
            release = "3.9.1" if (tool, "3.9.1") in self.judge.table else "4.4.0"
            ended = self.judge.theirs(tool, words, stdin, release, 30)
            out, err = (self.judge.filtered.text(self.plain(t), BOTH, stream, tool) for t, stream in ((ended.out, "stdout"), (ended.err, "stderr")))
            err = self.judge.filtered.text(err, THEIRS, "stderr", tool)
            seen.append(f"$ {step.line}\n{out}{err}exit {ended.code}\n")
        return "".join(seen)


class Judge:
    def __init__(self, options):
        self.options, self.work, self.table = options, servers.WORK, tools()
        self.lock, self.results, self.took = threading.Lock(), {}, collections.Counter()
        self.went_well = collections.defaultdict(set)
        self.turns = collections.defaultdict(threading.Lock)
        self.filtered = Filtered(self.lock)
        self.exceptions = json.loads((HERE / "exceptions.json").read_text())
        releases = collections.defaultdict(list)
        for name, release in self.table:
            if "" not in self.exceptions.get(name, {}) and "" not in self.exceptions.get(f"{name} {release}", {}):
                releases[name].append(release)
        self.cases = read(releases)
        classes = compiled(self.work / "classes")
        self.java = {r: JavaTools(servers.CACHE / j / "libs", classes, servers.CACHE / "log4j.properties", self.work / f"tools-{r}.log", self.work, LOGGING[r]) for r, j in JARS.items()}

    # ---- the two sides
    def theirs(self, tool, words, stdin, release, limit=30, until=None):
        main = self.table[tool, release].main
        if tool == "zookeeper-shell":  # as its script does
            words = ["-server", *words]
        if until or tool in ALONE:
            return self.process(self.java[release].command(main, words), stdin, limit, until, {})
        return self.java[release].run(main, words, stdin, limit)

    def ours(self, tool, words, stdin, release, limit=30, until=None):
        return self.process([servers.RKAFKA, tool, *words], stdin, limit, until, LIKE[release])

    def process(self, command, stdin, limit, until, more):
        """A process to its end; with `until`, to a SIGTERM as soon as its output matches."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("RKAFKA_", "KAFKA_"))}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.work,
                                   env={**environment, **more}, start_new_session=True)
        servers.RUNNING.append(process)
        try:
            if not until:
                return self.communicated(process, stdin, limit)
            return self.interrupted(process, stdin, limit, re.compile(until))
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            servers.RUNNING.remove(process)

    @staticmethod
    def communicated(process, stdin, limit):
        try:
            out, err = process.communicate(stdin, limit)
            return Ended(process.returncode, out, err)
        except subprocess.TimeoutExpired:
            process.kill()
            return Ended(GIVEN_UP, *process.communicate())

    def interrupted(self, process, stdin, limit, until):
        got = {"out": b"", "err": b""}

        def gather(name, stream):
            for block in iter(lambda: os.read(stream.fileno(), 65536), b""):
                got[name] += block
        threads = [threading.Thread(target=gather, args=a, daemon=True) for a in (("out", process.stdout), ("err", process.stderr))]
        for t in threads:
            t.start()
        process.stdin.write(stdin)
        process.stdin.close()
        end = time.monotonic() + limit
        while process.poll() is None and time.monotonic() < end and not until.search((got["out"] + got["err"]).decode(errors="replace")):
            time.sleep(0.02)
        process.terminate()
        try:
            code = process.wait(max(1.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            code = GIVEN_UP
        for t in threads:
            t.join(5)
        return Ended(128 - code if code < 0 else code, got["out"], got["err"])

    # ---- the servers
    def start(self, on_kraft):
        kind = self.options.servers
        kraft = Kraft() if on_kraft else None
        if kraft:
            kraft.format()
            kraft.spawn()
        self.zookeeper = servers.ZooKeeper(kind)
        if not self.zookeeper.start():
            sys.exit("ZooKeeper does not start")
        self.cluster = Cluster(kind, self.zookeeper)
        if not self.cluster.start() or kraft and not kraft.wait_listening():
            sys.exit("the brokers do not start")
        b = [x.bootstrap for x in self.cluster.brokers.values()]
        fx = self.work / "fx"
        shutil.copytree(HERE.parent / "cli/fx", fx)
        self.places = {"b": b[0], **{f"b{i}": x for i, x in enumerate(b)}, **{f"p{i}": x.split(":")[1] for i, x in enumerate(b)},
                       "zk": self.zookeeper.connect, "fx": str(fx), "config": str(self.work / "client.properties"), **(kraft.places if kraft else {})}
        (self.work / "client.properties").write_text("client.id=judged\n")
        for line in (HERE / "fixtures.jsonl").read_text().splitlines():
            if not line or line.startswith("#"):
                continue
            step = Step(json.loads(line))
            tool, *words = [filled(w, self.places) for w in shlex.split(step.line.replace("{B}", "--bootstrap-server {b}"))]
            ended = self.ours(tool, words, step.stdin.encode(), "3.9.1", 60)
            if ended.code:
                sys.exit(f"cannot prepare: {step.line}: {(ended.out + ended.err).decode()[-500:]}")

    # ---- judging
    def judge(self, number, case):
        turn = self.turns[case.turn] if case.turn else contextlib.nullcontext()
        began = time.monotonic()
        try:
            with turn:
                began = time.monotonic()
                problems = self.compare(number, case) if began < self.end else ["not run: the time of the whole run was over"]
        except TimeoutError as e:
            problems = [str(e)]
        except Exception as e:  # a fault of one case must not end the run
            problems = [f"the case cannot be run: {e!r}"]
        with self.lock:
            self.results[case.id] = problems
            self.took[case.id] = time.monotonic() - began
            if problems:
                print(f"FAIL {case.id} ({self.took[case.id]:.1f} s): {case.args}", *(f"  {p}" for p in problems), sep="\n", flush=True)

    def compare(self, number, case):
        sides = [Side(self, case, number, who) for who in (THEIRS, OURS)]
        got = {}
        for side in sides:
            side.prepare()
            if case.turn == "reassignments":
                self.wait_moved()
            ended = side.run()
            out, err = side.texts(ended)
            got[side.who] = {"exit": f"{ended.code}\n", "stdout": out, "stderr": err}
            if side.who == THEIRS and ended.code == 0:
                with self.lock:
                    self.went_well[case.tool, case.release] |= self.table[case.tool, case.release].typed(case.words())
            if self.options.show:
                with self.lock:
                    print(f"---- {case.id}: {side.who}, exit {ended.code}\n{side.plain(ended.out)}---- stderr\n{side.plain(ended.err)}", flush=True)
        if case.then:
            end = time.monotonic() + SETTLE_S
            while True:
                for side in sides:
                    got[side.who]["then"] = side.witness()
                if got[THEIRS]["then"] == got[OURS]["then"] or "then" in case.differs or time.monotonic() > end:
                    break
                time.sleep(0.1)
            if self.options.show:
                print(f"---- {case.id}: then\n{got[THEIRS]['then']}")
        problems = []
        if got[THEIRS]["exit"] == f"{GIVEN_UP}\n":
            problems.append("theirs did not end within its limit")
        for what in got[THEIRS]:
            theirs, ours = got[THEIRS][what], got[OURS][what]
            for pair in PAIR_FILTERS:
                if pair.stream == what:
                    ours = pair.text(theirs, ours, got[THEIRS]["exit"] != "0\n")
            declared = case.differs.get(what)
            if theirs == ours and declared:
                problems.append(f"{what} is declared to differ, and does not: {declared}")
            elif theirs != ours and not declared:
                lines = list(difflib.unified_diff(theirs.splitlines(), ours.splitlines(), "theirs", "ours", n=1, lineterm=""))[2:]
                problems.append("\n".join([f"{what} differs:"] + [f"    {x[:300]}" for x in lines[:SHOWN_LINES]]))
        return problems

    def wait_moved(self):
        """Until nothing is moved any more: there is one reassignment at a time."""
        def still():
            told = self.ours("kafka-reassign-partitions", ["--bootstrap-server", self.places["b"], "--list"], b"", "3.9.1")
            return b"No partition reassignments found" in told.out, (told.out + told.err).decode(errors="replace")[-400:]
        wait("the end of all reassignments", still)

    def run(self):
        chosen = [(n, c) for n, c in enumerate(self.cases)
                  if re.search(self.options.case, c.id) and c.release in self.options.release and (self.options.servers == "apache" or c.own is True)]
        began = time.monotonic()
        self.end = began + self.options.limit
        self.start(any(c.on_kraft for _, c in chosen))
        print(f"  -- servers and what they hold: {time.monotonic() - began:.0f} s; {len(chosen)} cases", flush=True)
        for phase in (lambda c: not c.disturbs, lambda c: c.disturbs and not c.last, lambda c: c.last):
            now = [(n, c) for n, c in chosen if phase(c)]
            with futures.ThreadPoolExecutor(1 if all(c.last for _, c in now) else self.options.at_once) as pool:
                list(pool.map(lambda nc: self.judge(*nc), now))
            print(f"  -- {len(now)} cases until {time.monotonic() - began:.0f} s", flush=True)
        failed = sum(bool(p) for p in self.results.values())
        whole = self.options.case == "" and set(self.options.release) == set(RELEASES)
        more = self.of_the_whole() if whole else []
        for line in more:
            print("FAIL", line)
        for case, seconds in self.took.most_common(self.options.slowest):
            print(f"  -- {seconds:.1f} s {case}")
        servers.CONCLUDED.append(True)
        servers.COUNT["FAIL"] = failed + len(more)
        print(f"  -- {sum(c.is_open for _, c in chosen)} of them are open: ours is not like Apache's there yet (open.jsonl)")
        print(f"{len(self.results) - failed} passed, {failed + len(more)} failed", flush=True)
        return 1 if failed or more or not self.results else 0

    def of_the_whole(self):
        """What only a run of all cases can tell."""
        lines = [f"the filter '{name}' has hidden nothing" for name in Filtered.idle(self.options.servers)]
        if self.options.servers == "apache":
            coverage = Coverage(self.table, self.exceptions, self.cases)
            lines += coverage.problems()
            print("  --", coverage.told(self.went_well))
        return lines


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--servers", choices=("apache", "ours"), default="apache")
    a.add_argument("--case", default="", metavar="REGEX", help="only cases whose 'TOOL RELEASE NAME' it finds")
    a.add_argument("--release", action="append", choices=RELEASES, help="only this one")
    a.add_argument("--show", action="store_true", help="what both sides said")
    a.add_argument("--slowest", type=int, default=5, metavar="N", help="so many cases with the time they took")
    a.add_argument("--at-once", type=int, default=8, metavar="N")
    a.add_argument("--limit", type=float, default=float(os.environ.get("LIMIT", "1800")), metavar="S", help="what has not begun by then fails")
    options = a.parse_args()
    options.release = options.release or list(RELEASES)
    sys.exit(Judge(options).run())


if __name__ == "__main__":
    main()
