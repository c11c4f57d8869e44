import AppealContracts
import AppealDomain
import Domain
import ServiceRuntime
import Wire

extension RuleBook.Entry {
    var wire: Zhitongche_Appeal_V1_DeadlineRule {
        .with {
            $0.ruleID = rule.id
            $0.kind = rule.matter.flatMap(CaseKind.init(rawValue:))?.wire ?? .unspecified
            $0.category = rule.category ?? ""
            $0.route = rule.isForHigherLevel ? .higherLevel : .unspecified
            $0.clock = clock?.wire ?? .unspecified
            switch rule.limit {
            case .days(let term):
                $0.limit = Int32(term.days)
                $0.count = term.count.wire
                $0.absolute = term.isAbsolute
            case .months(let months):
                $0.limit = Int32(months)
                $0.count = .months
            case .beforeEachMonth: break
            }
            $0.outerLimit = Int32(rule.outerDays ?? 0)
            $0.after = rule.after ?? ""
            $0.source = rule.source
            $0.validFrom = rule.valid.start.wire
            if let end = rule.valid.end { $0.validUntil = end.wire }
        }
    }

    /// Reads a rule that somebody wants to set.
    ///
    /// - Throws: `DomainError` or ``InvalidFields`` with paths below `rule`.
    init(_ wire: Zhitongche_Appeal_V1_DeadlineRule) throws {
        let slug = try UnitID(wire.ruleID, field: "rule.rule_id").text
        let category = wire.category.isEmpty ? nil : try UnitID(wire.category, field: "rule.category").text
        let clock = try ClockKind.optional(wire.clock, field: "rule.clock")
        let route = try CaseRoute.optional(wire.route, field: "rule.route")
        guard wire.hasValidFrom else { throw DomainError("rule.valid_from", .empty) }
        guard !wire.hasValidUntil else { throw DomainError("rule.valid_until", .notApplicable("an end")) }
        let from = try CivilDate(wire.validFrom, field: "rule.valid_from")
        let limit: DeadlineRule.Limit
        switch wire.count {
        case .natural, .working:
            limit = .days(
                try DeadlineTerm(
                    days: number(wire.limit, 0...3_650, "rule.limit"),
                    count: wire.count == .working ? .working : .natural, isAbsolute: wire.absolute))
        case .months: limit = .months(try number(wire.limit, 1...120, "rule.limit"))
        case .unspecified: throw DomainError("rule.count", .empty)
        case .UNRECOGNIZED: throw DomainError("rule.count", .unknown("count of days"))
        }
        if clock != nil, case .months = limit {
            throw DomainError("rule.count", .notApplicable("months of a clock, which counts days"))
        }
        guard (clock == .legal) == (route == .higherLevel) else {
            throw DomainError("rule.route", .notApplicable("another clock than that of matters for a higher level"))
        }
        let outer =
            wire.outerLimit == 0
            ? nil : try number(wire.outerLimit, max(1, Int(wire.limit))...3_650, "rule.outer_limit")
        guard outer == nil || !wire.absolute else {
            throw DomainError("rule.outer_limit", .notApplicable("an outer limit of an absolute rule"))
        }
        self.init(
            rule: DeadlineRule(
                id: slug, matter: try CaseKind.optional(wire.kind, field: "rule.kind")?.rawValue, category: category,
                isForHigherLevel: route == .higherLevel, limit: limit, outerDays: outer,
                after: wire.after.isEmpty ? nil : try text(wire.after, 1...64, field: "rule.after"),
                source: try text(wire.source, 1...256, field: "rule.source"), valid: try Period(from: from, until: nil)),
            clock: clock)
    }
}
