"""(c) Order, (d) nothing goes back, (h) bad messages, (i) processes."""

import collections

from .checks import check, places_injected
from .observers import READERS
from .topics import CONTRADICTIONS, READ_BY_INBOX


@check
def no_inversion_in_the_log(records, contracts):
    """First appearances of every aggregate's events ascend in what the broker holds; events topics have no gap."""
    short = {(records.clusters[-1], *place) for place, low in records.lows.items() if low > 0}
    yield from inversions(records, records.log, "the log", short)


@check
def no_inversion_for_a_subscriber(records, contracts):
    """First appearances ascend for a subscriber that was always there, in every cluster."""
    yield from inversions(records, records.recorded, "the subscriber", records.missed)


def inversions(records, seen, whose, short):
    """What is out of order in `seen`; of the partitions in `short` the beginning is missing."""
    injected = places_injected(records)
    highest = {}
    first_of = {}
    for record in seen:
        if record.place in injected or (record.cluster, record.topic, record.key) in records.uncertain:
            continue
        if record.topic.endswith(".dlq"):
            # The number of a letter is its number in the table, so one key's letters have gaps.
            continue
        lane = (record.cluster, record.topic, record.key)
        is_short = (record.cluster, record.topic, record.partition) in short
        before = highest.get(lane)
        if before is not None and record.seq <= before:
            # After a repair comes again what may be older than the first.
            if record.seq < first_of[lane] and not is_short:
                yield f"{whose} of {record.cluster}: {record.topic} key {record.key}: {record.seq} after {before}"
            continue
        if ".events." in record.topic:
            if before is None and record.seq != 1 and not is_short:
                yield f"{whose} of {record.cluster}: {record.topic} key {record.key} begins with {record.seq}"
            elif before is not None and record.seq != before + 1 and not is_short:
                yield f"{whose} of {record.cluster}: {record.topic} key {record.key}: {record.seq} after {before}"
        highest[lane] = record.seq
        first_of.setdefault(lane, record.seq)


@check
def nothing_goes_back(records, contracts):
    """No consumer's offset, no relay's term, no position is ever lower than before."""
    last = {}
    for at, what, value in records.samples:
        if what in last and value < last[what]:
            yield f"{what} went from {last[what]} to {value} at {at:.0f}"
        last[what] = value


BAD = {
    "corrupt": {"undecodable", "message"},
    "envelope": {"envelope"},
    "unknown": {"unknown_type"},
    "rejected": {"rejected"},
}


@check
def bad_messages_are_put_aside_and_nothing_else(records, contracts):
    """Every bad message is a dead letter or parked with each service that read it; no other message is."""
    injected = [one for one in records.injected if one.what in BAD]
    known = {(one.topic, one.key) for one in injected}
    for schema in READERS:
        aside = collections.defaultdict(list)
        for topic, key, class_ in [
            *records.letters[schema],
            *[row for row in records.parked[schema] if row[2] == "message"],
        ]:
            aside[(topic, key)].append(class_)
        expected = collections.Counter()
        for one in injected:
            is_unread = is_passed_over(one, schema) or is_forgotten(one, schema, records)
            if schema not in READ_BY_INBOX[one.topic] or is_unread:
                continue
            if records.offsets.get((schema, one.cluster, one.topic, one.partition), 0) > one.offset:
                expected[(one.topic, one.key)] += 1
                wrong = set(aside[(one.topic, one.key)]) - BAD[one.what]
                if wrong:
                    yield f"{schema}: a {one.what} message on {one.topic} key {one.key} became {wrong}"
            elif one.cluster == records.clusters[-1]:
                place = f"{one.topic} partition {one.partition} offset {one.offset}"
                yield f"{schema}: a {one.what} message on {place} was not read"
        for place, count in expected.items():
            if len(aside[place]) != count:
                yield f"{schema}: of {count} bad messages on {place[0]} key {place[1]} {len(aside[place])} put aside"
        for (topic, key), classes in aside.items():
            uncertain = any((cluster, topic, key) in records.uncertain for cluster in records.clusters)
            if classes and not uncertain and ((topic, key) not in known or schema not in READ_BY_INBOX.get(topic, [])):
                yield f"{schema}: a message of ours on {topic} key {key} was put aside as {classes}"
        for topic, key, cause in records.parked[schema]:
            if cause == "gap" and (topic, key) not in known:
                yield f"{schema}: {topic} key {key} is parked behind a gap"


def is_passed_over(injected, schema):
    """Whether a reader takes note of the message's type only, so that it does not see what is wrong with it."""
    if injected.what != "rejected":
        return False
    return any(injected.topic == topic and schema in passing for topic, _, passing in CONTRADICTIONS)


def is_forgotten(injected, schema, records):
    """Whether the broker dropped the message before the service read it."""
    place = (schema, injected.cluster, injected.topic, injected.partition)
    return any(tuple(gap[:4]) == place and gap[4] <= injected.offset < gap[5] for gap in records.gaps)


@check
def letters_are_published(records, contracts):
    """Every dead letter of the tables is on its topic."""
    on_topic = collections.Counter((record.topic, record.key) for record in records.log if record.letter)
    for schema in READERS:
        for topic, key, _ in records.letters[schema]:
            if not on_topic[(f"{topic}.{READERS[schema]}.dlq", key or "none")]:
                yield f"the letter of {topic} key {key} is not on its topic"


@check
def no_process_ended_by_itself(records, contracts):
    """Processes end by the faults alone, and with 0 when they are asked to stop."""
    for death in records.deaths:
        yield f"{death['program']} ended with {death['code']}: {death['tail']}"
