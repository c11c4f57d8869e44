import Domain
import Foundation
import Testing

@testable import AppealDomain

@Suite("APL-5 supervision")
struct SupervisionTests {
    private static let due = day("2020-04-26")

    private static func make(_ level: SupervisionLevel, _ state: SupervisionStateName) throws -> Supervision {
        var one = Supervision.issue(
            id: SupervisionID(UUID()), number: "DB2020000001", caseID: CaseID(UUID()), unit: bureau, ground: .grave,
            demand: "限期答复", at: noon(monday), dueOn: due)
        if level != .order { try one.putOnList(ground: .grave, reason: "重大", dueOn: due) }
        if level == .referred { try one.refer(reason: "严重失职") }
        if state != .open { try one.answer("已整改") }
        if state == .closed { try one.close(at: noon(monday)) }
        return one
    }

    private static func allowed(
        _ level: SupervisionLevel, _ state: SupervisionStateName
    ) -> Set<SupervisionCommand> {
        var found: Set<SupervisionCommand>
        switch state {
        case .open: found = [.answer, .becomeOverdue, .lapse]
        case .answered: found = [.returnAnswer, .close, .lapse]
        case .closed: return []
        }
        switch level {
        case .order: found.insert(.putOnList)
        case .listed: found.insert(.refer)
        case .referred: break
        }
        return found
    }

    private static func perform(_ command: SupervisionCommand, _ one: inout Supervision) throws {
        switch command {
        case .putOnList: try one.putOnList(ground: .grave, reason: "重大", dueOn: due)
        case .refer: try one.refer(reason: "严重失职")
        case .answer: try one.answer("已整改")
        case .returnAnswer: try one.returnAnswer(reason: "不够")
        case .close: try one.close(at: noon(monday))
        case .becomeOverdue: try one.becomeOverdue(today: day("2020-04-27"), nextDueOn: day("2020-04-30"))
        case .lapse: try one.lapse(at: noon(monday))
        }
    }

    @Test(
        "APL-5 every level, state and command: allowed ones raise the version, others throw and change nothing",
        arguments: SupervisionLevel.allCases, SupervisionStateName.allCases)
    func table(level: SupervisionLevel, state: SupervisionStateName) throws {
        for command in SupervisionCommand.allCases {
            let before = try Self.make(level, state)
            var one = before
            if Self.allowed(level, state).contains(command) {
                try Self.perform(command, &one)
                #expect(one.version == before.version + 1, "\(command)")
            } else {
                #expect(
                    throws: SupervisionError.illegalTransition(command: command, state: state, level: level),
                    "\(command)"
                ) { try Self.perform(command, &one) }
                #expect(one == before)
            }
        }
    }

    @Test("APL-5 what is put on the list is open again with its new limit, also after an answer")
    func listing() throws {
        var one = try Self.make(.order, .answered)
        try one.putOnList(ground: .neglect, reason: "推诿", dueOn: day("2020-04-30"))
        #expect(one.level == .listed && one.state == .open && one.ground == .neglect)
        #expect(one.demand == "推诿" && one.dueOn == day("2020-04-30"))
    }

    @Test("APL-5 an order whose limit passed goes on the list with a new limit; before that nothing happens")
    func overdue() throws {
        var one = try Self.make(.order, .open)
        #expect(throws: SupervisionError.notOverdue) {
            try one.becomeOverdue(today: Self.due, nextDueOn: day("2020-04-30"))
        }
        try one.becomeOverdue(today: day("2020-04-27"), nextDueOn: day("2020-04-30"))
        #expect(one.level == .listed && one.dueOn == day("2020-04-30") && one.isOverdue && one.ground == .overdue)
        try one.becomeOverdue(today: day("2020-05-01"), nextDueOn: day("2020-05-30"))
        #expect(one.level == .listed && one.dueOn == day("2020-04-30"))
    }
}

@Suite("APL-9 rectification")
struct RectificationTests {
    private static func make(_ state: RectificationStateName) throws -> Rectification {
        var one = Rectification(
            id: RectificationID(UUID()), caseID: CaseID(UUID()), round: 1, unit: bureau, mark: 1,
            openedAt: noon(monday), dueOn: day("2020-04-26"))
        if state != .open { try one.answer("上门致歉") }
        if state == .closed { try one.accept() }
        return one
    }

    @Test(
        "APL-9 every state and command: allowed ones raise the version, others throw and change nothing",
        arguments: RectificationStateName.allCases, RectificationCommand.allCases)
    func table(state: RectificationStateName, command: RectificationCommand) throws {
        let allowed: Set<RectificationCommand> =
            switch state {
            case .open: [.answer, .becomeOverdue]
            case .answered: [.accept, .sendBack]
            case .closed: []
            }
        let before = try Self.make(state)
        var one = before
        func perform() throws {
            switch command {
            case .answer: try one.answer("上门致歉")
            case .accept: try one.accept()
            case .sendBack: try one.sendBack(reason: "不够")
            case .becomeOverdue: try one.becomeOverdue(today: day("2020-04-27"))
            }
        }
        if allowed.contains(command) {
            try perform()
            #expect(one.version == before.version + 1)
        } else {
            #expect(throws: RectificationError.illegalTransition(command: command, state: state)) { try perform() }
            #expect(one == before)
        }
    }
}
