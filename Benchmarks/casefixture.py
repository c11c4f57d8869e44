"""Cases as the appeal service would have written them, by COPY: rows, trail, archive, journal, publication, timers.

`check` compares what is generated here, column by column and byte by byte, with a case that the service has just taken
from submission to the end, so that a fixture cannot fall behind the service. Left out are the audit's rows and the kept
answers of requests: no call that is measured reads them.
"""

import dataclasses
import datetime
import json
import random
import subprocess

from installation import Failure

ZONE = datetime.timezone(datetime.timedelta(hours=8))
TOPIC = "ztc.appeal.case.events.v1"

# What each state has behind it, and its share of the closed cases in thousandths. How many open ones there are follows
# from the timers that are wanted.
STEPS = ("submitted", "accepted", "assigned", "taken_up", "replied", "resolved", "rated", "written_off")
PATHS = {
    "submitted": STEPS[:1], "accepted": STEPS[:2], "assigned": STEPS[:3], "in_handling": STEPS[:4],
    "replied": STEPS[:5], "resolved": STEPS[:6], "rated": STEPS[:5] + STEPS[6:7], "written_off": STEPS,
}
OPEN = {"submitted": 50, "accepted": 50, "assigned": 250, "in_handling": 650}
CLOSED = {"replied": 100, "resolved": 100, "rated": 300, "written_off": 500}

# State of the contract after each step, and seconds since the submission at which closed cases take it.
NUMBER = {"submitted": 1, "accepted": 3, "assigned": 4, "in_handling": 5, "replied": 8, "resolved": 9, "rated": 10,
          "written_off": 11}
AFTER = {"submitted": "submitted", "accepted": "accepted", "assigned": "assigned", "taken_up": "in_handling",
         "replied": "replied", "resolved": "resolved", "rated": "rated", "written_off": "written_off"}
EVENT = {"submitted": "CaseSubmitted", "accepted": "CaseAccepted", "assigned": "CaseAssigned", "taken_up": "CaseTakenUp",
         "replied": "CaseReplied", "resolved": "CaseResolved", "rated": "CaseRated", "written_off": "CaseWrittenOff"}
PACE = {"submitted": 0, "accepted": 600, "assigned": 900, "taken_up": 1_800, "replied": 7_200, "resolved": 10_800,
        "rated": 14_400, "written_off": 8 * 86_400}
MARK, WORDS = 5, "很快"


@dataclasses.dataclass
class Case:
    """What the rows of one case are made from; moments are microseconds since 1970."""

    id: str
    number: str
    state: str
    enterprise: str
    unit: str
    region: str
    due: datetime.date
    at: dict

    @property
    def path(self):
        return PATHS[self.state]


@dataclasses.dataclass
class Setting:
    """What all cases share: who acts, what was written, how the rules count."""

    applicant: str
    dispatcher: str
    dispatcher_unit: str
    handler: str
    handler_unit: str
    title: str
    body: str
    reply: str
    rules: dict
    days: int


# Protobuf


def varint(number):
    out = bytearray()
    while True:
        out.append(number & 127 | (128 if number > 127 else 0))
        number >>= 7
        if not number:
            return bytes(out)


def field(number, value):
    """One field: a text or message with its length, or a number; nothing for what proto3 leaves out."""
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value if value else b""
    return varint(number << 3) + varint(value) if value else b""


def moment(at):
    """A Timestamp of microseconds, or of the bytes that stand for its seconds."""
    if isinstance(at, bytes):
        return b"\x08" + at
    return field(1, at // 1_000_000) + field(2, at % 1_000_000 * 1_000)


def payload(step, case, setting, at, due_end):
    """The event of a step. `at` gives the moments of the steps, `due_end` the end of the last day."""
    path = case.path[:case.path.index(step) + 1]
    state = AFTER[step]
    facts = b"".join([
        field(1, case.id), field(2, case.number), field(3, 1), field(4, "general"), field(5, 1),
        field(6, NUMBER[state]), field(7, case.enterprise), field(8, setting.applicant),
        field(10, case.unit if "assigned" in path else ""), field(11, case.region), field(14, 1),
        field(15, moment(at["submitted"])), field(16, moment(due_end)),
        field(18, moment(at["replied"])) + field(19, 1) if "replied" in path else b"",
        field(20, moment(at["resolved"])) if "resolved" in path else b"",
    ])
    return field(1, facts) + field(2, moment(at[step])) + field(3, MARK if step in ("rated", "written_off") else 0)


# Rows. A row is a dictionary of texts, None for nothing; the order of the columns is that of the dictionary.


def stamp(at):
    return datetime.datetime.fromtimestamp(at // 1_000_000, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S") + (
        f".{at % 1_000_000:06}+00")


def day(at):
    return datetime.datetime.fromtimestamp(at // 1_000_000, ZONE).date()


def end_of(date):
    """The end of a day in local time, in microseconds."""
    midnight = datetime.datetime.combine(date + datetime.timedelta(days=1), datetime.time(), ZONE)
    return int(midnight.timestamp()) * 1_000_000


def file_row(case, setting):
    reached = {step: stamp(case.at[step]) for step in case.path}
    rated = "rated" in reached
    return {
        "id": case.id, "number": case.number, "kind": "appeal", "state": case.state, "category": "general",
        "title": setting.title, "body": setting.body, "enterprise_id": case.enterprise, "applicant_unit": None,
        "account": setting.applicant, "is_anonymous": "f", "named_unit": case.unit, "complained_unit": None,
        "region": case.region, "industry": None, "project_id": None, "submitted_at": reached["submitted"],
        "desk": "dispatcher" if case.state == "accepted" else None,
        "unit": case.unit if "assigned" in reached else None, "is_binding": "f", "reason": "", "right_place": "",
        "question": "", "reply": setting.reply if "replied" in reached else None, "replied_at": reached.get("replied"),
        "is_on_time": "t" if "replied" in reached else None, "resolved_at": reached.get("resolved"),
        "mark": str(MARK) if rated else None, "rating_words": WORDS if rated else None,
        "rated_at": reached.get("rated"), "returns": "0", "decision": "", "round": "1",
        "round_start": day(case.at["submitted"]).isoformat(), "route": "ordinary", **setting.rules,
        "promised_days": None, "extension": "none", "extension_days": "0", "extension_by": "", "overdue": "{}",
        "reply_due_on": case.due.isoformat(), "solution_due_on": None, "seq": str(len(case.path)),
        "event_seq": str(len(case.path)),
    }


def unit_rows(case, setting):
    if "assigned" in case.path:
        yield {"case_id": case.id, "unit": case.unit, "submitted_at": stamp(case.at["submitted"]), "has_left": "f"}


def step_rows(case, setting):
    for place, step in enumerate(case.path, 1):
        account, unit = {
            "submitted": (setting.applicant, ""), "rated": (setting.applicant, ""),
            "taken_up": (setting.handler, setting.handler_unit), "replied": (setting.handler, setting.handler_unit),
            "resolved": (setting.handler, setting.handler_unit),
        }.get(step, (setting.dispatcher, setting.dispatcher_unit))
        yield {
            "case_id": case.id, "place": str(place), "kind": step, "at": stamp(case.at[step]), "account": account,
            "unit": unit, "to_unit": case.unit if step == "assigned" else None, "state": AFTER[step],
            "body": WORDS if step == "rated" else "", "round": "1",
        }


def reply_rows(case, setting):
    if "replied" in case.path:
        rated = "rated" in case.path
        yield {
            "case_id": case.id, "round": "1", "unit": case.unit, "is_complaint": "f",
            "replied_at": stamp(case.at["replied"]), "is_on_time": "t", "mark": str(MARK) if rated else None,
            "words": WORDS if rated else None, "rated_at": stamp(case.at["rated"]) if rated else None,
        }


class Payloads:
    """Events as hexadecimal texts, from patterns in which only what differs between cases is filled in: all of it has
    the same length in every case."""

    def __init__(self, setting):
        self.setting = setting
        self.patterns = {}

    def of(self, step, case):
        key = (step, case.state, case.unit, case.region)
        pattern = self.patterns.get(key) or self.patterns.setdefault(key, self.pattern(step, case))
        seconds = {name: seconds_hex(at) for name, at in case.at.items()}
        return pattern.format(
            id=case.id.encode().hex(), number=case.number.encode().hex(), enterprise=case.enterprise.encode().hex(),
            due=seconds_hex(end_of(case.due)), **seconds)

    def pattern(self, step, case):
        marks = {name: bytes([0xF0 + place]) * 5 for place, name in enumerate(("due", *STEPS))}
        blank = dataclasses.replace(case, id="\x01" * 36, number="\x02" * len(case.number), enterprise="\x03" * 36)
        text = payload(step, blank, self.setting, marks, marks["due"]).hex()
        for name, mark in (("id", "01" * 36), ("number", "02" * len(case.number)), ("enterprise", "03" * 36)):
            text = text.replace(mark, "{" + name + "}")
        for name, mark in marks.items():
            text = text.replace(mark.hex(), "{" + name + "}")
        return text


def seconds_hex(at):
    """Whole seconds between 1978 and 3058 as a varint, which has five bytes."""
    seconds = at // 1_000_000
    return bytes((seconds & 127 | 128, seconds >> 7 & 127 | 128, seconds >> 14 & 127 | 128, seconds >> 21 & 127 | 128,
                  seconds >> 28)).hex()


def identifier(at, bits):
    """A UUIDv7 of a moment."""
    ms = at // 1_000
    return (f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7{bits & 0xFFF:03x}-{0x8000 | bits >> 12 & 0x3FFF:04x}"
            f"-{bits >> 26 & 0xFFFFFFFFFFFF:012x}")


# The check against the service


def learn(installation, submitted, written_off):
    """What all cases share, read from two that the service has made, which the generated rows must equal."""
    row = case_row(installation, written_off)
    steps = rows_of(installation, "case_step", "case_id", written_off, "place")
    accounts = {step["kind"]: (step["account"], step["unit"]) for step in steps}
    began = datetime.date.fromisoformat(row["round_start"])
    setting = Setting(
        applicant=row["account"], dispatcher=accounts["assigned"][0], dispatcher_unit=accounts["assigned"][1],
        handler=accounts["replied"][0], handler_unit=accounts["replied"][1], title=row["title"], body=row["body"],
        reply=row["reply"], days=(datetime.date.fromisoformat(row["reply_due_on"]) - began).days,
        rules={name: row[name] for name in (
            "reply_rule", "reply_rule_from", "legal_rule", "legal_rule_from", "solution_rule", "solution_rule_from")})
    for one in (submitted, written_off):
        check(installation, one, setting)
    timers = installation.sql(
        f"""SELECT name, to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS+00') FROM appeal.timer
            WHERE subject = '{submitted}' ORDER BY due_at, name""")
    if installation.sql(f"SELECT name FROM appeal.timer WHERE subject = '{written_off}'"):
        raise Failure("a case that was replied on its first day still has timers")
    return setting, timers


def rows_of(installation, table, key, value, order):
    lines = installation.sql(
        f"""SET TIME ZONE 'UTC'; SELECT row_to_json(one) FROM appeal.{table} AS one WHERE {key} = '{value}'
            ORDER BY {order}""")
    return [json.loads(line[0]) for line in lines if line[0].startswith("{")]


def case_row(installation, one):
    return rows_of(installation, "case_file", "id", one, "id")[0]


def micros(text):
    if text is None:
        return None
    delta = datetime.datetime.fromisoformat(text) - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return delta // datetime.timedelta(microseconds=1)


def check(installation, one, setting):
    """Fails unless the rows and events generated for a case are those that the service wrote."""
    row = case_row(installation, one)
    steps = rows_of(installation, "case_step", "case_id", one, "place")
    case = Case(
        id=one, number=row["number"], state=row["state"], enterprise=row["enterprise_id"], unit=row["named_unit"],
        region=row["region"], due=datetime.date.fromisoformat(row["reply_due_on"]),
        at={step["kind"]: micros(step["at"]) for step in steps})
    compare("case_file", [row], [file_row(case, setting)])
    compare("case_unit", rows_of(installation, "case_unit", "case_id", one, "unit"), list(unit_rows(case, setting)))
    compare("case_step", steps, list(step_rows(case, setting)))
    compare("reply_record", rows_of(installation, "reply_record", "case_id", one, "round"),
            list(reply_rows(case, setting)))
    events = installation.sql(
        f"""SELECT topic, seq, type, encode(payload, 'hex') FROM appeal.journal WHERE key = '{one}' ORDER BY seq""")
    made = [
        [TOPIC, str(seq), f"zhitongche.appeal.v1.{EVENT[step]}",
         payload(step, case, setting, case.at, end_of(case.due)).hex()] for seq, step in enumerate(case.path, 1)]
    if events != made:
        raise Failure(f"the fixture's events are not those of the service:\n  service: {events}\n  fixture: {made}")
    # The patterns leave fractions of a second out; with whole seconds they must give the same bytes.
    whole = dataclasses.replace(case, at={step: at // 1_000_000 * 1_000_000 for step, at in case.at.items()})
    patterns = Payloads(setting)
    for step in case.path:
        if patterns.of(step, whole) != payload(step, whole, setting, whole.at, end_of(case.due)).hex():
            raise Failure(f"the pattern of {step} gives another event")


def compare(table, theirs, ours):
    """Fails unless two lists of rows are equal; a row of ours is text."""
    def plain(name, value):
        if value is None or isinstance(value, bool):
            return {None: None, True: "t", False: "f"}[value]
        if isinstance(value, list):
            return "{" + ",".join(value) + "}"
        text = str(value)
        return micros(text) if name.endswith("at") and text[:2] == "20" else text

    theirs = [{name: plain(name, value) for name, value in row.items()} for row in theirs]
    ours = [{name: plain(name, value) for name, value in row.items()} for row in ours]
    if theirs != ours:
        raise Failure(f"the fixture's {table} is not what the service writes:\n  service: {theirs}\n  fixture: {ours}")


# Generating


class Cases:
    """So many cases, the same again with every pass: oldest first; the open ones of today stand at the end."""

    def __init__(self, count, opened, units, regions, setting, now, numbers):
        self.count, self.opened, self.units, self.regions = count, opened, units, regions
        self.setting, self.now, self.numbers = setting, now, dict(numbers)
        self.begin = datetime.date(2020, 1, 2)
        # A case that is written off needs some days.
        self.span = (day(now) - self.begin).days - 10

    def __iter__(self):
        dice = random.Random(2020)
        numbers = dict(self.numbers)
        enterprises = [identifier(1_577_836_800_000_000 + n, dice.getrandbits(74)) for n in range(20_000)]
        open_states, closed_states = spread(OPEN), spread(CLOSED)
        closed = self.count - self.opened
        midnight = end_of(day(self.now)) - 86_400_000_000
        for place in range(self.count):
            if place < closed:
                date = self.begin + datetime.timedelta(days=place * self.span // closed)
                begun = end_of(date) - 86_400_000_000 + (8 * 3_600 + place % 25_000) * 1_000_000
                state = closed_states[dice.randrange(1_000)]
                at = {step: begun + PACE[step] * 1_000_000 for step in PATHS[state]}
            else:
                begun = midnight + (self.now - midnight) * (place - closed) // self.opened // 1_000_000 * 1_000_000
                state = open_states[dice.randrange(1_000)]
                at = {step: begun for step in PATHS[state]}
            year = day(begun).year
            numbers[year] = numbers.get(year, 0) + 1
            yield Case(
                id=identifier(begun, dice.getrandbits(74)), number=f"SQ{year}{numbers[year]:06}", state=state,
                enterprise=enterprises[dice.randrange(20_000)], unit=self.unit(dice),
                region=self.regions[dice.randrange(len(self.regions))],
                due=day(begun) + datetime.timedelta(days=self.setting.days), at=at)
        self.last = numbers

    def unit(self, dice):
        """The first unit has a tenth of all cases, the second every ten thousandth, the others share the rest."""
        part = dice.randrange(10_000)
        if part < 1_000:
            return self.units[0]
        return self.units[1] if part == 1_000 else self.units[2 + part % (len(self.units) - 2)]


def spread(shares):
    return [state for state, share in shares.items() for _ in range(share)]


def text(row):
    """A line of COPY."""
    return "\t".join(
        "\\N" if value is None else value.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
        for value in row) + "\n"


def fill(installation, cases, timers):
    """Copies cases in with all that belongs to them, and gives the planner its statistics. The relay is paused meanwhile:
    the places of publication are its own otherwise."""
    setting, payloads = cases.setting, Payloads(cases.setting)
    columns = list(file_row(next(iter(cases)), setting))
    copy(installation, "case_file", columns, (text(file_row(case, setting).values()) for case in cases))
    for table, rows in (("case_unit", unit_rows), ("case_step", step_rows), ("reply_record", reply_rows)):
        example = next(row for case in cases for row in rows(case, setting))
        copy(installation, table, list(example),
             (text(row.values()) for case in cases for row in rows(case, setting)))
    copy(installation, "timer", ["subject", "name", "due_at"], (
        f"{case.id}\t{name}\t{due}\n" for case in cases if case.state in OPEN for name, due in timers))
    installation.sql(*[
        f"""INSERT INTO appeal.number_counter (prefix, year, last) VALUES ('SQ', {year}, {last})
            ON CONFLICT (prefix, year) DO UPDATE SET last = EXCLUDED.last""" for year, last in cases.last.items()])
    fill_journal(installation, cases, payloads)
    for table in ("case_file", "case_unit", "case_step", "reply_record", "timer", "journal", "publication"):
        installation.sql(f"VACUUM ANALYZE appeal.{table}")


def fill_journal(installation, cases, payloads):
    """The events of all cases, delivered: each with its place of publication and none pending."""
    events = sum(len(case.path) for case in cases)
    first = int(installation.value(
        f"SELECT setval('appeal.journal_id', nextval('appeal.journal_id') + {events}) - {events}"))
    position = int(installation.value(f"SELECT position FROM appeal.relay_state")) + 1
    dice = random.Random(2021)

    def lines():
        number = first
        for case in cases:
            for seq, step in enumerate(case.path, 1):
                at = case.at[step]
                yield (f"{number}\t{TOPIC}\t{case.id}\t{seq}\tzhitongche.appeal.v1.{EVENT[step]}\t"
                       f"{identifier(at, dice.getrandbits(74))}\t{stamp(at)}\t"
                       f"\\\\x{payloads.of(step, case)}\n")
                number += 1

    copy(installation, "journal",
         ["id", "topic", "key", "seq", "type", "event_id", "occurred_at", "payload"], lines())
    installation.sql(
        f"""INSERT INTO appeal.publication (position, journal_id)
            SELECT {position} + number, {first} + number FROM generate_series(0, {events - 1}) AS number""",
        f"UPDATE appeal.relay_state SET position = {position + events - 1}",
        "SELECT appeal.ensure_partitions()")


def copy(installation, table, columns, lines):
    with subprocess.Popen(
        ["psql", installation.url, "-Xq", "-v", "ON_ERROR_STOP=1", "-c",
         f"COPY appeal.{table} ({', '.join(columns)}) FROM STDIN"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, encoding="utf-8") as process:
        try:
            process.stdin.writelines(lines)
            process.stdin.close()
        except BrokenPipeError:
            pass
        said = process.stderr.read()
        if process.wait() != 0:
            raise Failure(f"COPY {table}: {said.strip()[-600:]}")
