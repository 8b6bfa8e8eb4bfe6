#!/usr/bin/env python3
"""Look for secrets where none may be.

hunt.py files SECRETS FILE...   in files; prints each file that holds one, as octets, digits or base64
hunt.py memory SECRETS PID      in what a process can write to; prints "KIND: FOUND of ALL" for each kind

SECRETS has lines "KIND HEX". Exit 0: none was found, 1: some were.
"""
import base64
import collections
import re
import sys

HEAD = 8  # octets that are looked up; no secret is shorter
PAGE = 4096


def secrets_read(path):
    with open(path, encoding="ascii") as lines:
        return sorted({(kind, bytes.fromhex(digits)) for kind, digits in map(str.split, lines)})


def forms(secret):
    """What a secret looks like: its octets, digits of either case, base64."""
    return (secret, secret.hex().encode(), secret.hex().upper().encode(),
            base64.b64encode(secret).rstrip(b"=")[:-1])


def files(secrets, names):
    found = 0
    for name in names:
        with open(name, "rb") as file:
            raw = file.read()
        digits = re.sub(rb"[^0-9a-f]", b"", raw.lower())  # also with blanks or colons in between
        kinds = {kind for kind, secret in secrets
                 if secret.hex().encode() in digits or any(form in raw for form in forms(secret))}
        if kinds:
            found += 1
            print(f"found in {name}: {' '.join(sorted(kinds))}")
    return found


def writable(pid):
    """The writable mappings of a process, as one file after the other."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            span, mode, *rest = line.split()
            if not mode.startswith("rw") or rest[-1] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = (int(at, 16) for at in span.split("-"))
            mem.seek(start)
            parts = []
            while start < end:
                part = mem.read(min(end - start, 1 << 24))
                if not part:
                    break
                parts.append(part)
                start += len(part)
            yield line.strip(), b"".join(parts)


def places(octets, heads):
    """Where in octets one of the heads begins; pages of one octet over and over are passed over."""
    end = len(octets)
    for page in range(0, end, PAGE):
        if octets[page:page + PAGE - 1] == octets[page + 1:page + PAGE]:
            continue
        yield from [at for at in range(page, min(page + PAGE, end)) if octets[at:at + HEAD] in heads]


def memory(secrets, pid, verbose):
    heads = collections.defaultdict(list)
    for kind, secret in secrets:
        for form in forms(secret):
            heads[form[:HEAD]].append((kind, secret, form))
    found = collections.defaultdict(set)
    for place, octets in writable(pid):
        for at in places(octets, heads):
            for kind, secret, form in heads[octets[at:at + HEAD]]:
                if octets.startswith(form, at):
                    found[kind].add(secret)
                    if verbose:
                        print(f"# {kind} at {at:#x} of {place}: {octets[max(0, at - 48):at + 48]!r}")
    for kind, count in sorted(collections.Counter(kind for kind, _ in secrets).items()):
        print(f"{kind}: {len(found[kind])} of {count}")
    return len(found)


def main(argv):
    if len(argv) >= 4 and argv[1] == "files":
        return 1 if files(secrets_read(argv[2]), argv[3:]) else 0
    if len(argv) in (4, 5) and argv[1] == "memory":
        return 1 if memory(secrets_read(argv[2]), int(argv[3]), len(argv) == 5) else 0
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main(sys.argv))
