import Domain
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

// Enumerations of the contract and the domain: lights, reports, pre-assessments, rates.

extension LibraryStanding: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_LibraryStanding, field: String) throws(DomainError)
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

    var wire: Zhitongche_Project_V1_LibraryStanding {
        switch self {
        case .outside: .outside
        case .admitted: .admitted
        case .excepted: .excepted
        }
    }
}

extension Light: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_Light, field: String) throws(DomainError) -> Light? {
        switch wire {
        case .green: .green
        case .yellow: .yellow
        case .red: .red
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("light"))
        }
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

extension LightMeasure: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_LightMeasure, field: String) throws(DomainError)
        -> LightMeasure?
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

extension LightComparison: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_LightComparison, field: String) throws(DomainError)
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

extension PreAssessmentStateName: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_PreAssessmentState, field: String) throws(DomainError)
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

    var wire: Zhitongche_Project_V1_PreAssessmentState {
        switch self {
        case .open: .open
        case .combined: .combined
        case .withdrawn: .withdrawn
        }
    }
}

extension Opinion: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_Opinion, field: String) throws(DomainError) -> Opinion? {
        switch wire {
        case .agrees: .agrees
        case .conditional: .conditional
        case .objects: .objects
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("opinion"))
        }
    }

    var wire: Zhitongche_Project_V1_Opinion {
        switch self {
        case .agrees: .agrees
        case .conditional: .conditional
        case .objects: .objects
        }
    }
}

extension PreAssessmentResult: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_PreAssessmentResult, field: String) throws(DomainError)
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

    var wire: Zhitongche_Project_V1_PreAssessmentResult {
        switch self {
        case .passed: .passed
        case .conditional: .conditional
        case .refused: .refused
        case .vetoed: .vetoed
        }
    }
}

extension Aspect: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_Aspect, field: String) throws(DomainError) -> Aspect? {
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

extension VetoClass: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_VetoClass, field: String) throws(DomainError)
        -> VetoClass?
    {
        switch wire {
        case .highEnergy: .highEnergy
        case .highPollution: .highPollution
        case .resource: .resource
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("veto class"))
        }
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

extension ReportCadence: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ReportCadence, field: String) throws(DomainError)
        -> ReportCadence?
    {
        switch wire {
        case .weekly: .weekly
        case .monthly: .monthly
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("cadence"))
        }
    }

    var wire: Zhitongche_Project_V1_ReportCadence {
        switch self {
        case .weekly: .weekly
        case .monthly: .monthly
        }
    }
}

extension RateKind: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_RateKind, field: String) throws(DomainError) -> RateKind?
    {
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
