import Domain
import ProjectContracts
import ProjectDomain
import ServiceRuntime

// Enumerations of the contract and the domain: lights, reports, pre-assessments, rates.

extension LibraryStanding {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_LibraryStanding, field: String) throws(DomainError)
        -> LibraryStanding?
    {
        switch wire {
        case .outside: .outside
        case .admitted: .admitted
        case .excepted: .excepted
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("standing"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_LibraryStanding, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_LibraryStanding {
        switch self {
        case .outside: .outside
        case .admitted: .admitted
        case .excepted: .excepted
        }
    }
}

extension Light {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_Light, field: String) throws(DomainError) -> Light? {
        switch wire {
        case .green: .green
        case .yellow: .yellow
        case .red: .red
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("light"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_Light, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_Light {
        switch self {
        case .green: .green
        case .yellow: .yellow
        case .red: .red
        }
    }
}

extension Light? {
    /// The value of the contract; unspecified for nil.
    var wire: Zhitongche_Project_V1_Light { self?.wire ?? .unspecified }
}

extension LightMeasure {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_LightMeasure, field: String) throws(DomainError) -> LightMeasure?
    {
        switch wire {
        case .milestoneDays: .milestoneDays
        case .investmentShare: .investmentShare
        case .problemLimit: .problemLimit
        case .overdueProblems: .overdueProblems
        case .pointsBehind: .pointsBehind
        case .monthsNotStarted: .monthsNotStarted
        case .monthsNotCounted: .monthsNotCounted
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("measure"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_LightMeasure, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_LightMeasure {
        switch self {
        case .milestoneDays: .milestoneDays
        case .investmentShare: .investmentShare
        case .problemLimit: .problemLimit
        case .overdueProblems: .overdueProblems
        case .pointsBehind: .pointsBehind
        case .monthsNotStarted: .monthsNotStarted
        case .monthsNotCounted: .monthsNotCounted
        }
    }
}

extension LightComparison {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_LightComparison, field: String) throws(DomainError)
        -> LightComparison?
    {
        switch wire {
        case .above: .above
        case .atLeast: .atLeast
        case .below: .below
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("comparison"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_LightComparison, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_LightComparison {
        switch self {
        case .above: .above
        case .atLeast: .atLeast
        case .below: .below
        }
    }
}

extension ReportOutcome {
    var wire: Zhitongche_Project_V1_ReportOutcome {
        switch self {
        case .onTime: .onTime
        case .late: .late
        case .missing: .missing
        }
    }
}

extension PreAssessmentStateName {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_PreAssessmentState, field: String) throws(DomainError)
        -> PreAssessmentStateName?
    {
        switch wire {
        case .open: .open
        case .combined: .combined
        case .withdrawn: .withdrawn
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_PreAssessmentState, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_PreAssessmentState {
        switch self {
        case .open: .open
        case .combined: .combined
        case .withdrawn: .withdrawn
        }
    }
}

extension Opinion {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_Opinion, field: String) throws(DomainError) -> Opinion? {
        switch wire {
        case .agrees: .agrees
        case .conditional: .conditional
        case .objects: .objects
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("opinion"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_Opinion, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_Opinion {
        switch self {
        case .agrees: .agrees
        case .conditional: .conditional
        case .objects: .objects
        }
    }
}

extension PreAssessmentResult {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_PreAssessmentResult, field: String) throws(DomainError)
        -> PreAssessmentResult?
    {
        switch wire {
        case .passed: .passed
        case .conditional: .conditional
        case .refused: .refused
        case .vetoed: .vetoed
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("result"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_PreAssessmentResult, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_PreAssessmentResult {
        switch self {
        case .passed: .passed
        case .conditional: .conditional
        case .refused: .refused
        case .vetoed: .vetoed
        }
    }
}

extension Aspect {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_Aspect, field: String) throws(DomainError) -> Aspect? {
        switch wire {
        case .industry: .industry
        case .planning: .planning
        case .environment: .environment
        case .energy: .energy
        case .benefit: .benefit
        case .technology: .technology
        case .finance: .finance
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("aspect"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_Aspect, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_Aspect {
        switch self {
        case .industry: .industry
        case .planning: .planning
        case .environment: .environment
        case .energy: .energy
        case .benefit: .benefit
        case .technology: .technology
        case .finance: .finance
        }
    }
}

extension VetoClass {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_VetoClass, field: String) throws(DomainError) -> VetoClass? {
        switch wire {
        case .highEnergy: .highEnergy
        case .highPollution: .highPollution
        case .resource: .resource
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("veto class"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_VetoClass, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_VetoClass {
        switch self {
        case .highEnergy: .highEnergy
        case .highPollution: .highPollution
        case .resource: .resource
        }
    }
}

extension VetoClass? {
    /// The value of the contract; unspecified for nil.
    var wire: Zhitongche_Project_V1_VetoClass { self?.wire ?? .unspecified }
}

extension ReportCadence {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_ReportCadence, field: String) throws(DomainError)
        -> ReportCadence?
    {
        switch wire {
        case .weekly: .weekly
        case .monthly: .monthly
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("cadence"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_ReportCadence, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_ReportCadence {
        switch self {
        case .weekly: .weekly
        case .monthly: .monthly
        }
    }
}

extension RateKind {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    static func optional(_ wire: Zhitongche_Project_V1_RateKind, field: String) throws(DomainError) -> RateKind? {
        switch wire {
        case .contractPerformance: .contractPerformance
        case .fundsDomestic: .fundsDomestic
        case .fundsForeign: .fundsForeign
        case .start: .start
        case .production: .production
        case .investment: .investment
        case .problems: .problems
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("rate"))
        }
    }

    init(_ wire: Zhitongche_Project_V1_RateKind, field: String) throws(DomainError) {
        guard let value = try Self.optional(wire, field: field) else { throw DomainError(field, .empty) }
        self = value
    }

    var wire: Zhitongche_Project_V1_RateKind {
        switch self {
        case .contractPerformance: .contractPerformance
        case .fundsDomestic: .fundsDomestic
        case .fundsForeign: .fundsForeign
        case .start: .start
        case .production: .production
        case .investment: .investment
        case .problems: .problems
        }
    }
}

extension ProblemState {
    var wire: Zhitongche_Project_V1_ProblemState {
        switch self {
        case .open: .open
        case .solved: .solved
        case .withdrawn: .withdrawn
        }
    }
}
