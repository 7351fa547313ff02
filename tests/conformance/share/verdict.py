"""What two members of a share group made of RECORDS records, of which the first was killed: verdict.py RECORDS FIRST SECOND.

Prints "each once" if no record was acknowledged twice, and all were, by one of them; of what the killed one had in its hands
at the end nobody has heard the last word, so that counts as acknowledged if the other one never got it."""
import json
import sys


def events(path):
    for line in open(path):
        try:
            yield json.loads(line)
        except ValueError:
            return  # the last line of the one that was killed


def places(event):
    return {(p["topic"], p["partition"], offset) for p in event["partitions"] for offset in p["offsets"]}


def member(path):
    acknowledged, twice, consumed = set(), set(), set()
    for event in events(path):
        if event["name"] == "records_consumed":
            consumed |= places(event)
        if event["name"] == "offsets_acknowledged" and event["success"]:
            twice |= acknowledged & places(event)
            acknowledged |= places(event)
    return acknowledged, twice, consumed


wanted = int(sys.argv[1])
(first, first_twice, in_hand), (second, second_twice, _) = member(sys.argv[2]), member(sys.argv[3])
twice = first_twice | second_twice | (first & second)
unheard = in_hand - first - second
if twice:
    print(f"{len(twice)} were acknowledged twice: {sorted(twice)[:5]}")
elif len(first | second | unheard) != wanted:
    print(f"{len(first | second)} of {wanted} were acknowledged; {len(unheard)} unheard of")
elif not first or not second:
    print("one of the members got nothing")
else:
    print("each once")
    sys.exit(0)
sys.exit(1)
