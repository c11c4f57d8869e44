import CommonContracts
import Domain
import Foundation
import PolicyContracts
import PolicyDomain
import ServiceRuntime
import SwiftProtobuf
import Wire

// Enumerations of the contract and the domain.

extension PolicyLevel: ContractWord {
    /// The level of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Policy_V1_PolicyLevel, field: String) throws(DomainError)
        -> PolicyLevel?
    {
        switch wire {
        case .national: .national
        case .provincial: .provincial
        case .city: .city
        case .county: .county
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("level"))
        }
    }

    var wire: Zhitongche_Policy_V1_PolicyLevel {
        switch self {
        case .national: .national
        case .provincial: .provincial
        case .city: .city
        case .county: .county
        }
    }
}

extension PolicyKind {
    init(_ wire: Zhitongche_Policy_V1_PolicyKind, field: String) throws(DomainError) {
        switch wire {
        case .supportive: self = .supportive
        case .restrictiveEnvironment: self = .restrictive(.environment)
        case .restrictiveEnergy: self = .restrictive(.energy)
        case .restrictiveSafety: self = .restrictive(.safety)
        case .unspecified: throw DomainError(field, .empty)
        case .UNRECOGNIZED: throw DomainError(field, .unknown("kind"))
        }
    }

    var wire: Zhitongche_Policy_V1_PolicyKind {
        switch self {
        case .supportive: .supportive
        case .restrictive(.environment): .restrictiveEnvironment
        case .restrictive(.energy): .restrictiveEnergy
        case .restrictive(.safety): .restrictiveSafety
        }
    }
}

extension RedemptionMode {
    init(_ wire: Zhitongche_Policy_V1_RedemptionMode, field: String) throws(DomainError) {
        switch wire {
        case .application: self = .application
        case .automatic: self = .automatic
        case .information: self = .information
        case .unspecified: throw DomainError(field, .empty)
        case .UNRECOGNIZED: throw DomainError(field, .unknown("mode"))
        }
    }

    var wire: Zhitongche_Policy_V1_RedemptionMode {
        switch self {
        case .application: .application
        case .automatic: .automatic
        case .information: .information
        }
    }
}

extension DocumentRelationKind {
    init(_ wire: Zhitongche_Policy_V1_DocumentRelationKind, field: String) throws(DomainError) {
        switch wire {
        case .implements: self = .implements
        case .amends: self = .amends
        case .replaces: self = .replaces
        case .repeals: self = .repeals
        case .unspecified: throw DomainError(field, .empty)
        case .UNRECOGNIZED: throw DomainError(field, .unknown("kind of relation"))
        }
    }

    var wire: Zhitongche_Policy_V1_DocumentRelationKind {
        switch self {
        case .implements: .implements
        case .amends: .amends
        case .replaces: .replaces
        case .repeals: .repeals
        }
    }
}

extension RevisionState: ContractWord {
    /// The state of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Policy_V1_PointState, field: String) throws(DomainError)
        -> RevisionState?
    {
        switch wire {
        case .draft: .draft
        case .inReview: .inReview
        case .published: .published
        case .withdrawn: .withdrawn
        case .expired: .expired
        case .superseded: .superseded
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Policy_V1_PointState {
        switch self {
        case .draft: .draft
        case .inReview: .inReview
        case .published: .published
        case .withdrawn: .withdrawn
        case .expired: .expired
        case .superseded: .superseded
        }
    }
}

extension SearchIndex.Order {
    init(_ wire: Zhitongche_Policy_V1_SearchOrder, field: String) throws(DomainError) {
        switch wire {
        case .unspecified: self = .relevance
        case .newest: self = .newest
        case .level: self = .level
        case .UNRECOGNIZED: throw DomainError(field, .unknown("order"))
        }
    }
}
