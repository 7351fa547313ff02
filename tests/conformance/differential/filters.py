"""What may differ between two runs of the same command and says nothing: named, and counted. One that hid nothing in a whole
run fails that run."""
import json, re

THEIRS, OURS, BOTH = "theirs", "ours", "both"


class Filter:
    """A pattern whose finds are replaced in the texts of a side, of one stream or of all, of one tool or of all."""

    def __init__(self, name, side, pattern, by="", stream=None, tools=None, servers=None):
        self.name, self.side, self.pattern, self.by, self.stream, self.tools = name, side, re.compile(pattern, re.M), by, stream, tools
        self.servers = servers  # on whose servers it must have hidden something: apache, ours; None: on either
        self.hidden = 0

    def applies(self, side, stream, tool):
        return self.side in (side, BOTH) and self.stream in (stream, None) and (self.tools is None or tool in self.tools)


def options_of_table(match):
    """A table of options, as the names in it: types are cut where the column ends, explanations are each one's own words."""
    names = sorted(set(re.findall(r"^(?:\* )?(-[\w.-]+)", match[0].split("\n", 2)[2], re.M)))
    return "options:\n" + "".join(f"  {n}\n" for n in names)


def options_of_argparse(match):
    """argparse4j's help, as the long names and the commands in it."""
    heads = [line.split("  ")[0] for line in re.findall(r"^  (-.*)", match[0], re.M)]
    names = {n for head in heads for n in re.findall(r"(?<![\w-])--[\w.-]+", head)} | set(re.findall(r"^    ([a-z][\w-]+)(?=  |$)", match[0], re.M))
    return "options:\n" + "".join(f"  {n}\n" for n in sorted(names))


def told_of(match):
    """A trace: nothing if its message stands before it already, else the message."""
    message = re.sub(rf"(?:{CLASS}:? ?)+", "", match[1] or "").strip()
    return "" if not message or message in match.string[:match.start()] else f"{message}\n"


def members(match):
    """An object with its members sorted: Jackson takes them as Java happens to list methods."""
    try:
        return json.dumps(json.loads(match[0]), sort_keys=True)
    except ValueError:
        return match[0]


def events_last(match):
    """Events as they stand behind everything else: another thread tells of them."""
    event = re.compile(r"^\n?WATCHER::\n\nWatchedEvent .*\n", re.M)
    return event.sub("", match[0]) + "".join(e.lstrip("\n") for e in event.findall(match[0]))


def sorted_lines(match):
    return "".join(sorted(match[0].splitlines(True)))


def sorted_set(match):
    return ", ".join(sorted((match[0].strip("[]") if match[0].count("[") == 1 else match[0]).split(", ")))


def sorted_acls(match):
    """Resources, each with its entries."""
    blocks = []
    for block in re.split(r"(?<=\n)(?=(?:Adding|Current) ACLs )", match[0]):
        head, *entries = block.split("\n")
        blocks.append((head.rstrip(), sorted(e.strip() for e in entries if e.strip())))
    return "".join(f"{head}\n" + "".join(f"\t{e}\n" for e in entries) for head, entries in sorted(blocks))


def sorted_brokers(match):
    return "".join(sorted(re.findall(r"^\S+ \(id: (?:.*\n)+?\)\n", match[0], re.M)))


def rejoined(match):
    """argparse4j breaks lines and spreads words."""
    return re.sub(r"\s+", " ", re.sub(r"(?<=-)\n", "", match[0])).rstrip() + "\n"


CLASS = r"(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error)"
TRACE = r"(?:(?:\tat |\t\.\.\. \d+ more|Caused by: |\tSuppressed: ).*\n)"
# What Java's sets are listed in: their order changes from one JVM to the next.
SETS = [r"(?<=Valid states are: )([\w, ]+)$", r"(?<=takes one of these options: )(\[.*\])$", r"(?<=takes the following options: )(\[.*\])$", r"(?<=following scenarios: \[)(.*)(?=\]$)",
        r"(?<=Option\(s\) \[)([\w, -]+)(?=\] are unavailable)", r"(?<=Option combination \"\[)(\[.*\])(?=\]\" can't)",
        r"(?<=only supports operations )\[?([\w, ]+)\]?$"]
OLD_NAME = r"^(?:(?:Option|Warning:) --(?!zookeeper )\S+ (?:is|has been) deprecated| `metadata` flag is deprecated|WARN: `--intermediate-topics` is deprecated).*\n"
NUMBER = r"\d+(?:\.\d+)?"
REST = r"(?:(?:\d+(?:\.\d+)?|Infinity|NaN)(?:, )?){5}"
VERIFIABLE = {"kafka-verifiable-producer", "kafka-verifiable-consumer", "kafka-verifiable-share-consumer"}
FILTERS = [
    Filter("the clock", BOTH, r"\b20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,:]\d{3}", "{clock}"),
    Filter("topic ids", BOTH, r"(TopicId: )[\w-]{22}\b", r"\1{id}"),
    Filter("a trace in a log line", THEIRS, rf"^(\[\{{clock\}}\] ERROR )(?:{CLASS}: )*((?:.*\n)+?){TRACE}*( \(\S+\))$",
           lambda m: m[1] + m[2].rstrip("\n") + m[3], stream="stderr"),
    Filter("warnings of libraries", BOTH, r"^\[\{clock\}\] (?:WARN|INFO|ERROR Unable to resolve address:) .*\n(?:.*\n(?=\tat ))?|^\{clock\}\d+Z main ERROR .*\n", stream="stderr"),
    Filter("traces behind their message", THEIRS, rf"^(?:Exception in thread \"\S+\" )?{CLASS}(?:: ((?:.*\n(?!\t|{CLASS}: ))*.*))?\n{TRACE}+\n?", told_of),
    Filter("exceptions without a trace", THEIRS, rf"^{CLASS}: (.*)\n\n?", told_of),
    Filter("traces", THEIRS, rf"^{TRACE}"),
    Filter("classes of exceptions", THEIRS, rf"{CLASS}: "),
    # In the tables of 4.4.
    Filter("classes of exceptions, ours", OURS, rf"(?<=due to: ){CLASS}: |(?<=Error: ){CLASS}: ", tools={"kafka-consumer-groups"}, stream="stdout"),
    Filter("what a log line is about", THEIRS, r"\[(?:AdminClient|Consumer|Producer) clientId=[^\]]*\] ", stream="stderr"),
    # KIP-1147's warnings; ours has them on stderr, where they do no harm to data.
    Filter("warnings of old names", THEIRS, OLD_NAME, stream="stdout"),
    Filter("warnings of old names, ours", OURS, OLD_NAME, stream="stderr"),
    Filter("what 4.4 says of KIP-848", THEIRS, r"^(?:\[\{clock\}\] \w+ )?.*The consumer rebalance protocol \(KIP-848\) is production-ready!.*\n", stream="stderr"),
    Filter("the end of a JVM", THEIRS, r"^\[\{clock\}\] ERROR Exiting JVM with code .*\n", stream="stderr"),
    Filter("a message behind its log line", BOTH, r"( ERROR .*:) +(\(\S+\))\n(.*)$", r"\1 \3 \2", stream="stderr"),
    Filter("explanations of options", BOTH, r"^(?:Option (?:\(\* = required\))?|Option) *Description *\n-+ +-+ *\n(?:.*\n)*", options_of_table, stream="stderr"),
    Filter("explanations of argparse4j's options", BOTH, r"(?:.*\n)*^(?:positional|optional|named) arguments:\n(?:.*\n)*", options_of_argparse, stream="stdout"),
    Filter("usage of argparse4j", BOTH, r"^usage: ([\w.-]+)(?: .*)?\n(?: +.*\n|\n(?= ))*", r"usage: \1\n", stream="stderr"),
    Filter("suggestions of argparse4j", THEIRS, r"^\nDid you mean:\n(?:\t.*\n)+", stream="stderr"),
    Filter("broken lines of argparse4j", THEIRS, r"^[\w.-]+: +error: .*\n(?:.+\n)*", rejoined, stream="stderr"),
    Filter("figures of consumer-perf-test", BOTH, rf"^((?:[^,\n]+, ){{2}}{NUMBER}, )(?:{NUMBER}|Infinity|NaN), (\d+), {REST}$", r"\1{rate}, \2, {figures}", tools={"kafka-consumer-perf-test"}, stream="stdout"),
    Filter("figures of producer-perf-test", BOTH, rf"(?<=records sent, )(?:{NUMBER}|Infinity|NaN) records/sec.*$", "{figures}", tools={"kafka-producer-perf-test"}, stream="stdout"),
    Filter("figures of e2e-latency", BOTH, rf"(?<=[\t ]){NUMBER}(?= ms|$)|(?<==) ?\d+", "{figure}", tools={"kafka-e2e-latency"}, stream="stdout"),
    Filter("times of the verifiable tools", BOTH, r"(?<=\"timestamp\":)\d+|(?<=\"avg_throughput\":)[\d.E-]+", "0", tools=VERIFIABLE, stream="stdout"),
    Filter("the order of members", BOTH, r"^\{.*\}$", members, tools=VERIFIABLE, stream="stdout"),
    Filter("the commit of a build", THEIRS, r"(?<=\d) \(Commit:[0-9a-f]+\)$", stream="stdout"),
    Filter("the order of partitions", BOTH, r"(?:^partition: \S+\t.*\n)+", sorted_lines, tools={"kafka-delete-records"}, stream="stdout"),
    Filter("the order of sets", BOTH, "|".join(SETS), sorted_set, stream="stderr"),
    Filter("the order of ACLs", BOTH, r"(?:^(?:Adding|Current) ACLs for resource .*\n(?:[ \t]+.*\n|\n)*)+", sorted_acls, tools={"kafka-acls"}, stream="stdout", servers="apache"),
    Filter("the order of endpoints", BOTH, r"(?:^\d+ +\S+ +\d+ +.*\n)+", sorted_lines, tools={"kafka-cluster"}, stream="stdout"),
    Filter("the order of log dirs", BOTH, r"(?:^Formatting .*\n)+", sorted_lines, tools={"kafka-storage"}, stream="stdout", servers="apache"),
    Filter("random ids", BOTH, r"(?<=directory\.id=)[\w-]{22}|^[\w-]{22}$", "{id}", tools={"kafka-storage"}, stream="stdout", servers="apache"),
    # It tells of them as Java shows an object.
    Filter("the records that 4.4 begins with", THEIRS, r"^Bootstrap metadata: .*\n", tools={"kafka-storage"}, stream="stdout", servers="apache"),
    Filter("how far a quorum is", BOTH, r"(?<=HighWatermark: )\s*\d+|(?<=\t)(?:\d+ *\t\d+ *\t(?:\d{13}|\d+ ms ago|-1) *\t(?:\d{13}|\d+ ms ago|-1) *)(?=\t)", "{figures}", tools={"kafka-metadata-quorum"}, stream="stdout", servers="apache"),
    Filter("figures of share-consumer-perf-test", BOTH, rf"({NUMBER}, )(?:{NUMBER}|Infinity|NaN), (?:{NUMBER}|Infinity|NaN), (\d+), \d+$", r"\1{figures}, \2, {figures}", tools={"kafka-share-consumer-perf-test"}, stream="stdout", servers="apache"),
    Filter("the order of acknowledged offsets", BOTH, r"(?<=\"offsets\": \[)[\d, ]*(?=\])", sorted_set, tools={"kafka-verifiable-share-consumer"}, stream="stdout", servers="apache"),
    Filter("the moment of an event", BOTH, r"(?s:\A.*^WATCHER::.*\Z)", events_last, tools={"zookeeper-shell"}, stream="stdout"),
    Filter("the order of brokers", BOTH, r"(?:^\S+ \(id: (?:.*\n)+?\)\n)+", sorted_brokers, tools={"kafka-broker-api-versions"}, stream="stdout", servers="apache"),
]


def options_of_both(theirs, ours):
    """ours without the options that it alone has: it takes those of several releases."""
    if "options:\n" not in ours:
        return ours
    known = set(theirs.splitlines())
    return "".join(line for line in ours.splitlines(True) if not line.startswith("  ") or line.rstrip("\n") in known)


def reason(theirs, ours):
    """ours without what it says more about an error, behind the same words: why, and what to do about it."""
    head, table, rest = theirs.partition("options:\n")
    more = ours.partition("options:\n")
    return theirs if head.strip() and more[0].startswith(head.rstrip("\n")) and more[1:] == (table, rest) else ours


def only_reason(theirs, ours):
    """Nothing, for a line of a run of which Apache's says nothing there: it has told on stdout that it failed."""
    return theirs if not theirs and len(ours.splitlines()) == 1 else ours


def table_of_lines(theirs, ours):
    """ours as the one line that 3.9 makes of a table."""
    return theirs if re.search(r"(?:NEW-OFFSET|STATUS) +\S", theirs) and theirs.replace("\n", "") == ours.replace("\n", "") else ours


class PairFilter:
    """A function of both texts that gives ours without what may be more in it."""

    def __init__(self, name, function, stream, servers=None, errors=False):
        self.name, self.function, self.stream, self.servers, self.hidden = name, function, stream, servers, 0
        self.errors = errors  # only of a run that failed

    def text(self, theirs, ours, failed):
        if self.errors and not failed:
            return ours
        text = self.function(theirs, ours)
        self.hidden += text != ours
        return text


PAIR_FILTERS = [
    PairFilter("options of other releases", options_of_both, "stdout"),
    PairFilter("options of other releases, on stderr", options_of_both, "stderr"),
    PairFilter("the reason of an error", reason, "stderr"),
    PairFilter("a reason where Apache's gives none", only_reason, "stderr", errors=True),
    PairFilter("the reason of an error, on stdout", reason, "stdout", errors=True),
    PairFilter("tables in one line", table_of_lines, "stdout"),
]


class Filtered:
    """Applies them."""

    def __init__(self, lock):
        self.lock = lock

    def text(self, text, side, stream, tool):
        for f in FILTERS:
            if f.applies(side, stream, tool):
                text, count = f.pattern.subn(f.by, text)
                if count:
                    with self.lock:
                        f.hidden += count
        return text

    @staticmethod
    def idle(servers):
        return [f.name for f in FILTERS + PAIR_FILTERS if not f.hidden and f.servers in (servers, None)]
