import Domain

/// One unit's part in a decomposition (ASM-3).
public struct TargetShare: Hashable, Sendable {
    /// Unit.
    public let unit: UnitID
    /// Weight or last year's base.
    public let base: FixedNumber
    /// Goal of the end year; for average annual growth only.
    public let goal: FixedNumber?

    /// A part.
    public init(unit: UnitID, base: FixedNumber, goal: FixedNumber? = nil) {
        self.unit = unit
        self.base = base
        self.goal = goal
    }
}

/// One unit's target.
public struct TargetRow: Hashable, Sendable {
    /// Unit.
    public let unit: UnitID
    /// Target.
    public let target: FixedNumber

    /// A target.
    public init(unit: UnitID, target: FixedNumber) {
        self.unit = unit
        self.target = target
    }
}

/// How targets come about (ASM-3).
public enum TargetMethod: Hashable, Sendable {
    /// As a document sets them, with the total that it prints and its name.
    case set(total: FixedNumber, rows: [TargetRow], source: String)
    /// The whole divided by weights.
    case weights(total: FixedNumber, [TargetShare])
    /// Last year's bases times one coefficient.
    case coefficient(FixedNumber, [TargetShare])
    /// Average annual growth from bases to goals.
    case annualGrowth(baseYear: Int, goalYear: Int, [TargetShare])
    /// Backward from the goal of an end year.
    case endGoal(FixedNumber, year: Int, growthPercent: FixedNumber, [TargetShare])
}

/// Targets as a method gives them: rows by unit, and the whole.
public struct Decomposition: Hashable, Sendable {
    /// The whole.
    public let total: FixedNumber
    /// Rows, ordered by unit.
    public let rows: [TargetRow]

    /// Rows and whole as they were stored.
    public init(total: FixedNumber, rows: [TargetRow]) {
        self.total = total
        self.rows = rows
    }

    /// The sum of the rows.
    public var sum: Int128 { rows.reduce(0) { $0 + Int128($1.target.millionths) } }

    /// Divides a whole by weights; the parts add up to it. Every part is first rounded down to the step; what is left
    /// goes step by step to the greatest remainders, and among equal ones to the unit whose slug comes first. So the
    /// order of the parts does not matter, and no part is further than one step from its exact share.
    ///
    /// - Parameters:
    ///   - total: 0 or more, a multiple of `step`.
    ///   - weights: 0 or more, not all of them 0.
    ///   - step: the last decimal, in millionths.
    public static func largestRemainder(
        _ total: FixedNumber, by weights: [(unit: UnitID, weight: FixedNumber)], step: Int64
    ) -> Decomposition {
        let ordered = weights.sorted { $0.unit < $1.unit }
        let whole = Int128(total.millionths / step)
        let sum = ordered.reduce(Int128(0)) { $0 + Int128($1.weight.millionths) }
        var parts = ordered.map { whole * Int128($0.weight.millionths) / sum }
        let remainders = ordered.map { whole * Int128($0.weight.millionths) % sum }
        let missing = Int(whole - parts.reduce(0, +))
        let places = ordered.indices.sorted {
            remainders[$0] != remainders[$1] ? remainders[$0] > remainders[$1] : $0 < $1
        }
        for place in places.prefix(missing) { parts[place] += 1 }
        return Decomposition(
            total: total,
            rows: zip(ordered, parts).map {
                TargetRow(unit: $0.unit, target: FixedNumber(millionths: Int64($1) * step))
            })
    }
}

extension TargetMethod {
    /// Greatest number of units.
    public static let greatestSize = 3_000
    /// Most years that a decomposition may span.
    public static let greatestSpan = 30

    /// The targets that the method gives for an indicator and a year.
    ///
    /// - Throws: `InvalidFields` below `content.method`.
    public func decomposed(for indicator: Indicator, year: Int) throws(InvalidFields) -> Decomposition {
        try check(for: indicator, year: year)
        let step = indicator.step
        switch self {
        case .set(let total, let rows, _):
            return Decomposition(total: total, rows: rows.sorted { $0.unit < $1.unit })
        case .weights(let total, let shares):
            return .largestRemainder(total, by: shares.map { ($0.unit, $0.base) }, step: step)
        case .coefficient(let coefficient, let shares):
            let sum = shares.reduce(Int128(0)) { $0 + Int128($1.base.millionths) }
            // The sum of 3,000 bases times a coefficient stays below 2^127.
            let steps = roundedHalfUp(
                sum * Int128(coefficient.millionths), by: Int128(FixedNumber.one) * Int128(step))
            let total = try Self.bounded(steps * Int128(step), field: "content.method.coefficient")
            return .largestRemainder(total, by: shares.map { ($0.unit, $0.base) }, step: step)
        case .annualGrowth(let baseYear, let goalYear, let shares):
            return try Self.grown(shares, baseYear: baseYear, goalYear: goalYear, year: year, step: step)
        case .endGoal(let goal, let goalYear, let growth, let shares):
            let years = goalYear - year
            let hundred = 100 * FixedNumber.one
            let total = BigNatural.roundedQuotient(
                BigNatural(UInt64(goal.millionths)) * BigNatural(UInt64(hundred)).power(years),
                by: BigNatural(UInt64(hundred + growth.millionths)).power(years) * BigNatural(UInt64(step)),
                limit: UInt64(FixedNumber.limit / step))
            guard let total else {
                throw InvalidFields([DomainError("content.method.end_goal.growth_percent", .overflow)])
            }
            return .largestRemainder(
                FixedNumber(millionths: Int64(total) * step), by: shares.map { ($0.unit, $0.base) }, step: step)
        }
    }

    private static func grown(
        _ shares: [TargetShare], baseYear: Int, goalYear: Int, year: Int, step: Int64
    ) throws(InvalidFields) -> Decomposition {
        let field = "content.method.annual_growth"
        let base = try bounded(shares.reduce(0) { $0 + Int128($1.base.millionths) }, field: "\(field).shares")
        let goal = try bounded(
            shares.reduce(0) { $0 + Int128(($1.goal ?? .zero).millionths) }, field: "\(field).shares")
        let span = goalYear - baseYear
        guard let factor = GrowthFactor(from: base, to: goal, years: span),
            let total = factor.applied(to: base, years: year - baseYear, step: step)
        else { throw InvalidFields([DomainError("\(field).shares", .overflow)]) }
        var weights: [(unit: UnitID, weight: FixedNumber)] = []
        for (index, share) in shares.enumerated() {
            guard let goal = share.goal, let own = GrowthFactor(from: share.base, to: goal, years: span),
                let weight = own.applied(to: share.base, years: year - baseYear, step: 1)
            else { throw InvalidFields([DomainError("\(field).shares[\(index)].goal", .overflow)]) }
            weights.append((share.unit, weight))
        }
        guard weights.contains(where: { $0.weight > .zero }) else {
            throw InvalidFields([DomainError("\(field).shares", .outOfRange("large enough to be divided"))])
        }
        return .largestRemainder(total, by: weights, step: step)
    }

    private static func bounded(_ millionths: Int128, field: String) throws(InvalidFields) -> FixedNumber {
        guard millionths.magnitude <= UInt128(FixedNumber.limit) else {
            throw InvalidFields([DomainError(field, .overflow)])
        }
        return FixedNumber(millionths: Int64(millionths))
    }
}
