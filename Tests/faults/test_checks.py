"""Every check is silent about a run without fault and speaks when the records are doctored (RELIABILITY)."""

import copy
import random
import types

import pytest

from installation import ROOT, SERVICES
from contracts import Contracts

from faults import checks_of_effects, checks_of_order, checks_of_replicas, checks_of_work  # noqa: F401
from faults import auditor, doctored_work, samples
from faults.callers import change
from faults.checks import CHECKS, run_all
from faults.faults import LANES, plan
from faults.ledger import Ledger, commands, entries, stream
from faults.records import Audit


@pytest.fixture(scope="module")
def contracts():
    return Contracts(ROOT / "proto")


def test_a_run_without_fault_has_no_findings(contracts):
    """The sample is what the checks demand."""
    assert run_all(samples.clean(contracts), contracts) == []


def moved(record, **changes):
    """A copy of a record at another place or with another content."""
    fields = vars(record) | changes
    fields["place"] = (fields["cluster"], fields["topic"], fields["partition"], fields["offset"])
    return types.SimpleNamespace(**fields)


def lose_answer(records):
    records.answers["policy"].clear()


def change_answer(records):
    records.commands[3].answer = records.commands[2].answer


def answer_repetition_otherwise(records):
    records.commands[3].repeats[0]["answer"] = records.commands[2].answer.hex()


def answer_reused_identifier(records):
    records.commands[3].repeats[1]["code"] = "OK"


def audit_twice(records):
    records.audit["policy"].append(records.audit["policy"][0])


def audit_missing(records):
    records.audit["enterprise"].pop()


def audit_of_refused(records):
    records.commands[5].code = "INVALID_ARGUMENT"


def login_not_audited(records):
    records.audit["directory"] = [Audit("other", "x", "done")]


def event_twice(records):
    event = records.journal["enterprise"][1]
    records.journal["enterprise"].append(event._replace(id=9, event_id="again"))


def event_missing(records):
    records.journal["policy"].pop(0)


def still_pending(records):
    records.pending["policy"] = 1


def published_twice(records):
    records.publication["policy"].append((3, 2))


def gap_of_positions(records):
    records.publication["policy"] = [(1, 1), (3, 2)]


def lost_on_topic(records):
    records.log = [record for record in records.log if record.topic != samples.POINTS or record.offset == 91]


def other_bytes_on_topic(records):
    records.log[1] = moved(records.log[1], digest="other")


def unknown_on_topic(records):
    records.log.append(moved(records.log[0], offset=95, id="nobody's"))


def inbox_twice(records):
    records.inbox_twice["enterprise"] = [("/zhitongche/policy", "id", 2)]


def effect_twice(records):
    records.tables["point"] = [(samples.POINT, 4, 1)]


def effect_lost(records):
    records.tables["revision"] = [(samples.POINT, 1, "in_review", "t")]


def figure_twice(records):
    records.tables["record"] = [("s-1", 2)]


def membership_lost(records):
    records.tables["membership"] = []


def notified_twice(records):
    records.tables["addressees"].append(("notice-2", "policy.matched", samples.POINT, 1, samples.packed(3, 7)))


def inversion_in_log(records):
    states = [record for record in records.log if record.topic == samples.ENTERPRISES]
    records.log = [record for record in records.log if record.topic != samples.ENTERPRISES] + states[::-1]


def gap_for_subscriber(records):
    records.recorded.append(moved(records.recorded[0], seq=3, offset=96))


def subscriber_begins_late(records):
    records.recorded[0] = moved(records.recorded[0], seq=2)


def offset_back(records):
    records.samples.append((2, ("offset", "enterprise"), 4))


def stale_state(records):
    records.log.append(moved(records.log[2], offset=97))


def state_behind_table(records):
    records.tables[samples.ENTERPRISES] = [(samples.ENTERPRISE, 3)]


def replica_of_points(records):
    records.tables["point_replica"] = []


def task_left(records):
    records.tables["match_queue"] = [(1,)]


def audience_differs(records):
    records.tables["chunk"] = [(samples.POINT, 1, "met", samples.packed(7, 8))]


def audience_overridden(records):
    records.tables["override"] = [(samples.POINT, 1, 7, None)]


def ordinal_missing(records):
    records.tables["seen_ordinal"] = []


def audience_against_ledger(records):
    records.tables["audience_block"] = [(samples.POINT, "met", 0, samples.bitmap(7, 9))]
    records.tables["chunk"] = [(samples.POINT, 1, "met", samples.packed(7, 9))]


def bad_message_skipped(records):
    records.letters["enterprise"] = []


def bad_message_twice(records):
    records.letters["enterprise"] *= 2


def good_message_put_aside(records):
    records.letters["enterprise"].append((samples.POINTS, samples.POINT, "failed"))


def bad_message_not_read(records):
    records.offsets.clear()


def key_behind_gap(records):
    records.parked["enterprise"].append((samples.POINTS, samples.POINT, "gap"))


def letter_not_published(records):
    records.log = [record for record in records.log if not record.letter]


def revoked_token_taken(records):
    records.admissions = [("policy", "post1", "UNAUTHENTICATED", "OK")]


def process_died(records):
    records.deaths.append({"program": "policy", "code": -5, "tail": []})


def command_open(records):
    records.commands[1].code = None


DOCTORED = {
    command_open: "every_command_has_an_outcome",
    lose_answer: "acknowledged_answers_are_kept",
    change_answer: "acknowledged_answers_are_kept",
    answer_repetition_otherwise: "repetitions_get_the_first_answer",
    answer_reused_identifier: "repetitions_get_the_first_answer",
    audit_twice: "audit_equals_the_ledger",
    audit_missing: "audit_equals_the_ledger",
    audit_of_refused: "audit_equals_the_ledger",
    login_not_audited: "audit_equals_the_ledger",
    event_twice: "one_journal_event_per_effect",
    event_missing: "one_journal_event_per_effect",
    still_pending: "journal_is_published_once",
    published_twice: "journal_is_published_once",
    gap_of_positions: "journal_is_published_once",
    lost_on_topic: "topics_hold_the_journal",
    other_bytes_on_topic: "topics_hold_the_journal",
    unknown_on_topic: "topics_hold_the_journal",
    inbox_twice: "events_are_applied_once",
    effect_twice: "tables_hold_what_was_acknowledged",
    effect_lost: "tables_hold_what_was_acknowledged",
    figure_twice: "tables_hold_what_was_acknowledged",
    membership_lost: "tables_hold_what_was_acknowledged",
    notified_twice: "one_notice_per_point_and_enterprise",
    inversion_in_log: "no_inversion_in_the_log",
    gap_for_subscriber: "no_inversion_for_a_subscriber",
    subscriber_begins_late: "no_inversion_for_a_subscriber",
    offset_back: "nothing_goes_back",
    stale_state: "newest_states_are_the_tables",
    state_behind_table: "newest_states_are_the_tables",
    replica_of_points: "enterprise_replicates_points",
    task_left: "enterprise_replicates_points",
    audience_differs: "notification_replicates_audiences",
    audience_overridden: "notification_replicates_audiences",
    ordinal_missing: "notification_replicates_audiences",
    audience_against_ledger: "audiences_equal_the_ledger",
    bad_message_skipped: "bad_messages_are_put_aside_and_nothing_else",
    bad_message_twice: "bad_messages_are_put_aside_and_nothing_else",
    good_message_put_aside: "bad_messages_are_put_aside_and_nothing_else",
    bad_message_not_read: "bad_messages_are_put_aside_and_nothing_else",
    key_behind_gap: "bad_messages_are_put_aside_and_nothing_else",
    letter_not_published: "letters_are_published",
    revoked_token_taken: "trust_follows_the_directory",
    process_died: "no_process_ended_by_itself",
} | doctored_work.DOCTORED


@pytest.mark.parametrize("doctor", DOCTORED, ids=lambda doctor: doctor.__name__)
def test_a_check_sees_what_is_wrong(contracts, doctor):
    """One violation in otherwise clean records is found by the check that is meant for it."""
    records = samples.clean(contracts)
    records.log, records.recorded = copy.copy(records.log), copy.copy(records.recorded)
    doctor(records)
    assert DOCTORED[doctor] in {name for name, _ in run_all(records, contracts)}


def test_what_the_broker_forgot_is_not_demanded(contracts):
    """A bad message between what a reader wanted and what the broker still had was never read."""
    records = samples.clean(contracts)
    lost = next(one for one in records.injected if one.what == "corrupt")
    records.letters["enterprise"], records.parked["enterprise"] = [], []
    place = ("enterprise", lost.cluster, lost.topic, lost.partition)
    records.gaps = [(*place, lost.offset + 1, lost.offset + 9)]
    assert "bad_messages_are_put_aside_and_nothing_else" in {name for name, _ in run_all(records, contracts)}
    records.gaps = [(*place, lost.offset - 1, lost.offset + 1)]
    found = {name for name, _ in run_all(records, contracts)}
    assert "bad_messages_are_put_aside_and_nothing_else" not in found


@pytest.mark.parametrize("where", ["log", "recorded"])
def test_a_partition_without_its_beginning_may_repeat_it(contracts, where):
    """What a repair publishes again comes after newer events; elsewhere that is an inversion."""
    records = samples.clean(contracts)
    first = next(record for record in records.log if record.topic == samples.ENTERPRISES)
    check = {"log": "no_inversion_in_the_log", "recorded": "no_inversion_for_a_subscriber"}[where]
    seen = [record for record in records.log if record is not first] + [first]
    setattr(records, where, seen)
    assert check in {name for name, _ in run_all(records, contracts)}
    records.lows = {(first.topic, first.partition): 1}
    records.missed = {(first.cluster, first.topic, first.partition)}
    assert check not in {name for name, _ in run_all(records, contracts)}


def test_an_event_that_the_broker_forgot_is_not_demanded(contracts):
    """Only the partition that has lost its beginning may lack an event."""
    records = samples.clean(contracts)
    event = records.journal["policy"][0]
    records.log = [record for record in records.log if record.id != event.event_id]
    for lows, expected in [({}, True), ({(event.topic, 1): 5}, True), ({(event.topic, 0): 5}, False)]:
        records.lows = lows
        assert ("topics_hold_the_journal" in {name for name, _ in run_all(records, contracts)}) == expected


def test_every_check_has_been_seen_to_fail():
    """No check is without a doctored record."""
    assert {one.__name__ for one in CHECKS} == set(DOCTORED.values())


def test_a_broken_chain_is_told_of_its_service():
    """DIR-8: what `ztc audit verify` prints becomes a word on each service."""
    out = "".join(
        f"   {service}  {place}  2  40  {'BROKEN' if service == 'policy' else 'sound'}\n"
        for service in SERVICES
        for place in ("its own tables", "the directory's copy")
    )
    told = auditor.told_by_product(out, "broken links:\ntables: policy, batch 1, place 1: the entry 7 is not there")
    assert {service for _, service, is_sound, _ in told if not is_sound} == {"policy"}
    assert "batch 1" in next(words for _, service, _, words in told if service == "policy")
    # A service that is not told of is not sound either.
    lines = [line for line in out.splitlines() if "appeal" not in line]
    told = auditor.told_by_product("\n".join(lines), "")
    assert {service for _, service, is_sound, _ in told if not is_sound} == {"policy", "appeal"}


def test_a_command_comes_again_changed(contracts):
    """XCT-13: whatever the request, what goes out under its identifier again is another one."""
    for method, fields in [
        ("appeal.v1.AppealService/SubmitCase", {"content": {"title": "t", "text": "t"}}),
        ("project.v1.ProjectService/CreateProject", {"profile": {"name": "n"}}),
        ("project.v1.ProjectService/ReportLead", {"content": {"investor": "i"}}),
        ("assessment.v1.AssessmentService/ReportValue", {"value": {"unscaled": 5}}),
        ("assessment.v1.AssessmentService/ComputeResult", {"period": {"year": 2020}}),
        ("policy.v1.PolicyService/DraftPoint", {"content": {"title": "t"}}),
    ]:
        request = contracts.call(f"zhitongche.{method}")[1](request_id="r", **fields)
        again = type(request)()
        again.CopyFrom(request)
        change(again, random.Random(1))
        assert again != request and again.request_id == "r", method


def test_the_same_seed_plans_the_same_faults():
    """Decision 0011: the schedule depends on the seed alone, and begins with one fault of each kind."""
    assert plan(7, 10) == plan(7, 10)
    assert plan(7, 10) != plan(8, 10)
    for lane, faults in plan(7, 30).items():
        assert {fault.kind for fault in faults} == set(LANES[lane])
    # What deploy/test runs has every kind, too.
    for lane, faults in plan(2021, 3).items():
        assert {fault.kind for fault in faults} == set(LANES[lane])
    assert {fault.kind for faults in plan(7, 10, ["kill"]).values() for fault in faults} == {"kill"}


def test_streams_are_apart():
    """A purpose that draws more does not move another."""
    one, other = stream(3, "a"), stream(3, "b")
    expected = stream(3, "b").random()
    one.random()
    assert other.random() == expected


def test_the_ledger_survives_its_writer(tmp_path):
    """An entry is in the file as soon as it is noted."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    sent = ledger.note("sent", actor="a", method="zhitongche.policy.v1.P/M", request_id="r", trace="t", request="0a")
    assert commands(entries(ledger.path))[sent].code is None
    ledger.note("answer", of=sent, code="OK", reason="", attempts=2, answer="")
    one = commands(entries(ledger.path))[sent]
    assert one.acknowledged and one.attempts == 2 and one.service == "policy" and one.name == "M"
