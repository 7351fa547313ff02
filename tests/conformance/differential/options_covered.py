"""Which options of Apache's tools the cases exercise: computed from their command lines, held against options.jsonl."""
import collections, json, pathlib

HERE = pathlib.Path(__file__).resolve().parent


class Tool:
    """The options of one tool at one release."""

    def __init__(self, data):
        self.name, self.release, self.main, self.parser = data["tool"], data["version"], data["class"], data["parser"]
        self.own = {s: o["name"] for o in data["options"] for s in (o["name"], *o["aliases"])}
        self.commands = {c["name"]: {s: o["name"] for o in c["options"] for s in (o["name"], *o["aliases"])} for c in data.get("commands", [])}

    def all(self):
        """Each as a word: `--list`, or behind a command's name `describe --status`; a command itself is one, too."""
        return set(self.own.values()) | set(self.commands) | {f"{c} {o}" for c, os in self.commands.items() for o in os.values()}

    def typed(self, words):
        """Those in a command line."""
        found, command = set(), None
        for word in words:
            name = word.split("=", 1)[0]
            if command is None and word in self.commands:
                command = word
                found.add(word)
            elif command and name in self.commands[command]:
                found.add(f"{command} {self.commands[command][name]}")
            elif name in self.own:
                found.add(self.own[name])
        return found


def tools(file=HERE / "options.jsonl"):
    """(tool, release) -> Tool"""
    return {(t.name, t.release): t for t in map(Tool, map(json.loads, file.read_text().splitlines()))}


class Coverage:
    def __init__(self, table, exceptions, cases):
        self.table, self.exceptions = table, exceptions
        self.seen = collections.defaultdict(set)
        for c in cases:
            self.seen[c.tool, c.release] |= table[c.tool, c.release].typed(c.words())
            self.seen[c.tool, c.release].add("")

    def excepted(self, tool, release, option):
        return option in self.exceptions.get(tool, {}) or option in self.exceptions.get(f"{tool} {release}", {})

    def problems(self):
        """A line for each option that no case has, and for each exception that one has after all."""
        lines = []
        for (name, release), tool in sorted(self.table.items()):
            if self.excepted(name, release, ""):
                continue
            missing = sorted(o for o in tool.all() - self.seen[name, release] if not self.excepted(name, release, o))
            lines += [f"{name} {release}: no case has {o}" for o in missing]
            if not self.seen[name, release]:
                lines.append(f"{name} {release}: no case at all")
        for key, options in self.exceptions.items():
            name, *release = key.split(" ")
            releases = release or [r for t, r in self.table if t == name]
            if not any((name, r) in self.table for r in releases):
                lines.append(f"{key}: an exception for a tool that is not in options.jsonl")
            for option in options:
                if all(option in self.seen[name, r] for r in releases):
                    lines.append(f"{key}: {option or 'the tool'} is an exception, and a case has it")
                elif option and not any(option in self.table[name, r].all() for r in releases if (name, r) in self.table):
                    lines.append(f"{key}: {option} is an exception, and no option")
        return lines

    def told(self, went_well):
        """went_well: those of runs that Apache's tools ended with 0."""
        ours = {k: t.all() for k, t in self.table.items() if not self.excepted(*k, "")}
        have = sum(len(options & self.seen[k]) for k, options in ours.items())
        well = sum(len(options & went_well[k]) for k, options in ours.items())
        return f"{have} of {sum(map(len, ours.values()))} options of {len(ours)} tools and releases are in a case, {well} in one that Apache's end with 0"
