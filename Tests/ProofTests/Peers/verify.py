"""Checks proofs as RFC 9162 has it (2.1.3.2, 2.1.4.2), from a JSON object a line; prints yes or no for each.

Written from the RFC alone, so that two readings of it are held against each other.
"""
import base64
import hashlib
import json
import sys


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion(leaf, index, size, path):
    """The root that the path leads to, or None."""
    if index >= size:
        return None
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = node(p, r)
            if not fn & 1:
                while fn and not fn & 1:
                    fn >>= 1
                    sn >>= 1
        else:
            r = node(r, p)
        fn >>= 1
        sn >>= 1
    return r if sn == 0 else None


def consistency(first, second, old, path):
    """The old and the new root that the path leads to, or None."""
    if first == 0 or first > second:
        return None
    if first == second:
        return (old, old) if not path else None
    if first & (first - 1) == 0:
        path = [old] + path
    if not path:
        return None
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            fr, sr = node(c, fr), node(c, sr)
            while fn and not fn & 1:
                fn >>= 1
                sn >>= 1
        else:
            sr = node(sr, c)
        fn >>= 1
        sn >>= 1
    return (fr, sr) if sn == 0 else None


for line in sys.stdin:
    it = json.loads(line)
    root = base64.b64decode(it["root"])
    path = [base64.b64decode(h) for h in it["hashes"]]
    if it["kind"] == "inclusion":
        good = inclusion(base64.b64decode(it["leaf"]), it["index"], it["size"], path) == root
    else:
        old = base64.b64decode(it["oldRoot"])
        good = consistency(it["old"], it["size"], old, path) == (old, root)
    print("yes" if good else "no")
