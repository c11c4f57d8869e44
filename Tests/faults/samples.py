"""The records of a small run without fault, made by hand, for the tests of the checks."""

import struct
import types

from . import samples_of_work
from .ledger import Command
from .observers import READERS, digest
from .records import FACTS, STATES, Audit, Event, Injected, Records

POINT, LIST, ENTERPRISE, ACCOUNT = "point-1", "little-giant", "enterprise-7", "account-1"
POINTS, STATE = "ztc.policy.point.events.v1", "ztc.policy.point.state.v1"
ENTERPRISES = "ztc.enterprise.enterprise.state.v1"
CLUSTER = "cluster-1"


def packed(*ordinals):
    """A packed chunk of ordinals below 128 that differ by less than 128."""
    differences = [here - before for before, here in zip([0, *ordinals], ordinals)]
    return bytes([1, len(ordinals), *differences, 0])


def bitmap(*ordinals):
    """A Roaring bitmap of ordinals below 65,536."""
    if not ordinals:
        return struct.pack("<II", 12346, 0)
    head = struct.pack("<IIHHI", 12346, 1, 0, len(ordinals) - 1, 16)
    return head + struct.pack(f"<{len(ordinals)}H", *ordinals)


def command(contracts, number, method, request_id, answer, **fields):
    """An acknowledged command."""
    full = f"zhitongche.{method}"
    _, request_class, answer_class = contracts.call(full)
    request = request_class(request_id=request_id, **fields)
    one = Command(
        {
            "n": number, "at": 0, "actor": "a", "method": full, "request_id": request_id, "trace": f"{number:032x}",
            "request": request.SerializeToString().hex(),
        }
    )  # fmt: skip
    one.code, one.attempts, one.answer = "OK", 1, answer_class(**answer).SerializeToString()
    return one


def clean(contracts):
    """A point published, one enterprise on a list, a case, a project, a result, and everything that follows from it."""
    from .checks_of_work import EVIDENCE

    policy, enterprise = "policy.v1.PolicyService", "enterprise.v1.EnterpriseService"
    content = {"title": "t", "condition": {"list": {"list": LIST}}}

    def point(version, state):
        return {"point": {"point_id": POINT, "revision": 1, "state": state, "version": version, "content": content}}

    version = {"point_id": POINT}
    given = [
        command(contracts, 1, f"{policy}/DraftPoint", "r1", point(1, 1), document_id="d", content=content),
        command(contracts, 2, f"{policy}/SubmitPoint", "r2", point(2, 2), **version, version=1),
        command(contracts, 3, f"{policy}/PublishPoint", "r3", point(3, 3), **version, version=2),
        command(
            contracts, 4, f"{enterprise}/SetListMembership", "r4", {"changed": 1}, list=LIST,
            enterprise_ids=[ENTERPRISE], member=True, reason="x",
        ),
        command(
            contracts, 5, f"{enterprise}/RecordAttributes", "r5", {}, enterprise_id=ENTERPRISE,
            records=[{"attribute": "employees", "source": "s-1"}],
        ),
    ]  # fmt: skip
    given += samples_of_work.given(contracts, command)
    given[2].repeats = [
        {"changed": False, "code": "OK", "reason": "", "answer": given[2].answer.hex()},
        {"changed": True, "code": "INVALID_ARGUMENT", "reason": "REQUEST_ID_REUSED", "answer": None},
    ]
    in_force = contracts.message("zhitongche.policy.v1.PointInForce")(point_id=POINT, revision=1, content=content)
    one = contracts.message("zhitongche.enterprise.v1.EnterpriseState")(enterprise_id=ENTERPRISE, ordinal=7)
    states = {topic: {} for topic in STATES | FACTS} | samples_of_work.facts(contracts)
    states[STATE][POINT] = (1, digest(in_force.SerializeToString()), in_force)
    states[ENTERPRISES][ENTERPRISE] = (2, digest(one.SerializeToString()), one)
    journal = {
        "directory": [],
        "policy": [
            event(1, POINTS, POINT, 1, "policy.v1.PointPublished", 3),
            event(2, STATE, POINT, 1, "policy.v1.PointInForce", 3, states[STATE][POINT][1]),
        ],
        "enterprise": [
            event(1, ENTERPRISES, ENTERPRISE, 1, "enterprise.v1.EnterpriseState", 4),
            event(
                2, ENTERPRISES, ENTERPRISE, 2, "enterprise.v1.EnterpriseState", 5, states[ENTERPRISES][ENTERPRISE][1]
            ),
        ],
        "notification": [],
    } | samples_of_work.journals(states, event)
    seen = [on_topic(event, offset) for events in journal.values() for offset, event in enumerate(events)]
    bad = Injected("corrupt", CLUSTER, POINTS, "bad-key", 5, 90)
    copy = Injected("duplicate", CLUSTER, POINTS, POINT, 0, 91)
    seen += [
        types.SimpleNamespace(**vars(seen[0]) | {"offset": 91, "place": (CLUSTER, POINTS, 0, 91)}),
        strange(POINTS, "bad-key", 5, 90, "zhitongche.policy.v1.PointPublished"),
    ]
    # Both readers of the topic put the bad message aside.
    for schema in ("enterprise", "assessment"):
        topic, number = f"{POINTS}.{READERS[schema]}.dlq", len(journal[schema]) + 1
        seen.append(strange(topic, "bad-key", 5, 0, "zhitongche.DeadLetter", f"letter-{schema}"))
        journal[schema].append(
            Event(number, topic, "bad-key", 1, "zhitongche.DeadLetter", f"letter-{schema}", "", digest(b""))
        )
    aside = {"enterprise": [(POINTS, "bad-key", "undecodable")], "assessment": [(POINTS, "bad-key", "undecodable")]}
    letters = {schema: [] for schema in READERS} | aside
    tables = {topic: [] for topic in STATES | FACTS} | samples_of_work.TABLES | {
        STATE: [(POINT, 1)],
        ENTERPRISES: [(ENTERPRISE, 2)],
        "point": [(POINT, 3, 1)],
        "revision": [(POINT, 1, "published", "t")],
        "document": [],
        "point_replica": [(POINT, 1, "published", "t", 1)],
        "match_queue": [],
        "audience": [(POINT, 1, 1, False)],
        "audience_block": [(POINT, "met", 0, bitmap(7))],
        "record": [("s-1", 1)],
        "membership": [(LIST, ENTERPRISE, 7)],
        "chosen": [],
        "ordinal": [(ENTERPRISE, 7, "code")],
        "claim": [],
        "seen_ordinal": [(ENTERPRISE, 7)],
        "seen_audience": [(POINT, "current", 1, 1)],
        "chunk": [(POINT, 1, "met", packed(7))],
        "override": [],
        "addressees": [("notice-1", "policy.matched", POINT, 1, packed(7))],
        "read": [],
        "rule": [],
        "unit": [],
        "account": [],
        "account_enterprise": [],
        "consumed": samples_of_work.consumed(journal, EVIDENCE),
    }
    return Records(
        commands={one.number: one for one in given},
        logins=["login-1"],
        injected=[bad, copy],
        clusters=[CLUSTER],
        samples=[(0, ("offset", "enterprise"), 3), (1, ("offset", "enterprise"), 5)],
        recorded=list(seen),
        log=seen,
        lows={},
        answers={
            service: {(one.method, one.request_id): one.answer for one in given if one.service == service}
            for service in journal
        },
        audit={service: rows_of(given, service) for service in journal}
        | {"directory": [Audit("login-1", "zhitongche.directory.v1.DirectoryService/Login", "done")]},
        journal=journal,
        pending=dict.fromkeys(journal, 0),
        publication={
            schema: [(place + 1, event.id) for place, event in enumerate(events)] for schema, events in journal.items()
        },
        inbox_twice={},
        letters={schema: list(rows) for schema, rows in letters.items()},
        parked={schema: [(*row[:2], "dead_letter") for row in rows] for schema, rows in letters.items()},
        offsets={(schema, CLUSTER, POINTS, 5): 100 for schema in aside},
        chains=[(means, schema, True, "sound") for means in ("product", "script") for schema in journal],
        tables=tables,
        states=states,
    )  # fmt: skip


def rows_of(given, service):
    return [Audit(one.request_id, one.method, "done") for one in given if one.service == service]


def event(number, topic, key, seq, type_, command_number, payload=None):
    return Event(
        number,
        topic,
        key,
        seq,
        f"zhitongche.{type_}",
        f"{topic}-{seq}",
        f"{command_number:032x}",
        payload or digest(b""),
    )


def on_topic(event, offset, partition=0):
    return types.SimpleNamespace(
        cluster=CLUSTER, topic=event.topic, partition=partition, offset=offset, key=event.key, seq=event.seq,
        id=event.event_id, type=event.type, digest=event.digest, letter=None,
        place=(CLUSTER, event.topic, partition, offset),
    )  # fmt: skip


def strange(topic, key, partition, offset, type_, identifier="strange"):
    return types.SimpleNamespace(
        cluster=CLUSTER, topic=topic, partition=partition, offset=offset, key=key, seq=1, id=identifier, type=type_,
        digest=digest(b""), letter=("ztc.enterprise", POINTS, 5, 90) if topic.endswith("dlq") else None,
        place=(CLUSTER, topic, partition, offset),
    )  # fmt: skip
