import AppealDomain
import Domain
import ServiceRuntime

/// Begins the handling (APL-2).
struct TakeUpCase: CaseChanging {
    static let role = CaseRole.handler

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange { try one.takeUp() }
}

/// Asks the applicant; the clocks that can stop stand still (APL-3).
struct AskApplicant: CaseChanging {
    static let role = CaseRole.handler
    let question: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.askApplicant(question, today: command.today, by: command.caller.accountID)
    }
}

/// Hands the decision to a higher level (APL-2, APL-3).
struct EscalateCase: CaseChanging {
    static let role = CaseRole.handler
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.escalate(asking: reason)
    }
}

/// Sends an escalated case back with the decision (APL-2).
struct DecideCase: CaseChanging {
    static let role = CaseRole.office
    let decision: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.decide(decision)
    }
}

/// Promises an earlier day for the reply (APL-3).
struct PromiseReply: CaseChanging {
    static let role = CaseRole.handler
    let day: CivilDate

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.promise(day, today: command.today, calendar: appeals.calendar)
    }
}

/// Asks for more time (APL-3).
struct RequestExtension: CaseChanging {
    static let role = CaseRole.handler
    let days: Int
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.requestExtension(
            days: days, reason: reason, by: command.caller.accountID, today: command.today, calendar: appeals.calendar)
    }
}

/// Approves or rejects an extension (APL-3).
struct DecideExtension: CaseChanging {
    static let role = CaseRole.office
    let isApproved: Bool
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.decideExtension(
            isApproved: isApproved, reason: reason, by: command.caller.accountID, today: command.today,
            calendar: appeals.calendar)
    }
}

/// Replies to the applicant (APL-2).
struct ReplyCase: CaseChanging {
    static let role = CaseRole.handler
    let text: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.reply(text, at: command.time, today: command.today, calendar: appeals.calendar)
    }
}

/// Declares the matter resolved (APL-2).
struct ResolveCase: CaseChanging {
    static let role = CaseRole.handler
    let note: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.resolve(note: note, at: command.time)
    }
}
