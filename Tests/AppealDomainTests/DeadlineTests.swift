import Domain
import Foundation
import Testing

@testable import AppealDomain

@Suite("APL-3 deadlines")
struct DeadlineTests {
    /// The rules as the file of the documents has them.
    private struct File: Decodable {
        struct Rule: Decodable {
            let id: String
            let `case`: String?
            let limit: Int?
            let days: String?
            let months: Bool?
            let source: String
            let cadence: String?
            let route: String?
            let category: String?
            let after: String?
        }
        let rules: [Rule]
    }

    @Test("APL-3 every rule of data/deadlines.json is there with its limit, days, route and source")
    func rules() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let file = try JSONDecoder().decode(
            File.self, from: Data(contentsOf: root.appending(path: "data/deadlines.json")))
        let known = Dictionary(uniqueKeysWithValues: try DeadlineRule.documents().map { ($0.id, $0) })
        #expect(Set(file.rules.map(\.id)) == Set(known.keys))
        for rule in file.rules {
            let found = try #require(known[rule.id])
            #expect(found.source == rule.source)
            #expect(found.matter == rule.case)
            #expect((found.category != nil) == (rule.category != nil), "\(rule.id)")
            #expect(found.isForHigherLevel == (rule.route != nil))
            #expect(found.after == rule.after.map { $0.split(separator: " ").joined(separator: "-") })
            switch found.limit {
            case .days(let term):
                #expect(term.days == rule.limit && term.count.rawValue == rule.days)
                #expect(term.isAbsolute == (rule.id == "appeal-higher-level"))
            case .months(let months): #expect(months == rule.limit && rule.months == true)
            case .beforeEachMonth: #expect(rule.cadence != nil && rule.limit == nil)
            }
        }
    }

    @Test(
        "APL-3 rules by kind, category and route",
        arguments: [
            (CaseKind.appeal, "general", "appeal-reply", "appeal-higher-level", nil),
            (.enquiry, "general", "appeal-reply", "appeal-higher-level", nil),
            (.complaint, "general", "appeal-reply", "appeal-higher-level", nil),
            (.problem, "general", "problem-list-measures", "appeal-higher-level", nil),
            (.appeal, "finance-application", "finance-application-reply", "appeal-higher-level", nil),
            (
                .appeal, "credit-enhancement", "credit-enhancement-answer", "appeal-higher-level",
                "credit-enhancement-solution"
            ),
            (.appeal, "easy-credit", "appeal-reply", "appeal-higher-level", "easy-credit"),
            (.appeal, "epidemic-credit-approval", "appeal-reply", "appeal-higher-level", "epidemic-credit-approval"),
            (
                .appeal, "property-registration-immediate", "appeal-reply", "appeal-higher-level",
                "property-registration-immediate"
            ),
            (
                .appeal, "property-registration-mortgage", "appeal-reply", "appeal-higher-level",
                "property-registration-mortgage"
            ),
            (
                .appeal, "property-registration-other", "appeal-reply", "appeal-higher-level",
                "property-registration-other"
            ),
        ] as [(CaseKind, String, String, String, String?)])
    func choice(kind: CaseKind, category: String, reply: String, legal: String, solution: String?) throws {
        let rules = try book.rules(kind: kind, category: category, on: monday)
        #expect(rules.reply.id == reply)
        #expect(rules.legal?.id == legal)
        #expect(rules.solution?.id == solution)
    }

    @Test("APL-3 a year without rules is refused")
    func early() throws {
        #expect(throws: DomainError.self) { try book.rules(kind: .appeal, category: "general", on: day("2018-06-01")) }
    }

    @Test("APL-3 natural days run through the May holiday, working days pass over it and count moved weekend days")
    func holiday() throws {
        let start = day("2020-04-30")
        let appeal = try submitted(today: start)
        #expect(try appeal.clocks.bindingReply(calendar)?.dueOn == day("2020-05-03"))
        let problem = try submitted(.problem, today: start)
        // 6 and 7 May, and Friday the 8th; Saturday the 9th is worked as well.
        #expect(try problem.clocks.bindingReply(calendar)?.dueOn == day("2020-05-08"))
        let later = try submitted(.problem, today: day("2020-05-07"))
        #expect(try later.clocks.bindingReply(calendar)?.dueOn == day("2020-05-11"))
    }

    @Test("APL-3 waiting for the applicant moves the day; the fifteen days of a higher level neither stop nor extend")
    func pauses() throws {
        var one = try Situation.inHandling.make()
        _ = try one.askApplicant("缺材料", today: day("2020-04-21"), by: "handler")
        #expect(try one.clocks.bindingReply(calendar) == nil)
        _ = try one.supplyInformation("补上", today: day("2020-04-25"))
        #expect(try one.clocks.bindingReply(calendar)?.dueOn == day("2020-04-27"))
        _ = try one.escalate(asking: "需市级决定")
        #expect(try one.clocks.bindingReply(calendar)?.dueOn == day("2020-05-05"))
        #expect(try one.clocks.bindingReply(calendar)?.clock == .legal)
        _ = try one.decide("同意")
        _ = try one.askApplicant("缺材料", today: day("2020-04-28"), by: "handler")
        #expect(try one.clocks.bindingReply(calendar)?.dueOn == day("2020-05-05"))
        _ = try one.supplyInformation("补上", today: day("2020-05-01"))
        #expect(throws: CaseError.notExtendable) {
            try one.requestExtension(days: 1, reason: "核查", by: "handler", today: day("2020-05-01"), calendar: calendar)
        }
    }

    @Test("APL-3 waiting for the applicant moves the day of the solution as it moves that of the reply")
    func solution() throws {
        var one = try submitted(category: "easy-credit")
        let term = try #require(one.clocks.rules.solution?.term)
        #expect(try one.clocks.solutionDue(calendar)?.dueOn == slow(term, monday, []))
        _ = try one.accept(category: one.category, rules: one.clocks.rules)
        _ = try one.assign(to: bureau, isComplainedUnit: false)
        _ = try one.takeUp()
        _ = try one.askApplicant("缺材料", today: day("2020-04-21"), by: "handler")
        #expect(try one.clocks.solutionDue(calendar) == nil)
        _ = try one.supplyInformation("补上", today: day("2020-04-24"))
        let stopped = Set(["2020-04-21", "2020-04-22", "2020-04-23"].map { day($0).dayNumber })
        let due = try one.clocks.solutionDue(calendar)?.dueOn
        #expect(try due == slow(term, monday, stopped) && due != slow(term, monday, []))
    }

    @Test("APL-3 an earlier promise binds, and moves with a pause as the limit does")
    func promise() throws {
        var one = try Situation.inHandling.make()
        _ = try one.promise(day("2020-04-22"), today: monday, calendar: calendar)
        #expect(try one.clocks.bindingReply(calendar)?.clock == .handling)
        #expect(throws: CaseError.promiseNotEarlier(than: day("2020-04-22"))) {
            try one.promise(day("2020-04-22"), today: monday, calendar: calendar)
        }
        _ = try one.askApplicant("缺材料", today: day("2020-04-21"), by: "handler")
        _ = try one.supplyInformation("补上", today: day("2020-04-23"))
        #expect(try one.clocks.bindingReply(calendar)?.dueOn == day("2020-04-24"))
        _ = try one.reply("已办", at: noon(day("2020-04-25")), today: day("2020-04-25"), calendar: calendar)
        #expect(one.state.reply?.isOnTime == false)
    }

    @Test("APL-3 one extension, by a second person, within the outer limit, before the day has passed")
    func extensions() throws {
        var one = try Situation.inHandling.make()
        #expect(throws: CaseError.beyondOuterLimit(days: 15)) {
            try one.requestExtension(days: 13, reason: "核查", by: "handler", today: monday, calendar: calendar)
        }
        _ = try one.requestExtension(days: 12, reason: "核查", by: "handler", today: monday, calendar: calendar)
        #expect(throws: CaseError.samePerson) {
            try one.decideExtension(isApproved: true, reason: "", by: "handler", today: monday, calendar: calendar)
        }
        #expect(throws: CaseError.limitPassed) {
            try one.decideExtension(
                isApproved: true, reason: "", by: "chief", today: day("2020-04-24"), calendar: calendar)
        }
        _ = try one.decideExtension(isApproved: true, reason: "", by: "chief", today: monday, calendar: calendar)
        #expect(try one.clocks.bindingReply(calendar)?.dueOn == day("2020-05-05"))
        #expect(throws: CaseError.extendedAlready) {
            try one.requestExtension(days: 1, reason: "核查", by: "handler", today: monday, calendar: calendar)
        }
    }

    @Test("APL-3 a reply on the last day is in time, one on the day after is not")
    func edge() throws {
        for (text, isOnTime) in [("2020-04-23", true), ("2020-04-24", false)] {
            var one = try Situation.inHandling.make()
            _ = try one.reply("已办", at: noon(day(text)), today: day(text), calendar: calendar)
            #expect(one.state.reply?.isOnTime == isOnTime)
        }
    }

    @Test("APL-3 random histories of pauses agree with a slow model that walks day by day", arguments: 0..<60)
    func model(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed), stream: "pauses")
        let kind: CaseKind = Bool.random(using: &random) ? .appeal : .problem
        let start = try monday.adding(days: Int.random(in: 0...1_500, using: &random))
        var one = try submitted(kind, today: start)
        _ = try one.accept(category: one.category, rules: one.clocks.rules)
        _ = try one.assign(to: bureau, isComplainedUnit: false)
        _ = try one.takeUp()
        // The model: of every day whether the clock stood still at its end.
        var stopped: Set<Int32> = []
        var today = start
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            today = try today.adding(days: Int.random(in: 0...2, using: &random))
            _ = try one.askApplicant("缺材料", today: today, by: "handler")
            #expect(try one.clocks.bindingReply(calendar) == nil || alreadyDue(one, stopped, before: today, start))
            for _ in 0..<Int.random(in: 0...9, using: &random) {
                stopped.insert(today.dayNumber)
                today = try today.adding(days: 1)
            }
            _ = try one.supplyInformation("补上", today: today)
        }
        #expect(try one.clocks.bindingReply(calendar)?.dueOn == slow(one.clocks.rules.reply.term, start, stopped))
    }

    private func slow(_ term: DeadlineTerm, _ start: CivilDate, _ stopped: Set<Int32>) throws -> CivilDate {
        var (left, day) = (term.days, start)
        while left > 0 {
            day = try day.adding(days: 1)
            if stopped.contains(day.dayNumber) { continue }
            if term.count == .working, try !calendar.isWorking(day) { continue }
            left -= 1
        }
        return day
    }

    /// A limit that had run out before the pause began has its day whatever comes later.
    private func alreadyDue(
        _ one: Case, _ stopped: Set<Int32>, before today: CivilDate, _ start: CivilDate
    ) throws -> Bool {
        try slow(one.clocks.rules.reply.term, start, stopped) < today
    }
}

@Suite("APL-4 reminders")
struct ReminderTests {
    private func entries(_ one: Case, _ plan: ReminderPlan) throws -> [String] {
        let due = try #require(try one.clocks.bindingReply(calendar))
        return try plan.entries(
            start: one.clocks.start, dueOn: #require(due.dueOn), arithmetic: due.arithmetic, calendar: calendar
        ).map { "\($0.kind) \($0.day) \($0.hour)" }
    }

    @Test("APL-4 at two thirds, one working day before, at the end of the last day, one working day after")
    func plan() throws {
        let plan = try ReminderPlan()
        #expect(
            try entries(submitted(), plan) == [
                "share 2020-04-22 24", "before 2020-04-22 9", "due 2020-04-23 24", "after 2020-04-24 24",
            ])
        // Three natural days from 30 April end in the holiday; the working day before is the start, so it is left out.
        #expect(
            try entries(submitted(today: day("2020-04-30")), plan) == [
                "share 2020-05-02 24", "due 2020-05-03 24", "after 2020-05-06 24",
            ])
        // One day: two thirds of it are the whole of it.
        #expect(
            try entries(submitted(category: "finance-application"), plan) == [
                "due 2020-04-21 24", "after 2020-04-22 24",
            ])
    }

    @Test("APL-4 the parameters are parameters, and are checked")
    func parameters() throws {
        let plan = try ReminderPlan(share: (1, 3), workingDaysBefore: 0, workingDaysAfter: 0)
        #expect(try entries(submitted(), plan) == ["share 2020-04-21 24", "due 2020-04-23 24"])
        #expect(throws: DomainError.self) { try ReminderPlan(share: (3, 2)) }
        #expect(throws: DomainError.self) { try ReminderPlan(workingDaysBefore: 31) }
        #expect(throws: DomainError.self) { try ReminderPlan(workingDaysAfter: -1) }
    }
}
