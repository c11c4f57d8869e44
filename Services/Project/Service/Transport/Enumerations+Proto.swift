import Domain
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import Wire

// Enumerations of the contract and the domain: information, leads, profiles.

extension InformationClass: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_InformationClass, field: String) throws(DomainError)
        -> InformationClass?
    {
        switch wire {
        case .industryDevelopment: .industryDevelopment
        case .investmentPromotion: .investmentPromotion
        case .project: .project
        case .specialActivity: .specialActivity
        case .majorMatter: .majorMatter
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("class"))
        }
    }

    var wire: Zhitongche_Project_V1_InformationClass {
        switch self {
        case .industryDevelopment: .industryDevelopment
        case .investmentPromotion: .investmentPromotion
        case .project: .project
        case .specialActivity: .specialActivity
        case .majorMatter: .majorMatter
        }
    }
}

extension Collector: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_Collector, field: String) throws(DomainError)
        -> Collector?
    {
        switch wire {
        case .promotionOffice: .promotionOffice
        case .developingEntity: .developingEntity
        case .investmentGroup: .investmentGroup
        case .externalInvestment: .externalInvestment
        case .otherDepartment: .otherDepartment
        case .enterprise: .enterprise
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("collector"))
        }
    }

    var wire: Zhitongche_Project_V1_Collector {
        switch self {
        case .promotionOffice: .promotionOffice
        case .developingEntity: .developingEntity
        case .investmentGroup: .investmentGroup
        case .externalInvestment: .externalInvestment
        case .otherDepartment: .otherDepartment
        case .enterprise: .enterprise
        }
    }
}

extension InformationStateName: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_InformationState, field: String) throws(DomainError)
        -> InformationStateName?
    {
        switch wire {
        case .filed: .filed
        case .sorted: .sorted
        case .disposed: .disposed
        case .fedBack: .fedBack
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Project_V1_InformationState {
        switch self {
        case .filed: .filed
        case .sorted: .sorted
        case .disposed: .disposed
        case .fedBack: .fedBack
        }
    }
}

extension LeadStateName: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_LeadState, field: String) throws(DomainError)
        -> LeadStateName?
    {
        switch wire {
        case .reported: .reported
        case .recommended: .recommended
        case .proposed: .proposed
        case .placed: .placed
        case .converted: .converted
        case .merged: .merged
        case .closed: .closed
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Project_V1_LeadState {
        switch self {
        case .reported: .reported
        case .recommended: .recommended
        case .proposed: .proposed
        case .placed: .placed
        case .converted: .converted
        case .merged: .merged
        case .closed: .closed
        }
    }
}

extension Stage: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_Stage, field: String) throws(DomainError) -> Stage? {
        switch wire {
        case .planned: .planned
        case .negotiating: .negotiating
        case .signed: .signed
        case .started: .started
        case .completed: .completed
        case .inProduction: .inProduction
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("stage"))
        }
    }

    var wire: Zhitongche_Project_V1_Stage {
        switch self {
        case .planned: .planned
        case .negotiating: .negotiating
        case .signed: .signed
        case .started: .started
        case .completed: .completed
        case .inProduction: .inProduction
        }
    }
}

extension ProjectStatus: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ProjectStatus, field: String) throws(DomainError)
        -> ProjectStatus?
    {
        switch wire {
        case .active: .active
        case .suspended: .suspended
        case .terminated: .terminated
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("status"))
        }
    }

    var wire: Zhitongche_Project_V1_ProjectStatus {
        switch self {
        case .active: .active
        case .suspended: .suspended
        case .terminated: .terminated
        }
    }
}

extension EvidenceKind: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_EvidenceKind, field: String) throws(DomainError)
        -> EvidenceKind?
    {
        switch wire {
        case .negotiation: .negotiation
        case .contract: .contract
        case .registration: .registration
        case .land: .land
        case .startPermit: .startPermit
        case .acceptance: .acceptance
        case .production: .production
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("kind of evidence"))
        }
    }

    var wire: Zhitongche_Project_V1_EvidenceKind {
        switch self {
        case .negotiation: .negotiation
        case .contract: .contract
        case .registration: .registration
        case .land: .land
        case .startPermit: .startPermit
        case .acceptance: .acceptance
        case .production: .production
        }
    }
}

extension ProjectSource: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ProjectSource, field: String) throws(DomainError)
        -> ProjectSource?
    {
        switch wire {
        case .attracted: .attracted
        case .local: .local
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("source"))
        }
    }

    var wire: Zhitongche_Project_V1_ProjectSource {
        switch self {
        case .attracted: .attracted
        case .local: .local
        }
    }
}

extension ProjectNature: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ProjectNature, field: String) throws(DomainError)
        -> ProjectNature?
    {
        switch wire {
        case .new: .new
        case .rebuilt: .rebuilt
        case .extended: .extended
        case .renovation: .renovation
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("nature"))
        }
    }

    var wire: Zhitongche_Project_V1_ProjectNature {
        switch self {
        case .new: .new
        case .rebuilt: .rebuilt
        case .extended: .extended
        case .renovation: .renovation
        }
    }
}

extension SizeClass: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ProjectSize, field: String) throws(DomainError)
        -> SizeClass?
    {
        switch wire {
        case .micro: .micro
        case .small: .small
        case .medium: .medium
        case .large: .large
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("size class"))
        }
    }

    var wire: Zhitongche_Project_V1_ProjectSize {
        switch self {
        case .micro: .micro
        case .small: .small
        case .medium: .medium
        case .large: .large
        }
    }
}

extension ChainRole: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ChainRole, field: String) throws(DomainError)
        -> ChainRole?
    {
        switch wire {
        case .fills: .fills
        case .builds: .builds
        case .strengthens: .strengthens
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("role in the chain"))
        }
    }

    var wire: Zhitongche_Project_V1_ChainRole {
        switch self {
        case .fills: .fills
        case .builds: .builds
        case .strengthens: .strengthens
        }
    }
}

extension ChainRole? {
    /// The value of the contract; unspecified for nil.
    var wire: Zhitongche_Project_V1_ChainRole { self?.wire ?? .unspecified }
}

extension ProjectCategory: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_ProjectCategory, field: String) throws(DomainError)
        -> ProjectCategory?
    {
        switch wire {
        case .key: .key
        case .growthDriver: .growthDriver
        case .overall: .overall
        case .livelihood: .livelihood
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("category"))
        }
    }

    var wire: Zhitongche_Project_V1_ProjectCategory {
        switch self {
        case .key: .key
        case .growthDriver: .growthDriver
        case .overall: .overall
        case .livelihood: .livelihood
        }
    }
}

extension ProjectCategory? {
    /// The value of the contract; unspecified for nil.
    var wire: Zhitongche_Project_V1_ProjectCategory { self?.wire ?? .unspecified }
}

extension InvestorStanding: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Project_V1_InvestorStanding, field: String) throws(DomainError)
        -> InvestorStanding?
    {
        switch wire {
        case .world500: .world500
        case .china500: .china500
        case .central: .central
        case .listed: .listed
        case .leader: .leader
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("standing"))
        }
    }

    var wire: Zhitongche_Project_V1_InvestorStanding {
        switch self {
        case .world500: .world500
        case .china500: .china500
        case .central: .central
        case .listed: .listed
        case .leader: .leader
        }
    }
}
