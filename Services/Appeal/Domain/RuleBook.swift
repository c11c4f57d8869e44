import Domain

/// The rules of deadlines that appeal applies, found by kind, category and route (APL-3).
public struct RuleBook: Sendable {
    /// The category of everything that no rule singles out.
    public static let general = "general"
    /// The categories in which the documents make banks applicants: guarantee, counter-guarantee and collateral.
    public static let ofBanks: Set<String> = ["credit-enhancement"]

    /// A rule with the clock that it limits.
    public struct Entry: Hashable, Sendable {
        /// The rule.
        public let rule: DeadlineRule
        /// The clock; nil for rules that other services apply.
        public let clock: ClockKind?

        /// An entry from its parts.
        public init(rule: DeadlineRule, clock: ClockKind?) {
            self.rule = rule
            self.clock = clock
        }
    }

    /// The entries.
    public let entries: [Entry]

    /// A book of entries.
    public init(_ entries: [Entry]) { self.entries = entries }

    /// The clocks that the documents' rules limit.
    ///
    /// Answers to applications and questions limit the reply; spans within which a bank or a registry has to be done
    /// limit the solution.
    public static func clock(of rule: DeadlineRule) -> ClockKind? {
        switch rule.id {
        case "appeal-reply", "finance-application-reply", "credit-enhancement-answer", "problem-list-measures": .reply
        case "appeal-higher-level": .legal
        case "credit-enhancement-solution", "easy-credit", "property-registration-immediate",
            "epidemic-credit-approval", "property-registration-mortgage", "property-registration-other":
            .solution
        case _: nil
        }
    }

    /// The categories of the rules, with the general one.
    public var categories: Set<String> { Set(entries.compactMap(\.rule.category)).union([Self.general]) }

    /// The rules of a round that begins on a day. What a category says comes before what a kind says; enquiries and
    /// complaints are answered like appeals, problems in the days of the problem list.
    ///
    /// - Throws: `DomainError` naming `category` when no rule of a reply holds on the day.
    public func rules(kind: CaseKind, category: String, on day: CivilDate) throws(DomainError) -> RoundRules {
        let matter = kind == .problem ? "problem" : "appeal"
        func find(_ clock: ClockKind) -> AppliedRule? {
            let held = entries.filter { $0.clock == clock && $0.rule.valid.contains(day) }
            // A problem that a higher level decides waits no longer than an appeal would.
            let found =
                held.first { $0.rule.category == category }
                ?? held.first { $0.rule.category == nil && $0.rule.matter == matter }
                ?? (clock == .legal ? held.first { $0.rule.category == nil } : nil)
            return found.flatMap(Self.applied)
        }
        guard let reply = find(.reply) else { throw DomainError("category", .unknown("rule of a reply on \(day)")) }
        return RoundRules(reply: reply, legal: find(.legal), solution: find(.solution))
    }

    /// The version of a rule that begins on a day; nil when there is none.
    public func rule(_ id: String, validFrom: CivilDate) -> AppliedRule? {
        entries.first { $0.rule.id == id && $0.rule.valid.start == validFrom }.flatMap(Self.applied)
    }

    private static func applied(_ entry: Entry) -> AppliedRule? {
        switch entry.rule.limit {
        case .days(let term):
            AppliedRule(
                id: entry.rule.id, validFrom: entry.rule.valid.start, source: entry.rule.source, term: term,
                outerDays: entry.rule.outerDays)
        case .months, .beforeEachMonth: nil
        }
    }
}
