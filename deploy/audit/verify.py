#!/usr/bin/env python3
"""Follows an exported audit chain without any program of the product; needs Python alone.

    verify.py EXPORT [HEADS]

EXPORT, <service>.audit, comes from `ztc audit export`: batch by batch the exact lines that were hashed, then a line
`head <hexadecimal>`. A batch's first line is its header, the others are its entries. The rule, in bytes:

    head = SHA-256(previous head, 32 bytes, all zero before batch 1 | every line of the batch with its line feed)

HEADS comes from `ztc audit heads`, kept elsewhere: lines of service, batch, last place, head, time. Prints the end of
the chain, or the first broken link and ends with 1.
"""

import hashlib
import json
import pathlib
import sys


class Broken(Exception):
    """The first broken link."""


def batches(data):
    """Header, entries and stated head of every batch, as bytes."""
    lines = data.split(b"\n")
    if lines.pop() != b"":
        raise Broken("the file ends within a line")
    batch = []
    for line in lines:
        if not line.startswith(b"head "):
            batch.append(line)
            continue
        if not batch:
            raise Broken("a head stands where a batch should begin")
        yield batch[0], batch[1:], line[5:].decode()
        batch = []
    if batch:
        raise Broken("the file ends within a batch")


def numbers(line, keys, where):
    """Values of a line that is JSON."""
    try:
        values = json.loads(line)
        return [values[key] for key in keys]
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"{where}: cannot be read") from error


def follow(data, heads, service):
    """Service, batches, places and head of a sound chain; an empty one is of the service that the caller names."""
    number, place, head = 0, 0, bytes(32)
    for header, entries, stated in batches(data):
        where = f"batch {number + 1}"
        form, name, batch, first, last = numbers(header, ["format", "service", "batch", "first", "last"], where)
        if number == 0:
            service = name
        if form != "ztc-audit-1" or name != service:
            raise Broken(f"{where}: is of {name}, format {form}")
        if batch != number + 1:
            raise Broken(f"{where}: batch {batch} stands here")
        if first != place + 1 or last != place + len(entries) or not entries:
            raise Broken(f"{where}: {len(entries)} entries for the places {first} to {last} after {place}")
        for offset, line in enumerate(entries):
            (found,) = numbers(line, ["place"], f"{where}, place {first + offset}")
            if found != first + offset:
                raise Broken(f"{where}, place {first + offset}: the entry of place {found} stands here")
        head = hashlib.sha256(head + b"".join(line + b"\n" for line in [header, *entries])).digest()
        if head.hex() != stated:
            raise Broken(f"{where}: the head does not follow from the bytes")
        if heads.get((service, batch), stated) != stated:
            raise Broken(f"{where}: the head is not the exported one")
        number, place = batch, last
    later = [batch for name, batch in heads if batch > number and name == service]
    if later:
        raise Broken(f"batch {number + 1}: missing, but the head of batch {max(later)} was exported")
    return service, number, place, head.hex()


def exported_heads(text):
    """Heads by service and batch."""
    words = [line.split() for line in text.splitlines() if line and not line.startswith("ztc-audit-heads-")]
    return {(service, int(batch)): head for service, batch, _, head, _ in words}


def main(arguments):
    """The command."""
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    heads = exported_heads(pathlib.Path(arguments[1]).read_text(encoding="utf-8")) if len(arguments) == 2 else {}
    name = pathlib.Path(arguments[0]).stem
    try:
        service, number, place, head = follow(pathlib.Path(arguments[0]).read_bytes(), heads, name)
    except Broken as link:
        print(f"broken: {link}")
        return 1
    print(f"sound: {service}, {number} batches, {place} entries, head {head}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
