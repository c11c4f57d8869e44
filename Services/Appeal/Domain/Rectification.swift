import Domain

/// The commands that change a rectification, for naming them in errors.
public enum RectificationCommand: String, Hashable, Sendable, CaseIterable {
    case answer
    case accept
    case sendBack = "send_back"
    case becomeOverdue = "become_overdue"
}

/// Why a rectification refuses a command.
public enum RectificationError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: RectificationCommand, state: RectificationStateName)
    /// The limit has not passed, or that was noted already.
    case notOverdue
}

/// The names of the states, as contract and storage have them.
public enum RectificationStateName: String, Hashable, Sendable, CaseIterable {
    case open
    case answered
    case closed
}

/// What a low mark demands of the unit that was rated, with a limit of its own (APL-9).
public struct Rectification: Hashable, Sendable {
    /// Working days for it.
    public static let days = 5

    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// Waits for the unit; `note` says why what it did before was not enough, and is empty at first.
        case open(note: String)
        case answered(String)
        case closed(String)

        /// The state without its data.
        public var name: RectificationStateName {
            switch self {
            case .open: .open
            case .answered: .answered
            case .closed: .closed
            }
        }

        /// What the unit did; while it is open, why what it did before was not enough.
        public var text: String {
            switch self {
            case .open(let note): note
            case .answered(let measures), .closed(let measures): measures
            }
        }
    }

    /// Identifier.
    public let id: RectificationID
    /// The case.
    public let caseID: CaseID
    /// The round that was rated.
    public let round: Int
    /// The unit that was rated.
    public let unit: UnitID
    /// The mark.
    public let mark: Int
    /// When it was opened, in business time.
    public let openedAt: BusinessTime
    /// Last day.
    public let dueOn: CivilDate
    /// Where it stands.
    public private(set) var state: State
    /// Whether the last day passed without an answer.
    public private(set) var isOverdue: Bool
    /// Version for concurrent edits, from 1.
    public private(set) var version: Int64

    /// A rectification as it was stored, or a new one.
    public init(
        id: RectificationID, caseID: CaseID, round: Int, unit: UnitID, mark: Int, openedAt: BusinessTime,
        dueOn: CivilDate, state: State = .open(note: ""), isOverdue: Bool = false, version: Int64 = 1
    ) {
        self.id = id
        self.caseID = caseID
        self.round = round
        self.unit = unit
        self.mark = mark
        self.openedAt = openedAt
        self.dueOn = dueOn
        self.state = state
        self.isOverdue = isOverdue
        self.version = version
    }

    private func illegal(_ command: RectificationCommand) -> RectificationError {
        .illegalTransition(command: command, state: state.name)
    }

    /// The unit tells what it did.
    public mutating func answer(_ measures: String) throws(RectificationError) {
        guard case .open = state else { throw illegal(.answer) }
        state = .answered(measures)
        version += 1
    }

    /// What it did is enough.
    public mutating func accept() throws(RectificationError) {
        guard case .answered(let measures) = state else { throw illegal(.accept) }
        state = .closed(measures)
        version += 1
    }

    /// What it did is not enough.
    public mutating func sendBack(reason: String) throws(RectificationError) {
        guard case .answered = state else { throw illegal(.sendBack) }
        state = .open(note: reason)
        version += 1
    }

    /// Its last day passed without an answer.
    public mutating func becomeOverdue(today: CivilDate) throws(RectificationError) {
        guard case .open = state else { throw illegal(.becomeOverdue) }
        guard today > dueOn, !isOverdue else { throw .notOverdue }
        isOverdue = true
        version += 1
    }
}
