"""Verifies an export of Firebreak's audit trail, as docs/audit-format.md defines it.

    python3 verify.py EXPORT.jsonl [SEQ:HASH ...]

Prints one JSON object: {"verdict": "intact", ...} or {"verdict": "broken", "seq": ..., "kind": ...}.
Ends with 0 when the trail is intact, with 1 when it is broken.
"""

import hashlib
import json
import sys

ZEROS = "0" * 64
LIMIT = 2**53 - 1
MEMBERS = {"format", "seq", "at", "type", "actor", "case", "facts", "texts", "prev"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def refuse(_):
    raise ValueError("not a value of an event")


def allowed(value):
    if value is None or isinstance(value, (bool, str)):
        return True
    if isinstance(value, int):
        return -LIMIT <= value <= LIMIT
    if isinstance(value, list):
        return all(map(allowed, value))
    return all(
        name != "" and all("\x21" <= c <= "\x7e" for c in name) and allowed(member)
        for name, member in value.items()
    )


def parse_body(text):
    """The body as an object, or None when it is not in canonical form."""
    try:
        body = json.loads(text, parse_float=refuse, parse_constant=refuse)
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        canonical.encode("utf-8")
    except ValueError:
        return None
    if not isinstance(body, dict) or canonical != text or not allowed(body):
        return None
    if set(body) - {"run"} != MEMBERS or body["format"] != "firebreak.audit/1":
        return None
    if not all(isinstance(body[name], dict) for name in ("actor", "facts", "texts")):
        return None
    return body


def check_event(row, expected, previous, anchors):
    """The kind of the first check that fails, or None."""
    if row["seq"] > expected:
        return "gap"
    if row["seq"] < expected:
        return "order"
    if sha256(row["body"].encode("utf-8")) != row["hash"]:
        return "hash"
    body = parse_body(row["body"])
    if body is None:
        return "body"
    if any(row[name] != body.get(name) for name in ("seq", "at", "type", "case", "run", "prev")):
        return "column"
    if row["prev"] != previous:
        return "prev"
    for name, entry in row["texts"].items():
        salted = bytes.fromhex(entry["salt"]) + entry["text"].encode("utf-8")
        if body["texts"].get(name) != sha256(salted):
            return "text"
    if any(seq == row["seq"] and digest != row["hash"] for seq, digest in anchors):
        return "anchor"
    return None


def verify(lines, anchors):
    header = json.loads(next(lines))
    if header["format"] != "firebreak.audit-export/1":
        raise SystemExit("this is not an export of the audit trail")
    expected, previous = 1, ZEROS
    for line in lines:
        row = json.loads(line)
        kind = check_event(row, expected, previous, anchors)
        if kind is not None:
            return {"verdict": "broken", "seq": row["seq"], "kind": kind}
        expected, previous = expected + 1, row["hash"]
    last = expected - 1
    if header["head"] != {"seq": last, "hash": previous}:
        return {"verdict": "broken", "seq": last, "kind": "head"}
    for seq, digest in sorted(anchors):
        if seq > last or (seq == 0 and digest != ZEROS):
            return {"verdict": "broken", "seq": seq, "kind": "anchor"}
    return {"verdict": "intact", "events": last}


def main(path, *anchors):
    places = [(int(seq), digest) for seq, digest in (anchor.split(":") for anchor in anchors)]
    with open(path, encoding="utf-8", newline="\n") as lines:
        result = verify(lines, places)
    print(json.dumps(result))
    return 0 if result["verdict"] == "intact" else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
