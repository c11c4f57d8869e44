"""What an operator does about a gap: docs/operating.md, "The broker has a gap", step by step."""

import collections

from installation import SERVICES

# What is lost of a partition: of the place that its reader wanted, up to the oldest that the broker has.
Gap = collections.namedtuple("Gap", "service topic partition wanted oldest")

# Events published at once: fewer bytes of one partition than the development broker keeps.
PORTION = 2_000


def gaps(stage):
    """What the services lack, as `ztc offsets --gaps` tells."""
    found = []
    for service in SERVICES:
        # A service that does not answer yet is asked again with the next look.
        for line in stage.ztc("offsets", "--service", service, "--gaps", check=False).stdout.splitlines():
            if line.endswith("GAP"):
                topic, partition, wanted, oldest = line.split()[:4]
                found.append(Gap(service, topic, int(partition), *(int(n.replace(",", "")) for n in (wanted, oldest))))
    return found


def repair(stage, found, say, note):
    """Mends gaps of events topics."""
    for gap in found:
        say(f"{gap.service} wants {gap.wanted} of {gap.topic}[{gap.partition}], which begins with {gap.oldest}")
        note("gap", **gap._asdict(), cluster=stage.cluster())
    places = sorted({(gap.service, gap.topic) for gap in found})
    for service, topic in places:
        assert ".events." in topic, f"a gap in {topic}, of which the broker may forget nothing"
        stage.ztc("offsets", "resume", "--service", service, "--topic", topic)
    stage.wait_until_quiet(120)
    for topic in sorted({topic for _, topic in places}):
        owner = topic.split(".")[1]
        positions = positions_of(stage, owner, topic)
        for start in range(0, len(positions), PORTION):
            portion = positions[start : start + PORTION]
            span = ("--from", str(portion[0]), "--to", str(portion[-1]))
            stage.ztc("republish", "--service", owner, "--topic", topic, *span)
            stage.wait_until_quiet(120)
        say(f"{len(positions)} events of {topic} were published anew")
    for service, topic in places:
        stage.ztc("offsets", "finish", "--service", service, "--topic", topic)


def positions_of(stage, owner, topic):
    """Where the events of a topic stand in the order of publication."""
    with stage.database() as connection:
        rows = connection.execute(
            f"""
            SELECT position FROM {owner}.publication JOIN {owner}.journal ON id = journal_id
            WHERE topic = %s ORDER BY position
            """,
            [topic],
        )
        return [position for (position,) in rows]
