"""Checks every dependency's licence against the list in deny.toml, so that CI needs no further tool for it."""
import json, re, subprocess, sys, tomllib

allowed = set(tomllib.load(open("deny.toml", "rb"))["licenses"]["allow"])
meta = json.loads(subprocess.run(["cargo", "metadata", "--format-version", "1", "--locked"], check=True, capture_output=True).stdout)


def fits(expression):
    """An SPDX expression: every AND part needs one allowed OR choice."""
    expression = expression.replace("/", " OR ").replace("(", " ( ").replace(")", " ) ")
    words = re.sub(r"([A-Za-z0-9.+-]+) WITH ([A-Za-z0-9.+-]+)", r"\1-WITH-\2", expression).split()
    python = " ".join({"OR": "or", "AND": "and", "(": "(", ")": ")"}.get(w, str(w.replace("-WITH-", " WITH ") in allowed)) for w in words)
    return eval(python)


bad = [f"{p['name']} {p['version']}: {p['license']}" for p in meta["packages"] if not p["license"] or not fits(p["license"])]
print("\n".join(bad) or f"{len(meta['packages'])} packages, all under licences that deny.toml allows")
sys.exit(bool(bad))
