"""Faults of every kind against a whole installation of its own, and the proof that nothing was lost.

deploy/faults --seed 7 --minutes 3
"""

import argparse
import json
import pathlib
import sys
import tempfile
import time


from installation import SERVICES, eventually

from .auditor import keep_heads
from .callers import Callers
from .checks import CHECKS, run_all
from .faults import LANES, Faults, plan
from .ledger import Ledger, stream
from .observers import Recorder, Sampler
from .records import gather
from .repair import gaps, repair
from .replicas import Stage
from .world import World


def main():
    options = arguments()
    folder = pathlib.Path(options.run or tempfile.mkdtemp(prefix="ztc-faults-")).resolve()
    stage = Stage(folder, options.enterprises, stream(options.seed, "ports"), folder)
    folder.mkdir(parents=True, exist_ok=True)
    ledger = Ledger(folder / f"ledger-{options.seed}-{int(time.time())}.jsonl")
    say(f"seed {options.seed}, {options.minutes} minutes, installation and ledger in {folder}")
    ledger.note("begin", seed=options.seed, minutes=options.minutes, only=options.only or [])
    findings = ["the run did not come to its end"]
    try:
        findings = experiment(options, stage, ledger)
    finally:
        codes = stage.end()
        for name, code in codes.items():
            if code != 0:
                findings.append(f"no_process_ended_by_itself: {name} ended with {code} when it was asked to stop")
        ledger.close()
        clean = not findings and not options.keep and not options.run
        stage.down(*(["--purge"] if clean else []))
    if not clean:
        say(f"logs, ledger and data are kept in {folder}")
    for finding in findings:
        say(f"FINDING {finding}")
    say(f"{len(findings)} findings; seed {options.seed}")
    return 1 if findings else 0


def arguments():
    kinds = [kind for weights in LANES.values() for kind in weights]
    parser = argparse.ArgumentParser(prog="deploy/faults", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=int(time.time()), help="of commands and faults; printed")
    parser.add_argument("--minutes", type=float, default=3, help="how long faults go on")
    parser.add_argument("--only", nargs="+", choices=kinds, metavar="FAULT", help=f"only these of: {', '.join(kinds)}")
    parser.add_argument("--enterprises", type=int, default=2000, help="how many are loaded")
    parser.add_argument("--pace", type=float, default=0.25, help="mean pause of one actor between commands in seconds")
    parser.add_argument("--run", help="folder of the installation; a temporary one without it")
    parser.add_argument("--keep", action="store_true", help="keep the installation's data even without findings")
    return parser.parse_args()


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def experiment(options, stage, ledger):
    stage.begin(ledger.note)
    topics = [line.partition(":")[0] for line in (stage.run / "topics").read_text().split()]
    recorder = Recorder(stage.bootstrap, topics)
    sampler = Sampler(stage.database, SERVICES)
    faults = Faults(stage, recorder, ledger)
    faults.enter_cluster(stage.cluster())
    recorder.start()
    sampler.start()
    stage.wait_until_quiet(180)
    keep_heads(stage)
    callers = Callers(stage, ledger)
    world = World(options.seed, callers, options.pace)
    say("the installation serves; commands begin")
    world.start()
    schedule = plan(options.seed, options.minutes, options.only)
    for lane, listed in schedule.items():
        say(f"{lane}: {len(listed)} faults planned")
    began = time.monotonic()
    threads = faults.run(schedule)
    follow(options, began, stage, faults, world, recorder)
    faults.stopping.set()
    for thread in threads:
        thread.join(120)
    say("faults are over; everything heals")
    stage.heal()
    faults.forget(options.seed)
    eventually(lambda: gaps(stage), within=120)
    failures = world.stop()
    settle(stage, ledger)
    time.sleep(2)
    failures += [f"the {watcher.name} has ended" for watcher in (recorder, sampler) if not watcher.is_alive()]
    recorder.stop()
    sampler.stop()
    say("quiet; the records are compared")
    faults.ended.set()
    records = gather(stage, callers, faults, recorder, sampler, topics)
    found = [f"{name}: {sentence}" for name, sentence in run_all(records, callers.contracts)] + failures
    report(options, stage, faults, records, time.monotonic() - began)
    return found


def follow(options, began, stage, faults, world, recorder):
    """Waits for the end and tells once a minute how it goes."""
    told = began
    while time.monotonic() < began + options.minutes * 60:
        time.sleep(1)
        if time.monotonic() - told > 60:
            told = time.monotonic()
            failed = [actor.name for actor in world.actors if actor.failure]
            say(
                f"   {int(told - began)} s: {stage.kills} kills, {sum(faults.counts.values())} faults, "
                f"{len(recorder.records)} records seen, {len(stage.deaths)} deaths, failed actors: {failed}"
            )


def settle(stage, ledger):
    """Waits until every service serves, nothing is pending or lags, and nothing is left to be matched.

    A gap is not waited out: it is mended as an operator would.
    """
    end = time.monotonic() + 400
    while not stage.is_quiet() and time.monotonic() < end:
        if found := gaps(stage):
            repair(stage, found, say, ledger.note)
    stage.wait_until_quiet(120)

    def matched():
        with stage.database() as connection:
            return connection.execute("SELECT count(*) = 0 FROM enterprise.match_queue").fetchone()[0]

    eventually(matched, within=120)
    # What the last match has told is on its way again.
    stage.wait_until_quiet(120)


def report(options, stage, faults, records, seconds):
    acknowledged = len(records.acknowledged())
    repeats = sum(len(command.repeats) for command in records.commands.values())
    retried = sum(command.attempts > 1 for command in records.commands.values())
    events = sum(len(events) for events in records.journal.values())
    injected = {}
    for one in records.injected:
        injected[one.what] = injected.get(one.what, 0) + 1
    lines = [
        f"seed {options.seed}, {options.minutes:g} minutes of faults, {seconds:.0f} s until quiet",
        f"kills {stage.kills}, clusters {len(records.clusters)}, deaths that were not ours {len(records.deaths)}",
        f"commands sent {len(records.commands)}, acknowledged {acknowledged}, retried {retried}, repeated {repeats}, "
        f"logins {len(records.logins)}",
        f"events in the journals {events}, records on the topics {len(records.log)}, seen by the subscriber "
        f"{len(records.recorded)}",
        "faults " + ", ".join(f"{kind} {count}" for kind, count in sorted(faults.counts.items())),
        "messages injected " + ", ".join(f"{kind} {count}" for kind, count in sorted(injected.items())),
        f"dead letters {sum(map(len, records.letters.values()))}, offsets and terms sampled {len(records.samples)}, "
        f"checks {len(CHECKS)}",
        *measured(records.measured),
    ]
    for line in lines:
        say(line)
    ledger_report = {"report": lines}
    (stage.run / "report.json").write_text(json.dumps(ledger_report, ensure_ascii=False, indent=1))


def measured(entries):
    """How long healing took, as sentences; only told, since the machine and the other faults decide as well."""
    for kinds, what in [
        (("postgres-fast", "postgres-immediate"), "PostgreSQL was restarted"),
        (("lock-holder", "two-relays"), "a relay lost its lock"),
    ]:
        back = sorted(entry["seconds"] for entry in entries if entry["kind"] == "back" and entry["after"] in kinds)
        if back:
            yield f"{what} {len(back)} times; every service led again after {middle(back)} s, at most {back[-1]} s"
    stopped = sorted(entry["seconds"] for entry in entries if entry["kind"] == "stopped")
    if stopped:
        yield f"asked to stop {len(stopped)} times; ended after {middle(stopped)} s, at most {stopped[-1]} s"
    for entry in entries:
        if entry["kind"] == "drained":
            out = entry["waiting"] + entry["meanwhile"]
            yield (
                f"broker away for {entry['away']} s: {entry['arrived']} events written, {entry['waiting']} waiting; "
                f"{out} went out in {entry['seconds']} s"
            )


def middle(values):
    """The middle one of sorted values."""
    return values[len(values) // 2]


if __name__ == "__main__":
    sys.exit(main())
