"""Scoring a tier by the values that its units have reported, against the same sums in SQL."""

import json
import statistics
import time

from accounts import open_account
from installation import Failure
from rows import Row, middle

UNIT = "taian-shigongyejingjifazhangongjianzhihuibu"


def scores(installation, plan):
    """The months of a year one after the other; score and rank of every unit must be those that SQL finds."""
    # The year before that of business time, so that all its months have begun.
    year = int(installation.value(
        "SELECT extract(year FROM now() + shift_us * interval '1 microsecond') FROM assessment.business_clock")) - 1
    prepare(installation, plan, year)
    found = {"ours": [], "floor": [], "processor": []}
    for _ in range(plan.rounds):
        found["floor"].append(score_by_sql(installation, plan, year))
        before = installation.processor_seconds("assessment")
        answer = json.loads(installation.run(
            "benchmark", "score", "--target", installation.address("assessment"), "--token",
            installation.token("bench.kaohe"), "--year", year, "--months", plan.months))
        found["processor"].append(installation.processor_seconds("assessment") - before)
        found["ours"].append(answer["seconds"])
        compare(installation, answer["ids"])
    ratios = [own / floor for own, floor in zip(found["ours"], found["floor"])]
    values = int(installation.value("SELECT count(*) FROM assessment.reported_value WHERE indicator_id LIKE 'bench-%'"))
    return [Row(
        f"scoring {plan.units:,} units x {plan.indicators:,} indicators x {plan.months} months",
        f"{middle(found['ours'], 1)} s", f"{middle(found['floor'], 1)} s (SQL)", ratios, "equal results", True,
        f"times the floor; {values:,} reported values, {values / statistics.median(found['ours']):,.0f} of them a second, "
        f"{middle(found['processor'], 1)} s of processor time, {installation.memory('assessment'):,.0f} MiB afterwards; "
        "the service keeps inputs and scores of every unit as well, the floor only score and rank")]


def prepare(installation, plan, year):
    """Units, indicators, targets and values as the service would have stored them, without the values' histories, which
    scoring does not read; one value of fifty is missing."""
    open_account(installation, "bench.kaohe", UNIT, "assessor")
    open_account(installation, "bench.lingdao", UNIT, "leading-group")
    weight = 100_000_000 // plan.indicators
    installation.sql(
        f"""INSERT INTO assessment.tier_unit (tier, unit_id)
            SELECT 'town', 'bench-' || lpad(number::text, 4, '0') FROM generate_series(1, {plan.units}) AS number""",
        f"""INSERT INTO assessment.indicator
                (id, name, measure, decimals, direction, source, report_days, period, owner_unit, reporting_tiers, seq)
            SELECT 'bench-' || number, '指标' || number, '亿元', 6, 'more', 'reports', 10, 'month', '{UNIT}', '{{}}', 1
            FROM generate_series(1, {plan.indicators}) AS number""",
        f"""INSERT INTO assessment.targets (id, indicator_id, year, owner_unit, seq)
            SELECT gen_random_uuid(), 'bench-' || number, {year}, '{UNIT}', 1
            FROM generate_series(1, {plan.indicators}) AS number""",
        """INSERT INTO assessment.target_revision
               (targets_id, revision, state, content_format, content, total, mismatch_years, mismatch_stated,
                mismatch_found, acknowledged, authors, reviewed_by, approved_by, reason)
           SELECT id, 1, 'approved', 1, '', 0, '{}', '{}', '{}', false, '{a}', 'b', 'c', '' FROM assessment.targets
           WHERE indicator_id LIKE 'bench-%'""",
        """INSERT INTO assessment.target_row (targets_id, revision, unit_id, target)
           SELECT id, 1, unit_id, 1000000::bigint * (300 + (hashint8(place * 31 + hashtext(indicator_id)) & 511))
           FROM assessment.targets CROSS JOIN (
               SELECT unit_id, row_number() OVER (ORDER BY unit_id) AS place FROM assessment.tier_unit
               WHERE tier = 'town' AND unit_id LIKE 'bench-%') AS unit
           WHERE indicator_id LIKE 'bench-%'""")
    for month in range(1, plan.months + 1):
        installation.sql(
            f"""INSERT INTO assessment.reported_value
                    (id, indicator_id, unit_id, period, year, number, state, value, origin, late, seq)
                SELECT gen_random_uuid(), 'bench-' || indicator, 'bench-' || lpad(unit::text, 4, '0'), 'month', {year},
                    {month}, 'reported', 1000::bigint * (unit * 7919 + indicator * 104729 + {month} * 15485863) % 1000000000,
                    'reported', false, 1
                FROM generate_series(1, {plan.indicators}) AS indicator, generate_series(1, {plan.units}) AS unit
                WHERE (unit + indicator + {month}) % 50 <> 0""")
    installation.sql(
        "CREATE SCHEMA IF NOT EXISTS floor", "DROP TABLE IF EXISTS floor.leaf",
        f"""CREATE TABLE floor.leaf AS SELECT 'bench-' || number AS indicator_id, number % 4 AS kind, {weight}::bigint AS weight
            FROM generate_series(1, {plan.indicators}) AS number""", "ANALYZE floor.leaf",
        *[f"VACUUM ANALYZE assessment.{table}" for table in (
            "tier_unit", "indicator", "targets", "target_revision", "target_row", "reported_value")])
    installation.run(
        "benchmark", "scheme", "--target", installation.address("assessment"), "--token",
        installation.token("bench.kaohe"), "--publisher", installation.token("bench.lingdao"), "--indicators",
        plan.indicators)


def score_by_sql(installation, plan, year):
    """Score and rank of all units by month into `floor.score`: exact, in whole millionths, rounded as scoring rounds.

    Returns the seconds that it took."""
    def month(number):
        return f"""
            INSERT INTO floor.score (month, unit_id, score, rank)
            SELECT {number}, unit_id, score, rank() OVER (ORDER BY score DESC)
            FROM (
                SELECT unit_id, coalesce(sum((2 * weight * points + 100000000) / 200000000), 0) AS score
                FROM assessment.tier_unit LEFT JOIN (
                    SELECT v.unit_id, leaf.weight, CASE leaf.kind
                        WHEN 1 THEN least(100000000, (2 * v.value * 1200000000 + w.target * {number}) / (2 * w.target * {number}))
                        WHEN 2 THEN least(100000000, 60000000 + (2 * v.value * 40000000 + 1000000000) / 2000000000)
                        ELSE least(100000000, (2 * v.value * 100000000 + w.target) / (2 * w.target)) END AS points
                    FROM assessment.reported_value AS v JOIN floor.leaf USING (indicator_id)
                    JOIN assessment.targets AS t ON t.indicator_id = v.indicator_id AND t.year = v.year
                    JOIN assessment.target_revision AS r ON r.targets_id = t.id AND r.state = 'approved'
                    JOIN assessment.target_row AS w
                        ON w.targets_id = r.targets_id AND w.revision = r.revision AND w.unit_id = v.unit_id
                    WHERE v.year = {year} AND v.period = 'month' AND v.number = {number}
                ) AS judged USING (unit_id)
                WHERE tier = 'town' GROUP BY unit_id
            ) AS summed"""

    installation.sql(
        "DROP TABLE IF EXISTS floor.score",
        "CREATE TABLE floor.score (month integer, unit_id text, score bigint, rank integer)")
    begun = time.monotonic()
    installation.sql(*[month(number) for number in range(1, plan.months + 1)])
    return time.monotonic() - begun


def compare(installation, results):
    """Fails unless every unit has the same score and rank in both."""
    for month, result in enumerate(results, 1):
        units, different = installation.sql(
            f"""SELECT count(*), count(*) FILTER (WHERE (a.score, a.rank) IS DISTINCT FROM (b.score, b.rank))
                FROM (SELECT unit_id, score, rank FROM assessment.result_score WHERE result_id = '{result}') AS a
                FULL JOIN (SELECT unit_id, score, rank FROM floor.score WHERE month = {month}) AS b USING (unit_id)""")[0]
        if different != "0" or units == "0":
            raise Failure(f"month {month}: {different} of {units} units have another score or rank by SQL")
