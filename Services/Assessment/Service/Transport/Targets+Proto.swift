import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import ServiceRuntime

extension TargetContent {
    /// Reads a content; the method is checked when it is worked out.
    ///
    /// - Throws: `DomainError` below `content`.
    init(_ wire: Zhitongche_Assessment_V1_TargetContent) throws(DomainError) {
        guard let method = wire.method.method else { throw DomainError("content.method", .empty) }
        guard wire.longerGoals.count <= 16 else { throw DomainError("content.longer_goals", .tooMany(limit: 16)) }
        var goals: [LongerGoal] = []
        for (index, goal) in wire.longerGoals.enumerated() {
            goals.append(
                LongerGoal(
                    year: Int(goal.year),
                    total: try FixedNumber(
                        goal.hasTotal ? goal.total : nil, field: "content.longer_goals[\(index)].total")))
        }
        self.init(method: try TargetMethod(method), longerGoals: goals)
    }

    /// The content on the wire.
    var wire: Zhitongche_Assessment_V1_TargetContent {
        .with {
            $0.method.method = method.wire
            $0.longerGoals = longerGoals.map { goal in
                .with {
                    $0.year = Int32(goal.year)
                    $0.total = goal.total.wire
                }
            }
        }
    }
}

extension TargetMethod {
    fileprivate init(_ wire: Zhitongche_Assessment_V1_TargetMethod.OneOf_Method) throws(DomainError) {
        let method = "content.method"
        switch wire {
        case .set(let set):
            self = .set(
                total: try FixedNumber(set.hasTotal ? set.total : nil, field: "\(method).set.total"),
                rows: try Self.rows(set.rows, "\(method).set.rows"), source: stored(set.source))
        case .weights(let weights):
            self = .weights(
                total: try FixedNumber(weights.hasTotal ? weights.total : nil, field: "\(method).weights.total"),
                try Self.shares(weights.shares, "\(method).weights.shares"))
        case .coefficient(let coefficient):
            self = .coefficient(
                try FixedNumber(
                    coefficient.hasCoefficient ? coefficient.coefficient : nil,
                    field: "\(method).coefficient.coefficient"),
                try Self.shares(coefficient.shares, "\(method).coefficient.shares"))
        case .annualGrowth(let growth):
            self = .annualGrowth(
                baseYear: Int(growth.baseYear), goalYear: Int(growth.goalYear),
                try Self.shares(growth.shares, "\(method).annual_growth.shares"))
        case .endGoal(let end):
            self = .endGoal(
                try FixedNumber(end.hasGoal ? end.goal : nil, field: "\(method).end_goal.goal"),
                year: Int(end.goalYear),
                growthPercent: try FixedNumber(
                    end.hasGrowthPercent ? end.growthPercent : nil, field: "\(method).end_goal.growth_percent"),
                try Self.shares(end.shares, "\(method).end_goal.shares"))
        }
    }

    private static func rows(
        _ wire: [Zhitongche_Assessment_V1_TargetRow], _ field: String
    ) throws(DomainError) -> [TargetRow] {
        guard wire.count <= greatestSize else { throw DomainError(field, .tooMany(limit: greatestSize)) }
        var rows: [TargetRow] = []
        for (index, row) in wire.enumerated() {
            rows.append(
                TargetRow(
                    unit: try UnitID(row.unitID, field: "\(field)[\(index)].unit_id"),
                    target: try FixedNumber(row.hasTarget ? row.target : nil, field: "\(field)[\(index)].target")))
        }
        return rows
    }

    private static func shares(
        _ wire: [Zhitongche_Assessment_V1_TargetShare], _ field: String
    ) throws(DomainError) -> [TargetShare] {
        guard wire.count <= greatestSize else { throw DomainError(field, .tooMany(limit: greatestSize)) }
        var shares: [TargetShare] = []
        for (index, share) in wire.enumerated() {
            shares.append(
                TargetShare(
                    unit: try UnitID(share.unitID, field: "\(field)[\(index)].unit_id"),
                    base: try FixedNumber(share.hasBase ? share.base : nil, field: "\(field)[\(index)].base"),
                    goal: share.hasGoal ? try FixedNumber(share.goal, field: "\(field)[\(index)].goal") : nil))
        }
        return shares
    }

    fileprivate var wire: Zhitongche_Assessment_V1_TargetMethod.OneOf_Method {
        switch self {
        case .set(let total, let rows, let source):
            .set(
                .with {
                    $0.total = total.wire
                    $0.rows = rows.map(\.wire)
                    $0.source = source
                })
        case .weights(let total, let shares):
            .weights(
                .with {
                    $0.total = total.wire
                    $0.shares = shares.map(\.wire)
                })
        case .coefficient(let coefficient, let shares):
            .coefficient(
                .with {
                    $0.coefficient = coefficient.wire
                    $0.shares = shares.map(\.wire)
                })
        case .annualGrowth(let baseYear, let goalYear, let shares):
            .annualGrowth(
                .with {
                    $0.baseYear = Int32(baseYear)
                    $0.goalYear = Int32(goalYear)
                    $0.shares = shares.map(\.wire)
                })
        case .endGoal(let goal, let year, let growth, let shares):
            .endGoal(
                .with {
                    $0.goal = goal.wire
                    $0.goalYear = Int32(year)
                    $0.growthPercent = growth.wire
                    $0.shares = shares.map(\.wire)
                })
        }
    }
}

extension TargetShare {
    fileprivate var wire: Zhitongche_Assessment_V1_TargetShare {
        .with {
            $0.unitID = unit.text
            $0.base = base.wire
            if let goal { $0.goal = goal.wire }
        }
    }
}

extension TargetRow {
    var wire: Zhitongche_Assessment_V1_TargetRow {
        .with {
            $0.unitID = unit.text
            $0.target = target.wire
        }
    }
}

extension TargetMismatch {
    fileprivate func wire(isAcknowledged: Bool) -> Zhitongche_Assessment_V1_TargetMismatch {
        .with {
            switch self {
            case .sum(let stated, let found):
                $0.kind = .sum
                $0.stated = stated.wire
                $0.found = found.wire
            case .longerGoal(let year, let stated, let found):
                $0.kind = .longerGoal
                $0.stated = stated.wire
                $0.found = found.wire
                $0.year = Int32(year)
            }
            $0.acknowledged = isAcknowledged
        }
    }
}

extension StoredTargets {
    /// The revision on the wire; lists leave content and rows out.
    func wire(isWhole: Bool) -> Zhitongche_Assessment_V1_Targets {
        .with {
            $0.targetsID = id.description
            $0.indicatorID = indicator.text
            $0.year = Int32(year)
            $0.revision = Int32(revision.number)
            $0.state = state.wire
            if isWhole {
                $0.content = revision.content.wire
                $0.rows = revision.decomposition.rows.map(\.wire)
            }
            $0.total = revision.decomposition.total.wire
            $0.mismatches = revision.mismatches.map { $0.wire(isAcknowledged: revision.isAcknowledged) }
            $0.ownerUnitID = owner.text
            $0.reason = revision.reason
            $0.version = version
        }
    }
}

extension TargetStep {
    /// The step on the wire.
    var wire: Zhitongche_Assessment_V1_TargetStep {
        .with {
            $0.version = version
            $0.revision = Int32(revision)
            $0.state = state.wire
            $0.step = step.rawValue
            $0.accountID = account.text
            $0.reason = reason
            $0.at = at.wire
            $0.changes = changes.map { change in
                .with {
                    $0.unitID = change.unit.text
                    if let before = change.before { $0.before = before.wire }
                    if let after = change.after { $0.after = after.wire }
                }
            }
        }
    }
}
