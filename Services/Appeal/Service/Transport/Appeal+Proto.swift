import AppealContracts
import AppealDomain
import Domain
import Wire

// Enumerations of the contract and the domain.

extension CaseKind: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Appeal_V1_CaseKind, field: String) throws(DomainError) -> CaseKind? {
        switch wire {
        case .appeal: .appeal
        case .enquiry: .enquiry
        case .problem: .problem
        case .complaint: .complaint
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("kind"))
        }
    }

    var wire: Zhitongche_Appeal_V1_CaseKind {
        switch self {
        case .appeal: .appeal
        case .enquiry: .enquiry
        case .problem: .problem
        case .complaint: .complaint
        }
    }
}

extension CaseStateName: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Appeal_V1_CaseState, field: String) throws(DomainError)
        -> CaseStateName?
    {
        switch wire {
        case .submitted: .submitted
        case .refused: .refused
        case .accepted: .accepted
        case .assigned: .assigned
        case .inHandling: .inHandling
        case .waitingForApplicant: .waitingForApplicant
        case .waitingForHigherLevel: .waitingForHigherLevel
        case .replied: .replied
        case .resolved: .resolved
        case .rated: .rated
        case .writtenOff: .writtenOff
        case .withdrawn: .withdrawn
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Appeal_V1_CaseState {
        switch self {
        case .submitted: .submitted
        case .refused: .refused
        case .accepted: .accepted
        case .assigned: .assigned
        case .inHandling: .inHandling
        case .waitingForApplicant: .waitingForApplicant
        case .waitingForHigherLevel: .waitingForHigherLevel
        case .replied: .replied
        case .resolved: .resolved
        case .rated: .rated
        case .writtenOff: .writtenOff
        case .withdrawn: .withdrawn
        }
    }
}

extension SupervisionLevel: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(
        _ wire: Zhitongche_Appeal_V1_SupervisionLevel, field: String
    ) throws(DomainError) -> SupervisionLevel? {
        switch wire {
        case .order: .order
        case .listed: .listed
        case .referred: .referred
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("level"))
        }
    }

    var wire: Zhitongche_Appeal_V1_SupervisionLevel {
        switch self {
        case .order: .order
        case .listed: .listed
        case .referred: .referred
        }
    }
}

extension SupervisionStateName: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(
        _ wire: Zhitongche_Appeal_V1_SupervisionState, field: String
    ) throws(DomainError) -> SupervisionStateName? {
        switch wire {
        case .open: .open
        case .answered: .answered
        case .closed: .closed
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Appeal_V1_SupervisionState {
        switch self {
        case .open: .open
        case .answered: .answered
        case .closed: .closed
        }
    }
}

extension SupervisionGround: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(
        _ wire: Zhitongche_Appeal_V1_SupervisionGround, field: String
    ) throws(DomainError) -> SupervisionGround? {
        switch wire {
        case .overdue: .overdue
        case .grave: .grave
        case .neglect: .neglect
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("ground"))
        }
    }

    var wire: Zhitongche_Appeal_V1_SupervisionGround {
        switch self {
        case .overdue: .overdue
        case .grave: .grave
        case .neglect: .neglect
        }
    }
}

extension RectificationStateName: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(
        _ wire: Zhitongche_Appeal_V1_RectificationState, field: String
    ) throws(DomainError) -> RectificationStateName? {
        switch wire {
        case .open: .open
        case .answered: .answered
        case .closed: .closed
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("state"))
        }
    }

    var wire: Zhitongche_Appeal_V1_RectificationState {
        switch self {
        case .open: .open
        case .answered: .answered
        case .closed: .closed
        }
    }
}

extension CaseRoute: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Appeal_V1_CaseRoute, field: String) throws(DomainError) -> CaseRoute?
    {
        switch wire {
        case .ordinary: .ordinary
        case .higherLevel: .higherLevel
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("route"))
        }
    }

    var wire: Zhitongche_Appeal_V1_CaseRoute {
        switch self {
        case .ordinary: .ordinary
        case .higherLevel: .higherLevel
        }
    }
}

extension ClockKind: ContractWord {
    /// The value of the contract; nil when it is unspecified.
    ///
    /// - Throws: `DomainError` naming `field` when it is unknown.
    public static func optional(_ wire: Zhitongche_Appeal_V1_ClockKind, field: String) throws(DomainError) -> ClockKind?
    {
        switch wire {
        case .handling: .handling
        case .reply: .reply
        case .solution: .solution
        case .legal: .legal
        case .unspecified: nil
        case .UNRECOGNIZED: throw DomainError(field, .unknown("clock"))
        }
    }

    var wire: Zhitongche_Appeal_V1_ClockKind {
        switch self {
        case .handling: .handling
        case .reply: .reply
        case .solution: .solution
        case .legal: .legal
        }
    }
}

extension Desk {
    var wire: Zhitongche_Appeal_V1_CaseDesk {
        switch self {
        case .dispatcher: .dispatcher
        case .office: .office
        }
    }
}

extension ReminderSubject {
    var wire: Zhitongche_Appeal_V1_ReminderSubject {
        switch self {
        case .reply: .reply
        case .solution: .solution
        case .supervision: .supervision
        case .rectification: .rectification
        }
    }
}

extension StepKind {
    var wire: Zhitongche_Appeal_V1_StepKind {
        switch self {
        case .submitted: .submitted
        case .edited: .edited
        case .commented: .commented
        case .accepted: .accepted
        case .refused: .refused
        case .assigned: .assigned
        case .transferred: .transferred
        case .returned: .returned
        case .takenUp: .takenUp
        case .applicantAsked: .applicantAsked
        case .informationSupplied: .informationSupplied
        case .escalated: .escalated
        case .decided: .decided
        case .promised: .promised
        case .extensionRequested: .extensionRequested
        case .extensionApproved: .extensionApproved
        case .extensionRejected: .extensionRejected
        case .replied: .replied
        case .resolved: .resolved
        case .rated: .rated
        case .reopened: .reopened
        case .writtenOff: .writtenOff
        case .withdrawn: .withdrawn
        case .becameOverdue: .becameOverdue
        }
    }
}

extension ReminderKind {
    var wire: Zhitongche_Appeal_V1_ReminderKind {
        switch self {
        case .share: .share
        case .before: .workingDaysBefore
        case .due: .due
        case .after: .afterDue
        }
    }
}

extension RecipientRole {
    var wire: Zhitongche_Appeal_V1_RecipientRole {
        switch self {
        case .handler: .handler
        case .leader: .unitLeader
        case .office: .office
        }
    }
}

extension Extension.Name {
    var wire: Zhitongche_Appeal_V1_ExtensionState {
        switch self {
        case .none: .unspecified
        case .requested: .requested
        case .approved: .approved
        case .rejected: .rejected
        }
    }
}

extension DayCount {
    var wire: Zhitongche_Appeal_V1_DayCount {
        switch self {
        case .natural: .natural
        case .working: .working
        }
    }
}
