#!/usr/bin/env python3
"""Measures a private installation and prints a table of ratios; `deploy/bench` builds and starts what this needs."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import cases
import events
import rows
import scores
from installation import Failure, Installation

# In this order: what needs a small installation comes before a million enterprises are loaded.
PARTS = {
    "command": rows.commands, "latency": rows.latency, "events": events.events, "load": rows.load,
    "matching": rows.matching, "start": rows.start, "cases": cases.cases, "scores": scores.scores,
}


def machine():
    name = next(
        (line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{name}, {os.cpu_count()} processors, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def commit():
    here = pathlib.Path(__file__).resolve().parent
    done = subprocess.run(
        ["git", "-C", str(here), "describe", "--always", "--dirty"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True)
    return done.stdout.strip() or "unknown"


def table(found):
    lines = ["| what | measured | floor | ratio (spread) | goal | met |", "|---|---|---|---|---|---|"]
    for row in found:
        ratio = "-"
        if row.ratios:
            ratio = f"{row.ratio:.2f}"
            if len(row.ratios) > 1:
                ratio += f" ({min(row.ratios):.2f} to {max(row.ratios):.2f})"
        lines.append(
            f"| {row.name} | {row.measured} | {row.floor} | {ratio} | {row.goal} | {'yes' if row.is_met else '**no**'} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--installation", required=True, help="folder that deploy/up has filled")
    parser.add_argument("--programs", required=True, help="folder with the programs")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part; may be repeated")
    parser.add_argument("--json", action="store_true", help="prints JSON instead of the table")
    parser.add_argument("--smoke", action="store_true", help="tiny numbers: that everything runs and results agree")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="of one measurement of commands")
    parser.add_argument("--enterprises", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=3_000, help="units that are scored")
    options = parser.parse_args()
    installation = Installation(options.installation, options.programs)
    plan = rows.Plan(
        rounds=options.rounds, seconds=options.seconds, enterprises=options.enterprises, cases=options.cases,
        units=options.units)
    if options.smoke:
        plan = rows.Plan(
            rounds=1, seconds=1, events=500, enterprises=1_000, cases=3_000, lists=5, timers=200, timer_seconds=2,
            units=30, indicators=20, months=2, smoke=True)
    found = []
    for name in options.only or PARTS:
        print(f"── {name}", file=sys.stderr, flush=True)
        try:
            made = PARTS[name](installation, plan)
        except Failure as failure:
            sys.exit(f"bench: {name}: {failure}")
        found += made
        for line in table(made)[2:]:
            print(line, file=sys.stderr, flush=True)
    facts = {
        "machine": machine(), "load": os.getloadavg()[0], "commit": commit(),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
    }
    if options.json:
        print(json.dumps({**facts, "rows": [row.json() for row in found]}, ensure_ascii=False, indent=2))
        return
    print(f"\nMachine: {facts['machine']}; load average {facts['load']:.1f}\nCommit: {facts['commit']}")
    print(f"Date: {facts['date']}; median of {plan.rounds} interleaved rounds\n")
    print("\n".join(table(found)))
    notes = [f"- {row.name}: {row.note}" for row in found if row.note]
    print("\n" + "\n".join(notes))


if __name__ == "__main__":
    main()
