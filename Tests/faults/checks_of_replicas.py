"""(e) States, (f) replicas, (g) figures."""

import collections

from .audiences import ordinals_of_bitmap, packed_ordinals
from .checks import check, keeps_all, members_by_ledger, places_injected
from .records import STATES


@check
def newest_states_are_the_tables(records, contracts):
    """The newest record per key of every state topic is the newest of the journal, and that is the table's row."""
    injected = places_injected(records)
    keeps = keeps_all(records)
    on_topic = {}
    for record in records.log:
        uncertain = (record.cluster, record.topic, record.key) in records.uncertain
        if record.topic in STATES and record.place not in injected and not uncertain:
            on_topic[(record.topic, record.key)] = record
    for topic in STATES:
        for key, seq in records.tables[topic]:
            known = records.states[topic].get(key)
            newest = on_topic.get((topic, key))
            if known is None:
                # Roles and accounts of the first start are announced with the first change or by the start itself.
                yield f"{topic} key {key}: the table has version {seq} and the journal has none"
            elif known[0] != seq:
                yield f"{topic} key {key}: the table has version {seq}, the journal {known[0]}"
            elif (records.clusters[-1], topic, key) in records.uncertain:
                continue
            elif newest is None:
                if keeps(topic, key):
                    yield f"{topic} key {key}: the topic has no state"
            elif (newest.seq, newest.digest) != known[:2]:
                yield f"{topic} key {key}: the topic's newest is {newest.seq}, the journal's {known[0]}"
    for identifier, _, status, _, roles in records.tables["account"]:
        state = records.states["ztc.directory.account.state.v1"].get(identifier)
        if state and ({1: "pending", 2: "active", 3: "disabled"}[state[2].status], sorted(state[2].role_ids)) != (
            status,
            roles,
        ):
            yield f"account {identifier} is {status} {roles} and its state says otherwise"


@check
def enterprise_replicates_points(records, contracts):
    """Every point that was ever in force stands in enterprise as policy has it."""
    newest = {}
    for point, revision, state, title in records.tables["revision"]:
        if state in ("published", "withdrawn", "expired") and revision > newest.get(point, (0,))[0]:
            newest[point] = (revision, state, title)
    event_seqs = {point: event_seq for point, _, event_seq in records.tables["point"]}
    replica = {row[0]: row[1:] for row in records.tables["point_replica"]}
    for point in newest.keys() | replica.keys():
        wanted = (*newest[point], event_seqs[point]) if point in newest else None
        if replica.get(point) != wanted:
            yield f"point {point} is {wanted} in policy and {replica.get(point)} in enterprise"
    if records.tables["match_queue"]:
        yield f"{len(records.tables['match_queue'])} tasks of matching are left"


def members_of_enterprise(records):
    """Members by point and verdict, as enterprise has computed them."""
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for point, verdict, _, members in records.tables["audience_block"]:
        found[point][verdict] |= set(ordinals_of_bitmap(bytes(members)))
    return found


def members_of_notification(records):
    """Members by point and verdict, as notification has gathered them."""
    generations = {row[0]: row[2] for row in records.tables["seen_audience"] if row[1] == "current"}
    found = collections.defaultdict(lambda: collections.defaultdict(set))
    for point, generation, verdict, members in records.tables["chunk"]:
        if generations.get(point) == generation:
            found[point][verdict] |= set(packed_ordinals(bytes(members)))
    for point, generation, ordinal, verdict in records.tables["override"]:
        if generations.get(point) == generation:
            for members in found[point].values():
                members.discard(ordinal)
            if verdict is not None:
                found[point][verdict].add(ordinal)
    return found


@check
def notification_replicates_audiences(records, contracts):
    """Audiences, members and ordinals in notification are those of enterprise."""
    theirs, ours = members_of_enterprise(records), members_of_notification(records)
    seen = {row[0]: row[1:] for row in records.tables["seen_audience"]}
    for point, revision, generation, is_dissolved in records.tables["audience"]:
        state = seen.get(point)
        if is_dissolved:
            if state is None or state[0] != "dissolved":
                yield f"audience of {point} is dissolved and {state} in notification"
            continue
        if state != ("current", generation, revision):
            yield f"audience of {point} is generation {generation} of {revision} and {state} in notification"
        for verdict in ("met", "notMet", "unknown"):
            difference = theirs[point][verdict] ^ ours[point][verdict]
            if difference:
                yield f"audience of {point}, {verdict}, differs by {len(difference)}: {sorted(difference)[:5]}"
    ordinals = {row[0]: row[1] for row in records.tables["ordinal"]}
    replica = dict(records.tables["seen_ordinal"])
    if ordinals != replica:
        yield f"{len(ordinals.items() ^ replica.items())} ordinals differ between enterprise and notification"


@check
def audiences_equal_the_ledger(records, contracts):
    """Who is met by a point whose condition is a list is who stands on that list by the ledger."""
    lists = members_by_ledger(records, contracts)
    ordinals = {row[0]: row[1] for row in records.tables["ordinal"]}
    members = members_of_enterprise(records)
    in_force = {row[0] for row in records.tables["revision"] if row[2] == "published"}
    content = {}
    state = records.states["ztc.policy.point.state.v1"]
    for point in in_force:
        if point in state and state[point][2].content.condition.WhichOneof("node") == "list":
            content[point] = state[point][2].content.condition.list.list
    for point, name in content.items():
        if name not in lists:
            # Nobody has used the list yet, so it is not maintained and nobody is known to stand on it.
            continue
        wanted = {ordinals[enterprise] for enterprise in lists[name]}
        if members[point]["met"] != wanted:
            difference = members[point]["met"] ^ wanted
            yield f"audience of {point} differs from list {name} by {len(difference)}: {sorted(difference)[:5]}"


@check
def trust_follows_the_directory(records, contracts):
    """Every process takes fresh tokens and refuses revoked ones: its replica is the directory's."""
    for process, login, wanted, code in records.admissions:
        if code != wanted:
            yield f"{process} answered {code} to a token of {login}, not {wanted}"
