"""A small run without fault: one case, one project, one value and one result, for the tests of the checks."""

from .observers import digest
from .topics import CASES, PROJECTS

CASE, RECTIFICATION, LEAD, PROJECT = "case-1", "rectification-1", "lead-1", "project-1"
ASSESSMENT, VALUE, RESULT = "pre-assessment-1", "value-1", "result-1"
STATE, LEADS = "ztc.project.project.state.v1", "ztc.project.lead.events.v1"
ASSESSMENTS = "ztc.project.preassessment.events.v1"
VALUES, RESULTS = "ztc.assessment.value.events.v1", "ztc.assessment.result.events.v1"
APPEALS, WORK, SCORES = "appeal.v1.AppealService", "project.v1.ProjectService", "assessment.v1.AssessmentService"


def given(contracts, command):
    """The acknowledged commands; `command` makes one."""

    def case(version, state, **fields):
        return {"case": {"case_id": CASE, "kind": 3, "project_id": PROJECT, "round": 1, "version": version,
                         "state": state} | fields}  # fmt: skip

    def project(version, stage, **fields):
        return {"project": {"project_id": PROJECT, "stage": stage, "status": 1, "library": 1, "version": version}
                | fields}  # fmt: skip

    def opinion(version):
        return {"pre_assessment": {"pre_assessment_id": ASSESSMENT, "state": 1, "version": version}}

    of_case, of_project = {"case_id": CASE}, {"project_id": PROJECT}
    figures = {"completed": {"fen": 90}, "domestic_in_place": {"fen": 40}}
    week = {"start": {"year": 2020, "month": 1, "day": 6}, "end": {"year": 2020, "month": 1, "day": 13}}
    replied = {"on_time": True}
    asked = [
        (APPEALS, "SubmitCase", case(1, 1), {"kind": 3}),
        (APPEALS, "AcceptCase", case(2, 3), of_case),
        (APPEALS, "AssignCase", case(3, 4), of_case),
        (APPEALS, "TakeUpCase", case(4, 5), of_case),
        (APPEALS, "ReplyCase", case(5, 8, **replied), of_case),
        (APPEALS, "RateCase", case(6, 10, rating=2, **replied), of_case | {"mark": 2}),
        (WORK, "ReportLead", {"lead": {"lead_id": LEAD, "state": 1, "version": 1}}, {}),
        (WORK, "RecommendLead", {"lead": {"lead_id": LEAD, "state": 2, "version": 2}}, {"lead_id": LEAD}),
        (WORK, "TakeLead", {"lead": {"lead_id": LEAD, "state": 4, "version": 3}}, {"lead_id": LEAD}),
        (WORK, "CreateProject", project(1, 1, lead_id=LEAD), {"lead_id": LEAD, "lead_version": 3}),
        (WORK, "AdvanceProject", project(2, 2), of_project | {"stage": 2}),
        (WORK, "SetPlan", project(3, 2, light=1), of_project),
        (WORK, "SubmitReport", {"report": {"figures": figures, "project_version": 4}},
         of_project | {"period": week, "figures": figures}),
        (WORK, "RequestPreAssessment", opinion(1), of_project),
        (WORK, "GiveOpinion", opinion(2), {"pre_assessment_id": ASSESSMENT}),
        (SCORES, "ReportValue", {"value": {"value_id": VALUE, "state": 1, "version": 1, "value": {"unscaled": 5}}}, {}),
        (SCORES, "VerifyValue", {"value": {"value_id": VALUE, "state": 2, "version": 2, "value": {"unscaled": 7}}},
         {"value_id": VALUE}),
        (SCORES, "ComputeResult", {"result": {"result_id": RESULT, "state": 1, "version": 1}}, {}),
        (SCORES, "PublishResult", {"result": {"result_id": RESULT, "state": 2, "version": 2}}, {"result_id": RESULT}),
        (SCORES, "RecomputeResult", {"inputs_equal": True, "scores_equal": True}, {"result_id": RESULT}),
    ]  # fmt: skip
    return [
        command(contracts, 11 + place, f"{service}/{method}", f"w{place}", answer, **fields)
        for place, (service, method, answer, fields) in enumerate(asked)
    ]


def facts(contracts):
    """The newest messages by topic and key."""
    found = {}
    for topic, key, seq, type_, fields in [
        (CASES, CASE, 7, "appeal.v1.RectificationOpened", {"case": {"case_id": CASE, "state": 10}}),
        (STATE, PROJECT, 5, "project.v1.ProjectState",
         {"stage": 2, "status": 1, "library": 1, "light": 1, "figures": {"completed": {"fen": 90}}}),
        (LEADS, LEAD, 3, "project.v1.LeadEnded", {}),
        (VALUES, VALUE, 1, "assessment.v1.ValueVerified", {"value": {"unscaled": 7}}),
        (RESULTS, RESULT, 2, "assessment.v1.ResultScoresPart", {"result_id": RESULT}),
    ]:  # fmt: skip
        message = contracts.message(f"zhitongche.{type_}")(**fields)
        found.setdefault(topic, {})[key] = (seq, digest(message.SerializeToString()), message)
    return found


def journals(facts, event):
    """The events of the three services; `event` makes one."""
    steps = ["Submitted", "Accepted", "Assigned", "TakenUp", "Replied", "Rated"]
    appeal = [(CASES, CASE, seq, f"Case{step}", 10 + seq) for seq, step in enumerate(steps, 1)]
    appeal.append((CASES, CASE, 7, "RectificationOpened", 16))
    found = [("LeadReported", 17), ("LeadPlaced", 19), ("LeadEnded", 20)]
    project = [(LEADS, LEAD, seq, type_, number) for seq, (type_, number) in enumerate(found, 1)]
    published = [("ProjectRegistered", 20), ("StageEntered", 21), ("PlanSet", 22), ("LightChanged", 22)]
    published.append(("ProgressReported", 23))
    project += [(PROJECTS, PROJECT, seq, type_, number) for seq, (type_, number) in enumerate(published, 1)]
    project += [(STATE, PROJECT, seq, "ProjectState", number) for seq, number in [(1, 20), (2, 21), (4, 22), (5, 23)]]
    project.append((ASSESSMENTS, ASSESSMENT, 1, "PreAssessmentRequested", 24))
    project.append((ASSESSMENTS, ASSESSMENT, 2, "OpinionGiven", 25))
    assessment = [
        (VALUES, VALUE, 1, "ValueVerified", 27),
        (RESULTS, RESULT, 1, "ResultPublished", 29),
        (RESULTS, RESULT, 2, "ResultScoresPart", 29),
    ]
    return {
        service: [
            event(place, topic, key, seq, f"{service}.v1.{type_}", number, payload_of(facts, topic, key, seq))
            for place, (topic, key, seq, type_, number) in enumerate(events, 1)
        ]
        for service, events in [("appeal", appeal), ("project", project), ("assessment", assessment)]
    }


def payload_of(facts, topic, key, seq):
    """The digest of a message that is known whole."""
    known = facts.get(topic, {}).get(key)
    return known[1] if known and known[0] == seq else None


TABLES = {
    "case": [(CASE, 6, "rated", 1)],
    "supervision": [],
    "rectification": [(RECTIFICATION, 1, "open")],
    "information": [],
    "lead": [(LEAD, 4, "converted")],
    "project": [(PROJECT, 4, "negotiating", "active", "outside", 90)],
    "pre_assessment": [(ASSESSMENT, 2, "open")],
    "indicator": [],
    "targets": [],
    "value": [(VALUE, 2, "verified", 7_000_000)],
    "scheme": [],
    "result": [(RESULT, 2, "published")],
    "case_step": [(CASE, 6)],
    "value_entry": [(VALUE, 2)],
    "stage_entry": [(PROJECT, 1)],
    "progress_report": [(PROJECT, 1)],
    "opinion": [(ASSESSMENT, 1)],
    "reply_record": [(CASE, 1, True, 2)],
    "problem": [(CASE, PROJECT, "open")],
    "contribution": [
        ("on_time_reply", CASE, "round 1", 1, 1),
        ("satisfaction", CASE, "round 1", 2, 5),
        ("funds_in_place", PROJECT, "2020-01-12", 40, 0),
    ],
    "direct_notice": [("appeal.assigned", 1), ("appeal.replied", 1), ("appeal.rectification", 1)],
    CASES: [(CASE, 7)],
    STATE: [(PROJECT, 5)],
    LEADS: [(LEAD, 3)],
    VALUES: [(VALUE, 1)],
    RESULTS: [(RESULT, 2)],
}


def consumed(journal, evidence):
    """What assessment keeps of the journals' events."""
    return [
        (f"/zhitongche/{schema}", event.event_id, event.topic, event.digest)
        for schema, events in journal.items()
        for event in events
        if event.type.rpartition(".")[2] in evidence.get(event.topic, [])
    ]
