"""usage: refusals.py CACHE: rewrites cases/refusals.jsonl, a command line for each refusal that Apache's tools have.

Every two options of a tool are given together, with what the tool then says is missing added bit by bit, to a bootstrap address
that no client takes: whatever is not refused by its options ends at once. One line is kept for each text that was said."""
import collections, concurrent.futures as futures, itertools, json, pathlib, re, shlex, sys, tempfile
from java_tools import JavaTools, compiled
from options_covered import tools

HERE = pathlib.Path(__file__).resolve().parent
JARS = {"3.9.1": "k391", "4.4.0": "k440"}
# Of an option's argument; any other is 1.
VALUES = {"--bootstrap-server": "nope", "--bootstrap-controller": "nope", "--broker-list": "nope", "--bootstrap-servers": "nope", "--topic": "orders", "--group": "shipping",
          "--election-type": "preferred", "--entity-type": "topics", "--entity-name": "orders", "--config": "retention.ms=1", "--offset": "earliest",
          "--add-config": "retention.ms=1", "--delete-config": "retention.ms", "--state": "stable", "--type": "classic", "--topic-partitions": "orders:0", "-h": None, "--operation": "Read",
          "--feature": "kraft.version=1", "--metadata": "3.7", "--resource-pattern-type": "literal", "--isolation-level": "read_committed", "--property": "a=b", "--command-property": "a=b"}
# They need no servers to do something, or never end.
LEFT_OUT = {"kafka-server-start", "zookeeper-server-start", "zookeeper-shell", "kafka-storage", "kafka-metadata-shell", "kafka-jmx", "trogdor", "kafka-dump-log"}
MOST_ADDED = 4
CANNOT_CONNECT = re.compile(r"Invalid url in bootstrap|NoSuchFile|No such file|FileNotFound|^1$|Failed to create new KafkaAdminClient|Failed to construct|No resolvable bootstrap|ShareGroupHeartbeat")
NEEDS = re.compile(r'Missing required (?:argument "\[([\w.-]+)\]"|option\(s\) \[([\w., -]+)\])|(?:argument|one of the arguments) (?:-\w/)?(--[\w.-]+)(?:[^\n]*) is required')


def word(option, arg):
    value = None if arg is None else VALUES.get(option, "1")
    return [option] if value is None else [option, value]


def variants(tool_data):
    """Option groups of a tool: its own, and those behind each command."""
    own = [(o["name"], o["arg"]) for o in tool_data["options"] if o["name"] not in ("--help", "--version")]
    yield [], own
    for command in tool_data.get("commands", []):
        before = [w for n, a in own if n == "--bootstrap-server" for w in word(n, a)]
        yield before + [command["name"]], [(o["name"], o["arg"]) for o in command["options"] if o["name"] != "--help"]


def said(java, main, args):
    ended = java.run(main, args, limit=3)
    text = (ended.err + ended.out).decode(errors="replace")
    if ended.code == 1 and not CANNOT_CONNECT.search(text):
        lines = [l for l in text.splitlines() if ": error: " in l] or text.splitlines()
        return lines[0] if lines else ""
    return None


def refusals(java, data):
    args_of = {o["name"]: o["arg"] for o in data["options"]}
    for command in data.get("commands", []):
        args_of |= {o["name"]: o["arg"] for o in command["options"]}
    lines = []
    for before, options in variants(data):
        for n in (1, 2):
            for chosen in itertools.combinations(options, n):
                names = [name for name, _ in chosen]
                bases = [[]] + ([["--bootstrap-server", "nope"]] if ("--bootstrap-server" in args_of and "--bootstrap-server" not in names and not before) else [])
                lines += [(before, base + [w for o in chosen for w in word(*o)]) for base in bases]
    found = {}

    def try_one(line):
        before, args = line
        for _ in range(MOST_ADDED):
            text = said(java, data["class"], before + args)
            if text is None:
                return
            found.setdefault(re.sub(r"\d+", "", text), before + args)
            needed = NEEDS.search(text)
            name = needed and next(filter(None, needed.groups())).split(",")[0].strip()
            name = name and ("--" + name.removeprefix("--"))
            if name not in args_of or name in args:
                return
            args = args + word(name, args_of[name])
    with futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(try_one, lines))
    return found


def main(cache):
    work = pathlib.Path(tempfile.mkdtemp(prefix="refusals-"))
    classes = compiled(work)
    collected = collections.defaultdict(list)  # (tool, arguments) -> releases
    rows = [json.loads(line) for line in (HERE / "options.jsonl").read_text().splitlines()]
    for release, jars in JARS.items():
        for data in rows:
            if data["version"] != release or data["tool"] in LEFT_OUT or data["tool"].startswith("connect"):
                continue
            java = JavaTools(pathlib.Path(cache) / jars / "libs", classes, pathlib.Path(cache) / "log4j.properties", work / "log", work, sorted((pathlib.Path(cache) / "k391/libs").glob("*reload4j-*.jar")) if jars == "k440" else [])
            found = refusals(java, data)
            java.close()
            print(data["tool"], release, len(found), flush=True)
            for args in found.values():
                text = " ".join(shlex.quote(a) for a in args).replace("nope", "{b}").replace("--bootstrap-server {b}", "{B}")
                collected[data["tool"], text].append(release)
    with open(HERE / "cases/refusals.jsonl", "w") as out:
        out.write("# Written by refusals.py: a line for each text with which Apache's tools refuse one or two options.\n")
        for (tool, text), releases in sorted(collected.items()):
            out.write(json.dumps({"tool": tool, "name": f"refuses {text}", "args": text, "releases": releases}) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
