import AssessmentContracts
import AssessmentDomain
import Domain
import ServiceRuntime
import Wire

// Enumerations of the contract and the domain.

extension Tier: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Assessment_V1_Tier, field: String) throws(DomainError) -> Tier? {
        switch wire {
        case .promotionOffice: .promotionOffice
        case .developingEntity: .developingEntity
        case .investmentGroup: .investmentGroup
        case .externalInvestmentDepartment: .externalInvestmentDepartment
        case .supportDepartment: .supportDepartment
        case .county: .county
        case .functionalZone: .functionalZone
        case .cityBureau: .cityBureau
        case .campaignGroup: .campaignGroup
        case .taskForce: .taskForce
        case .serviceLine: .serviceLine
        case .town: .town
        case .bank: .bank
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("tier"))
        }
    }

    var wire: Zhitongche_Assessment_V1_Tier {
        switch self {
        case .promotionOffice: .promotionOffice
        case .developingEntity: .developingEntity
        case .investmentGroup: .investmentGroup
        case .externalInvestmentDepartment: .externalInvestmentDepartment
        case .supportDepartment: .supportDepartment
        case .county: .county
        case .functionalZone: .functionalZone
        case .cityBureau: .cityBureau
        case .campaignGroup: .campaignGroup
        case .taskForce: .taskForce
        case .serviceLine: .serviceLine
        case .town: .town
        case .bank: .bank
        }
    }
}

extension Direction {
    init(_ wire: Zhitongche_Assessment_V1_Direction, field: String) throws(DomainError) {
        switch wire {
        case .more: self = .more
        case .less: self = .less
        case .unspecified: throw DomainError(field, .empty)
        case .UNRECOGNIZED: throw DomainError(field, .unknown("direction"))
        }
    }

    var wire: Zhitongche_Assessment_V1_Direction {
        switch self {
        case .more: .more
        case .less: .less
        }
    }
}

extension PeriodKind {
    init(_ wire: Zhitongche_Assessment_V1_PeriodKind, field: String) throws(DomainError) {
        switch wire {
        case .month: self = .month
        case .quarter: self = .quarter
        case .half: self = .half
        case .year: self = .year
        case .unspecified: throw DomainError(field, .empty)
        case .UNRECOGNIZED: throw DomainError(field, .unknown("kind of period"))
        }
    }

    var wire: Zhitongche_Assessment_V1_PeriodKind {
        switch self {
        case .month: .month
        case .quarter: .quarter
        case .half: .half
        case .year: .year
        }
    }
}

extension Derivation: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Assessment_V1_Derivation, field: String) throws(DomainError)
        -> Derivation?
    {
        switch wire {
        case .onTimeReply: .onTimeReply
        case .satisfaction: .satisfaction
        case .solvedProblems: .solvedProblems
        case .startRate: .startRate
        case .investmentCompletion: .investmentCompletion
        case .fundsInPlace: .fundsInPlace
        case .policyFreshness: .policyFreshness
        case .reportPunctuality: .reportPunctuality
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("derivation"))
        }
    }

    var wire: Zhitongche_Assessment_V1_Derivation {
        switch self {
        case .onTimeReply: .onTimeReply
        case .satisfaction: .satisfaction
        case .solvedProblems: .solvedProblems
        case .startRate: .startRate
        case .investmentCompletion: .investmentCompletion
        case .fundsInPlace: .fundsInPlace
        case .policyFreshness: .policyFreshness
        case .reportPunctuality: .reportPunctuality
        }
    }
}

extension TargetState: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Assessment_V1_TargetState, field: String) throws(DomainError)
        -> TargetState?
    {
        switch wire {
        case .draft: .draft
        case .inReview: .inReview
        case .reviewed: .reviewed
        case .approved: .approved
        case .superseded: .superseded
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Assessment_V1_TargetState {
        switch self {
        case .draft: .draft
        case .inReview: .inReview
        case .reviewed: .reviewed
        case .approved: .approved
        case .superseded: .superseded
        }
    }
}

extension ResultState: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Assessment_V1_ResultState, field: String) throws(DomainError)
        -> ResultState?
    {
        switch wire {
        case .draft: .draft
        case .published: .published
        case .discarded: .discarded
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Assessment_V1_ResultState {
        switch self {
        case .draft: .draft
        case .published: .published
        case .discarded: .discarded
        }
    }
}

extension IndicatorSource.Kind {
    var wire: Zhitongche_Assessment_V1_IndicatorSource {
        switch self {
        case .events: .events
        case .reports: .reports
        case .both: .both
        }
    }
}

extension ValueState {
    var wire: Zhitongche_Assessment_V1_ValueState {
        switch self {
        case .reported: .reported
        case .verified: .verified
        case .reopened: .reopened
        }
    }
}

extension ValueEntryKind {
    var wire: Zhitongche_Assessment_V1_ValueEntryKind {
        switch self {
        case .reported: .reported
        case .late: .late
        case .revised: .revised
        case .verified: .verified
        case .reopened: .reopened
        }
    }
}

extension SchemeState {
    var wire: Zhitongche_Assessment_V1_SchemeState {
        switch self {
        case .draft: .draft
        case .published: .published
        case .superseded: .superseded
        }
    }
}

extension InputOrigin {
    var wire: Zhitongche_Assessment_V1_InputOrigin {
        switch self {
        case .none: .unspecified
        case .events: .events
        case .reported: .reported
        case .late: .late
        case .revised: .revised
        case .verified: .verified
        }
    }
}
