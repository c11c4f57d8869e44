// Constants of the tests that a mistake in them would stop at once; a throwing function for each would hide what is tested.
// swift-format-ignore-file: NeverUseForceTry

import Domain
import Foundation

@testable import AppealDomain

let calendar = try! WorkingCalendar.stateCouncil()
let book = RuleBook(
    try! DeadlineRule.documents().map { RuleBook.Entry(rule: $0, clock: RuleBook.clock(of: $0)) })

func day(_ text: String) -> CivilDate { try! CivilDate(text) }
func noon(_ day: CivilDate) -> BusinessTime {
    BusinessTime(microseconds: Int64(day.dayNumber) * 86_400_000_000 + 4 * 3_600_000_000)
}
func unit(_ text: String) -> UnitID { try! UnitID(text, field: "unit_id") }

/// Monday before the May holiday of 2020.
let monday = day("2020-04-20")
let bureau = unit("finance")
let other = unit("science")

func submission(_ kind: CaseKind = .appeal) -> Submission {
    try! Submission(
        kind: kind, applicant: kind == .problem ? .unit(unit("town")) : .enterprise(UUID()), account: "someone",
        namedUnit: kind == .appeal ? bureau : nil, complainedUnit: kind == .complaint ? unit("rude") : nil,
        region: RegionCode("370900"), at: noon(monday))
}

func content(_ title: String = "贷款") -> CaseContent { try! CaseContent(title: title, text: "贷款迟迟未批") }

func submitted(
    _ kind: CaseKind = .appeal, category: String = RuleBook.general, today: CivilDate = monday
) throws -> Case {
    Case.submit(
        content(), id: CaseID(UUID()), number: "SQ2020000001", submission: submission(kind), category: category,
        rules: try book.rules(kind: kind, category: category, on: today), today: today
    ).0
}

/// Everything that a state × command table has to distinguish.
enum Situation: String, CaseIterable, Sendable {
    case submitted, refused, accepted, acceptedByOffice, assigned, bindingAssigned, inHandling, extensionAsked
    case waitingForApplicant, waitingForHigherLevel, backFromHigherLevel, replied, resolved, ratedUnresolved, rated
    case writtenOff, withdrawn

    func make(_ kind: CaseKind = .appeal) throws -> Case {
        var one = try AppealDomainTests.submitted(kind)
        func accept() throws {
            _ = try one.accept(category: one.category, rules: one.clocks.rules)
        }
        func handle() throws {
            try accept()
            _ = try one.assign(to: bureau, isComplainedUnit: false)
            _ = try one.takeUp()
        }
        func reply() throws {
            try handle()
            _ = try one.reply("已批", at: noon(monday), today: monday, calendar: calendar)
        }
        switch self {
        case .submitted: break
        case .refused: _ = try one.refuse(reason: "不属受理范围", rightPlace: "12345")
        case .accepted: try accept()
        case .acceptedByOffice, .bindingAssigned:
            try accept()
            for _ in 0..<Case.returnsToOffice {
                _ = try one.assign(to: bureau, isComplainedUnit: false)
                _ = try one.giveBack(reason: "非本单位职责")
            }
            if self == .bindingAssigned { _ = try one.assign(to: bureau, isComplainedUnit: false) }
        case .assigned:
            try accept()
            _ = try one.assign(to: bureau, isComplainedUnit: false)
        case .inHandling: try handle()
        case .extensionAsked:
            try handle()
            _ = try one.requestExtension(
                days: 2, reason: "需现场核查", by: "handler", today: monday, calendar: calendar)
        case .waitingForApplicant:
            try handle()
            _ = try one.askApplicant("缺营业执照", today: monday, by: "handler")
        case .waitingForHigherLevel, .backFromHigherLevel:
            try handle()
            _ = try one.escalate(asking: "需市级决定")
            if self == .backFromHigherLevel { _ = try one.decide("同意") }
        case .replied: try reply()
        case .resolved:
            try reply()
            _ = try one.resolve(note: "已放款", at: noon(monday))
        case .ratedUnresolved:
            try reply()
            _ = try one.rate(mark: 2, words: "慢", at: noon(monday))
        case .rated, .writtenOff:
            try reply()
            _ = try one.resolve(note: "已放款", at: noon(monday))
            _ = try one.rate(mark: 5, words: "好", at: noon(monday))
            if self == .writtenOff { _ = try one.writeOff(today: monday, repliedOn: monday) }
        case .withdrawn: _ = try one.withdraw(reason: "已解决", today: monday)
        }
        return one
    }

    /// The commands that this situation allows, with arguments that fit.
    var allowed: Set<CaseCommand> {
        switch self {
        case .submitted: [.edit, .comment, .accept, .refuse, .withdraw, .becomeOverdue]
        case .refused, .writtenOff, .withdrawn: []
        case .accepted, .acceptedByOffice: [.edit, .comment, .assign, .withdraw, .becomeOverdue]
        case .assigned:
            [.edit, .comment, .transfer, .giveBack, .takeUp, .promise, .requestExtension, .withdraw, .becomeOverdue]
        case .bindingAssigned:
            [.edit, .comment, .transfer, .takeUp, .promise, .requestExtension, .withdraw, .becomeOverdue]
        case .inHandling:
            [
                .edit, .comment, .transfer, .askApplicant, .escalate, .promise, .requestExtension, .reply, .withdraw,
                .becomeOverdue,
            ]
        case .extensionAsked:
            [
                .edit, .comment, .transfer, .askApplicant, .escalate, .promise, .decideExtension, .reply, .withdraw,
                .becomeOverdue,
            ]
        // The clock stands still, so nothing becomes overdue.
        case .waitingForApplicant: [.edit, .comment, .supplyInformation, .withdraw]
        case .waitingForHigherLevel: [.edit, .comment, .decide, .withdraw, .becomeOverdue]
        // The limit is absolute now.
        case .backFromHigherLevel:
            [.edit, .comment, .transfer, .askApplicant, .escalate, .promise, .reply, .withdraw, .becomeOverdue]
        case .replied: [.comment, .resolve, .rate, .reopen]
        case .resolved: [.comment, .rate, .reopen, .writeOff]
        case .ratedUnresolved: [.comment, .resolve, .reopen]
        case .rated: [.comment, .reopen, .writeOff]
        }
    }
}

extension Case {
    /// Runs a command with arguments that fit every state which allows it.
    mutating func perform(_ command: CaseCommand, today: CivilDate = monday, marking mark: Int = 5) throws {
        let late = day("2020-06-30")
        switch command {
        case .edit: _ = try edit(content_("改"))
        case .comment: _ = try comment("请尽快")
        case .accept: _ = try accept(category: category, rules: clocks.rules)
        case .refuse: _ = try refuse(reason: "不属受理范围", rightPlace: "12345")
        case .assign: _ = try assign(to: bureau, isComplainedUnit: false)
        case .transfer:
            let next = state.assignment?.unit == other ? bureau : other
            _ = try transfer(to: next, reason: "职责", isComplainedUnit: false)
        case .giveBack: _ = try giveBack(reason: "非本单位职责")
        case .takeUp: _ = try takeUp()
        case .askApplicant: _ = try askApplicant("缺材料", today: today, by: "handler")
        case .supplyInformation: _ = try supplyInformation("补上", today: today)
        case .escalate: _ = try escalate(asking: "需市级决定")
        case .decide: _ = try decide("同意")
        case .promise: _ = try promise(today, today: today, calendar: calendar)
        case .requestExtension:
            _ = try requestExtension(days: 1, reason: "核查", by: "handler", today: today, calendar: calendar)
        case .decideExtension:
            _ = try decideExtension(isApproved: true, reason: "", by: "chief", today: today, calendar: calendar)
        case .reply: _ = try reply("已办", at: noon(today), today: today, calendar: calendar)
        case .resolve: _ = try resolve(note: "", at: noon(today))
        case .rate: _ = try rate(mark: mark, words: "", at: noon(today))
        case .reopen: _ = try reopen(reason: "未解决", rules: clocks.rules, today: today)
        case .writeOff: _ = try writeOff(today: late, repliedOn: today)
        case .withdraw: _ = try withdraw(reason: "算了", today: today)
        case .becomeOverdue: _ = try becomeOverdue(today: late, calendar: calendar)
        }
    }

    private func content_(_ title: String) -> CaseContent { AppealDomainTests.content(title) }
}
