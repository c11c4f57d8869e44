import Domain

/// A goal of a later year that targets are held against (ASM-3).
public struct LongerGoal: Hashable, Sendable {
    /// Year.
    public let year: Int
    /// Total of that year.
    public let total: FixedNumber

    /// A goal.
    public init(year: Int, total: FixedNumber) {
        self.year = year
        self.total = total
    }
}

/// What targets say.
public struct TargetContent: Hashable, Sendable {
    /// Method.
    public let method: TargetMethod
    /// Longer goals.
    public let longerGoals: [LongerGoal]

    /// A content.
    public init(method: TargetMethod, longerGoals: [LongerGoal] = []) {
        self.method = method
        self.longerGoals = longerGoals
    }
}

/// Where targets contradict themselves or a longer goal (ASM-3).
public enum TargetMismatch: Hashable, Sendable {
    /// The rows do not add up to the printed total.
    case sum(stated: FixedNumber, found: FixedNumber)
    /// The total already passes the goal of a later year.
    case longerGoal(year: Int, stated: FixedNumber, found: FixedNumber)
}

/// What a revision of targets holds while it is written and reviewed, and ever after.
public struct TargetRevision: Hashable, Sendable {
    /// Number, from 1.
    public let number: Int
    /// What was written.
    public internal(set) var content: TargetContent
    /// What the method gave.
    public internal(set) var decomposition: Decomposition
    /// What contradicts.
    public internal(set) var mismatches: [TargetMismatch]
    /// Whether the mismatches as they are were acknowledged.
    public internal(set) var isAcknowledged: Bool
    /// Everybody who wrote on it.
    public internal(set) var authors: Set<AccountID>
    /// Reason of the revision or of the return; empty when there is none.
    public internal(set) var reason: String

    /// A revision as it was stored.
    public init(
        number: Int, content: TargetContent, decomposition: Decomposition, mismatches: [TargetMismatch],
        isAcknowledged: Bool, authors: Set<AccountID>, reason: String
    ) {
        self.number = number
        self.content = content
        self.decomposition = decomposition
        self.mismatches = mismatches
        self.isAcknowledged = isAcknowledged
        self.authors = authors
        self.reason = reason
    }

    /// Works a content out.
    ///
    /// - Throws: `InvalidFields` below `content`.
    static func make(
        _ content: TargetContent, number: Int, for indicator: Indicator, year: Int, by author: AccountID
    ) throws(InvalidFields) -> TargetRevision {
        let decomposition = try content.method.decomposed(for: indicator, year: year)
        var findings = FieldFindings()
        if content.longerGoals.count > 16 { findings.add(DomainError("content.longer_goals", .tooMany(limit: 16))) }
        var years: Set<Int> = []
        for (index, goal) in content.longerGoals.enumerated() {
            if goal.year <= year || goal.year > 2100 {
                findings.add(DomainError("content.longer_goals[\(index)].year", .outOfRange("after the year")))
            }
            if !years.insert(goal.year).inserted {
                findings.add(DomainError("content.longer_goals[\(index)].year", .duplicate("year")))
            }
        }
        guard decomposition.sum.magnitude <= UInt128(FixedNumber.limit) else {
            throw InvalidFields([DomainError("content.method.set.rows", .overflow)])
        }
        try findings.finish()
        let sum = FixedNumber(millionths: Int64(decomposition.sum))
        var mismatches: [TargetMismatch] = []
        if sum != decomposition.total { mismatches.append(.sum(stated: decomposition.total, found: sum)) }
        for goal in content.longerGoals.sorted(by: { $0.year < $1.year })
        where indicator.direction.isBetter(decomposition.total.millionths, than: goal.total.millionths) {
            mismatches.append(.longerGoal(year: goal.year, stated: goal.total, found: decomposition.total))
        }
        return TargetRevision(
            number: number, content: content, decomposition: decomposition, mismatches: mismatches,
            isAcknowledged: false, authors: [author], reason: "")
    }
}

/// The targets of one indicator and year over all revisions (ASM-3).
public struct Targets: Hashable, Sendable {
    /// Where they stand. `before` is the approved revision that holds while a newer one is written.
    public enum State: Hashable, Sendable {
        /// The owning bureau writes.
        case draft(TargetRevision, before: TargetRevision?)
        /// The office reviews.
        case inReview(TargetRevision, before: TargetRevision?)
        /// The leading group decides.
        case reviewed(TargetRevision, by: AccountID, before: TargetRevision?)
        /// They hold.
        case approved(TargetRevision)
    }

    /// Identifier.
    public let id: TargetsID
    /// Indicator.
    public let indicator: IndicatorID
    /// Year.
    public let year: Int
    /// Unit that owns the indicator and drafts.
    public let owner: UnitID
    /// Where they stand.
    public internal(set) var state: State
    /// Version, from 1.
    public internal(set) var version: Int64

    /// Targets as they were stored.
    public init(
        id: TargetsID, indicator: IndicatorID, year: Int, owner: UnitID, state: State, version: Int64
    ) {
        self.id = id
        self.indicator = indicator
        self.year = year
        self.owner = owner
        self.state = state
        self.version = version
    }

    /// The newest revision.
    public var newest: TargetRevision {
        switch state {
        case .draft(let revision, _), .inReview(let revision, _), .reviewed(let revision, _, _),
            .approved(let revision):
            revision
        }
    }

    /// The revision that holds; nil before the first approval.
    public var inForce: TargetRevision? {
        switch state {
        case .draft(_, let before), .inReview(_, let before), .reviewed(_, _, let before): before
        case .approved(let revision): revision
        }
    }

    /// The state's name.
    public var stateName: TargetState {
        switch state {
        case .draft: .draft
        case .inReview: .inReview
        case .reviewed: .reviewed
        case .approved: .approved
        }
    }
}

/// The states of a revision, as contract and storage name them.
public enum TargetState: String, Hashable, Sendable, CaseIterable {
    case draft
    case inReview = "in_review"
    case reviewed
    case approved
    case superseded
}

/// The commands that change targets, for errors and the history.
public enum TargetCommand: String, Hashable, Sendable, CaseIterable {
    case draft
    case edit
    case acknowledge
    case submit
    case review
    case sendBack = "return"
    case approve
    case revise
}

/// Why targets refuse a command.
public enum TargetError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: TargetCommand, state: TargetState)
    /// Drafting, reviewing and approving need three different posts.
    case samePerson
    /// A mismatch is not acknowledged.
    case notAcknowledged
    /// There is no mismatch that is not acknowledged.
    case nothingToAcknowledge
    /// The content breaks the rules.
    case invalid(InvalidFields)
}
