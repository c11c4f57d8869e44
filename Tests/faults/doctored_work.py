"""What may go wrong with cases, projects, values, results and the audit, put into otherwise clean records."""

from . import samples_of_work as work


def without(rows, key):
    return [row for row in rows if row[0] != key]


def case_lost(records):
    records.tables["case"] = []


def case_behind(records):
    records.tables["case"] = [(work.CASE, 5, "replied", 1)]


def case_from_nowhere(records):
    records.tables["case"] = [*records.tables["case"], ("case-2", 1, "submitted", 1)]


def case_in_another_state(records):
    records.tables["case"] = [(work.CASE, 6, "resolved", 1)]


def case_changed_twice(records):
    del records.commands[12]


def lead_not_converted(records):
    records.tables["lead"] = [(work.LEAD, 3, "placed")]


def project_behind(records):
    records.tables["project"] = [(work.PROJECT, 4, "planned", "active", "outside", 90)]


def report_without_figures(records):
    records.tables["project"] = [(work.PROJECT, 4, "negotiating", "active", "outside", 80)]


def value_not_as_verified(records):
    records.tables["value"] = [(work.VALUE, 2, "verified", 5_000_000)]


def result_lost(records):
    records.tables["result"] = [(work.RESULT, 1, "draft")]


def step_twice(records):
    records.tables["case_step"] = [(work.CASE, 7)]


def entry_twice(records):
    records.tables["value_entry"] = [(work.VALUE, 3)]


def opinion_lost(records):
    records.tables["opinion"] = []


def mark_lost(records):
    records.tables["reply_record"] = [(work.CASE, 1, True, None)]


def case_topic_stale(records):
    records.log = [record for record in records.log if (record.topic, record.seq) != (work.CASES, 7)]


def case_topic_says_otherwise(records):
    del records.states[work.CASES][work.CASE]


def project_topic_says_otherwise(records):
    records.states[work.STATE][work.PROJECT][2].stage = 3


def value_topic_says_otherwise(records):
    records.states[work.VALUES][work.VALUE][2].value.unscaled = 5


def result_topic_empty(records):
    records.states[work.RESULTS].clear()


def journal_behind_case(records):
    records.tables[work.CASES] = [(work.CASE, 8)]


def problem_missing(records):
    records.tables["problem"] = []


def problem_solved_by_its_mark(records):
    records.tables["problem"] = [(work.CASE, work.PROJECT, "solved")]


def evidence_missing(records):
    records.tables["consumed"] = records.tables["consumed"][1:]


def evidence_twice(records):
    records.tables["consumed"] = [*records.tables["consumed"], records.tables["consumed"][0]]


def evidence_altered(records):
    first = records.tables["consumed"][0]
    records.tables["consumed"] = [(*first[:3], "other"), *records.tables["consumed"][1:]]


def mark_not_counted(records):
    records.tables["contribution"] = without(records.tables["contribution"], "satisfaction")


def funds_counted_otherwise(records):
    rows = without(records.tables["contribution"], "funds_in_place")
    records.tables["contribution"] = [*rows, ("funds_in_place", work.PROJECT, "2020-01-12", 80, 0)]


def result_differs_when_computed_again(records):
    # The command that computed the result again, with an answer that says nothing is equal.
    records.commands[30].answer = b""
    records.answers["assessment"][(records.commands[30].method, records.commands[30].request_id)] = b""


def notice_missing(records):
    records.tables["direct_notice"] = without(records.tables["direct_notice"], "appeal.replied")


def notice_twice(records):
    rows = without(records.tables["direct_notice"], "appeal.assigned")
    records.tables["direct_notice"] = [*rows, ("appeal.assigned", 2)]


def light_told_twice(records):
    light = next(event for event in records.journal["project"] if event.type.endswith("LightChanged"))
    records.journal["project"].append(light._replace(id=99, event_id="again"))


def state_of_project_stale(records):
    records.tables[work.STATE] = [(work.PROJECT, 6)]


def chain_broken(records):
    records.chains[0] = (*records.chains[0][:2], False, "policy, batch 1: the head does not follow from the bytes")


def chain_not_checked(records):
    records.chains = [chain for chain in records.chains if chain[:2] != ("script", "appeal")]


def put_aside_by_one_reader_only(records):
    records.letters["assessment"] = []


DOCTORED = {
    case_lost: "cases_projects_and_values_are_as_acknowledged",
    case_behind: "cases_projects_and_values_are_as_acknowledged",
    case_from_nowhere: "cases_projects_and_values_are_as_acknowledged",
    case_in_another_state: "cases_projects_and_values_are_as_acknowledged",
    case_changed_twice: "cases_projects_and_values_are_as_acknowledged",
    lead_not_converted: "cases_projects_and_values_are_as_acknowledged",
    project_behind: "cases_projects_and_values_are_as_acknowledged",
    report_without_figures: "cases_projects_and_values_are_as_acknowledged",
    value_not_as_verified: "cases_projects_and_values_are_as_acknowledged",
    result_lost: "cases_projects_and_values_are_as_acknowledged",
    step_twice: "what_commands_write_beside_is_there_once",
    entry_twice: "what_commands_write_beside_is_there_once",
    opinion_lost: "what_commands_write_beside_is_there_once",
    mark_lost: "what_commands_write_beside_is_there_once",
    case_topic_stale: "topics_tell_what_was_acknowledged",
    case_topic_says_otherwise: "topics_tell_what_was_acknowledged",
    project_topic_says_otherwise: "topics_tell_what_was_acknowledged",
    value_topic_says_otherwise: "topics_tell_what_was_acknowledged",
    result_topic_empty: "topics_tell_what_was_acknowledged",
    journal_behind_case: "topics_tell_what_was_acknowledged",
    problem_missing: "project_replicates_problems",
    problem_solved_by_its_mark: "project_replicates_problems",
    evidence_missing: "assessment_keeps_every_event_once",
    evidence_twice: "assessment_keeps_every_event_once",
    evidence_altered: "assessment_keeps_every_event_once",
    mark_not_counted: "figures_of_assessment_equal_the_ledger",
    funds_counted_otherwise: "figures_of_assessment_equal_the_ledger",
    result_differs_when_computed_again: "results_are_the_same_when_computed_again",
    notice_missing: "one_notice_per_event_of_work",
    notice_twice: "one_notice_per_event_of_work",
    light_told_twice: "one_journal_event_per_effect",
    state_of_project_stale: "newest_states_are_the_tables",
    chain_broken: "audit_chains_hold",
    chain_not_checked: "audit_chains_hold",
    put_aside_by_one_reader_only: "bad_messages_are_put_aside_and_nothing_else",
}
