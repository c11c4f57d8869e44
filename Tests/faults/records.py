"""Everything that the checks look at, gathered once all is quiet; plain values, so that a copy can be doctored."""

import collections
import dataclasses

from installation import SERVICES

from . import ledger
from .auditor import chains
from .observers import READERS, digest, read_log

Event = collections.namedtuple("Event", "id topic key seq type event_id trace digest")
Audit = collections.namedtuple("Audit", "request_id method outcome")
Injected = collections.namedtuple("Injected", "what cluster topic key partition offset")

MEASURED = ("back", "drained", "stopped")

STATES = {
    "ztc.directory.unit.state.v1": ("directory", "SELECT id, seq FROM directory.unit"),
    "ztc.directory.region.state.v1": ("directory", "SELECT code, seq FROM directory.region"),
    "ztc.directory.role.state.v1": ("directory", "SELECT id, seq FROM directory.role"),
    "ztc.directory.account.state.v1": ("directory", "SELECT id::text, seq FROM directory.account"),
    "ztc.policy.point.state.v1": ("policy", "SELECT id::text, event_seq FROM policy.point WHERE event_seq > 0"),
    "ztc.enterprise.enterprise.state.v1": ("enterprise", "SELECT id::text, seq FROM enterprise.enterprise"),
    "ztc.project.project.state.v1": ("project", "SELECT id::text, event_seq FROM project.project"),
}
# Events topics whose newest message of a key tells a state, the service, and how its table counts the events.
FACTS = {
    "ztc.appeal.case.events.v1": (
        "appeal", "SELECT id::text, event_seq FROM appeal.case_file WHERE kind <> 'complaint'",
    ),
    "ztc.appeal.complaint.events.v1": (
        "appeal", "SELECT id::text, event_seq FROM appeal.case_file WHERE kind = 'complaint'",
    ),
    "ztc.project.lead.events.v1": ("project", "SELECT id::text, event_seq FROM project.lead"),
    "ztc.assessment.value.events.v1": (
        "assessment", "SELECT id::text, event_seq FROM assessment.reported_value WHERE event_seq > 0",
    ),
    "ztc.assessment.result.events.v1": (
        "assessment", "SELECT id::text, event_seq FROM assessment.result WHERE event_seq > 0",
    ),
}  # fmt: skip


@dataclasses.dataclass
class Records:
    """The ledger's side and the system's side of one run."""

    commands: dict = dataclasses.field(default_factory=dict)
    logins: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    # How long what took: entries of the ledger of the kinds in MEASURED.
    measured: list = dataclasses.field(default_factory=list)
    injected: list = dataclasses.field(default_factory=list)
    # What the broker dropped before its reader had read it: (service, cluster, topic, partition, wanted, oldest).
    gaps: list = dataclasses.field(default_factory=list)
    uncertain: set = dataclasses.field(default_factory=set)
    clusters: list = dataclasses.field(default_factory=list)
    samples: list = dataclasses.field(default_factory=list)
    recorded: list = dataclasses.field(default_factory=list)
    # Partitions of which the subscriber itself missed something: (cluster, topic, partition).
    missed: set = dataclasses.field(default_factory=set)
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
    # What whoever checks the audit was told: by which means, of which service, whether it is sound, and the words.
    chains: list = dataclasses.field(default_factory=list)
    # Tables by name, and the decoded newest states and facts by topic and key.
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
    "read": """
        SELECT account_id::text, notice_id::text FROM notification.notice_read
        UNION ALL SELECT account_id::text, notice_id::text FROM notification.direct_notice_read
        """,
    "direct_notice": "SELECT kind, count(*) FROM notification.direct_notice GROUP BY kind",
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
    # Of what the services of cases, projects and assessment keep: identifier, version, state.
    "case": "SELECT id::text, seq, state, round FROM appeal.case_file",
    "supervision": "SELECT id::text, seq, state FROM appeal.supervision",
    "rectification": "SELECT id::text, seq, state FROM appeal.rectification",
    "information": "SELECT id::text, seq, state FROM project.information",
    "lead": "SELECT id::text, seq, state FROM project.lead",
    "project": "SELECT id::text, seq, stage, status, library, completed_fen FROM project.project",
    "pre_assessment": "SELECT id::text, seq, state FROM project.pre_assessment",
    "indicator": "SELECT id, seq FROM assessment.indicator",
    "targets": """
        SELECT id::text, seq,
            (SELECT state FROM assessment.target_revision WHERE targets_id = id ORDER BY revision DESC LIMIT 1)
        FROM assessment.targets
        """,
    "value": "SELECT id::text, seq, state, value FROM assessment.reported_value",
    "scheme": "SELECT id::text, seq FROM assessment.scheme",
    "result": "SELECT id::text, seq, state FROM assessment.result",
    # What they wrote beside, one row for each command that wrote one.
    "case_step": "SELECT case_id::text, count(*) FROM appeal.case_step GROUP BY case_id",
    "value_entry": "SELECT value_id::text, count(*) FROM assessment.value_entry GROUP BY value_id",
    "stage_entry": "SELECT project_id::text, count(*) FROM project.stage_entry GROUP BY project_id",
    "progress_report": """
        SELECT project_id::text, count(*) FROM project.progress_report WHERE outcome <> 'missing' GROUP BY project_id
        """,
    "opinion": """
        SELECT pre_assessment_id::text, count(*) FROM project.bureau_opinion
        WHERE opinion IS NOT NULL GROUP BY pre_assessment_id
        """,
    "reply_record": "SELECT case_id::text, round, is_on_time, mark FROM appeal.reply_record",
    # What one service made of another's events.
    "problem": "SELECT case_id::text, project_id::text, state FROM project.problem",
    "consumed": "SELECT source, event_id, topic, md5(payload) FROM assessment.consumed_event",
    "contribution": "SELECT derivation, subject, slot, numerator, denominator FROM assessment.contribution",
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
        measured=[entry for entry in listed if entry["kind"] in MEASURED],
        injected=[Injected(*one) for one in faults.injected],
        gaps=[
            tuple(entry[field] for field in ("service", "cluster", "topic", "partition", "wanted", "oldest"))
            for entry in listed
            if entry["kind"] == "gap"
        ],
        uncertain=set(faults.uncertain),
        clusters=list(faults.clusters),
        samples=list(sampler.samples),
        recorded=list(recorder.records),
        missed=set(recorder.missed),
        deaths=list(stage.deaths),
    )
    records.admissions = callers.admissions(ledger.stream(0, "admissions"))
    records.chains = chains(stage)
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
            records.offsets[(schema, cluster, topic, partition)] = following


def _gather_states(records, connection, callers):
    """The newest state of each key as the journal has it, decoded, with its number and digest."""
    for topic, (schema, text) in (STATES | FACTS).items():
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
