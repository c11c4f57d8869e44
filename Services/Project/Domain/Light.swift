import Domain

/// The light of a project (PRJ-10).
public enum Light: String, Hashable, Sendable, CaseIterable, Comparable {
    case green
    case yellow
    case red

    private var rank: Int {
        switch self {
        case .green: 0
        case .yellow: 1
        case .red: 2
        }
    }

    /// Order from the best to the worst.
    public static func < (left: Light, right: Light) -> Bool { left.rank < right.rank }
}

/// What a rule of lights looks at; every value is an exact ratio (PRJ-10).
public enum LightMeasure: String, Hashable, Sendable, CaseIterable {
    /// Days by which the worst milestone is behind its date.
    case milestoneDays = "milestone_days"
    /// Investment completed by what should be completed; 1 when nothing is scheduled yet.
    case investmentShare = "investment_share"
    /// The greatest part of its limit that an open problem has used.
    case problemLimit = "problem_limit"
    /// Open problems that are overdue.
    case overdueProblems = "overdue_problems"
    /// Part of the whole investment by which completion lags behind schedule.
    case pointsBehind = "points_behind"
    /// Calendar months, the current one among them, in which the start was due and did not happen.
    case monthsNotStarted = "months_not_started"
    /// Months since the start without an entry in the statistics library.
    case monthsNotCounted = "months_not_counted"
}

/// How a rule compares.
public enum LightComparison: String, Hashable, Sendable, CaseIterable {
    case above
    case atLeast = "at_least"
    case below
}

/// One rule: the light shines when the comparison holds.
public struct LightRule: Hashable, Sendable {
    /// Yellow or red.
    public let light: Light
    /// What is measured.
    public let measure: LightMeasure
    /// Comparison.
    public let comparison: LightComparison
    /// Threshold.
    public let threshold: Ratio

    /// A rule.
    public init(_ light: Light, _ measure: LightMeasure, _ comparison: LightComparison, _ threshold: Ratio) {
        self.light = light
        self.measure = measure
        self.comparison = comparison
        self.threshold = threshold
    }

    /// Whether the rule's light shines at a value.
    public func shines(at value: Ratio) -> Bool {
        switch comparison {
        case .above: threshold < value
        case .atLeast: threshold <= value
        case .below: value < threshold
        }
    }
}

/// Why a light shines.
public struct LightReason: Hashable, Sendable {
    /// The rule.
    public let rule: LightRule
    /// The value that it met.
    public let value: Ratio

    /// A reason.
    public init(rule: LightRule, value: Ratio) {
        self.rule = rule
        self.value = value
    }
}

/// A named set of rules.
public struct LightRuleSet: Hashable, Sendable {
    /// Name.
    public let name: String
    /// Rules.
    public let rules: [LightRule]
    /// Version for concurrent edits.
    public let version: Int64

    /// Checks name and rules.
    ///
    /// - Throws: ``InvalidFields`` below `rule_set`.
    public init(name: String, rules: [LightRule], version: Int64) throws(InvalidFields) {
        var findings = FieldFindings()
        _ = findings.collect { () throws(DomainError) in try LightRuleSetName(name, field: "rule_set.name") }
        if rules.isEmpty { findings.add(DomainError("rule_set.rules", .empty)) }
        if rules.count > 32 { findings.add(DomainError("rule_set.rules", .tooMany(limit: 32))) }
        for (index, rule) in rules.enumerated() {
            if rule.light == .green {
                findings.add(DomainError("rule_set.rules[\(index)].light", .outOfRange("yellow or red")))
            }
            if rule.threshold < .whole(0) {
                findings.add(DomainError("rule_set.rules[\(index)].threshold", .outOfRange("0 or more")))
            }
        }
        try findings.finish()
        self.name = name
        self.rules = rules
        self.version = version
    }

    /// The light at measured values, and why: the worst light that shines, with every rule that makes it shine.
    public func light(at values: [LightMeasure: Ratio]) -> (light: Light, reasons: [LightReason]) {
        let shining = rules.compactMap { rule in
            values[rule.measure].flatMap { rule.shines(at: $0) ? LightReason(rule: rule, value: $0) : nil }
        }
        guard let worst = shining.map(\.rule.light).max() else { return (.green, []) }
        return (worst, shining.filter { $0.rule.light == worst })
    }

    /// The rules of the specification: days behind a milestone, share of scheduled investment, problems.
    public static let standard: [LightRule] = [
        LightRule(.yellow, .milestoneDays, .above, .whole(0)),
        LightRule(.red, .milestoneDays, .above, .whole(30)),
        LightRule(.yellow, .investmentShare, .below, .percent(90)),
        LightRule(.red, .investmentShare, .below, .percent(70)),
        LightRule(.yellow, .problemLimit, .above, .percent(50)),
        LightRule(.red, .overdueProblems, .above, .whole(0)),
    ]

    /// The rules that Yinchuan published.
    public static let yinchuan: [LightRule] = [
        LightRule(.yellow, .pointsBehind, .atLeast, .percent(10)),
        LightRule(.red, .pointsBehind, .above, .percent(30)),
        LightRule(.yellow, .monthsNotStarted, .atLeast, .whole(1)),
        LightRule(.red, .monthsNotStarted, .atLeast, .whole(3)),
        LightRule(.yellow, .monthsNotCounted, .atLeast, .whole(1)),
        LightRule(.red, .monthsNotCounted, .above, .whole(2)),
    ]
}
