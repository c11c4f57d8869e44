"""ASM-1 to ASM-3, ASM-7, ASM-8, ASM-10, ASM-15: the last part of the story, held against the documents' tables."""

import decimal
import hashlib
import json
import re

import pytest
from installation import ROOT

Number = decimal.Decimal
TABLES = json.loads((ROOT / "data/targets-taian-2020.json").read_text(encoding="utf-8"))
EXAMPLE = json.loads((ROOT / "data/assessment-example-2020.json").read_text(encoding="utf-8"))
TARGETS = {
    table["id"]: {row["unit"]: Number(row["target"]) for row in table["rows"]} for table in TABLES["indicators"]
}
MILLIONTH = Number("0.000001")


def step(told, title):
    """The lines of the step whose title holds these words."""
    lines = told.splitlines()
    starts = [number for number, line in enumerate(lines) if re.match(r"[0-9]+\. ", line)] + [len(lines)]
    for start, end in zip(starts, starts[1:], strict=False):
        if title in lines[start]:
            return lines[start:end]
    raise AssertionError(f"no step is called {title}\n{told}")


def tables(lines):
    """The rows of every table among the lines, cell by cell, without the headers."""
    found = []
    for number, line in enumerate(lines):
        if line.strip().startswith("───"):
            rows = []
            for row in lines[number + 1 :]:
                if not row.strip():
                    break
                rows.append(re.split(r"  +", row.strip()))
            found.append(rows)
    return found


@pytest.fixture(scope="module")
def told(installation):
    """The story, told twice: the second time nothing is new."""
    first, second = installation.scenario().stdout, installation.scenario().stdout
    for title in ["下达 2020 年目标", "2020 年目标、完成与排名", "一个数字追溯到事件"]:
        kept = [line for line in step(first, title)[1:] if "重新计算" not in line]
        assert kept == [line for line in step(second, title)[1:] if "重新计算" not in line]
    return second


def test_printed_tables_are_targets_and_their_mismatches_are_shown(told):
    """ASM-3: what contradicts itself is accepted only with the mismatch shown."""
    lines = step(told, "下达 2020 年目标")
    (rows,) = [rows[: len(TARGETS)] for rows in tables(lines)]
    assert [row[0] for row in rows] == [table["name"] for table in TABLES["indicators"]]
    for row, table in zip(rows, TABLES["indicators"], strict=True):
        printed = sum(Number(unit["target"]) for unit in table["rows"])
        assert (Number(row[3]), Number(row[4]), row[5]) == (Number(table["total"]), printed, "已批准")
    text = "\n".join(lines)
    assert "服务贸易进出口 分项之和 35.14 ≠ 文件合计 35.16，已确认并保留" in text
    assert "2020 年合计 11 已超过 2025 年目标 10，已确认并保留" in text
    assert text.count("差异：") == 2


def test_what_was_verified_replaces_what_was_reported(told):
    """ASM-7: the difference is shown."""
    lines = "\n".join(step(told, "逐项核实"))
    assert f"示例上报数 {len(EXAMPLE['reports'])} 项，全部核实" in lines
    differing = [report for report in EXAMPLE["reports"] if "verified" in report]
    for report in differing:
        assert f"上报 {report['reported']}，核实 {report['verified']}" in lines and report["reason"] in lines
    assert lines.count("核减：") == len(differing)


def achieved(unit, indicator):
    """What counts of a unit by the example: money in place of its project, or the verified report."""
    if indicator == "domestic-funds":
        return next(Number(project["inPlace"]) for project in EXAMPLE["projects"] if project["unit"] == unit)
    return next(
        Number(report.get("verified", report["reported"]))
        for report in EXAMPLE["reports"]
        if (report["unit"], report["indicator"]) == (unit, indicator)
    )


def bonus(group, unit):
    """The bonus of a unit: points for each report, capped over all."""
    points = {item["id"]: Number(item["points"]) for item in EXAMPLE["bonuses"]}
    won = sum(
        points[report["indicator"]] * Number(report["reported"])
        for report in EXAMPLE["reports"]
        if report["unit"] == unit and report["indicator"] in points
    )
    return min(won, Number(TABLES["bonus"]["cap"])) if group["hasBonus"] else Number(0)


def score(group, unit):
    """The score as the scheme says it, worked out anew."""
    total = bonus(group, unit)
    for indicator, weight in group["weights"].items():
        target = TARGETS[indicator][unit]
        points = min(achieved(unit, indicator) * 100 / target, Number(120)).quantize(MILLIONTH, decimal.ROUND_HALF_UP)
        total += (points * weight / 100).quantize(MILLIONTH, decimal.ROUND_HALF_UP)
    return total


def yuan(text):
    return Number(0) if text == "–" else Number(text.removesuffix(" 元").replace(",", ""))


@pytest.mark.parametrize("place", range(len(EXAMPLE["tiers"])))
def test_targets_achievements_scores_ranks_and_awards_stand_in_one_table(told, place):
    """ASM-1, ASM-8, ASM-10: every figure of the table follows from the two files."""
    group = EXAMPLE["tiers"][place]
    ranking, awards = tables(step(told, "2020 年目标、完成与排名"))[2 * place : 2 * place + 2]
    expected = sorted(((score(group, unit), unit) for unit in group["units"]), reverse=True)
    assert [row[1] for row in ranking] == [unit for _, unit in expected]
    indicators = [table["id"] for table in TABLES["indicators"] if table["id"] in group["weights"]]
    money = {}
    for unit, rule, amount, arithmetic in awards:
        assert arithmetic
        money.setdefault(unit, {})[rule] = yuan(amount)
    for number, (row, (points, unit)) in enumerate(zip(ranking, expected, strict=True), 1):
        assert int(row[0]) == number
        for cell, indicator in zip(row[2:], indicators, strict=False):
            assert [Number(part) for part in cell.split("/")] == [achieved(unit, indicator), TARGETS[indicator][unit]]
        extra, total, prize = row[2 + len(indicators) :]
        assert Number(extra) == bonus(group, unit)
        # Each leaf is rounded once before and once after its weight.
        assert abs(Number(total) - points) <= MILLIONTH * len(indicators)
        assert yuan(prize) == sum(money.get(unit, {}).values())
    best = expected[0][1]
    if group["tier"] == "county":
        mean = f"达到省均值（示例 {group['provincialMean']} 分）"
        prizes = [money.get(unit, {}).get(mean) for _, unit in expected]
        assert prizes[:3] == [1_500_000, 1_000_000, 700_000] and not any(prizes[3:])
        for unit in group["units"]:
            met = achieved(unit, "foreign-capital") >= TARGETS["foreign-capital"][unit]
            assert money.get(unit, {}).get("完成年度利用外资任务") == (500_000 if met else None)
        assert money[best]["先进县市区（高新区）"] == 1_000_000
    else:
        for unit in group["units"]:
            above = achieved(unit, "domestic-funds") - TARGETS["domestic-funds"][unit]
            steps = int(above) if above > 0 else 0
            assert money.get(unit, {}).get("内资每超年度任务1亿元") == (steps * 50_000 or None)
        assert money[best]["先进功能区"] == 1_000_000


def test_one_figure_is_traced_to_the_bytes_of_its_events(told, installation, client):
    """ASM-2, ASM-15: the bytes that assessment kept are those that project published, and they make the figure."""
    lines = step(told, "一个数字追溯到事件")
    text = "\n".join(lines)
    unit = re.search(r"事件：(\S+) 内资到位", lines[0])[1]
    (digest,) = re.findall(r"SHA-256 ([0-9a-f]{64})", text)
    (place,) = re.findall(r"第 ([0-9]+) 条", text)
    kept = installation.query(f"SELECT encode(payload, 'hex') FROM assessment.consumed_event WHERE place = {place}")
    payload = bytes.fromhex(kept.stdout.strip())
    assert hashlib.sha256(payload).hexdigest() == digest
    published = installation.query(
        f"SELECT count(*) FROM project.journal WHERE encode(sha256(payload), 'hex') = '{digest}'"
    )
    assert published.stdout.strip() == "1"
    event = client.contracts.message("zhitongche.project.v1.ProgressReported")()
    event.ParseFromString(payload)
    assert event.figures.domestic_in_place.fen == achieved(unit, "domestic-funds") * 10**10
    assert "重新计算：输入与得分逐位一致" in text
