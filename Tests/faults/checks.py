"""What must be true after any faults. Each check takes the records of a run and yields a sentence per violation."""

import collections

CHECKS = []


def check(function):
    """Adds a check; its first line of documentation is its title."""
    CHECKS.append(function)
    return function


def run_all(records, contracts):
    """The findings of all checks: (name of the check, sentence)."""
    # Each of these adds its checks.
    from . import checks_of_effects, checks_of_order, checks_of_replicas, checks_of_work  # noqa: F401

    found = []
    for one in CHECKS:
        sentences = list(one(records, contracts))
        found += [(one.__name__, sentence) for sentence in sentences[:20]]
        if len(sentences) > 20:
            found.append((one.__name__, f"… and {len(sentences) - 20} more"))
    return found


def answer_of(command, contracts):
    """The acknowledged answer as a message."""
    return contracts.call(command.method)[2].FromString(command.answer)


def request_of(command, contracts):
    return contracts.call(command.method)[1].FromString(command.request)


def places_injected(records):
    return {(one.cluster, one.topic, one.partition, one.offset) for one in records.injected}


def keeps_all(records):
    """Whether the broker still has the beginning of the partition of a topic's key."""
    partitions = {(record.topic, record.key): record.partition for record in records.recorded}

    def keeps(topic, key):
        return not records.lows.get((topic, partitions.get((topic, key))), 0)

    return keeps


def members_by_ledger(records, contracts):
    """Who stands on each list, by the acknowledged commands alone; every list has one writer."""
    lists = collections.defaultdict(set)
    for command in records.acknowledged("SetListMembership"):
        request = request_of(command, contracts)
        if request.member:
            lists[request.list] |= set(request.enterprise_ids)
        else:
            lists[request.list] -= set(request.enterprise_ids)
    return lists
