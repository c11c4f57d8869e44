import Domain
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

extension Plan {
    /// Reads a plan.
    ///
    /// - Throws: `InvalidFields` or `DomainError` below `plan`.
    init(_ wire: Zhitongche_Project_V1_Plan) throws {
        guard wire.milestones.count <= 64 else { throw DomainError("plan.milestones", .tooMany(limit: 64)) }
        guard wire.schedule.count <= 120 else { throw DomainError("plan.schedule", .tooMany(limit: 120)) }
        let milestones = try wire.milestones.enumerated().map { index, milestone in
            let field = "plan.milestones[\(index)]"
            return try Milestone(
                name: stored(milestone.name),
                dueOn: required(milestone.hasDueOn ? milestone.dueOn : nil, field: "\(field).due_on"),
                unit: UnitID(milestone.unitID, field: "\(field).unit_id"), post: stored(milestone.post),
                stage: Stage.optional(milestone.stage, field: "\(field).stage"), field: field)
        }
        let schedule = try wire.schedule.enumerated().map { index, entry in
            ScheduledAmount(
                month: try Month(entry.month, field: "plan.schedule[\(index)].month"), completed: Money(entry.completed)
            )
        }
        try self.init(
            milestones: milestones, schedule: schedule,
            cadence: ReportCadence(wire.cadence, field: "plan.cadence"),
            reportsFrom: required(wire.hasReportsFrom ? wire.reportsFrom : nil, field: "plan.reports_from"),
            ruleSet: wire.ruleSet.isEmpty ? "standard" : wire.ruleSet)
    }

    var wire: Zhitongche_Project_V1_Plan {
        .with {
            $0.milestones = milestones.enumerated().map { index, milestone in
                .with {
                    $0.name = milestone.name
                    $0.dueOn = milestone.dueOn.wire
                    $0.unitID = milestone.unit.text
                    $0.post = milestone.post
                    $0.stage = milestone.stage?.wire ?? .unspecified
                    if let reachedOn = milestone.reachedOn { $0.reachedOn = reachedOn.wire }
                    $0.number = Int32(index + 1)
                }
            }
            $0.schedule = schedule.map { entry in
                .with {
                    $0.month = entry.month.wire
                    $0.completed = entry.completed.wire
                }
            }
            $0.cadence = cadence.wire
            $0.reportsFrom = reportsFrom.wire
            $0.ruleSet = ruleSet
        }
    }
}

extension ProgressReport {
    var wire: Zhitongche_Project_V1_ProgressReport {
        .with {
            $0.period = period.wire
            if let content {
                $0.figures = content.figures.wire
                $0.picture = content.picture
                $0.correctionNote = content.correctionNote
                $0.reportedAt = content.at.wire
            }
            $0.dueOn = dueOn.wire
            $0.outcome = outcome.wire
        }
    }
}

extension LightRule {
    init(_ wire: Zhitongche_Project_V1_LightRule, field: String) throws(DomainError) {
        guard wire.hasThreshold else { throw DomainError("\(field).threshold", .empty) }
        self.init(
            try Light(wire.light, field: "\(field).light"), try LightMeasure(wire.measure, field: "\(field).measure"),
            try LightComparison(wire.comparison, field: "\(field).comparison"),
            try Ratio(wire.threshold, field: "\(field).threshold"))
    }

    var wire: Zhitongche_Project_V1_LightRule {
        .with {
            $0.light = light.wire
            $0.measure = measure.wire
            $0.comparison = comparison.wire
            $0.threshold = threshold.wire
        }
    }
}

extension LightReason {
    var wire: Zhitongche_Project_V1_LightReason {
        .with {
            $0.rule = rule.wire
            $0.value = value.wire
        }
    }
}

extension LightRuleSet {
    init(_ wire: Zhitongche_Project_V1_LightRuleSet) throws {
        guard wire.rules.count <= 32 else { throw DomainError("rule_set.rules", .tooMany(limit: 32)) }
        guard wire.version >= 0 else { throw DomainError("rule_set.version", .outOfRange("0 or more")) }
        try self.init(
            name: wire.name,
            rules: wire.rules.enumerated().map { try LightRule($1, field: "rule_set.rules[\($0)]") },
            version: wire.version)
    }

    var wire: Zhitongche_Project_V1_LightRuleSet {
        .with {
            $0.name = name
            $0.rules = rules.map(\.wire)
            $0.version = version
        }
    }
}

extension LightChange {
    var wire: Zhitongche_Project_V1_LightChange {
        .with {
            $0.from = fact.from.wire
            $0.to = fact.to.wire
            $0.ruleSet = ruleSet
            $0.reasons = fact.reasons.map(\.wire)
            $0.changedOn = on.wire
            $0.changedAt = at.wire
            $0.number = Int32(number)
        }
    }
}

extension ProjectProblem {
    /// The problem at a point in time, which decides whether it is overdue.
    func wire(at now: BusinessTime) -> Zhitongche_Project_V1_ProjectProblem {
        .with {
            $0.caseID = caseID.uuidString.lowercased()
            $0.unitID = unit
            $0.state = state.wire
            $0.openedAt = openedAt.wire
            if let dueAt {
                $0.dueAt = dueAt.wire
                $0.overdue = state == .open && dueAt <= now
            }
            if let endedAt { $0.endedAt = endedAt.wire }
        }
    }
}

extension Rate.Line {
    var wire: Zhitongche_Project_V1_RateLine {
        .with {
            $0.projectID = project.description
            $0.number = number
            if let signedOn { $0.signedOn = signedOn.wire }
            $0.numerator = numerator
            $0.denominator = denominator
            $0.signings = Int32(signings)
        }
    }
}

extension RateKind {
    /// What numerator and denominator count.
    var unit: Zhitongche_Project_V1_RateUnit {
        switch self {
        case .contractPerformance, .start, .production: .projects
        case .fundsDomestic, .investment: .fen
        case .fundsForeign: .usCents
        case .problems: .problems
        }
    }
}
