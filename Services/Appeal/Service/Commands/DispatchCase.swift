import AppealDomain
import Domain
import ServiceRuntime

/// Accepts a case, with a corrected category where it was stated wrongly (APL-2).
struct AcceptCase: CaseChanging {
    static let role = CaseRole.dispatcher
    /// Nil keeps the category.
    let category: String?

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        let category = category ?? one.category
        // The clocks began when the case was submitted, so the rules are those of that day.
        let rules = try appeals.rules(
            for: one.submission, category: category, on: one.clocks.start, in: command.tx)
        return try one.accept(category: category, rules: rules)
    }
}

/// Refuses a case (APL-2).
struct RefuseCase: CaseChanging {
    static let role = CaseRole.dispatcher
    let reason: String
    let rightPlace: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.refuse(reason: reason, rightPlace: rightPlace)
    }
}

/// Assigns an accepted case (APL-2).
struct AssignCase: CaseChanging {
    static let role = CaseRole.desk
    let unit: UnitID

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try appeals.requireActive(unit)
        return try one.assign(to: unit, isComplainedUnit: appeals.isComplained(unit, of: one))
    }
}

/// Hands a case on to another unit (APL-2).
struct TransferCase: CaseChanging {
    static let role = CaseRole.handlerOrDispatcher
    let unit: UnitID
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try appeals.requireActive(unit)
        return try one.transfer(to: unit, reason: reason, isComplainedUnit: appeals.isComplained(unit, of: one))
    }
}

/// Returns an assignment (APL-2).
struct ReturnCase: CaseChanging {
    static let role = CaseRole.handler
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.giveBack(reason: reason)
    }
}

/// Writes a resolved case off when all its orders and rectifications are closed (APL-2, APL-5, APL-9).
struct WriteOffCase: CaseChanging {
    static let role = CaseRole.dispatcher

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        let repliedOn = try one.state.reply.map { try BusinessClock.date(of: $0.at.instant) } ?? command.today
        let change = try one.writeOff(today: command.today, repliedOn: repliedOn)
        guard try !appeals.supervisions.hasOpen(one.id, in: command.tx) else {
            throw Problem.illegalState(zh: "尚有督办事项未销号", en: "a supervision order of the case is not closed")
        }
        guard try !appeals.ratings.hasOpen(one.id, in: command.tx) else {
            throw Problem.illegalState(zh: "尚有整改事项未完成", en: "a rectification of the case is not closed")
        }
        return change
    }
}

extension Appeals {
    /// Requires that a unit exists and has not ended.
    ///
    /// - Throws: `Problem` INVALID_ARGUMENT on `unit_id`.
    func requireActive(_ unit: UnitID) throws {
        guard trust.isActive(unit: unit.text) else { throw Problem.invalid("unit_id", "no such unit, or it has ended") }
    }

    /// Whether a unit must not get a case because the complaint is about it (APL-1).
    func isComplained(_ unit: UnitID, of one: Case) -> Bool {
        one.submission.complainedUnit.map { sight.isBarred(unit.text, from: $0) } ?? false
    }
}
