import Domain

/// Whose desk an accepted case lies on (APL-2).
public enum Desk: String, Hashable, Sendable, CaseIterable {
    case dispatcher
    /// The leading-group office's, after the third return; what it assigns cannot be returned.
    case office
}

/// Which unit has a case.
public struct Assignment: Hashable, Sendable {
    /// The unit.
    public let unit: UnitID
    /// Whether the office assigned it, so that it cannot be returned.
    public let isBinding: Bool

    /// An assignment from its parts.
    public init(unit: UnitID, isBinding: Bool) {
        self.unit = unit
        self.isBinding = isBinding
    }
}

/// What the applicant was told.
public struct Reply: Hashable, Sendable {
    /// The text.
    public let text: String
    /// When, in business time.
    public let at: BusinessTime
    /// Whether it came by the last day that bound.
    public let isOnTime: Bool

    /// A reply from its parts.
    public init(text: String, at: BusinessTime, isOnTime: Bool) {
        self.text = text
        self.at = at
        self.isOnTime = isOnTime
    }
}

/// How the applicant rated a reply (APL-9).
public struct Rating: Hashable, Sendable {
    /// Marks up to this one open a rectification.
    public static let lowMark = 2

    /// 1 to 5.
    public let mark: Int
    /// The applicant's words; may be empty.
    public let words: String
    /// When, in business time.
    public let at: BusinessTime

    /// A rating from its parts; the mark is checked where it is read.
    public init(mark: Int, words: String, at: BusinessTime) {
        self.mark = mark
        self.words = words
        self.at = at
    }

    /// Whether it opens a rectification.
    public var isLow: Bool { mark <= Self.lowMark }
}

extension Case {
    /// Where a case stands (APL-2).
    public enum State: Hashable, Sendable {
        case submitted
        case refused(reason: String, rightPlace: String)
        case accepted(Desk)
        case assigned(Assignment)
        case inHandling(Assignment)
        case waitingForApplicant(Assignment, question: String)
        case waitingForHigherLevel(Assignment, asked: String)
        case replied(Assignment, Reply)
        case resolved(Assignment, Reply, at: BusinessTime)
        /// Rated, perhaps before it was resolved.
        case rated(Assignment, Reply, Rating, resolvedAt: BusinessTime?)
        case writtenOff(Assignment, Reply, Rating?, resolvedAt: BusinessTime)
        case withdrawn(Assignment?, reason: String)

        /// The state without its data.
        public var name: CaseStateName {
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

        /// The unit that has the case, or had it last; nil before it was assigned.
        public var assignment: Assignment? {
            switch self {
            case .submitted, .refused, .accepted: nil
            case .assigned(let assignment), .inHandling(let assignment), .waitingForApplicant(let assignment, _),
                .waitingForHigherLevel(let assignment, _), .replied(let assignment, _), .resolved(let assignment, _, _),
                .rated(let assignment, _, _, _), .writtenOff(let assignment, _, _, _):
                assignment
            case .withdrawn(let assignment, _): assignment
            }
        }

        /// The reply of this round.
        public var reply: Reply? {
            switch self {
            case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant,
                .waitingForHigherLevel, .withdrawn:
                nil
            case .replied(_, let reply), .resolved(_, let reply, _), .rated(_, let reply, _, _),
                .writtenOff(_, let reply, _, _):
                reply
            }
        }

        /// The rating of this round.
        public var rating: Rating? {
            switch self {
            case .rated(_, _, let rating, _): rating
            case .writtenOff(_, _, let rating, _): rating
            case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant,
                .waitingForHigherLevel, .replied, .resolved, .withdrawn:
                nil
            }
        }

        /// When the matter was resolved in this round.
        public var resolvedAt: BusinessTime? {
            switch self {
            case .resolved(_, _, let at), .writtenOff(_, _, _, let at): at
            case .rated(_, _, _, let at): at
            case .submitted, .refused, .accepted, .assigned, .inHandling, .waitingForApplicant,
                .waitingForHigherLevel, .replied, .withdrawn:
                nil
            }
        }
    }
}

/// The names of the states, as contract and storage have them.
public enum CaseStateName: String, Hashable, Sendable, CaseIterable {
    case submitted
    case refused
    case accepted
    case assigned
    case inHandling = "in_handling"
    case waitingForApplicant = "waiting_for_applicant"
    case waitingForHigherLevel = "waiting_for_higher_level"
    case replied
    case resolved
    case rated
    case writtenOff = "written_off"
    case withdrawn

    /// Whether the reply is still owed.
    public var owesReply: Bool {
        switch self {
        case .submitted, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel: true
        case .refused, .replied, .resolved, .rated, .writtenOff, .withdrawn: false
        }
    }

    /// Whether the case can still move.
    public var isOpen: Bool {
        switch self {
        case .submitted, .accepted, .assigned, .inHandling, .waitingForApplicant, .waitingForHigherLevel, .replied,
            .resolved, .rated:
            true
        case .refused, .writtenOff, .withdrawn: false
        }
    }
}

/// The commands that change a case, for naming them in errors.
public enum CaseCommand: String, Hashable, Sendable, CaseIterable {
    case edit
    case comment
    case accept
    case refuse
    case assign
    case transfer
    case giveBack = "return"
    case takeUp = "take_up"
    case askApplicant = "ask_applicant"
    case supplyInformation = "supply_information"
    case escalate
    case decide
    case promise
    case requestExtension = "request_extension"
    case decideExtension = "decide_extension"
    case reply
    case resolve
    case rate
    case reopen
    case writeOff = "write_off"
    case withdraw
    case becomeOverdue = "become_overdue"
}

/// Why a case refuses a command.
public enum CaseError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: CaseCommand, state: CaseStateName)
    /// The unit complained about, and those below it, never get a complaint (APL-1).
    case complainedUnit
    /// The unit has the case already.
    case sameUnit
    /// What the office assigned cannot be returned (APL-2).
    case bindingAssignment
    /// A promised day is not earlier than the one that binds, or lies before today.
    case promiseNotEarlier(than: CivilDate?)
    /// This round's limit was extended already, or an extension is asked for already.
    case extendedAlready
    /// No extension was asked for.
    case noExtensionAsked
    /// Approving needs another person than asking (APL-3).
    case samePerson
    /// The rule states no outer limit, or its clock is absolute (APL-3).
    case notExtendable
    /// The extension would go beyond the outer limit, in days of the limit as a whole.
    case beyondOuterLimit(days: Int)
    /// The limit has passed, so it cannot be extended any more.
    case limitPassed
    /// The applicant may rate until the end of this day.
    case ratingOpen(until: CivilDate)
    /// Nothing became overdue.
    case notOverdue
}
