"""What was sent and what was acknowledged, kept outside the system that is tested: a file that is only added to."""

import json
import os
import random
import threading
import time


def stream(seed, purpose):
    """The random numbers of one purpose; every purpose has its own, so that none disturbs another (decision 0011)."""
    return random.Random(f"{seed}/{purpose}")


class Ledger:
    """Entries of the run in the order in which they happened; each is on the disk before the call returns."""

    def __init__(self, path):
        self.path = path
        self._file = open(path, "a", encoding="utf-8")
        self._lock = threading.Lock()
        self._count = 0
        self._began = time.monotonic()

    def note(self, kind, **fields):
        """Adds an entry and returns its number."""
        with self._lock:
            self._count += 1
            entry = {"n": self._count, "at": round(time.monotonic() - self._began, 3), "kind": kind} | fields
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()
            number = self._count
        # Outside of the lock: one writer's wait for the disk serves those who wrote meanwhile.
        os.fdatasync(self._file.fileno())
        return number

    def close(self):
        with self._lock:
            self._file.close()


def entries(path):
    """All entries of a ledger's file."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Command:
    """One command as the ledger tells it: the request, and how it ended."""

    def __init__(self, sent):
        self.number = sent["n"]
        self.at = sent["at"]
        self.actor = sent["actor"]
        self.method = sent["method"]
        self.request_id = sent["request_id"]
        self.trace = sent["trace"]
        self.request = bytes.fromhex(sent["request"])
        self.code = None
        self.reason = ""
        self.answer = None
        self.attempts = 0
        self.repeats = []

    @property
    def service(self):
        return self.method.split(".")[1]

    @property
    def name(self):
        return self.method.rpartition("/")[2]

    @property
    def acknowledged(self):
        return self.code == "OK"

    def __repr__(self):
        return f"{self.name} {self.request_id} (ledger {self.number})"


def commands(listed):
    """The commands of a ledger's entries by their numbers."""
    found = {}
    for entry in listed:
        if entry["kind"] == "sent":
            found[entry["n"]] = Command(entry)
        elif entry["kind"] == "answer":
            command = found[entry["of"]]
            command.code, command.reason, command.attempts = entry["code"], entry["reason"], entry["attempts"]
            command.answer = bytes.fromhex(entry["answer"]) if entry["answer"] is not None else None
        elif entry["kind"] == "repeat":
            found[entry["of"]].repeats.append(entry)
    return found
