"""Cases: lines of cases/TOOL.jsonl. README.md says what their fields mean."""
import json, pathlib, re, shlex

HERE = pathlib.Path(__file__).resolve().parent
RELEASES = ("3.9.1", "4.4.0")
# Files whose cases are over before a server is asked: on Apache's is often enough.
WITHOUT_SERVERS = {"refusals", "every", "kafka-storage"}
FIELDS = {"name", "tools", "args", "each", "releases", "before", "stdin", "files", "then", "differs", "own", "disturbs", "last", "turn", "until", "limit", "filters"}
# A node of 4.4 that is broker and controller (kraft.py): its two addresses.
KRAFT = {"k", "kc"}
# Places of the run; every other word in braces is a name that each side gets one of its own for.
PLACES = {"B", "b", "b0", "b1", "b2", "zk", "dir", "fx", "config", "each", "p0", "p1", "p2", *KRAFT}
PLACE = re.compile(r"\{([a-zA-Z][a-z0-9]*)\}")


class Step:
    """A command beside the one that is judged: its words, what it reads, and what it shows in the end (until then it is repeated)."""

    def __init__(self, step):
        step = {"run": step} if isinstance(step, str) else step
        assert set(step) <= {"run", "stdin", "shows"}, step
        self.line, self.stdin, self.shows = step["run"], step.get("stdin", ""), step.get("shows", "")


class Case:
    def __init__(self, tool, data, release):
        unknown = set(data) - FIELDS
        if unknown:
            raise ValueError(f"{tool}, {data.get('name')}: no such fields: {', '.join(sorted(unknown))}")
        self.tool, self.release, self.name = tool, release, data["name"]
        self.args, self.stdin, self.files = data.get("args", ""), data.get("stdin", ""), data.get("files", {})
        self.before = [Step(s) for s in data.get("before", [])]
        self.then = [Step(s) for s in data.get("then", [])]
        self.differs = data.get("differs", {})
        self.on_kraft = any(KRAFT & set(PLACE.findall(t)) for t in self.texts())
        self.own = data.get("own", "KRaft" if self.on_kraft else True)  # or why ours has not the server side of it
        self.is_open = False
        self.turn = data.get("turn")
        self.until = data.get("until")
        self.limit = data.get("limit", 30)
        self.last = data.get("last", False)
        self.disturbs = bool(data.get("disturbs") or self.last or self.names())

    @property
    def id(self):
        return f"{self.tool} {self.release} {self.name}"

    def texts(self):
        return [self.args, self.stdin, *self.files.values(), *(t for s in self.before + self.then for t in (s.line, s.stdin))]

    def names(self):
        """The words in braces that stand for names."""
        return {m for t in self.texts() for m in PLACE.findall(t)} - PLACES

    def words(self):
        """The words of the command line, places in them."""
        return shlex.split(self.args.replace("{B}", "--bootstrap-server {b}"))


def expanded(data):
    """One for each of `each`."""
    if "each" not in data:
        return [data]
    return [{**{k: v for k, v in data.items() if k != "each"}, "name": f"{data['name']} {one}".strip(), "args": data["args"].replace("{each}", one)}
            for one in data["each"]]


def read(releases_of, folder=HERE / "cases"):
    """All cases. releases_of: tool -> the releases that have it."""
    cases = []
    for file in sorted(folder.parent.glob("cases/*.jsonl")):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            try:
                data = json.loads(line)
                tool = data.pop("tool", file.stem)
                if file.stem in WITHOUT_SERVERS:
                    data.setdefault("own", "no server is asked")
                for name in sorted(releases_of) if data.pop("tools", None) == "every" else [tool]:
                    releases = [r for r in data.get("releases") or RELEASES if r in releases_of.get(name, [])]
                    cases += [Case(name, one, release) for one in expanded(data) for release in releases]
            except (ValueError, KeyError) as e:
                raise SystemExit(f"{file}, line {number}: {e}")
    declare(cases, folder.parent / "differences.jsonl")
    declare(cases, folder.parent / "open.jsonl", is_open=True)
    ids = [c.id for c in cases]
    twice = {i for i in ids if ids.count(i) > 1}
    if twice:
        raise SystemExit(f"cases of the same name: {', '.join(sorted(twice))}")
    return cases


def declare(cases, file, is_open=False):
    """Differences of cases that are written by a program, or stand for several tools."""
    for line in file.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        data = json.loads(line)
        found = [c for c in cases if c.id == data["case"] or data.get("pattern") and re.fullmatch(data["case"], c.id)]
        if not found:
            raise SystemExit(f"{file}: no case is called {data['case']}")
        for case in found:
            if "not" in data and re.fullmatch(data["not"], case.id):
                continue
            case.is_open |= is_open
            case.differs = {**case.differs, **data["differs"]}


def filled(text, values):
    return PLACE.sub(lambda m: values.get(m[1], m[0]), text.replace("{B}", "--bootstrap-server {b}"))
