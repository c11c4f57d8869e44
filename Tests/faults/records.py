"""Everything that the checks look at, gathered once all is quiet; plain values, so that a copy can be doctored."""

import collections
import dataclasses

from installation import SERVICES

from . import ledger
from .observers import READERS, digest, read_log

Event = collections.namedtuple("Event", "id topic key seq type event_id trace digest")
Audit = collections.namedtuple("Audit", "request_id method outcome")
Injected = collections.namedtuple("Injected", "what cluster topic key partition offset")

STATES = {
    "ztc.directory.unit.state.v1": ("directory", "SELECT id, seq FROM directory.unit"),
    "ztc.directory.region.state.v1": ("directory", "SELECT code, seq FROM directory.region"),
    "ztc.directory.role.state.v1": ("directory", "SELECT id, seq FROM directory.role"),
    "ztc.directory.account.state.v1": ("directory", "SELECT id::text, seq FROM directory.account"),
    "ztc.policy.point.state.v1": ("policy", "SELECT id::text, event_seq FROM policy.point WHERE event_seq > 0"),
    "ztc.enterprise.enterprise.state.v1": ("enterprise", "SELECT id::text, seq FROM enterprise.enterprise"),
}


@dataclasses.dataclass
class Records:
    """The ledger's side and the system's side of one run."""

    commands: dict = dataclasses.field(default_factory=dict)
    logins: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    injected: list = dataclasses.field(default_factory=list)
    uncertain: set = dataclasses.field(default_factory=set)
    clusters: list = dataclasses.field(default_factory=list)
    samples: list = dataclasses.field(default_factory=list)
    recorded: list = dataclasses.field(default_factory=list)
    deaths: list = dataclasses.field(default_factory=list)
    admissions: list = dataclasses.field(default_factory=list)
    log: list = dataclasses.field(default_factory=list)
    lows: dict = dataclasses.field(default_factory=dict)
    # By schema.
    answers: dict = dataclasses.field(default_factory=dict)
    audit: dict = dataclasses.field(default_factory=dict)
    journal: dict = dataclasses.field(default_factory=dict)
    pending: dict = dataclasses.field(default_factory=dict)
    publication: dict = dataclasses.field(default_factory=dict)
    inbox_twice: dict = dataclasses.field(default_factory=dict)
    letters: dict = dataclasses.field(default_factory=dict)
    parked: dict = dataclasses.field(default_factory=dict)
    offsets: dict = dataclasses.field(default_factory=dict)
    # Tables by name, and the decoded newest states by topic and key.
    tables: dict = dataclasses.field(default_factory=dict)
    states: dict = dataclasses.field(default_factory=dict)

    def acknowledged(self, *names):
        """The acknowledged commands of some names in the order in which they were sent."""
        return [one for one in self.commands.values() if one.acknowledged and (not names or one.name in names)]


TABLES = {
    "point": "SELECT id::text, seq, event_seq FROM policy.point",
    "revision": "SELECT point_id::text, revision, state, title FROM policy.point_revision",
    "document": "SELECT id::text, seq FROM policy.document",
    "point_replica": "SELECT point_id, revision, state, title, event_seq FROM enterprise.point_replica",
    "match_queue": "SELECT id FROM enterprise.match_queue",
    "audience": "SELECT point_id, revision, generation, is_dissolved FROM enterprise.audience",
    "audience_block": "SELECT point_id, verdict, block, members FROM enterprise.audience_block",
    "record": "SELECT source, count(*) FROM enterprise.attribute_record GROUP BY source",
    "membership": """
        SELECT list, enterprise.id::text, enterprise.ordinal FROM enterprise.list_membership
        JOIN enterprise.enterprise USING (ordinal) WHERE left_at IS NULL
        """,
    "chosen": "SELECT enterprise.id::text, tag FROM enterprise.chosen_tag JOIN enterprise.enterprise USING (ordinal)",
    "ordinal": "SELECT id::text, ordinal, credit_code FROM enterprise.enterprise",
    "claim": "SELECT id::text, account_id, state FROM enterprise.claim",
    "seen_ordinal": "SELECT enterprise_id::text, ordinal FROM notification.enterprise",
    "seen_audience": "SELECT point_id::text, state, generation, revision FROM notification.audience",
    "chunk": "SELECT point_id::text, generation, verdict, members FROM notification.audience_chunk",
    "override": "SELECT point_id::text, generation, ordinal, verdict FROM notification.audience_override",
    "addressees": """
        SELECT notice_id::text, kind, point_id::text, revision, ordinals
        FROM notification.notice_addressees JOIN notification.notice USING (notice_id)
        """,
    "read": "SELECT account_id::text, notice_id::text FROM notification.notice_read",
    "rule": "SELECT rule_id, seq, is_enabled, body_zh FROM notification.rule",
    "unit": """
        SELECT unit.id, unit.seq, ends_on::text,
            (SELECT name FROM directory.unit_name WHERE unit_id = unit.id ORDER BY valid_from DESC LIMIT 1)
        FROM directory.unit
        """,
    "account": """
        SELECT account.id::text, seq, status, login, array(
            SELECT role_id FROM directory.account_role WHERE account_id = account.id ORDER BY role_id)
        FROM directory.account
        """,
    "account_enterprise": "SELECT account_id::text, enterprise_id::text FROM directory.account_enterprise",
}


def gather(stage, callers, faults, recorder, sampler, topics):
    """Reads the ledger's file, the database, and the whole log of the broker."""
    listed = ledger.entries(callers.ledger.path)
    records = Records(
        commands=ledger.commands(listed),
        logins=[entry["request_id"] for entry in listed if entry["kind"] == "login"],
        notes=[
            entry
            for entry in listed
            if entry["kind"] in ("claim-without-effect", "code-not-sent", "actor-failed", "login-refused")
        ],
        injected=[Injected(*one) for one in faults.injected],
        uncertain=set(faults.uncertain),
        clusters=list(faults.clusters),
        samples=list(sampler.samples),
        recorded=list(recorder.records),
        deaths=list(stage.deaths),
    )
    records.admissions = callers.admissions(ledger.stream(0, "admissions"))
    records.log, records.lows = read_log(stage.bootstrap, faults.clusters[-1], topics)
    with stage.database() as connection:
        for name, text in TABLES.items():
            records.tables[name] = connection.execute(text).fetchall()
        for schema in SERVICES:
            _gather_schema(records, connection, schema)
        _gather_states(records, connection, callers)
    return records


def _gather_schema(records, connection, schema):
    records.answers[schema] = {
        (method, identifier): answer
        for method, identifier, answer in connection.execute(
            f"SELECT method, identifier, answer FROM {schema}.request_identifier"
        )
    }
    records.audit[schema] = [
        Audit(*row)
        for row in connection.execute(f"SELECT request_identifier, method, outcome FROM {schema}.audit_entry")
    ]
    records.journal[schema] = [
        Event(*row)
        for row in connection.execute(
            f"""
            SELECT id, topic, key, seq, type, event_id, split_part(coalesce(traceparent, ''), '-', 2),
                md5(coalesce(payload, ''::bytea))
            FROM {schema}.journal ORDER BY id
            """
        )
    ]
    records.pending[schema] = connection.execute(f"SELECT count(*) FROM {schema}.pending").fetchone()[0]
    records.publication[schema] = connection.execute(
        f"SELECT position, journal_id FROM {schema}.publication ORDER BY position"
    ).fetchall()
    records.inbox_twice[schema] = connection.execute(
        f"SELECT source, id, count(*) FROM {schema}.inbox GROUP BY source, id HAVING count(*) > 1"
    ).fetchall()
    records.letters[schema] = [
        (topic, bytes(key or b"").decode(errors="replace"), class_)
        for topic, key, class_ in connection.execute(f"SELECT topic, key, class FROM {schema}.dead_letter")
    ]
    records.parked[schema] = connection.execute(
        f"""
        SELECT topic, key, 'message' FROM {schema}.parked_message
        UNION ALL SELECT topic, key, cause FROM {schema}.parked_key
        """
    ).fetchall()
    if schema in READERS:
        for cluster, topic, partition, following in connection.execute(
            f"SELECT cluster, topic, partition, next FROM {schema}.consumer_offset"
        ):
            records.offsets[(cluster, topic, partition)] = following


def _gather_states(records, connection, callers):
    """The newest state of each key as the journal has it, decoded, with its number and digest."""
    for topic, (schema, text) in STATES.items():
        records.tables[topic] = connection.execute(text).fetchall()
        newest = {}
        for key, seq, type_, payload in connection.execute(
            f"""
            SELECT DISTINCT ON (key) key, seq, type, payload FROM {schema}.journal
            WHERE topic = %s ORDER BY key, seq DESC
            """,
            [topic],
        ):
            message = callers.contracts.message(type_).FromString(bytes(payload or b""))
            newest[key] = (seq, digest(bytes(payload or b"")), message)
        records.states[topic] = newest
