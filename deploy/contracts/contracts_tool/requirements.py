"""What docs/requirements.md states about each requirement, held against contracts, files and tests."""

import dataclasses
import re

DOCUMENT = "docs/requirements.md"
STATES = ("works", "partly", "not yet")

# The prefix that the identifiers below a heading have, and the service whose calls are named there without it.
HEADINGS = {
    "What holds for every service": ("XCT", None),
    "directory": ("DIR", "DirectoryService"),
    "policy": ("POL", "PolicyService"),
    "enterprise": ("ENT", "EnterpriseService"),
    "notification": ("NTF", "NotificationService"),
    "appeal": ("APL", "AppealService"),
    "project": ("PRJ", "ProjectService"),
    "assessment": ("ASM", "AssessmentService"),
    "portal": ("PTL", None),
}
# For trying things out; no requirement asks for it.
DEVELOPMENT = "DevelopmentService"

IDENTIFIER = re.compile(r"([A-Z]{3})-([1-9][0-9]*)([a-z]?)")
TITLE = re.compile(r'@(?:Test|Suite)\(\s*("(?:[^"\\]|\\.)*")')
TEST_FILE = re.compile(r".*(?:Tests\.swift|/test_[a-z_]+\.py)")


@dataclasses.dataclass(frozen=True)
class Row:
    """One requirement."""

    identifier: str
    prefix: str
    state: str
    calls: tuple
    files: tuple
    tests: tuple
    missing: str

    @property
    def place(self):
        """Where it stands among those of its prefix."""
        _, number, letter = IDENTIFIER.fullmatch(self.identifier).groups()
        return int(number), letter


def calls_of(root):
    """Every call of the contracts as "Service.Call"."""
    found = set()
    for path in sorted((root / "proto/zhitongche").rglob("*.proto")):
        service = None
        for line in path.read_text(encoding="utf-8").splitlines():
            if match := re.match(r"service (\w+) \{", line):
                service = match[1]
            elif match := re.match(r"  rpc (\w+)\(", line):
                found.add(f"{service}.{match[1]}")
    return found


def read(text):
    """The rows of the document and what is wrong with its form."""
    rows, faults = [], []
    heading = None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("## "):
            heading = HEADINGS.get(line[3:])
            if heading is None:
                faults.append(f"line {number}: unknown heading {line[3:]}")
        if not line.startswith("| ") or line.startswith("| id |"):
            continue
        cells = [cell.strip() for cell in line.strip()[1:-1].split("|")]
        match = IDENTIFIER.fullmatch(cells[0])
        if len(cells) != 7 or match is None or heading is None or match[1] != heading[0] or not cells[1]:
            faults.append(f"line {number}: no row of this table: {line[:40]}")
            continue
        calls, files, tests = (tuple(re.findall(r"`([^`]+)`", cell)) for cell in cells[3:6])
        calls = tuple(call if "." in call else f"{heading[1]}.{call}" for call in calls)
        rows.append(Row(cells[0], heading[0], cells[2], calls, files, tests, cells[6]))
    return rows, faults


def carries(path, identifier):
    """Whether a test of a file has the identifier in its name or, in Python, in its text."""
    text = path.read_text(encoding="utf-8")
    words = " ".join(TITLE.findall(text)) if path.suffix == ".swift" else text
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(identifier)}(?![0-9a-z])", words) is not None


def faults(root, text):
    """Everything in which the document is not true, in words."""
    rows, found = read(text)
    known = calls_of(root)
    for prefix, _ in HEADINGS.values():
        places = [row.place for row in rows if row.prefix == prefix]
        if places != sorted(set(places)):
            found.append(f"{prefix}: not in order, or one of them twice")
        if sorted({number for number, _ in places}) != list(range(1, len({number for number, _ in places}) + 1)):
            found.append(f"{prefix}: a number is left out")
    for row in rows:
        found += [f"{row.identifier}: {fault}" for fault in faults_of(root, row, known)]
    named = {call for row in rows for call in row.calls}
    for call in sorted(known - named):
        if not call.startswith(f"{DEVELOPMENT}."):
            found.append(f"{call}: no requirement names it")
    return found


def faults_of(root, row, known):
    """Everything in which one row is not true."""
    if row.state not in STATES:
        yield f"unknown state {row.state}"
    for call in row.calls:
        if call not in known:
            yield f"there is no call {call}"
    for path in row.files + row.tests:
        if not (root / path).exists():
            yield f"there is no {path}"
    if row.state == "not yet":
        if row.calls or row.files or row.tests:
            yield "not yet there, but has calls, files or tests"
        return
    if not row.files or not row.tests:
        yield "has no files or no tests"
    if row.state == "partly" and not row.missing:
        yield "what is missing is not said"
    if row.state == "works":
        tests = [root / path for path in row.tests if TEST_FILE.fullmatch(path) and (root / path).is_file()]
        if not any(carries(path, row.identifier) for path in tests):
            yield "no test that it names carries the identifier"
