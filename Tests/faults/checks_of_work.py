"""(j) Cases, projects, values: nothing acknowledged is lost, replicas and figures follow; (k) the audit's chains."""

import collections
import datetime
import os

from .checks import answer_of, check, keeps_all, places_injected, request_of
from .records import FACTS
from .topics import CASES, COMPLAINTS, POINTS, PROJECTS

KEPT = [
    "case", "supervision", "rectification", "information", "lead", "project", "pre_assessment", "indicator", "targets",
    "value", "scheme", "result",
]  # fmt: skip
# Which of an answer's words a table holds, in the order of its columns behind the version.
WORDS = {"project": ["stage", "status", "library"], "indicator": [], "scheme": []}
# Versions that no command of the ledger made: a rectification is opened by the rating.
WITHOUT_COMMAND = {"rectification": 1}
# Rows written beside, and the commands that write one each.
BESIDE = {
    "value_entry": ["ReportValue", "ReviseValue", "VerifyValue", "ReopenValue"],
    "stage_entry": ["AdvanceProject"],
    "progress_report": ["SubmitReport"],
    "opinion": ["GiveOpinion"],
}
PROJECT_STATE = "ztc.project.project.state.v1"
LEADS = "ztc.project.lead.events.v1"
VALUES = "ztc.assessment.value.events.v1"
RESULTS = "ztc.assessment.result.events.v1"
# What assessment keeps as it came, by topic.
EVIDENCE = {
    CASES: [
        "CaseAssigned", "CaseReplied", "CaseOverdue", "CaseRated", "CaseReopened", "CaseWrittenOff", "CaseWithdrawn",
    ],
    PROJECTS: ["ProjectRegistered", "StageEntered", "LibraryStandingChanged", "ProgressReported"],
    POINTS: ["PointPublished"],
}  # fmt: skip
# Kinds of notices to one enterprise or unit, and the events that make one each while no rule is changed.
NOTICES = {
    "appeal.replied": ["CaseReplied"],
    "appeal.refused": ["CaseRefused"],
    "appeal.question": ["CasePaused"],
    "appeal.resolved": ["CaseResolved"],
    "appeal.assigned": ["CaseAssigned"],
    "appeal.supervision": ["SupervisionIssued", "SupervisionReturned", "SupervisionListed", "SupervisionReferred",
                           "SupervisionClosed"],
    "appeal.rectification": ["RectificationOpened", "RectificationReturned", "RectificationClosed"],
    "project.preassessment": ["PreAssessmentCombined"],
}  # fmt: skip


def word(message, field):
    """An enumerator as the tables write it."""
    enum = message.DESCRIPTOR.fields_by_name[field].enum_type
    prefix = os.path.commonprefix([value.name for value in enum.values])
    return enum.values_by_number[getattr(message, field)].name.removeprefix(prefix).lower()


def kept_by_ledger(records, contracts):
    """The last answer about everything of the three services, and how many commands each was changed by."""
    last, changes = {}, collections.Counter()
    for command in records.acknowledged():
        if command.service not in ("appeal", "project", "assessment"):
            continue
        answer = answer_of(command, contracts)
        for field in KEPT:
            if field in answer.DESCRIPTOR.fields_by_name:
                one = getattr(answer, field)
                key = (field, getattr(one, "targets_id" if field == "targets" else f"{field}_id"))
                last[key] = one
                changes[key] += 1
        if command.name == "SubmitReport":
            request = request_of(command, contracts)
            key = ("project", request.project_id)
            last[key].version = answer.report.project_version
            last[key].figures.CopyFrom(answer.report.figures)
            changes[key] += 1
        elif command.name == "CreateProject" and answer.project.lead_id:
            # The lead was converted by the same command, which does not show it.
            key = ("lead", answer.project.lead_id)
            last[key].version += 1
            last[key].state = last[key].DESCRIPTOR.fields_by_name["state"].enum_type.values_by_name[
                "LEAD_STATE_CONVERTED"
            ].number
            changes[key] += 1
    return last, changes


@check
def cases_projects_and_values_are_as_acknowledged(records, contracts):
    """Every case, order, lead, project, target, value and result is what its last answer says, changed once by each."""
    last, changes = kept_by_ledger(records, contracts)
    rows = {(name, row[0]): row for name in KEPT for row in records.tables[name]}
    for (name, identifier), one in last.items():
        row = rows.get((name, identifier))
        wanted = (identifier, one.version, *[word(one, field) for field in WORDS.get(name, ["state"])])
        if row is None or row[: len(wanted)] != wanted:
            yield f"{name} {identifier} was acknowledged as {wanted[1:]} and is {row}"
            continue
        count = changes[(name, identifier)] + WITHOUT_COMMAND.get(name, 0)
        if count != one.version:
            yield f"{name} {identifier} has version {one.version} after {count} changes"
        if name == "value" and row[3] != one.value.unscaled * 10 ** (6 - one.value.scale):
            yield f"value {identifier} is {row[3]} millionths and was acknowledged as {one.value}"
        if name == "project" and (row[5] or 0) != one.figures.completed.fen:
            yield f"project {identifier} has {row[5]} fen and was acknowledged with {one.figures.completed.fen}"
    for key in rows.keys() - last.keys():
        if key[0] != "rectification":
            yield f"{key[0]} {key[1]} is there, and no command that was acknowledged has made it"


@check
def what_commands_write_beside_is_there_once(records, contracts):
    """Trails, histories, entries into stages, reports, opinions and replies: one row for each command."""
    _, changes = kept_by_ledger(records, contracts)
    steps = dict(records.tables["case_step"])
    for (name, identifier), count in changes.items():
        if name == "case" and steps.get(identifier, 0) != count:
            yield f"case {identifier} has {steps.get(identifier, 0)} steps after {count} commands"
    for table, names in BESIDE.items():
        counts = collections.Counter()
        for command in records.acknowledged(*names):
            counts[subject_of(command, contracts)] += 1
        for identifier, count in records.tables[table]:
            counts[identifier] -= count
        for identifier, difference in counts.items():
            if difference:
                yield f"{table} of {identifier} differs from the ledger by {difference}"
    replies = {row[:2]: row[2:] for row in records.tables["reply_record"]}
    wanted = replies_by_ledger(records, contracts)
    for key in replies.keys() | wanted.keys():
        if replies.get(key) != wanted.get(key):
            yield f"reply {key} is {replies.get(key)} and was acknowledged as {wanted.get(key)}"


def subject_of(command, contracts):
    """What a command was about."""
    answer = answer_of(command, contracts)
    if "value" in answer.DESCRIPTOR.fields_by_name:
        return answer.value.value_id
    if "pre_assessment" in answer.DESCRIPTOR.fields_by_name:
        return answer.pre_assessment.pre_assessment_id
    return request_of(command, contracts).project_id


def replies_by_ledger(records, contracts, topics=(CASES, COMPLAINTS)):
    """By case and round whether the reply came in time and the mark that it got, None without one."""
    found = {}
    for command in records.acknowledged("ReplyCase", "RateCase"):
        case = getattr(answer_of(command, contracts), "case")
        if topic_of(case) not in topics:
            continue
        key = (case.case_id, case.round)
        if command.name == "ReplyCase":
            found[key] = (case.on_time, None)
        else:
            found[key] = (found[key][0], case.rating)
    return found


def topic_of(case):
    return COMPLAINTS if word(case, "kind") == "complaint" else CASES


@check
def topics_tell_what_was_acknowledged(records, contracts):
    """The newest message of every case, lead, project, value and result is on its topic and tells the last answer."""
    injected = places_injected(records)
    on_topic = {}
    for record in records.log:
        place = (record.topic, record.key)
        uncertain = (record.cluster, *place) in records.uncertain
        if record.topic in FACTS and record.place not in injected and not uncertain:
            if place not in on_topic or record.seq > on_topic[place].seq:
                on_topic[place] = record
    keeps = keeps_all(records)
    for topic in FACTS:
        for key, seq in records.tables[topic]:
            known, newest = records.states[topic].get(key), on_topic.get((topic, key))
            if known is None or known[0] != seq:
                yield f"{topic} key {key}: the table counts {seq} events, the journal {known and known[0]}"
            elif (records.clusters[-1], topic, key) in records.uncertain:
                continue
            elif newest is None and keeps(topic, key):
                yield f"{topic} key {key}: the topic has no message"
            elif newest is not None and (newest.seq, newest.digest) != known[:2]:
                yield f"{topic} key {key}: the topic's newest is {newest.seq}, the journal's {known[0]}"
    yield from _told(records, contracts)


def shown(project):
    """What a project and its published state have in common."""
    return (project.stage, project.status, project.library, project.light, project.figures.completed.fen)


def _told(records, contracts):
    last, _ = kept_by_ledger(records, contracts)
    for (name, identifier), one in last.items():
        if name == "case":
            state = records.states[topic_of(one)].get(identifier)
            if state is None or getattr(state[2], "case").state != one.state:
                yield f"the topic of case {identifier} does not tell that it is {word(one, 'state')}"
        elif name == "project":
            state = records.states[PROJECT_STATE].get(identifier)
            wanted = shown(one)
            if state is None or shown(state[2]) != wanted:
                yield f"the topic of project {identifier} does not tell {wanted}"
        elif name == "lead" and identifier not in records.states[LEADS]:
            yield f"the topic of leads does not tell of {identifier}"
        elif name == "result" and word(one, "state") == "published" and identifier not in records.states[RESULTS]:
            yield f"the topic of results does not tell of {identifier}"
    verified = {}
    for command in records.acknowledged("VerifyValue"):
        one = answer_of(command, contracts).value
        verified[one.value_id] = one.value
    for identifier, value in verified.items():
        state = records.states[VALUES].get(identifier)
        if state is None or state[2].value != value:
            yield f"the topic of values does not tell that {identifier} was verified as {value}"


@check
def project_replicates_problems(records, contracts):
    """Every problem of a project stands in project as appeal acknowledged it."""
    ended = {"resolved": "solved", "written_off": "solved", "refused": "withdrawn", "withdrawn": "withdrawn"}

    def standing(case):
        # A reply may be rated before the problem is solved.
        if word(case, "state") == "rated":
            return "solved" if case.HasField("resolved_at") else "open"
        return ended.get(word(case, "state"), "open")

    last, _ = kept_by_ledger(records, contracts)
    wanted = {
        identifier: (case.project_id, standing(case))
        for (name, identifier), case in last.items()
        if name == "case" and case.project_id
    }
    replica = {row[0]: row[1:] for row in records.tables["problem"]}
    for identifier in wanted.keys() | replica.keys():
        if wanted.get(identifier) != replica.get(identifier):
            yield f"problem {identifier} is {wanted.get(identifier)} in appeal, {replica.get(identifier)} in project"


@check
def assessment_keeps_every_event_once(records, contracts):
    """Every event that counts for an indicator is kept there once, with its bytes."""
    wanted = {}
    for schema, events in records.journal.items():
        for event in events:
            if event.type.rpartition(".")[2] in EVIDENCE.get(event.topic, []):
                wanted[(f"/zhitongche/{schema}", event.event_id)] = (event.topic, event.digest)
    kept = {row[:2]: row[2:] for row in records.tables["consumed"]}
    if len(kept) != len(records.tables["consumed"]):
        yield "assessment keeps an event twice"
    for key in wanted.keys() | kept.keys():
        if wanted.get(key) != kept.get(key):
            yield f"event {key} is {wanted.get(key)} in its journal and {kept.get(key)} in assessment"


@check
def figures_of_assessment_equal_the_ledger(records, contracts):
    """Marks, replies in time and funds in place are counted as the acknowledged commands say, each once."""
    wanted = {}
    for (case, number), (on_time, mark) in replies_by_ledger(records, contracts, topics=[CASES]).items():
        wanted[("on_time_reply", case, f"round {number}")] = (int(on_time), 1)
        if mark is not None:
            wanted[("satisfaction", case, f"round {number}")] = (mark, 5)
    for command in records.acknowledged("SubmitReport"):
        request = request_of(command, contracts)
        end = request.period.end
        last = datetime.date(end.year, end.month, end.day) - datetime.timedelta(days=1)
        wanted[("funds_in_place", request.project_id, str(last))] = (request.figures.domestic_in_place.fen, 0)
    found = {}
    for derivation, subject, slot, numerator, denominator in records.tables["contribution"]:
        if derivation in ("on_time_reply", "satisfaction", "funds_in_place"):
            found[(derivation, subject, slot)] = (numerator, denominator)
    for key in wanted.keys() | found.keys():
        if wanted.get(key) != found.get(key):
            yield f"{key} counts {found.get(key)} in assessment and {wanted.get(key)} by the ledger"


@check
def results_are_the_same_when_computed_again(records, contracts):
    """From the kept events a published result comes out as it was."""
    for command in records.acknowledged("RecomputeResult"):
        answer = answer_of(command, contracts)
        if not (answer.inputs_equal and answer.scores_equal) or answer.restored:
            yield f"{command}: inputs equal {answer.inputs_equal}, scores equal {answer.scores_equal}"


@check
def one_notice_per_event_of_work(records, contracts):
    """Applicants and units were told once of each event that they are told of."""
    events = collections.Counter(
        event.type.rpartition(".")[2] for schema in ("appeal", "project") for event in records.journal.get(schema, [])
    )
    notices = dict(records.tables["direct_notice"])
    for kind, types in NOTICES.items():
        count = sum(events[type_] for type_ in types)
        if notices.get(kind, 0) != count:
            yield f"{notices.get(kind, 0)} notices {kind} were made of {count} events"


@check
def audit_chains_hold(records, contracts):
    """An auditor finds every service's chain unbroken, by the product's check and by one of its own."""
    told = {(means, service) for means, service, _, _ in records.chains}
    for means, service, is_sound, words in records.chains:
        if not is_sound:
            yield f"{means} says of {service}: {words}"
    for schema in records.journal:
        if len([one for one in told if one[1] == schema]) < 2:
            yield f"the chain of {schema} was not checked by both means"
