"""shape.py OUTPUT.MD SHAPE ROWS: whether the JSON on stdin has exactly the fields that the page names for the shape, each of
its type, in at least so many rows."""
import json, re, sys

KINDS = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict}


def fields(page, shape):
    """The names and types, in their order, and whether there is always exactly one object."""
    text = open(page).read().split(f"\n## {shape}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.M), text.strip().startswith("one object")


def main(page, shape, least):
    named, is_single = fields(page, shape)
    read = json.load(sys.stdin)
    rows = [read] if is_single else read
    if not named or not isinstance(rows, list) or len(rows) < int(least):
        sys.exit(f"no {least} rows with the fields {named}: {read}")
    for row in rows:
        if list(row) != [name for name, _ in named]:
            sys.exit(f"the fields are {list(row)}, not {[name for name, _ in named]}")
        for name, kind in named:
            value = row[name]
            fits = value is None or kind == "any" or isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))
            if not fits:
                sys.exit(f"{name} is no {kind}: {value!r}")


main(*sys.argv[1:])
