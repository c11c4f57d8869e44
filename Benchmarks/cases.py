"""Cases: their life at 0 and at 1,000,000 of them, timers that fall due, and a unit's lists."""

import json
import statistics
import time

import casefixture
from accounts import open_account
from floors import Echo
from installation import Failure, wait_for
from rows import Row, command_floor, middle

ENTERPRISE = "0190b5a0-0000-7000-8000-000000000001"
# A bureau that has a tenth of all cases, one that has every ten thousandth, and the command under which both stand.
BUSY, QUIET = ("bench.mang", "taian-shigongyehexinxihuaju"), ("bench.xian", "taian-shirensheju")
COMMAND = ("zhihuibu.jingban", "taian-shigongyejingjifazhangongjianzhihuibu")
# Business time of appeal from here on, while the other services stay where the development data put them: a Monday, by
# when there are some years for a million numbers.
MORNING = "2025-06-16T10:00:00+08"
NOW = "(SELECT clock_timestamp() + shift_us * interval '1 microsecond' FROM appeal.business_clock)"


def cases(installation, plan):
    open_account(installation, "bench.qiye", None, "enterprise-user", enterprise=ENTERPRISE)
    open_account(installation, "bench.diaodu", COMMAND[1], "dispatcher")
    for login, unit in (BUSY, QUIET):
        open_account(installation, login, unit, "handler")
    move_clock(installation, MORNING)
    found = {"floor": [], "empty": [], "full": [], "echo": [], "pgbench": [], "processor": []}
    floor = command_floor(installation)

    def lives(kind, echo):
        for part, rate in floor.measure(echo, plan).items():
            found[part].append(rate)
        before = installation.processor_seconds("appeal")
        answer = live(installation, "--seconds", plan.seconds * 2)
        found["processor"].append((installation.processor_seconds("appeal") - before) / answer["count"] * 1e3)
        found[kind].append(answer["rate"])

    live(installation, "--count", 2, "--in-flight", 2)
    with Echo(installation) as echo:
        for _ in range(plan.rounds):
            lives("empty", echo)
        size, seconds, mix = fill(installation, plan)
        for _ in range(plan.rounds):
            lives("full", echo)
    wait_for(lambda: installation.pending("appeal") == 0, 300, "the appeal's events leaving")
    return [*life_rows(found, plan, size, seconds, mix), *lists(installation, plan, size), *timers(installation, plan)]


def move_clock(installation, to):
    """Sets the business clock of appeal; its processes notice within a moment."""
    installation.sql(
        f"""UPDATE appeal.business_clock
            SET shift_us = round(extract(epoch FROM timestamptz '{to}' - clock_timestamp()) * 1000000)""")
    time.sleep(1)


def live(installation, *options):
    """Lives of cases with fresh tokens, which last ten minutes."""
    return json.loads(installation.run(
        "benchmark", "lives", "--target", installation.address("appeal"), "--token", installation.token("bench.qiye"),
        "--dispatcher", installation.token("bench.diaodu"), "--handler", installation.token(BUSY[0]), "--unit", BUSY[1],
        *options))


def life_rows(found, plan, size, seconds, mix):
    floors = [rate / 5 for rate in found["floor"]]
    rows = []
    for kind, part, count in (("empty", slice(0, plan.rounds), 0), ("full", slice(plan.rounds, None), size)):
        ratios = [rate / floor for rate, floor in zip(found[kind], floors[part])]
        rows.append(Row(
            f"lives of cases per second, 16 at once, at {count:,} cases", f"{middle(found[kind], 1)}/s",
            f"{middle(floors[part], 1)}/s (a fifth of 1/(1/echo + 1/pgbench): {middle(found['echo'][part])}, "
            f"{middle(found['pgbench'][part])})", ratios, ">= 0.6", statistics.median(ratios) >= 0.6,
            f"submitted, accepted, assigned, taken up, replied, rated, which are six commands against five of the floor; "
            f"{middle(found['processor'][part], 1)} ms of processor time per life in the service"))
    # Each against its own floor, so that what else the machine does while the fixture is made does not count.
    change = [
        (full / above) / (empty / below) for empty, below, full, above in zip(
            found["empty"], floors[:plan.rounds], found["full"], floors[plan.rounds:])]
    rows.append(Row(
        f"lives at {size:,} cases against none, both by their floors", f"{middle(found['full'], 1)}/s",
        f"{middle(found['empty'], 1)}/s (empty)", change, ">= 0.9", statistics.median(change) >= 0.9,
        f"fixture by COPY in {seconds:,.0f} s, analysed: {mix}"))
    return rows


# The fixture


def fill(installation, plan):
    """Cases with a timer each on the average, by COPY; how many, how long it took, and what there are."""
    submitted = live(installation, "--count", 1, "--in-flight", 1, "--until", "submitted")["ids"][0]
    written_off = live(installation, "--count", 1, "--in-flight", 1, "--until", "written-off")["ids"][0]
    setting, timers = casefixture.learn(installation, submitted, written_off)
    units = [row[0] for row in installation.sql("SELECT id FROM directory.unit ORDER BY id")]
    units = [BUSY[1], QUIET[1], *(unit for unit in units if unit not in (BUSY[1], QUIET[1]))]
    regions = [row[0] for row in installation.sql(
        "SELECT code FROM directory.region WHERE code LIKE '3709%' AND length(code) = 6 AND code <> '370900' ORDER BY 1")]
    numbers = [(int(year), int(last)) for year, last in installation.sql(
        "SELECT year, last FROM appeal.number_counter WHERE prefix = 'SQ'")]
    now = int(float(installation.value(f"SELECT extract(epoch FROM {NOW})")) * 1e6)
    begun = time.monotonic()
    resume = installation.pause_relay("appeal")
    try:
        casefixture.fill(
            installation,
            casefixture.Cases(
                plan.cases, -(-plan.cases // len(timers)), units, regions, setting, now, numbers), timers)
    finally:
        resume()
    seconds = time.monotonic() - begun
    mix = ", ".join(f"{int(count):,} {state}" for state, count in installation.sql(
        "SELECT state, count(*) FROM appeal.case_file GROUP BY state ORDER BY count(*) DESC"))
    facts = [f"{int(count):,} {name}" for name, count in installation.sql(
        """SELECT 'steps', count(*) FROM appeal.case_step UNION ALL SELECT 'events', count(*) FROM appeal.journal
           UNION ALL SELECT 'timers', count(*) FROM appeal.timer WHERE fired_at IS NULL""")]
    return plan.cases, seconds, f"{mix}; {', '.join(facts)}"


# Lists


def lists(installation, plan, size):
    """What a unit's people ask for, against fixed bounds; what is found must be what a plain statement finds."""
    in_handling, withdrawn, complaint = 5, 12, 4
    rows = []
    for name, (login, unit), options, condition, pages in (
        ("list", BUSY, (), "true", 5),
        ("list where it has few", QUIET, (), "true", 5),
        ("list with the units below it", COMMAND, (), "true", 5),
        ("search by state with the units below it", COMMAND, ("--state", in_handling), "state = 'in_handling'", 5),
        ("search by state", BUSY, ("--state", in_handling), "state = 'in_handling'", 5),
        ("search by state where it has few", QUIET, ("--state", in_handling), "state = 'in_handling'", 1),
        ("search for a state that no case is in", BUSY, ("--state", withdrawn), "state = 'withdrawn'", 1),
        ("search for what is overdue", BUSY, ("--overdue",), "cardinality(overdue) > 0", 1),
        ("search for complaints", BUSY, ("--kind", complaint), "kind = 'complaint'", 1),
    ):
        answer = json.loads(installation.run(
            "benchmark", "lists", "--target", installation.address("appeal"), "--token", installation.token(login),
            "--pages", pages, "--times", max(1, plan.lists // pages), *options))
        expected = [row[0] for row in installation.sql(
            f"""WITH RECURSIVE below (id) AS (
                    SELECT '{unit}' UNION
                    SELECT unit.id FROM directory.unit JOIN below ON unit.parent_id = below.id)
                SELECT id FROM appeal.case_file WHERE ({condition}) AND EXISTS (
                    SELECT FROM appeal.case_unit
                    WHERE case_id = case_file.id AND case_unit.unit IN (SELECT id FROM below))
                ORDER BY submitted_at DESC, id DESC LIMIT {50 * pages}""")]
        if answer["ids"] != expected:
            raise Failure(
                f"{name}: the service found {len(answer['ids'])} cases, SQL {len(expected)}, or others")
        rows.append(Row(
            f"a unit's {name} among {size:,} cases, p99", f"{answer['p99']:.1f} ms", "-", [], "<= 50 ms",
            answer["p99"] <= 50,
            f"p50 {answer['p50']:.1f} ms, {answer['count']:,} pages of 50; {len(answer['ids'])} found, the same by SQL"))
    return rows


# Timers


def timers(installation, plan):
    return [spread_timers(installation, plan), timers_at_once(installation, plan)]


def spread_timers(installation, plan):
    """So many of the fixture's timers moved into the coming minute, one after the other; each must fire once."""
    waiting = int(installation.value("SELECT count(*) FROM appeal.timer WHERE fired_at IS NULL"))
    installation.sql(
        "CREATE SCHEMA IF NOT EXISTS floor", "DROP TABLE IF EXISTS floor.due",
        f"""CREATE TABLE floor.due AS
            SELECT subject, {NOW} + interval '5 s' + number * interval '{plan.timer_seconds} s' / {plan.timers} AS due_at
            FROM (SELECT subject, row_number() OVER () AS number FROM appeal.timer
                  WHERE name = 'reply.due' AND fired_at IS NULL LIMIT {plan.timers}) AS chosen""",
        """UPDATE appeal.timer SET due_at = due.due_at FROM floor.due
           WHERE timer.subject = due.subject AND name = 'reply.due' AND fired_at IS NULL""",
        "VACUUM ANALYZE appeal.timer")
    written = updates(installation)
    oldest = []
    end = time.monotonic() + plan.timer_seconds + 60
    while time.monotonic() < end:
        # What others see: how long the oldest due one has been waiting for its effect to be committed.
        age, left = installation.sql(
            f"""SELECT coalesce(extract(epoch FROM {NOW} - min(due_at)), 0), count(*)
               FROM appeal.timer WHERE fired_at IS NULL AND due_at IN (SELECT due_at FROM floor.due)""")[0]
        oldest.append(max(0, float(age)))
        if left == "0":
            break
        time.sleep(0.2)
    fired, median, last = installation.sql(
        """SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY late), percentile_disc(0.99) WITHIN GROUP (ORDER BY late)
           FROM (SELECT extract(epoch FROM fired_at - timer.due_at) AS late FROM appeal.timer JOIN floor.due
                 ON timer.subject = due.subject AND timer.due_at = due.due_at
                 WHERE name = 'reply.due' AND fired_at IS NOT NULL) AS fired""")[0]
    if int(fired) != plan.timers:
        raise Failure(f"{fired} of {plan.timers} timers fired")
    # Every firing changes its row once.
    wait_for(lambda: updates(installation) - written >= plan.timers, 30, "the server's count of changes")
    time.sleep(1.5)
    changes = updates(installation) - written
    if changes != plan.timers:
        raise Failure(f"{plan.timers} timers were marked {changes} times")
    return Row(
        f"{waiting:,} timers, {plan.timers:,} due within {plan.timer_seconds} s: lateness, p99",
        f"{float(last):.3f} s", "-", [], "<= 1 s, none twice", float(last) <= 1,
        f"p50 {float(median):.3f} s; the oldest that others saw waiting was {max(oldest):.2f} s late. Each handler locks "
        "and reads its case, counts its limits, and finds that the case has no limit at that moment")


def updates(installation):
    return int(installation.value("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relid = 'appeal.timer'::regclass"))


def timers_at_once(installation, plan):
    """As in the night: many limits have the same moment. The clock is moved to it for some seconds; the events must be
    one for each timer that fired, and one for each case."""
    name, due, count = installation.sql(
        """SELECT name, due_at, count(*) FROM appeal.timer WHERE fired_at IS NULL
           GROUP BY due_at, name ORDER BY due_at, name LIMIT 1""")[0]
    begin = int(installation.value("SELECT coalesce(max(id), 0) FROM appeal.journal"))
    shift = installation.value("SELECT shift_us FROM appeal.business_clock")
    move_clock(installation, due)
    began = time.monotonic()
    try:
        fired = lambda: int(installation.value(
            f"SELECT count(*) FROM appeal.timer WHERE due_at = '{due}' AND name = '{name}' AND fired_at IS NOT NULL"))
        while time.monotonic() - began < plan.seconds * 5 and fired() < int(count):
            time.sleep(0.2)
        seconds = time.monotonic() - began
    finally:
        installation.sql(f"UPDATE appeal.business_clock SET shift_us = {shift}")
    rate = fired() / seconds
    # The batch in hand when the clock went back is finished first.
    settled = [-1]
    wait_for(lambda: settled.append(fired()) or settled[-1] == settled[-2], 30, "the last timers")
    total = settled[-1]
    told, subjects = map(int, installation.sql(
        f"""SELECT count(*), count(DISTINCT key) FROM appeal.journal
            WHERE id > {begin} AND type LIKE '%ReminderDue'""")[0])
    if not told == subjects == total:
        raise Failure(f"{total} timers fired, and there are {told} reminders of {subjects} cases")
    return Row(
        f"timers at one moment, {int(count):,} of them", f"{rate:,.0f}/s", "-", [], "none twice", True,
        f"{name} in {seconds:.0f} s, {told:,} reminders in the journal, one per case")
