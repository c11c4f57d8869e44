"""(a) Nothing acknowledged is lost, (b) nothing has an effect twice."""

import collections

from .audiences import packed_ordinals
from .checks import answer_of, check, keeps_all, members_by_ledger, places_injected, request_of

# Commands whose answers hold a secret and are not kept.
SECRET = {"CreateStaffAccount"}
PREFIX = "zhitongche."


def of_project(*events):
    """Events of a command on a project, which publishes its state as well."""
    return {f"project.v1.{event}": 1 for event in (*events, "ProjectState")}


# What commands on cases, projects and assessment leave in the journal, whatever they say.
EVENTS_OF_WORK = {
    "EditCase": {}, "AddComment": {}, "SortInformation": {}, "RecommendLead": {}, "SetIndicator": {}, "ChangeTier": {},
    "DraftTargets": {}, "EditTargets": {}, "SubmitTargets": {}, "ReviewTargets": {}, "ReturnTargets": {},
    "ReviseTargets": {}, "ReportValue": {}, "ReviseValue": {}, "ReopenValue": {}, "DraftScheme": {}, "EditScheme": {},
    "ReviseScheme": {}, "ComputeResult": {}, "DiscardResult": {}, "RecomputeResult": {},
    "SubmitCase": {"appeal.v1.CaseSubmitted": 1}, "AcceptCase": {"appeal.v1.CaseAccepted": 1},
    "RefuseCase": {"appeal.v1.CaseRefused": 1}, "WithdrawCase": {"appeal.v1.CaseWithdrawn": 1},
    "AssignCase": {"appeal.v1.CaseAssigned": 1}, "TransferCase": {"appeal.v1.CaseAssigned": 1},
    "ReturnCase": {"appeal.v1.CaseReturned": 1}, "TakeUpCase": {"appeal.v1.CaseTakenUp": 1},
    "AskApplicant": {"appeal.v1.CasePaused": 1}, "SupplyInformation": {"appeal.v1.CaseResumed": 1},
    "EscalateCase": {"appeal.v1.CaseEscalated": 1}, "DecideCase": {"appeal.v1.CaseDecided": 1},
    "ReplyCase": {"appeal.v1.CaseReplied": 1}, "ResolveCase": {"appeal.v1.CaseResolved": 1},
    "ReopenCase": {"appeal.v1.CaseReopened": 1}, "WriteOffCase": {"appeal.v1.CaseWrittenOff": 1},
    "IssueSupervision": {"appeal.v1.SupervisionIssued": 1},
    "AnswerSupervision": {"appeal.v1.SupervisionAnswered": 1},
    "ReturnSupervisionAnswer": {"appeal.v1.SupervisionReturned": 1},
    "CloseSupervision": {"appeal.v1.SupervisionClosed": 1},
    "AnswerRectification": {"appeal.v1.RectificationAnswered": 1},
    "FileInformation": {"project.v1.InformationFiled": 1},
    "DisposeInformation": {"project.v1.InformationDisposed": 1},
    "FeedBackInformation": {"project.v1.InformationFedBack": 1},
    "ReportLead": {"project.v1.LeadReported": 1}, "TakeLead": {"project.v1.LeadPlaced": 1},
    "MoveLead": {"project.v1.LeadPlaced": 1}, "CloseLead": {"project.v1.LeadEnded": 1},
    "AdvanceProject": of_project("StageEntered"), "AdmitProject": of_project("LibraryStandingChanged"),
    "SetPlan": of_project("PlanSet"), "ReachMilestone": of_project("MilestoneReached"),
    "SubmitReport": of_project("ProgressReported"), "SuspendProject": of_project("ProjectStatusChanged"),
    "ResumeProject": of_project("ProjectStatusChanged"), "TerminateProject": of_project("ProjectStatusChanged"),
    "RequestPreAssessment": {"project.v1.PreAssessmentRequested": 1}, "GiveOpinion": {"project.v1.OpinionGiven": 1},
    "CombinePreAssessment": {"project.v1.PreAssessmentCombined": 1},
    "WithdrawPreAssessment": {"project.v1.PreAssessmentWithdrawn": 1},
    "ApproveTargets": {"assessment.v1.TargetsApproved": 1, "assessment.v1.TargetsPart": 1},
    "VerifyValue": {"assessment.v1.ValueVerified": 1}, "PublishScheme": {"assessment.v1.SchemePublished": 1},
    "PublishResult": {"assessment.v1.ResultPublished": 1, "assessment.v1.ResultScoresPart": 1},
}  # fmt: skip


def light_changes(records, contracts):
    """Numbers of the commands after which a project's light was another one than before."""
    lights, found = {}, set()
    for command in records.acknowledged():
        answer = answer_of(command, contracts) if command.service == "project" else None
        if answer is not None and "project" in answer.DESCRIPTOR.fields_by_name:
            one = answer.project
            if lights.get(one.project_id, 0) != one.light:
                found.add(command.number)
            lights[one.project_id] = one.light
    return found


def expected_events(command, contracts):
    """How many events of each type an acknowledged command leaves in its service's journal; None where it varies."""
    fixed = {
        "CreateDocument": {"policy.v1.DocumentEntered": 1},
        "DraftPoint": {}, "EditPoint": {}, "SubmitPoint": {}, "ReturnPoint": {}, "RevisePoint": {}, "SetRule": {},
        "PublishPoint": {"policy.v1.PointPublished": 1, "policy.v1.PointInForce": 1},
        "WithdrawPoint": {"policy.v1.PointWithdrawn": 1, "policy.v1.PointInForce": 1},
        "RecordAttributes": {"enterprise.v1.EnterpriseState": 1},
        "SubmitClaim": {"enterprise.v1.ClaimVerified": 1},
        "CreateUnit": {"directory.v1.UnitCreated": 1, "directory.v1.UnitState": 1},
        "RenameUnit": {"directory.v1.UnitRenamed": 1, "directory.v1.UnitState": 1},
        "EndUnit": {"directory.v1.UnitEnded": 1, "directory.v1.UnitState": 1},
        "CreateStaffAccount": {"directory.v1.AccountState": 1},
        "SetAccountStatus": {"directory.v1.AccountState": 1},
        "SetAccountRoles": {"directory.v1.AccountState": 1},
        "RotateSigningKey": {"directory.v1.KeySetState": 1},
    } | EVENTS_OF_WORK  # fmt: skip
    if command.name in fixed:
        return fixed[command.name]
    if command.name == "SetListMembership":
        return {"enterprise.v1.EnterpriseState": answer_of(command, contracts).changed}
    if command.name == "RateCase":
        low = request_of(command, contracts).mark <= 2
        return {"appeal.v1.CaseRated": 1, "appeal.v1.RectificationOpened": int(low)}
    if command.name == "DecideRectification":
        state = "Closed" if request_of(command, contracts).accepted else "Returned"
        return {f"appeal.v1.Rectification{state}": 1}
    if command.name == "CreateProject":
        converted = int(bool(request_of(command, contracts).lead_id))
        return {"project.v1.ProjectRegistered": 1, "project.v1.ProjectState": 1, "project.v1.LeadEnded": converted}
    if command.name == "MarkRead":
        return {"notification.v1.NoticeOpened": answer_of(command, contracts).marked}
    return None


@check
def every_command_has_an_outcome(records, contracts):
    """No command ended without an answer or a refusal that is foreseen."""
    for command in records.commands.values():
        if command.code is None:
            yield f"{command} has no outcome"
        elif command.code == "ALREADY_EXISTS" and command.name in SECRET and command.attempts > 1:
            # The first answer was lost on the way, and it is shown only once.
            continue
        elif not command.acknowledged:
            yield f"{command} was refused: {command.code} {command.reason} after {command.attempts} attempts"
    for note in records.notes:
        yield f"{note}"


@check
def acknowledged_answers_are_kept(records, contracts):
    """The answer under the request identifier is the one that was acknowledged."""
    for command in records.acknowledged():
        key = (command.method, command.request_id)
        kept = records.answers[command.service]
        if key not in kept:
            yield f"{command} is acknowledged and not in {command.service}.request_identifier"
        elif command.name in SECRET:
            continue
        elif (kept[key] is None) or not same(command, bytes(kept[key]), command.answer, contracts):
            yield f"{command} was acknowledged with another answer than is kept"


def same(command, one, other, contracts):
    """Whether two answers are the same message, however it was encoded."""
    answer = contracts.call(command.method)[2]
    return answer.FromString(one) == answer.FromString(other)


@check
def repetitions_get_the_first_answer(records, contracts):
    """The same command again has the first answer; another one under its identifier is refused."""
    for command in records.commands.values():
        for repeat in command.repeats:
            if repeat["changed"]:
                if repeat["code"] == "OK":
                    yield f"{command} came again changed and was answered"
            elif command.name in SECRET:
                if repeat["code"] != "ALREADY_EXISTS":
                    yield f"{command} came again and got {repeat['code']} {repeat['reason']}"
            elif repeat["answer"] is None:
                yield f"{command} came again and got {repeat['code']} {repeat['reason']}"
            elif not same(command, bytes.fromhex(repeat["answer"]), command.answer, contracts):
                yield f"{command} came again and got another answer"


@check
def audit_equals_the_ledger(records, contracts):
    """One row "done" for every acknowledged command and login, none for those that were refused."""
    done = collections.Counter()
    for schema, rows in records.audit.items():
        for row in rows:
            if row.outcome == "done":
                done[(schema, row.method, row.request_id)] += 1
    for command in records.commands.values():
        count = done[(command.service, command.method, command.request_id)]
        happened = command.acknowledged or (command.code == "ALREADY_EXISTS" and command.name in SECRET)
        if count != int(happened):
            yield f"{command} ended with {command.code} and has {count} rows in the audit"
    for login in records.logins:
        count = done[("directory", "zhitongche.directory.v1.DirectoryService/Login", login)]
        if count != 1:
            yield f"login {login} has {count} rows in the audit"


@check
def one_journal_event_per_effect(records, contracts):
    """Every acknowledged command left exactly its events in the journal."""
    lights = light_changes(records, contracts)
    found = collections.defaultdict(collections.Counter)
    for schema, events in records.journal.items():
        for event in events:
            found[(schema, event.trace)][event.type.removeprefix(PREFIX)] += 1
    for command in records.acknowledged():
        expected = expected_events(command, contracts)
        if expected is None:
            continue
        seen = found[(command.service, command.trace)]
        wanted = {type_: count for type_, count in expected.items() if count}
        if command.number in lights:
            wanted["project.v1.LightChanged"] = 1
        if dict(seen) != wanted:
            yield f"{command} left {dict(seen)} instead of {wanted} in the journal"


@check
def journal_is_published_once(records, contracts):
    """Nothing is pending, every event of the journal has one place in the sequence of publication."""
    for schema, events in records.journal.items():
        if records.pending[schema]:
            yield f"{schema}: {records.pending[schema]} events are still pending"
        places = records.publication[schema]
        if [position for position, _ in places] != list(range(1, len(places) + 1)):
            yield f"{schema}: the positions have gaps or repetitions"
        published = collections.Counter(number for _, number in places)
        for number, count in published.items():
            if count > 1:
                yield f"{schema}: event {number} has {count} positions"
        missing = [event.id for event in events if event.id not in published]
        if missing:
            yield f"{schema}: {len(missing)} events have no position, the first one is {missing[0]}"


@check
def topics_hold_the_journal(records, contracts):
    """Every event of the journal is on its topic with its bytes, and nothing else is but what was injected.

    A broker that was made anew holds of a state only what no newer one replaces.
    """
    injected = places_injected(records)
    on_topic = collections.defaultdict(set)
    for record in records.log:
        if record.place not in injected:
            on_topic[(record.topic, record.id)].add(record.digest)
    keeps = keeps_all(records)
    known = set()
    newest = collections.defaultdict(int)
    for events in records.journal.values():
        for event in events:
            newest[(event.topic, event.key)] = max(newest[(event.topic, event.key)], event.seq)
    for schema, events in records.journal.items():
        for event in events:
            known.add((event.topic, event.event_id))
            digests = on_topic.get((event.topic, event.event_id))
            if digests is None:
                is_replaced = event.topic.endswith(".state.v1") and event.seq < newest[(event.topic, event.key)]
                if keeps(event.topic, event.key) and not is_replaced:
                    yield f"event {event.id} of {schema} is not on {event.topic}: key {event.key} seq {event.seq}"
            elif digests != {event.digest}:
                yield f"{schema}: event {event.id} of {event.topic} has other bytes on the topic"
    for record in records.log:
        strange = (record.topic, record.id) not in known and record.place not in injected
        if strange and (record.cluster, record.topic, record.key) not in records.uncertain:
            yield f"{record.topic} holds {record.type} key {record.key} seq {record.seq} that no journal has"


@check
def events_are_applied_once(records, contracts):
    """No event stands in an inbox twice."""
    for schema, rows in records.inbox_twice.items():
        for source, identifier, count in rows:
            yield f"{schema}: event {identifier} of {source} was applied {count} times"


@check
def tables_hold_what_was_acknowledged(records, contracts):
    """Points, units, accounts, rules, figures, lists, tags, claims and marks are as the last answers say."""
    yield from _versions(records, contracts)
    yield from _enterprises(records, contracts)
    yield from _claims_and_marks(records, contracts)


def _versions(records, contracts):
    last, count = {}, collections.Counter()
    for command in records.acknowledged():
        answer = answer_of(command, contracts)
        for field in ("point", "unit", "account", "rule", "document"):
            if field in answer.DESCRIPTOR.fields_by_name:
                one = getattr(answer, field)
                identifier = getattr(one, f"{field}_id")
                last[(field, identifier)] = one
                count[(field, identifier)] += 1
    versions = {
        (name, row[0]): row for name in ("point", "unit", "account", "rule", "document") for row in records.tables[name]
    }
    revisions = {(row[0], row[1]): row for row in records.tables["revision"]}
    for (field, identifier), one in last.items():
        row = versions.get((field, identifier))
        if field == "account" and one.kind == 2:
            # Accounts of enterprises change by claims too; their claims are compared.
            if row is None:
                yield f"account {identifier} is gone"
            continue
        if row is None or row[1] != one.version:
            yield f"{field} {identifier} was acknowledged at version {one.version} and is {row}"
        elif field == "account":
            status = {1: "pending", 2: "active", 3: "disabled"}[one.status]
            if row[2] != status or row[4] != sorted(one.role_ids):
                yield f"account {identifier} is {row} and was acknowledged as {status} {sorted(one.role_ids)}"
        elif field == "rule" and (row[2] != one.enabled or row[3] != one.body.zh):
            yield f"rule {identifier} is {row} and was acknowledged otherwise"
        elif field == "unit" and row[3] != one.name:
            yield f"unit {identifier} is named {row[3]} and was acknowledged as {one.name}"
        elif field == "point":
            if count[(field, identifier)] != row[1]:
                yield f"point {identifier} has version {row[1]} after {count[(field, identifier)]} acknowledgements"
            states = {1: "draft", 2: "in_review", 3: "published", 4: "withdrawn", 5: "expired", 6: "superseded"}
            kept = revisions.get((identifier, one.revision))
            if kept is None or kept[2] != states[one.state]:
                yield f"point {identifier} is {kept} and was acknowledged as {one.revision} {states[one.state]}"


def _enterprises(records, contracts):
    sources = dict(records.tables["record"])
    for command in records.acknowledged("RecordAttributes"):
        for record in request_of(command, contracts).records:
            if sources.get(record.source, 0) != 1:
                yield f"{command}: {sources.get(record.source, 0)} rows of {record.source}"
    lists = members_by_ledger(records, contracts)
    present = collections.defaultdict(set)
    for name, enterprise, _ in records.tables["membership"]:
        present[name].add(enterprise)
    for name, members in lists.items():
        if present[name] != members:
            yield f"list {name} differs from the ledger by {sorted(present[name] ^ members)[:5]}"
    chosen = {}
    for command in records.acknowledged("ChooseTags"):
        request = request_of(command, contracts)
        chosen[request.enterprise_id] = len({tag.code for tag in request.tags})
    found = collections.Counter(row[0] for row in records.tables["chosen"])
    for enterprise, count in chosen.items():
        if found[enterprise] != count:
            yield f"enterprise {enterprise} has {found[enterprise]} chosen tags, {count} were acknowledged"


def _claims_and_marks(records, contracts):
    claims = collections.Counter(row[0] for row in records.tables["claim"] if row[2] == "verified")
    accounts = {row[0]: row[1] for row in records.tables["claim"]}
    bound = set(records.tables["account_enterprise"])
    for command in records.acknowledged("SubmitClaim"):
        answer = answer_of(command, contracts)
        if claims[answer.claim_id] != 1:
            yield f"claim {answer.claim_id} is there {claims[answer.claim_id]} times"
        elif (accounts[answer.claim_id], answer.enterprise_id) not in bound:
            yield f"claim {answer.claim_id} did not reach the directory"
    marked = sum(answer_of(command, contracts).marked for command in records.acknowledged("MarkRead"))
    if marked != len(records.tables["read"]):
        yield f"{marked} notices were acknowledged as read, {len(records.tables['read'])} are"


@check
def one_notice_per_point_and_enterprise(records, contracts):
    """Of one kind nobody is notified twice of one version of a point."""
    addressed = collections.defaultdict(collections.Counter)
    for _, kind, point, revision, packed in records.tables["addressees"]:
        addressed[(kind, point, revision)].update(packed_ordinals(bytes(packed)))
    for (kind, point, revision), counts in addressed.items():
        twice = [ordinal for ordinal, count in counts.items() if count > 1]
        if twice:
            yield f"{kind} of point {point} revision {revision} notified {len(twice)} enterprises twice: {twice[:5]}"
