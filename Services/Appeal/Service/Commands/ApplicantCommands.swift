import AppealDomain
import Domain
import ServiceRuntime

/// Changes title and text (APL-3).
struct EditCase: CaseChanging {
    static let role = CaseRole.applicant
    let content: CaseContent

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.edit(content)
    }
}

/// Adds a comment (APL-3).
struct AddComment: CaseChanging {
    static let role = CaseRole.party
    let text: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.comment(text)
    }
}

/// Answers the question; the clocks go on (APL-3).
struct SupplyInformation: CaseChanging {
    static let role = CaseRole.applicant
    let text: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.supplyInformation(text, today: command.today)
    }
}

/// Rates a reply; a low mark opens a rectification (APL-9).
struct RateCase: CaseChanging {
    static let role = CaseRole.applicant
    let mark: Int
    let words: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.rate(mark: mark, words: words, at: command.time)
    }
}

/// Opens a case again; the new round has the rules of its first day (APL-2).
struct ReopenCase: CaseChanging {
    static let role = CaseRole.applicant
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        let rules = try appeals.rules(
            for: one.submission, category: one.category, on: command.today, in: command.tx)
        return try one.reopen(reason: reason, rules: rules, today: command.today)
    }
}

/// Withdraws a case (APL-2).
struct WithdrawCase: CaseChanging {
    static let role = CaseRole.applicant
    let reason: String

    func change(_ one: inout Case, _ command: Command, _ appeals: Appeals) throws -> CaseChange {
        try one.withdraw(reason: reason, today: command.today)
    }
}
