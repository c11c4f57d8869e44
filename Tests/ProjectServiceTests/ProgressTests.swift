import AppealContracts
import CommonContracts
import Foundation
import GRPCCore
import Messaging
import Postgres
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import ProjectService

@Suite("Project: progress, lights, problems", .serialized)
struct ProgressTests {
    @Test(
        "PRJ-9 reports come period by period, never fall without a note; missing ones are counted, once over two replicas"
    )
    func reports() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let second = try await bench.start()
            try await office.travel(to: 2020, 4, 20)
            let created = try await office.create()
            let given = try await office.plan(
                created, due: .day(2021, 6, 30), schedule: [(2020, 5, 1_000), (2020, 6, 2_000)])
            #expect(given.light == .green)
            // The last day for the report of May is the third working day of June; those of June and July follow.
            try await office.travel(to: 2020, 6, 4)
            func missed() async throws -> [Zhitongche_Project_V1_ReportMissed] {
                try await bench.published(Zhitongche_Project_V1_ReportMissed.self, on: ProjectApp.projectEvents)
            }
            try await eventually(within: .seconds(60)) {
                try await missed().map(\.dueOn)
            } is: {
                $0 == [.day(2020, 6, 3)]
            }
            try await office.travel(to: 2020, 8, 20)
            try await eventually(within: .seconds(60)) {
                try await missed().count
            } is: {
                $0 == 3
            }
            // A correction, then a fall without one.
            var state = try await office.get(given.projectID)
            let request = newID()
            let may = try await office.report(
                state, version: state.version, month: (2020, 5), completed: 950, request: request)
            #expect(may.outcome == .late && may.dueOn == .day(2020, 6, 3))
            let again = try await office.report(
                state, version: state.version, month: (2020, 5), completed: 950, request: request)
            #expect(again == may)
            state = try await office.get(given.projectID)
            let fallen = state
            let fall = try await problem {
                try await office.report(fallen, version: fallen.version, month: (2020, 6), completed: 900)
            }
            #expect(fall?.violations.map(\.field) == ["correction_note"])
            let skipped = try await problem {
                try await office.report(fallen, version: fallen.version, month: (2020, 7), completed: 990)
            }
            #expect(skipped?.code == .invalidArgument && skipped?.violations.map(\.field) == ["period"])
            _ = try await office.report(
                fallen, version: fallen.version, month: (2020, 6), completed: 900, note: "审计核减")
            let list = try await office.project.listReports(
                .with { $0.projectID = given.projectID }, metadata: try await office.metadata(.town),
                options: office.options)
            #expect(list.reports.map(\.outcome) == [.missing, .late, .late] && list.late == 3 && list.due == 3)
            #expect(try await missed().count == 3)
            let reported = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_ProgressReported.self, on: ProjectApp.projectEvents)
            } is: {
                $0.count == 2
            }
            #expect(reported.map(\.correction) == [false, true] && reported[0].scheduled.fen == 1_000)
            // 900 of 2,000 is below seven tenths.
            let red = try await office.get(given.projectID)
            #expect(red.light == .red && red.lightReasons.map(\.rule.measure) == [.investmentShare])
            #expect(red.lightReasons[0].value.numerator == 9 && red.lightReasons[0].value.denominator == 20)
            let seqs = try await bench.published(ProjectApp.projectEvents).map(\.seq)
            #expect(seqs == Array(1...Int64(seqs.count)))
            try await second.stop()
        }
    }

    @Test("XCT-9 a year whose working days are not arranged is said aloud by the report, and hinders nothing else")
    func unknownYear() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2026, 12, 20)
            let given = try await office.plan(
                try await office.create(), due: .day(2027, 6, 30), from: .day(2026, 12, 1))
            #expect(given.light == .green)
            let refused = try await problem {
                try await office.report(given, version: given.version, month: (2026, 12), completed: 1)
            }
            #expect(refused?.code == .invalidArgument && refused?.violations.map(\.field) == ["calendar"])
        }
    }

    @Test(
        "PRJ-10 the light follows the days by itself, every change is an event with its reason, two months of red are referred once"
    )
    func lights() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            let second = try await bench.start()
            try await office.travel(to: 2020, 4, 20)
            let given = try await office.plan(
                try await office.create(), due: .day(2020, 6, 30), from: .day(2021, 5, 1))
            #expect(given.light == .green)
            try await office.travel(to: 2020, 7, 1)
            let yellow = try await office.light(given.projectID, becomes: .yellow)
            #expect(yellow.version == given.version)
            try await office.travel(to: 2020, 7, 31)
            let red = try await office.light(given.projectID, becomes: .red)
            #expect(red.redSince == .day(2020, 7, 31))
            try await office.travel(to: 2020, 9, 29)
            try await office.travel(to: 2020, 9, 30)
            func referred() async throws -> [Zhitongche_Project_V1_ProjectReferredToSupervision] {
                try await bench.published(
                    Zhitongche_Project_V1_ProjectReferredToSupervision.self, on: ProjectApp.projectEvents)
            }
            try await eventually(within: .seconds(60)) {
                try await referred().map(\.redSince)
            } is: {
                $0 == [.day(2020, 7, 31)]
            }
            // The look of the next day finds it red and referred, and refers nothing again.
            try await office.travel(to: 2020, 10, 1)
            try await eventually(within: .seconds(60)) {
                try await bench.administration.transaction {
                    try $0.only(
                        """
                        SELECT count(*) AS n FROM project.timer WHERE name = 'light.daily' AND fired_at IS NOT NULL
                            AND due_at = timestamptz '2020-10-01T00:00:00+08:00'
                        """
                    ).get("n", as: Int64.self)
                }
            } is: {
                $0 == 1
            }
            let reached = try await office.project.reachMilestone(
                .with {
                    ($0.requestID, $0.projectID, $0.version) = (newID(), given.projectID, given.version)
                    ($0.milestone, $0.reachedOn) = (1, .day(2020, 9, 30))
                }, metadata: try await office.metadata(.town), options: office.options
            ).project
            #expect(reached.light == .green && !reached.hasRedSince)
            let changes = try await office.project.listLightChanges(
                .with { $0.projectID = given.projectID }, metadata: try await office.metadata(.town),
                options: office.options
            ).changes
            #expect(changes.map(\.to) == [.green, .red, .yellow, .green])
            #expect(changes[1].reasons.map(\.value.numerator) == [31] && changes[1].ruleSet == "standard")
            let events = try await eventually(within: .seconds(60)) {
                try await bench.published(Zhitongche_Project_V1_LightChanged.self, on: ProjectApp.projectEvents)
            } is: {
                $0.count == 4
            }
            #expect(events.map(\.to) == [.green, .yellow, .red, .green] && events[2].project.unitID == "town")
            #expect(try await referred().count == 1)
            try await second.stop()
        }
    }

    @Test("PRJ-10 rules are data: both presets are there, and a changed set counts from the next computation on")
    func rules() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let (project, options) = (office.project, office.options)
            let administrator = try await office.metadata(.administrator)
            let sets = try await project.listLightRules(.init(), metadata: administrator, options: options).ruleSets
            #expect(sets.map(\.name) == ["standard", "yinchuan"])
            // What the migration seeds is what the domain calls the presets.
            #expect(try LightRuleSet(sets[0]).rules == LightRuleSet.standard)
            #expect(try LightRuleSet(sets[1]).rules == LightRuleSet.yinchuan)
            let unknown = try await problem {
                try await office.plan(try await office.create(), due: .day(2020, 4, 1), rules: "nowhere")
            }
            #expect(unknown?.violations.map(\.field) == ["plan.rule_set"])
            let given = try await office.plan(try await office.create(), due: .day(2020, 4, 1), rules: "yinchuan")
            #expect(given.light == .green)
            var set = sets[1]
            set.rules.append(
                .with {
                    ($0.light, $0.measure, $0.comparison) = (.red, .milestoneDays, .above)
                    ($0.threshold.numerator, $0.threshold.denominator) = (0, 1)
                })
            let changed = set
            func save(_ person: Person) async throws -> Zhitongche_Project_V1_LightRuleSet {
                try await project.setLightRules(
                    .with { ($0.requestID, $0.ruleSet) = (newID(), changed) },
                    metadata: try await office.metadata(person), options: options
                ).ruleSet
            }
            #expect(try await problem { try await save(.town) }?.reason == .actionDenied)
            #expect(try await save(.administrator).version == 2)
            #expect(try await problem { try await save(.administrator) }?.code == .aborted)
            try await office.travel(to: 2020, 4, 21)
            _ = try await office.light(given.projectID, becomes: .red)
        }
    }

    @Test(
        "PRJ-11 problem cases of appeal appear on the project and drive its light; twice is once; the solved rate follows"
    )
    func problems() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let given = try await office.plan(
                try await office.admit(try await office.create()), due: .day(2021, 6, 30), from: .day(2021, 5, 1))
            let caseID = newID()
            func facts(_ state: Zhitongche_Appeal_V1_CaseState, due: Int32 = 30) -> Zhitongche_Appeal_V1_CaseFacts {
                .with {
                    $0.caseID = caseID
                    ($0.kind, $0.state) = (.problem, state)
                    ($0.projectID, $0.unitID) = (given.projectID, "finance")
                    // 20 April and the given day, both at noon.
                    $0.submittedAt.seconds = 1_587_355_200
                    $0.replyDueAt.seconds = 1_587_355_200 + Int64(due - 20) * 86_400
                }
            }
            let id = newID()
            for _ in 1...2 {
                try await office.tell(
                    Zhitongche_Appeal_V1_CaseSubmitted.with { $0.case = facts(.submitted) }, of: caseID, seq: 1, id: id)
            }
            func problems() async throws -> Zhitongche_Project_V1_ListProblemsResponse {
                try await office.project.listProblems(
                    .with { $0.projectID = given.projectID }, metadata: try await office.metadata(.town),
                    options: office.options)
            }
            let open = try await eventually(within: .seconds(60)) {
                try await problems()
            } is: {
                $0.total == 1
            }
            #expect(open.problems.map(\.unitID) == ["finance"] && open.solved == 0 && !open.problems[0].overdue)
            #expect(try await office.get(given.projectID).light == .green)
            // Five and a half of ten days have passed: past half the limit.
            try await office.travel(to: 2020, 4, 26)
            _ = try await office.light(given.projectID, becomes: .yellow)
            try await office.travel(to: 2020, 5, 1)
            let red = try await office.light(given.projectID, becomes: .red)
            #expect(red.lightReasons.map(\.rule.measure) == [.overdueProblems])
            // A mark for the reply solves nothing; the solution has a limit of its own.
            try await office.tell(
                Zhitongche_Appeal_V1_CaseRated.with {
                    $0.case = facts(.rated)
                    $0.case.repliedAt.seconds = 1_588_240_000
                    $0.case.solutionDueAt.seconds = 1_588_245_000
                    $0.at.seconds = 1_588_244_000
                }, of: caseID, seq: 2)
            let rated = try await eventually(within: .seconds(60)) {
                try await problems()
            } is: {
                $0.problems.map(\.dueAt.seconds) == [1_588_245_000]
            }
            #expect(rated.solved == 0 && rated.problems[0].state == .open && rated.problems[0].overdue)
            #expect(try await office.get(given.projectID).light == .red)
            try await office.tell(
                Zhitongche_Appeal_V1_CaseResolved.with {
                    $0.case = facts(.rated)
                    $0.case.resolvedAt.seconds = 1_588_300_000
                    $0.at.seconds = 1_588_300_000
                }, of: caseID, seq: 3)
            _ = try await office.light(given.projectID, becomes: .green)
            #expect(try await problems().solved == 1)
            let rate = try await office.rate(.problems)
            #expect(rate.numerator == 1 && rate.denominator == 1 && rate.lines.map(\.projectID) == [given.projectID])
            // It was raised in April.
            let april = try await office.rate(.problems) {
                ($0.firstMonth, $0.lastMonth) = (.of(2020, 4), .of(2020, 4))
            }
            #expect(april.denominator == 1)
            #expect(try await office.rate(.problems) { $0.firstMonth = .of(2020, 5) }.denominator == 0)
            #expect(try await office.rate(.problems) { $0.lastMonth = .of(2020, 3) }.denominator == 0)
            // Cases about no project concern nobody here, and a case without its time is a dead letter.
            let other = newID()
            try await office.tell(
                Zhitongche_Appeal_V1_CaseSubmitted.with {
                    $0.case = .with { ($0.caseID, $0.kind, $0.state) = (other, .appeal, .submitted) }
                }, of: other, seq: 1)
            let broken = newID()
            try await office.tell(
                Zhitongche_Appeal_V1_CaseSubmitted.with {
                    $0.case = .with {
                        ($0.caseID, $0.kind, $0.state, $0.projectID) = (broken, .problem, .submitted, given.projectID)
                    }
                }, of: broken, seq: 1)
            let letters = ServiceBench<ProjectApp>.cases.deadLetters(of: "ztc.project")
            try await eventually(within: .seconds(60)) {
                try await bench.published(letters).map(\.key)
            } is: {
                $0 == [broken]
            }
            #expect(try await problems().total == 1)
        }
    }

    @Test("PRJ-11 the rate of solved problems is told for one unit's projects, to who may read that unit's figures")
    func unitRate() async throws {
        let bench = try await ServiceBench.project()
        try await bench.office { office in
            try await office.travel(to: 2020, 4, 20)
            let ofTown = try await office.admit(try await office.create())
            let ofFinance = try await office.admit(
                try await office.create(by: .finance) { ($0.unitID, $0.site) = ("finance", "二号地块") })
            func raise(_ project: WireProject, solved: Bool) async throws {
                let caseID = newID()
                let facts = Zhitongche_Appeal_V1_CaseFacts.with {
                    ($0.caseID, $0.kind, $0.state) = (caseID, .problem, .submitted)
                    // The bureau that handles it is not the unit whose project it is.
                    ($0.projectID, $0.unitID) = (project.projectID, "environment")
                    $0.submittedAt.seconds = 1_587_355_200
                }
                try await office.tell(Zhitongche_Appeal_V1_CaseSubmitted.with { $0.case = facts }, of: caseID, seq: 1)
                guard solved else { return }
                try await office.tell(
                    Zhitongche_Appeal_V1_CaseResolved.with {
                        $0.case = facts
                        $0.case.state = .resolved
                        $0.at.seconds = 1_587_360_000
                    }, of: caseID, seq: 2)
            }
            for solved in [true, true, false] { try await raise(ofTown, solved: solved) }
            try await raise(ofFinance, solved: false)
            let whole = try await eventually(within: .seconds(60)) {
                try await office.rate(.problems)
            } is: {
                $0.denominator == 4 && $0.numerator == 2
            }
            #expect(Set(whole.lines.map(\.projectID)) == [ofTown.projectID, ofFinance.projectID])
            let town = try await office.rate(.problems) { $0.unitID = "town" }
            #expect(town.numerator == 2 && town.denominator == 3 && town.lines.map(\.projectID) == [ofTown.projectID])
            let finance = try await office.rate(.problems) { $0.unitID = "finance" }
            #expect(finance.numerator == 0 && finance.denominator == 1)
            #expect(finance.lines.map(\.projectID) == [ofFinance.projectID])
            #expect(try await office.rate(.problems) { $0.unitID = "environment" }.denominator == 0)
            let far = try await problem { try await office.rate(.problems, as: .elsewhere) { $0.unitID = "town" } }
            #expect(far?.code == .permissionDenied && far?.reason == .scopeDenied)
            let signed = try await office.advance(ofFinance, to: .signed, on: .day(2020, 4, 20), by: .finance)
            let start = try await office.rate(.start) { $0.unitID = "finance" }
            #expect(start.denominator == 1 && start.lines.map(\.projectID) == [signed.projectID])
            #expect(try await office.rate(.start) { $0.unitID = "town" }.denominator == 0)
        }
    }
}
