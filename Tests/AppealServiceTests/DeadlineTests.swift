import AppealContracts
import AppealDomain
import CommonContracts
import Domain
import Foundation
import GRPCCore
import Messaging
import Postgres
import ServiceRuntime
import ServiceTestSupport
import SwiftProtobuf
import TestSupport
import Testing

@testable import AppealService

@Suite("APL-3 to APL-5, APL-9 over the wire")
struct DeadlineServiceTests {
    /// The reminders of a case as "kind subject roles".
    private static func reminders(_ id: String, _ stage: Stage) async throws -> [String] {
        try await stage.events(id).filter { $0.type.hasSuffix("ReminderDue") }.map { event in
            let one = try Zhitongche_Appeal_V1_ReminderDue(serializedBytes: event.payload)
            let recipients = one.recipients.map { "\($0.unitID)/\($0.role)" }
            return "\(one.kind) \(one.subject) " + recipients.joined(separator: " ")
        }
    }

    @Test("APL-3 the arithmetic of a deadline is printed day by day, with the pauses of the ledger")
    func arithmetic() async throws {
        try await Stage.run { stage in
            try await stage.move(to: "2020-04-30T02:00:00Z")
            let problem = try await stage.submit(.problem, by: .town) { $0.regionCode = "370902" }
            let printed = try await stage.service.explainDeadlines(
                .with { $0.caseID = problem.caseID }, metadata: stage.metadata(.town), options: stage.options)
            let reply = try #require(printed.deadlines.first)
            #expect(reply.ruleID == "problem-list-measures" && reply.binding && reply.count == .working)
            #expect(reply.dueOn.month == 5 && reply.dueOn.day == 8)
            #expect(reply.lines.count == 9 && reply.lines[0].effect == .start)
            #expect(reply.lines[1].kind == .holiday && reply.lines[1].holiday == "劳动节")
            #expect(reply.lines[1].effect == .notWorking && reply.lines[6].effect == .counted)

            var one = try await stage.handled(stage.submit())
            one = try await stage.service.askApplicant(
                .on(one) { $0.question = "请补充营业执照" }, metadata: stage.metadata(.handler), options: stage.options
            ).case
            #expect(!one.hasReplyDueOn && one.question == "请补充营业执照")
            try await stage.move(to: "2020-05-03T02:00:00Z")
            one = try await stage.service.supplyInformation(
                .on(one) { $0.text = "已补充" }, metadata: stage.metadata(.user), options: stage.options
            ).case
            #expect(one.replyDueOn.month == 5 && one.replyDueOn.day == 5)
            let ledger = try await stage.service.explainDeadlines(
                .with { $0.caseID = one.caseID }, metadata: stage.metadata(.handler), options: stage.options)
            #expect(ledger.pauses.count == 1 && ledger.pauses[0].accountID == "handler")
            #expect(ledger.pauses[0].from.day == 30 && ledger.pauses[0].until.day == 3)
            #expect(ledger.deadlines[0].lines.filter { $0.effect == .paused }.count == 3)
        }
    }

    @Test("APL-3 an extension needs a second person; a higher level's fifteen days are absolute")
    func extensions() async throws {
        try await Stage.run { stage in
            var one = try await stage.handled(stage.submit())
            one = try await stage.service.requestExtension(
                .on(one) {
                    $0.days = 5
                    $0.reason = "需现场核查"
                }, metadata: stage.metadata(.handler), options: stage.options
            ).case
            #expect(one.extension == .requested)
            let asked = one
            let request = Zhitongche_Appeal_V1_DecideExtensionRequest.on(asked) { $0.approved = true }
            let handler = try await stage.metadata(.handler)
            #expect(
                try await code {
                    try await stage.service.decideExtension(request, metadata: handler, options: stage.options)
                } == .permissionDenied)
            one = try await stage.service.decideExtension(
                request, metadata: stage.metadata(.chief), options: stage.options
            ).case
            #expect(one.extension == .approved && one.replyDueOn.day == 28)
            one = try await stage.service.escalateCase(
                .on(one) { $0.reason = "需市级决定" }, metadata: stage.metadata(.handler), options: stage.options
            ).case
            #expect(one.state == .waitingForHigherLevel && one.route == .higherLevel)
            #expect(one.replyDueOn.month == 5 && one.replyDueOn.day == 5)
        }
    }

    @Test("APL-4, APL-5 a case that nobody answers: each reminder once, then an order, then the list; two replicas")
    func supervision() async throws {
        let bench = try await Stage.bench()
        let (first, second) = (try await bench.start(), try await bench.start())
        try await bench.withClient(of: first) { client in
            let stage = Stage(bench: bench, handle: second, client: client)
            try await stage.move(to: "2020-04-20T02:00:00Z")
            let one = try await stage.handled(stage.submit())
            let id = one.caseID
            // One by one, so that the order shows; then everything that is due at once.
            try await stage.move(to: "2020-04-22T01:30:00Z")
            try await eventually(within: .seconds(60)) {
                try await Self.reminders(id, stage)
            } is: {
                $0 == ["workingDaysBefore reply finance/handler finance/unitLeader"]
            }
            try await stage.move(to: "2020-04-24T03:00:00Z")
            let afterDue = [
                "workingDaysBefore reply finance/handler finance/unitLeader", "share reply finance/handler",
                "due reply finance/handler finance/unitLeader office/office",
            ]
            try await eventually(within: .seconds(60)) {
                try await Self.reminders(id, stage)
            } is: {
                $0 == afterDue
            }
            try await eventually(within: .seconds(60)) {
                try await stage.types(id)
            } is: {
                $0.suffix(3) == ["ReminderDue", "CaseOverdue", "SupervisionIssued"]
            }
            let seen = try await stage.get(id, as: .chief)
            #expect(seen.overdue)
            // Friday the 24th plus two working days; Sunday the 26th is worked for the May holiday.
            let order = try #require(
                try await stage.service.listSupervisions(
                    .init(), metadata: stage.metadata(.handler), options: bench.options
                ).supervisions.first)
            #expect(order.number == "DB2020000001" && order.level == .order && order.dueOn.day == 27)
            // Another unit does not see an order that is not listed.
            #expect(
                try await stage.service.listSupervisions(
                    .init(), metadata: stage.metadata(.science), options: bench.options
                ).supervisions.isEmpty)
            // Clock back and forth, and a replica that goes: nothing comes twice.
            try await stage.move(to: "2020-04-21T03:00:00Z")
            try await stage.move(to: "2020-04-28T03:00:00Z")
            let listed = try await eventually(within: .seconds(60)) {
                try await stage.service.listSupervisions(
                    .with { $0.level = .listed }, metadata: stage.metadata(.science), options: bench.options
                ).supervisions
            } is: {
                $0.count == 1
            }
            #expect(listed[0].overdue && listed[0].state == .open)
            let types = try await eventually(within: .seconds(60)) {
                try await stage.types(id)
            } is: {
                $0.last == "SupervisionListed"
            }
            #expect(types.filter { $0 == "CaseOverdue" }.count == 1)
            #expect(types.filter { $0 == "SupervisionIssued" }.count == 1)
            let all = try await Self.reminders(id, stage)
            #expect(Set(all.filter { $0.contains("reply") }).count == all.filter { $0.contains("reply") }.count)
            #expect(all.filter { $0.contains(" reply") }.count == 4)

            // Its new limit passes as well: that is a reminder, and not a second listing.
            try await stage.move(to: "2020-05-07T03:00:00Z")
            _ = try await eventually(within: .seconds(60)) {
                try await Self.reminders(id, stage).filter { $0.hasPrefix("due supervision") }.count
            } is: {
                $0 == 2
            }
            #expect(try await stage.types(id).filter { $0 == "SupervisionListed" }.count == 1)
            let late = try #require(
                try await stage.service.listSupervisions(
                    .with { $0.level = .listed }, metadata: stage.metadata(.science), options: bench.options
                ).supervisions.first)

            // Answered and closed one by one.
            let answered = try await stage.service.answerSupervision(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.supervisionID = late.supervisionID
                    $0.version = late.version
                    $0.answer = "已整改"
                }, metadata: stage.metadata(.handler), options: bench.options
            ).supervision
            let closed = try await stage.service.closeSupervision(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.supervisionID = answered.supervisionID
                    $0.version = answered.version
                }, metadata: stage.metadata(.chief), options: bench.options
            ).supervision
            #expect(closed.state == .closed && closed.answer == "已整改")
        }
        try await first.stop()
        try await second.stop()
    }

    @Test("APL-5 a case that has an open order gets no second one when its reply falls overdue")
    func oneOrder() async throws {
        try await Stage.run { stage in
            let one = try await stage.handled(stage.submit())
            _ = try await stage.service.issueSupervision(
                .with {
                    ($0.requestID, $0.caseID, $0.version) = (UUIDv7.make(), one.caseID, one.version)
                    ($0.ground, $0.demand, $0.days) = (.grave, "限期答复", 10)
                }, metadata: stage.metadata(.chief), options: stage.bench.options)
            try await stage.move(to: "2020-04-24T03:00:00Z")
            let types = try await eventually(within: .seconds(60)) {
                try await stage.types(one.caseID)
            } is: {
                $0.contains("CaseOverdue")
            }
            #expect(types.filter { $0 == "SupervisionIssued" }.count == 1)
            #expect(try await stage.texts("SELECT number AS text FROM appeal.supervision") == ["DB2020000001"])
        }
    }

    @Test("APL-4 a reply takes the reminders back; what is not due any more never comes")
    func takenBack() async throws {
        try await Stage.run { stage in
            let one = try await stage.reply(stage.handled(stage.submit()))
            try await stage.move(to: "2020-06-20T02:00:00Z")
            let other = try await stage.handled(stage.submit())
            try await stage.move(to: "2020-06-24T02:00:00Z")
            try await stage.waitForTimers(until: "2020-06-24T02:00:00Z")
            // The other case's reminder shows that what the timers said has been published.
            try await eventually(within: .seconds(60)) {
                try await Self.reminders(other.caseID, stage)
            } is: {
                !$0.isEmpty
            }
            #expect(try await Self.reminders(one.caseID, stage).isEmpty)
            #expect(try await stage.texts("SELECT number AS text FROM appeal.supervision").count == 1)
        }
    }

    @Test("APL-9 a low mark opens a rectification; the case is written off when it is closed; not rating is no rating")
    func rating() async throws {
        try await Stage.run { stage in
            var one = try await stage.reply(stage.handled(stage.submit()))
            let unrated = try await stage.reply(stage.handled(stage.submit()))
            _ = unrated
            one = try await stage.service.rateCase(
                .on(one) {
                    $0.mark = 1
                    $0.words = "没有解决"
                }, metadata: stage.metadata(.user), options: stage.options
            ).case
            one = try await stage.service.resolveCase(
                .on(one), metadata: stage.metadata(.handler), options: stage.options
            ).case
            let rated = one
            let dispatcher = try await stage.metadata(.dispatcher)
            func writeOff() async throws -> Zhitongche_Appeal_V1_Case {
                try await stage.service.writeOffCase(
                    .on(rated), metadata: dispatcher, options: stage.options
                ).case
            }
            #expect(try await code { try await writeOff() } == .failedPrecondition)
            let open = try #require(
                try await stage.service.listRectifications(
                    .init(), metadata: stage.metadata(.handler), options: stage.options
                ).rectifications.first)
            // Five working days from Monday the 20th: Sunday the 26th is worked.
            #expect(open.unitID == "finance" && open.mark == 1 && open.dueOn.day == 26)
            let answered = try await stage.service.answerRectification(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.rectificationID = open.rectificationID
                    $0.version = open.version
                    $0.measures = "上门说明"
                }, metadata: stage.metadata(.handler), options: stage.options
            ).rectification
            let closed = try await stage.service.decideRectification(
                .with {
                    $0.requestID = UUIDv7.make()
                    $0.rectificationID = answered.rectificationID
                    $0.version = answered.version
                    $0.accepted = true
                }, metadata: stage.metadata(.chief), options: stage.options
            ).rectification
            #expect(closed.state == .closed)
            #expect(try await writeOff().state == .writtenOff)
            let sums = try await stage.service.getUnitRatings(
                .with { $0.unitID = "finance" }, metadata: stage.metadata(.handler), options: stage.options)
            #expect(sums.replied == 2 && sums.rated == 1 && sums.marksSum == 1 && sums.onTime == 2)
            #expect(sums.byMark == [1, 0, 0, 0, 0])
            let archive = try await stage.service.listRatings(
                .with { $0.unitID = "finance" }, metadata: stage.metadata(.handler), options: stage.options)
            #expect(archive.ratings.map(\.words) == ["没有解决"])
            let science = try await stage.metadata(.science)
            #expect(
                try await code {
                    try await stage.service.listRatings(
                        .with { $0.unitID = "finance" }, metadata: science, options: stage.options)
                } == .permissionDenied)
        }
    }

    @Test("APL-3 a new rule holds for clocks that begin on its first day or later; running ones keep theirs")
    func newRule() async throws {
        try await Stage.run { stage in
            let early = try await stage.submit()
            var rule = Zhitongche_Appeal_V1_DeadlineRule.with {
                $0.ruleID = "appeal-reply"
                $0.kind = .appeal
                $0.clock = .reply
                $0.limit = 2
                $0.count = .natural
                $0.outerLimit = 10
                $0.source = "revised"
            }
            rule.validFrom = .with {
                $0.year = 2020
                $0.month = 4
                $0.day = 21
            }
            let chief = try await stage.metadata(.chief)
            // No round could begin by such rules.
            for (field, spoil) in [
                ("rule.count", { $0.count = .months }), ("rule.route", { $0.route = .higherLevel }),
                ("rule.route", { $0.clock = .legal }),
            ] as [(String, (inout Zhitongche_Appeal_V1_DeadlineRule) -> Void)] {
                var spoilt = rule
                spoil(&spoilt)
                let sent = spoilt
                let refusal = try await problem {
                    try await stage.service.setDeadlineRule(
                        .with {
                            $0.requestID = UUIDv7.make()
                            $0.rule = sent
                        }, metadata: chief, options: stage.options)
                }
                #expect(refusal?.violations.map(\.field) == [field])
            }
            let request = Zhitongche_Appeal_V1_SetDeadlineRuleRequest.with {
                $0.requestID = UUIDv7.make()
                $0.rule = rule
            }
            _ = try await stage.service.setDeadlineRule(request, metadata: chief, options: stage.options)
            #expect(
                try await code {
                    try await stage.service.setDeadlineRule(
                        .with {
                            $0.requestID = UUIDv7.make()
                            $0.rule = rule
                        }, metadata: chief, options: stage.options)
                } == .alreadyExists)
            try await stage.move(to: "2020-04-21T02:00:00Z")
            #expect(try await stage.get(early.caseID, as: .user).replyDueOn.day == 23)
            #expect(try await stage.submit().replyDueOn.day == 23)
            let rules = try await stage.service.listDeadlineRules(
                .with { $0.pageSize = 200 }, metadata: stage.metadata(.user), options: stage.options
            ).rules.filter { $0.ruleID == "appeal-reply" }
            #expect(rules.map(\.limit) == [3, 2] && rules[0].validUntil.day == 21)
        }
    }
}

@Suite("The schema")
struct SchemaTests {
    @Test("the words of CHECK lists are those of the enumerations; the seeded rules are those of the documents")
    func checks() async throws {
        let bench = try await Stage.bench()
        try await bench.run { _, _ in
            let expected = [
                "case_file_kind": words(of: CaseKind.self), "case_file_state": words(of: CaseStateName.self),
                "case_file_desk": words(of: Desk.self), "case_file_route": words(of: CaseRoute.self),
                "case_file_extension": words(of: Extension.Name.self), "case_file_overdue": words(of: ClockKind.self),
                "case_step_kind": words(of: StepKind.self), "deadline_rule_clock": words(of: ClockKind.self),
                "deadline_rule_count": words(of: DayCount.self).union(["months", "before_each_month"]),
                "supervision_level": words(of: SupervisionLevel.self),
                "supervision_state": words(of: SupervisionStateName.self),
                "supervision_ground": words(of: SupervisionGround.self),
                "rectification_state": words(of: RectificationStateName.self),
            ]
            let found = try await bench.administration.checkedWords(in: "appeal")
            #expect(found == expected)
            let stored = try await bench.administration.transaction { try RuleRepository().book(in: $0).entries }
            let documents = try DeadlineRule.documents().map { RuleBook.Entry(rule: $0, clock: RuleBook.clock(of: $0)) }
            #expect(Set(stored) == Set(documents))
        }
    }
}
