import AppealDomain
import Domain
import Foundation
import Postgres
import ServiceRuntime

/// A case with what lists and events need beside the aggregate.
struct StoredCase: Sendable {
    var one: Case
    /// The last day for the reply as it bound last; nil while the clock stands still.
    var replyDueOn: CivilDate?
    /// The last day for the solution; nil without one, or while its clock stands still.
    var solutionDueOn: CivilDate?
    /// The day that the unit promised; nil without a promise, and while the clock stands still.
    var promisedOn: CivilDate?
    /// Sequence number of the case's newest event.
    var eventSeq: Int64
}

/// Reads and writes the columns of a state. The words are those of ``CaseStateName``.
struct StateColumns: Sendable {
    var desk: String?
    var unit: String?
    var isBinding = false
    var reason = ""
    var rightPlace = ""
    var question = ""
    var reply: Reply?
    var resolvedAt: BusinessTime?
    var rating: Rating?

    init(_ state: Case.State) {
        unit = state.assignment?.unit.text
        isBinding = state.assignment?.isBinding ?? false
        reply = state.reply
        resolvedAt = state.resolvedAt
        rating = state.rating
        switch state {
        case .refused(let reason, let place): (self.reason, rightPlace) = (reason, place)
        case .accepted(let desk): self.desk = desk.rawValue
        case .waitingForApplicant(_, let question): self.question = question
        case .waitingForHigherLevel(_, let asked): reason = asked
        case .withdrawn(_, let reason): self.reason = reason
        case .submitted, .assigned, .inHandling, .replied, .resolved, .rated, .writtenOff: break
        }
    }

    init(_ row: Row) throws {
        desk = try row.get("desk")
        unit = try row.get("unit")
        isBinding = try row.get("is_binding")
        reason = try row.get("reason")
        rightPlace = try row.get("right_place")
        question = try row.get("question")
        if let text = try row.get("reply", as: String?.self) {
            reply = Reply(
                text: text, at: try present(.optional(row, "replied_at"), "replied_at"),
                isOnTime: try row.get("is_on_time"))
        }
        resolvedAt = try .optional(row, "resolved_at")
        if let mark = try row.get("mark", as: Int16?.self) {
            rating = Rating(
                mark: Int(mark), words: try row.get("rating_words"),
                at: try present(.optional(row, "rated_at"), "rated_at"))
        }
    }

    func state(_ name: CaseStateName) throws -> Case.State {
        func assignment() throws -> Assignment {
            Assignment(unit: try UnitID(present(unit, "unit"), field: "unit"), isBinding: isBinding)
        }
        func replied() throws -> Reply { try present(reply, "reply") }
        switch name {
        case .submitted: return .submitted
        case .refused: return .refused(reason: reason, rightPlace: rightPlace)
        case .accepted: return .accepted(try present(desk.flatMap(Desk.init(rawValue:)), "desk"))
        case .assigned: return .assigned(try assignment())
        case .inHandling: return .inHandling(try assignment())
        case .waitingForApplicant: return .waitingForApplicant(try assignment(), question: question)
        case .waitingForHigherLevel: return .waitingForHigherLevel(try assignment(), asked: reason)
        case .replied: return .replied(try assignment(), try replied())
        case .resolved: return .resolved(try assignment(), try replied(), at: try present(resolvedAt, "resolved_at"))
        case .rated:
            return .rated(try assignment(), try replied(), try present(rating, "mark"), resolvedAt: resolvedAt)
        case .writtenOff:
            return .writtenOff(
                try assignment(), try replied(), rating, resolvedAt: try present(resolvedAt, "resolved_at"))
        case .withdrawn: return .withdrawn(unit == nil ? nil : try assignment(), reason: reason)
        }
    }
}

extension StoredCase {
    /// The columns that ``init(_:pauses:book:)`` reads, of `appeal.case_file` as c.
    static let columns: SQL = """
        c.id, c.number, c.kind, c.state, c.category, c.title, c.body, c.enterprise_id, c.applicant_unit, c.account,
        c.is_anonymous, c.named_unit, c.complained_unit, c.region, c.industry, c.project_id, c.submitted_at, c.desk,
        c.unit, c.is_binding, c.reason, c.right_place, c.question, c.reply, c.replied_at, c.is_on_time, c.resolved_at,
        c.mark, c.rating_words, c.rated_at, c.returns, c.decision, c.round, c.round_start, c.route, c.reply_rule,
        c.reply_rule_from, c.legal_rule, c.legal_rule_from, c.solution_rule, c.solution_rule_from, c.promised_days,
        c.extension, c.extension_days, c.extension_by, c.overdue, c.reply_due_on, c.solution_due_on, c.seq, c.event_seq
        """

    init(_ row: Row, pauses: [PauseLine], book: RuleBook) throws {
        let kind = try CaseKind.stored(row, "kind")
        let applicant: Applicant
        if let enterprise = try row.get("enterprise_id", as: UUID?.self) {
            applicant = .enterprise(enterprise)
        } else {
            let unit: UnitID = try present(.optional(row, "applicant_unit"), "applicant_unit")
            // Units report problems; what else comes from a unit comes from a bank.
            applicant = kind == .problem ? .unit(unit) : .bank(unit)
        }
        let submission = try Submission(
            kind: kind, applicant: applicant, account: row.get("account"),
            isAnonymous: row.get("is_anonymous"), namedUnit: .optional(row, "named_unit"),
            complainedUnit: .optional(row, "complained_unit"), region: RegionCode(row.get("region")),
            industry: row.get("industry", as: String?.self).map { try IndustryCode($0) },
            project: row.get("project_id"), at: .stored(row, "submitted_at"))
        func rule(_ column: String) throws -> AppliedRule? {
            guard let id = try row.get(column, as: String?.self) else { return nil }
            return try present(book.rule(id, validFrom: .stored(row, "\(column)_from")), column)
        }
        let days = Int(try row.get("extension_days", as: Int32.self))
        let asked: Extension =
            switch try Extension.Name.stored(row, "extension") {
            case .none: .none
            case .requested: .requested(days: days, by: try row.get("extension_by"))
            case .approved: .approved(days: days)
            case .rejected: .rejected
            }
        let clocks = CaseClocks(
            round: Int(try row.get("round", as: Int32.self)), start: try .stored(row, "round_start"),
            rules: RoundRules(
                reply: try present(rule("reply_rule"), "reply_rule"), legal: try rule("legal_rule"),
                solution: try rule("solution_rule")), route: try .stored(row, "route"), pauses: pauses,
            promisedDays: try row.get("promised_days", as: Int32?.self).map(Int.init), extension: asked,
            overdue: Set(
                try row.get("overdue", as: [String].self).map { try present(ClockKind(rawValue: $0), "overdue") }))
        one = Case(
            id: CaseID(try row.get("id", as: UUID.self)), number: try row.get("number"), submission: submission,
            content: CaseContent(storedTitle: try row.get("title"), text: try row.get("body")),
            category: try row.get("category"),
            state: try StateColumns(row).state(.stored(row, "state")), clocks: clocks,
            returns: Int(try row.get("returns", as: Int32.self)), decision: try row.get("decision"),
            version: try row.get("seq"))
        replyDueOn = try .optional(row, "reply_due_on")
        solutionDueOn = try .optional(row, "solution_due_on")
        promisedOn = try clocks.promisedOn()
        eventSeq = try row.get("event_seq")
    }
}
