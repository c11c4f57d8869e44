import Domain

/// Levels of supervision; each follows the one before (APL-5).
public enum SupervisionLevel: String, Hashable, Sendable, CaseIterable {
    /// 督办单.
    case order
    /// 挂牌督办, visible to all units.
    case listed
    /// Referred to accountability.
    case referred
}

/// Why a case is under supervision (APL-5).
public enum SupervisionGround: String, Hashable, Sendable, CaseIterable {
    case overdue
    case grave
    case neglect
}

/// The commands that change an order, for naming them in errors.
public enum SupervisionCommand: String, Hashable, Sendable, CaseIterable {
    case putOnList = "put_on_list"
    case refer
    case answer
    case returnAnswer = "return_answer"
    case close
    case becomeOverdue = "become_overdue"
    case lapse
}

/// Why an order refuses a command.
public enum SupervisionError: Error, Hashable, Sendable {
    /// State or level does not allow the command.
    case illegalTransition(command: SupervisionCommand, state: SupervisionStateName, level: SupervisionLevel)
    /// The limit has not passed.
    case notOverdue
}

/// The names of the states, as contract and storage have them.
public enum SupervisionStateName: String, Hashable, Sendable, CaseIterable {
    case open
    case answered
    case closed
}

/// A supervision order for a case; orders are answered and closed one by one (APL-5).
public struct Supervision: Hashable, Sendable {
    /// Working days for the answer to an order that the service issues.
    public static let orderDays = 2
    /// Working days for the answer to an order that the service puts on the list.
    public static let listedDays = 3

    /// Where an order stands.
    public enum State: Hashable, Sendable {
        /// Waits for the unit's answer.
        case open
        case answered(String)
        case closed(String, at: BusinessTime)

        /// The state without its data.
        public var name: SupervisionStateName {
            switch self {
            case .open: .open
            case .answered: .answered
            case .closed: .closed
            }
        }

        /// The unit's answer; empty before it.
        public var answer: String {
            switch self {
            case .open: ""
            case .answered(let answer), .closed(let answer, _): answer
            }
        }
    }

    /// Identifier.
    public let id: SupervisionID
    /// Number for people.
    public let number: String
    /// The case.
    public let caseID: CaseID
    /// The unit that has to answer.
    public let unit: UnitID
    /// When it was issued, in business time.
    public let issuedAt: BusinessTime
    /// Level.
    public private(set) var level: SupervisionLevel
    /// Why the case is at this level.
    public private(set) var ground: SupervisionGround
    /// What is demanded, and the reasons of later levels; may be empty.
    public private(set) var demand: String
    /// Where it stands.
    public private(set) var state: State
    /// Last day for the answer.
    public private(set) var dueOn: CivilDate
    /// Whether that day passed without an answer, at any level.
    public private(set) var isOverdue: Bool
    /// Version for concurrent edits, from 1.
    public private(set) var version: Int64

    /// An order as it was stored.
    public init(
        id: SupervisionID, number: String, caseID: CaseID, unit: UnitID, issuedAt: BusinessTime,
        level: SupervisionLevel, ground: SupervisionGround, demand: String, state: State, dueOn: CivilDate,
        isOverdue: Bool, version: Int64
    ) {
        self.id = id
        self.number = number
        self.caseID = caseID
        self.unit = unit
        self.issuedAt = issuedAt
        self.level = level
        self.ground = ground
        self.demand = demand
        self.state = state
        self.dueOn = dueOn
        self.isOverdue = isOverdue
        self.version = version
    }

    /// Issues an order.
    public static func issue(
        id: SupervisionID, number: String, caseID: CaseID, unit: UnitID, ground: SupervisionGround, demand: String,
        at now: BusinessTime, dueOn: CivilDate
    ) -> Supervision {
        Supervision(
            id: id, number: number, caseID: caseID, unit: unit, issuedAt: now, level: .order, ground: ground,
            demand: demand, state: .open, dueOn: dueOn, isOverdue: false, version: 1)
    }

    private func illegal(_ command: SupervisionCommand) -> SupervisionError {
        .illegalTransition(command: command, state: state.name, level: level)
    }

    /// Puts an order that is not closed on the list that all units see, with a new limit. An answer given before was not
    /// enough, so another one is due.
    public mutating func putOnList(
        ground: SupervisionGround, reason: String, dueOn: CivilDate
    ) throws(SupervisionError) {
        switch (state.name, level) {
        case (.open, .order), (.answered, .order): break
        case (.closed, _), (_, .listed), (_, .referred): throw illegal(.putOnList)
        }
        level = .listed
        self.ground = ground
        if !reason.isEmpty { demand = reason }
        self.dueOn = dueOn
        state = .open
        version += 1
    }

    /// Refers a listed order to accountability; what follows there is not the service's, but the order is still answered
    /// and closed.
    public mutating func refer(reason: String) throws(SupervisionError) {
        switch (state.name, level) {
        case (.open, .listed), (.answered, .listed): break
        case (.closed, _), (_, .order), (_, .referred): throw illegal(.refer)
        }
        level = .referred
        ground = .neglect
        demand = reason
        version += 1
    }

    /// The unit answers.
    public mutating func answer(_ text: String) throws(SupervisionError) {
        guard case .open = state else { throw illegal(.answer) }
        state = .answered(text)
        version += 1
    }

    /// The answer is not enough.
    public mutating func returnAnswer(reason: String) throws(SupervisionError) {
        guard case .answered = state else { throw illegal(.returnAnswer) }
        state = .open
        demand = reason
        version += 1
    }

    /// Closes an answered order (销号).
    public mutating func close(at now: BusinessTime) throws(SupervisionError) {
        guard case .answered(let answer) = state else { throw illegal(.close) }
        state = .closed(answer, at: now)
        version += 1
    }

    /// The applicant withdrew the case: its order ends with it, answered or not.
    public mutating func lapse(at now: BusinessTime) throws(SupervisionError) {
        switch state {
        case .open, .answered: state = .closed(state.answer, at: now)
        case .closed: throw illegal(.lapse)
        }
        version += 1
    }

    /// The limit passed without an answer: an order goes on the list with a new limit, a listed one waits for the
    /// office's decision.
    ///
    /// - Parameter nextDueOn: the last day of the limit on the list.
    public mutating func becomeOverdue(today: CivilDate, nextDueOn: CivilDate) throws(SupervisionError) {
        guard case .open = state else { throw illegal(.becomeOverdue) }
        guard today > dueOn else { throw .notOverdue }
        switch level {
        case .order: try putOnList(ground: .overdue, reason: "", dueOn: nextDueOn)
        case .listed, .referred: version += 1
        }
        isOverdue = true
    }
}
