"""The rows of the table: what is measured, against what, and which ratio is the goal."""

import dataclasses
import functools
import json
import statistics
import subprocess
import time

from floors import HERE, Broker, Echo, check_statements, copy_rows, pgbench, write_events
from installation import Failure, wait_for


@dataclasses.dataclass
class Row:
    """One line of the table."""

    name: str
    measured: str
    floor: str
    ratios: list
    goal: str
    is_met: bool
    note: str = ""

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.ratios else None

    def json(self):
        return {**dataclasses.asdict(self), "ratio": self.ratio}


@dataclasses.dataclass
class Plan:
    """How much is measured."""

    rounds: int = 3
    seconds: float = 4
    events: int = 20_000
    enterprises: int = 1_000_000
    cases: int = 1_000_000
    lists: int = 200
    timers: int = 10_000
    timer_seconds: int = 60
    units: int = 3_000
    indicators: int = 200
    months: int = 12
    smoke: bool = False


def middle(values, digits=0):
    return f"{statistics.median(values):,.{digits}f}"


# Commands


class CommandFloor:
    """The floor of a command: echo alone and pgbench alone, one after the other."""

    calls = ("benchmark", "calls", "--in-flight", 16)

    def __init__(self, installation):
        self.installation = installation
        self.script = HERE / "pgbench" / "command.sql"
        directory, token = installation.address("directory"), installation.token("administrator")
        calls = ("benchmark", "calls", "--token", token, "--target", directory)
        installation.run(*calls, "--each")
        check_statements(
            installation, self.script, "directory.region SET name",
            # Long enough for one call on a machine that is busy with other things.
            lambda: installation.run(*calls, "--in-flight", 1, "--seconds", 1))
        self.url = installation.copy_schema(["directory"], "floor_command")
        subprocess.run(
            f"psql '{installation.url}' -Xqc 'COPY directory.region TO STDOUT' | "
            f"psql '{self.url}' -Xqc 'COPY directory.region FROM STDIN'", shell=True, check=True)
        installation.sql("INSERT INTO directory.business_clock DEFAULT VALUES ON CONFLICT DO NOTHING", url=self.url)
        self.variables = command_variables(installation)
        clients = int(installation.value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ztc-directory' AND query LIKE '%COMMIT%'"))
        self.clients = max(6, min(16, clients))

    def measure(self, echo, plan):
        """Calls per second of the echo, transactions per second of pgbench, and what both one after the other give."""
        answer = json.loads(self.installation.run(*self.calls, "--target", echo.address, "--seconds", plan.seconds))
        transactions = pgbench(self.url, self.script, self.clients, plan.seconds, self.variables)
        return {
            "echo": answer["rate"], "pgbench": transactions, "floor": 1 / (1 / answer["rate"] + 1 / transactions),
        }


@functools.cache
def command_floor(installation):
    """The floor, prepared once for all parts that need it."""
    return CommandFloor(installation)


def commands(installation, plan):
    """Commands over gRPC against echo and pgbench, with the relay paused and running."""
    floor = command_floor(installation)
    token, directory = installation.token("administrator"), installation.address("directory")
    found = {"echo": [], "pgbench": [], "floor": [], "running": [], "paused": [], "processor": []}

    def round_of(kind, echo):
        for part, rate in floor.measure(echo, plan).items():
            found[part].append(rate)
        before = installation.processor_seconds("directory")
        answer = json.loads(installation.run(
            *floor.calls, "--target", directory, "--token", token, "--seconds", plan.seconds))
        found["processor"].append((installation.processor_seconds("directory") - before) / answer["count"] * 1e6)
        found[kind].append(answer["rate"])

    with Echo(installation) as echo:
        for _ in range(plan.rounds):
            round_of("running", echo)
        resume = installation.pause_relay("directory")
        try:
            for _ in range(plan.rounds):
                round_of("paused", echo)
        finally:
            resume()
    wait_for(lambda: installation.pending("directory") == 0, 120, "the directory's events leaving")
    rows = []
    for kind, part, goal in (
        ("paused", slice(plan.rounds, None), 0.8), ("running", slice(0, plan.rounds), 0.6)
    ):
        ratios = [rate / best for rate, best in zip(found[kind], found["floor"][part])]
        rows.append(Row(
            f"command over gRPC, 16 in flight, relay {kind}", f"{middle(found[kind])}/s",
            f"{middle(found['floor'][part])}/s (echo {middle(found['echo'][part])}, pgbench "
            f"{middle(found['pgbench'][part])}, {floor.clients} clients)", ratios, f">= {goal}",
            statistics.median(ratios) >= goal,
            f"{middle(found['processor'][part])} us of processor time per command in the service"))
    plan.command_rate = statistics.median(found["running"])
    return rows


def command_variables(installation):
    """What one command of the service wrote, as the values of the script's variables."""
    row = installation.sql(
        """SELECT subject, method, encode(request_hash, 'hex'), encode(answer, 'hex')
           FROM directory.request_identifier WHERE method LIKE '%SetRegion' ORDER BY created_at DESC LIMIT 1""")[0]
    event = installation.sql(
        """SELECT topic, type, event_id, coalesce(traceparent, ''), encode(payload, 'hex')
           FROM directory.journal WHERE topic LIKE '%region%' ORDER BY id DESC LIMIT 1""")[0]
    return {
        "subject": row[0], "method": row[1], "hash": f"\\x{row[2]}", "answer": f"\\x{row[3]}", "parent": "370902",
        "one": "1", "topics": f"{{{event[0]}}}", "keys": "{370902001}", "seqs": "{7}", "types": f"{{{event[1]}}}",
        "events": f"{{{event[2]}}}", "times": "{1587344479130936}", "extras": '{""}', "flags": "{1}",
        "payloads": f'{{"\\\\x{event[4]}"}}', "traceparent": event[3], "kind": "staff", "blank": "-",
        "object": "region:370902001", "outcome": "done", "trace": event[3][3:35], "remote": "ipv4:127.0.0.1:40390",
    }


# Latency


def latency(installation, plan):
    """From the commit of an event to a subscriber that reads the topic, at a tenth of the commands' rate."""
    rate = max(20, round(getattr(plan, "command_rate", 500) / 10))
    token, seconds = installation.token("administrator"), max(plan.seconds, 2)
    directory = installation.address("directory")
    installation.run("benchmark", "calls", "--token", token, "--target", directory, "--each")
    file = installation.folder / "region-events"
    write_events(installation, "directory", "ztc.directory.region.state.v1", 1_000, file)
    found = {"ours": [], "raw": []}
    for _ in range(plan.rounds):
        with Broker(installation) as broker:
            found["raw"].append(broker.measure("latency", "--file", file, "--rate", rate, "--seconds", seconds))
        watch = subprocess.Popen(
            [str(installation.programs / "benchmark"), "watch", "--servers", installation.servers, "--topic",
             "ztc.directory.region.state.v1", "--seconds", str(seconds + 1)], stdout=subprocess.PIPE, text=True)
        watch.stdout.readline()
        installation.run(
            "benchmark", "calls", "--token", token, "--target", directory, "--rate", rate, "--seconds", seconds)
        found["ours"].append(json.loads(watch.stdout.read()))
        watch.wait()
    extra = [ours["p50"] - raw["p50"] for ours, raw in zip(found["ours"], found["raw"])]
    times = [ours["p99"] / raw["p99"] for ours, raw in zip(found["ours"], found["raw"])]

    def both(kind, part):
        return middle([one[part] for one in found[kind]], 1) + " ms"

    return [
        Row(f"commit to subscriber, {rate} commands/s, p50", both("ours", "p50"), both("raw", "p50"), extra,
            "<= +3 ms", statistics.median(extra) <= 3, "the ratio is the difference in ms"),
        Row(f"commit to subscriber, {rate} commands/s, p99", both("ours", "p99"), both("raw", "p99"), times,
            "<= 3 times", statistics.median(times) <= 3),
    ]


# Matching


def audience_sql(kind):
    """The best that SQL can do over one flat table with a covering index; the same counts and breakdowns."""
    figures = [("employees", 20), ("revenue", 500_000_000), ("assets", 400_000_000)]
    if kind == "tags":
        verdict = "0"
        condition = "(nature = 'private')::integer + (size IN ('small', 'medium'))::integer + (division = '35')::integer >= 2"
        condition = condition.replace("(size IN ('small', 'medium'))", "coalesce(size IN ('small', 'medium'), false)")
    else:
        below = " OR ".join(f"{name} < {least}" for name, least in figures)
        above = " AND ".join(f"{name} >= {least}" for name, least in figures)
        verdict = f"CASE WHEN {below} THEN 1 WHEN {above} THEN 0 ELSE 2 END"
        condition = "true"
    return f"""
        SELECT CASE WHEN GROUPING(region) = 0 THEN 'region ' || region
                    WHEN GROUPING(size) = 0 THEN 'size ' || coalesce(size, 'unknown') ELSE 'all' END,
            sum(met), sum(not_met), sum(unknown)
        FROM (SELECT region, size, count(*) FILTER (WHERE verdict = 0) AS met,
                  count(*) FILTER (WHERE verdict = 1) AS not_met, count(*) FILTER (WHERE verdict = 2) AS unknown
              FROM (SELECT region, size, {verdict} AS verdict FROM floor.flat
                    WHERE status = 'active' AND {condition}) AS judged
              GROUP BY region, size) AS grouped
        GROUP BY GROUPING SETS ((), (region), (size))"""


def flat_table(installation):
    """One row per enterprise with everything that the two points ask for, as an index that covers them."""
    figure = """(SELECT value::bigint FROM enterprise.attribute_record AS record WHERE record.ordinal = one.ordinal
        AND record.attribute = '{}' ORDER BY valid_from DESC, id DESC LIMIT 1)"""
    installation.sql(
        "DROP SCHEMA IF EXISTS floor CASCADE", "CREATE SCHEMA floor",
        f"""CREATE TABLE floor.flat AS SELECT ordinal, status, nature, size, left(industry, 2) AS division,
            left(region, 6) AS region, {figure.format('employees')} AS employees,
            {figure.format('revenue')} AS revenue, {figure.format('total.assets')} AS assets
            FROM enterprise.enterprise AS one""",
        "CREATE INDEX flat_tags ON floor.flat (nature, size, division, region) WHERE status = 'active'",
        "CREATE INDEX flat_figures ON floor.flat (employees, revenue, assets, region, size) WHERE status = 'active'",
        "VACUUM ANALYZE floor.flat")


def matching(installation, plan):
    """One point against every enterprise, by tags and by numbers, against SQL with the same result."""
    flat_table(installation)
    token, enterprise = installation.token("zhihuibu.jingban"), installation.address("enterprise")
    count = int(installation.value("SELECT count(*) FROM enterprise.enterprise"))
    with Echo(installation) as echo:
        empty = json.loads(installation.run(
            "benchmark", "calls", "--target", echo.address, "--token", token, "--in-flight", 1, "--seconds", 1))["p50"]
    rows = []
    for kind, goal in (("tags", 100), ("conditions", 10)):
        ours, theirs = [], []
        for _ in range(plan.rounds):
            answer = json.loads(installation.run(
                "benchmark", "preview", "--target", enterprise, "--token", token, "--shape", kind))
            ours.append(answer["p50"])
            expected, seconds = timed_sql(installation, audience_sql(kind))
            theirs.append(seconds * 1e3)
            compare(answer, expected, kind)
        ratios = [floor / own for own, floor in zip(ours, theirs)]
        plan_of = [row[0] for row in installation.sql("EXPLAIN (COSTS OFF)" + audience_sql(kind))]
        rows.append(Row(
            f"one point against {count:,} enterprises by " + ("tag count" if kind == "tags" else "three numbers"),
            f"{middle(ours, 2)} ms", f"{middle(theirs, 1)} ms (SQL)", ratios, f">= {goal} times",
            statistics.median(ratios) >= goal,
            f"the whole call, of which {empty:.2f} ms are an empty one; {answer['met']:,} met, {answer['notMet']:,} not, {answer['unknown']:,} unknown, the same by SQL; its plan: "
            + " > ".join(line.strip().removeprefix("->").strip() for line in plan_of)))
    return rows


def timed_sql(installation, statement):
    """The answer of a statement by its first column, and the best of three times on the server, in seconds."""
    script = f"PREPARE question AS {statement};\n" + "EXECUTE question;\n\\timing on\n" + "EXECUTE question;\n" * 3
    done = subprocess.run(
        ["psql", installation.url, "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1"], input=script, text=True,
        stdout=subprocess.PIPE, check=True)
    lines = done.stdout.splitlines()
    times = [float(line.split()[1]) / 1e3 for line in lines if line.startswith("Time:")]
    answer = {line.split("\t")[0]: [int(field) for field in line.split("\t")[1:]] for line in lines if "\t" in line}
    return answer, min(times)


def compare(answer, expected, kind):
    """Fails unless the service and SQL have found the same."""
    own = {name: counts for name, counts in answer["breakdown"].items() if not name.startswith("industry")}
    own["all"] = [answer["met"], answer["notMet"], answer["unknown"]]
    expected = {name: counts for name, counts in expected.items() if sum(counts) > 0}
    if own != expected:
        raise Failure(f"{kind}: the service found {own}, SQL {expected}")


# Loading and starting


def registry(installation, count):
    """A file of so many enterprises that the installation does not know; figures of every fifth are missing, and of every
    seventh the assets."""
    known = int(installation.value("SELECT count(*) FROM enterprise.enterprise"))
    file = installation.folder / f"registry-{known}-{count}.csv"
    lines = installation.run("ztc", "generate", "--count", known + count).splitlines()
    with open(file, "w") as out:
        out.write(lines[0] + "\n")
        for number, line in enumerate(lines[1 + known:]):
            fields = line.split(",")
            if number % 5 == 0:
                fields[10:14] = ["", "", "", ""]
            elif number % 7 == 0:
                fields[12] = ""
            out.write(",".join(fields) + "\n")
    return file


def load(installation, plan):
    """A registry until all is committed, against COPY of the rows that it became."""
    file = registry(installation, plan.enterprises)
    resume = installation.pause_relay("enterprise")
    try:
        wait = int(installation.value("SELECT coalesce(max(ordinal), 0) FROM enterprise.enterprise"))
        journal = int(installation.value("SELECT coalesce(max(id), 0) FROM enterprise.journal"))
        before = installation.processor_seconds("enterprise")
        answer = json.loads(installation.run(
            "benchmark", "load", "--target", installation.address("enterprise"), "--token",
            installation.token("gongxinju.shuju"), "--file", file))
        processor = installation.processor_seconds("enterprise") - before
        # Floor: the rows that the load has made, and nothing else.
        seconds, url = copy_rows(
            installation,
            [f"enterprise.enterprise WHERE ordinal > {wait} ORDER BY ordinal",
             f"enterprise.attribute_record WHERE ordinal > {wait} ORDER BY id",
             f"enterprise.journal WHERE id > {journal} ORDER BY id",
             f"enterprise.pending WHERE journal_id > {journal} ORDER BY journal_id"],
            installation.folder / "copy")
        copied = installation.value("SELECT count(*) FROM enterprise.enterprise", url=url)
        if int(copied) != answer["count"]:
            raise Failure(f"{copied} rows were copied, {answer['count']} loaded")
        installation.sql("DROP DATABASE floor_copy")
        # The development broker cannot hold so many events; they are not what is measured here.
        installation.sql(f"DELETE FROM enterprise.pending WHERE journal_id > {journal}")
    finally:
        resume()
    ratio = answer["seconds"] / seconds
    return [Row(
        f"load of {answer['count']:,} enterprises until committed", f"{answer['seconds']:,.1f} s",
        f"{seconds:,.1f} s (COPY)", [ratio], "<= 1.5 times", ratio <= 1.5,
        f"{processor:,.1f} s of processor time in the service")]


def start(installation, plan):
    """From the start of a process to the moment when it serves, and its memory when nothing happens."""
    rows = []
    for service in ("directory", "policy", "notification", "enterprise"):
        seconds = [installation.restart(service) for _ in range(plan.rounds)]
        time.sleep(2)
        memory = installation.memory(service)
        if service != "enterprise":
            rows.append(Row(
                f"start to serving: {service}", f"{middle(seconds, 2)} s, {memory:,.0f} MiB idle", "-", [],
                "< 1 s, <= 120 MB", statistics.median(seconds) < 1 and memory * 1.048576 <= 120))
    token, count = installation.token("zhihuibu.jingban"), installation.value(
        "SELECT count(*) FROM enterprise.enterprise")
    seconds = []
    for _ in range(plan.rounds):
        begun = time.monotonic()
        installation.restart("enterprise")
        wait_for(lambda: previews(installation, token), 300, "the index of all enterprises")
        seconds.append(time.monotonic() - begun)
    time.sleep(3)
    memory = installation.memory("enterprise")
    rows.append(Row(
        f"start to first match: enterprise with {int(count):,}", f"{middle(seconds, 1)} s, {memory:,.0f} MiB", "-", [],
        "<= 10 s, <= 600 MB", statistics.median(seconds) <= 10 and memory * 1.048576 <= 600,
        "stopping included"))
    return rows


def previews(installation, token):
    try:
        installation.run(
            "benchmark", "preview", "--target", installation.address("enterprise"), "--token", token, "--shape", "tags",
            "--times", 1)
        return True
    except Failure as failure:
        if "unavailable" not in str(failure).lower():
            raise
        return False
