import Domain

/// The states of a result, as contract and storage name them.
public enum ResultState: String, Hashable, Sendable, CaseIterable {
    case draft
    case published
    case discarded
}

/// The commands that change a result.
public enum ResultCommand: String, Hashable, Sendable, CaseIterable {
    case publish
    case discard
    case proposeAwards = "propose_awards"
}

/// Why a result refuses a command.
public enum ResultError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: ResultCommand, state: ResultState)
    /// Computing and publishing need two different posts.
    case samePerson
}

/// The scores of a tier in a period by one version of its scheme; inputs and scores are kept beside it (ASM-8).
public struct AssessmentResult: Hashable, Sendable {
    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// Computed, not published.
        case draft
        /// Frozen and published.
        case published(by: AccountID, at: BusinessTime)
        /// Thrown away.
        case discarded
    }

    /// Identifier.
    public let id: ResultID
    /// Tier.
    public let tier: Tier
    /// Period.
    public let period: AssessmentPeriod
    /// Scheme.
    public let scheme: SchemeID
    /// Version of the scheme.
    public let schemeRevision: Int
    /// Units scored.
    public let units: Int
    /// SHA-256 of the frozen inputs.
    public let inputsDigest: [UInt8]
    /// SHA-256 of the scores.
    public let scoresDigest: [UInt8]
    /// Who computed it.
    public let computedBy: AccountID
    /// When.
    public let computedAt: BusinessTime
    /// Place of the last consumed event that could go into it.
    public let eventPlace: Int64
    /// Where it stands.
    public private(set) var state: State
    /// Version for concurrent edits, from 1.
    public private(set) var version: Int64

    /// A result as it was computed or stored.
    public init(
        id: ResultID, tier: Tier, period: AssessmentPeriod, scheme: SchemeID, schemeRevision: Int, units: Int,
        inputsDigest: [UInt8], scoresDigest: [UInt8], computedBy: AccountID, computedAt: BusinessTime,
        eventPlace: Int64, state: State = .draft, version: Int64 = 1
    ) {
        self.id = id
        self.tier = tier
        self.period = period
        self.scheme = scheme
        self.schemeRevision = schemeRevision
        self.units = units
        self.inputsDigest = inputsDigest
        self.scoresDigest = scoresDigest
        self.computedBy = computedBy
        self.computedAt = computedAt
        self.eventPlace = eventPlace
        self.state = state
        self.version = version
    }

    /// The state's name.
    public var stateName: ResultState {
        switch state {
        case .draft: .draft
        case .published: .published
        case .discarded: .discarded
        }
    }

    /// Freezes it and makes it public.
    public mutating func publish(by publisher: AccountID, at now: BusinessTime) throws(ResultError) {
        switch state {
        case .draft:
            guard publisher != computedBy else { throw .samePerson }
            state = .published(by: publisher, at: now)
            version += 1
        case .published, .discarded:
            throw .illegalTransition(command: .publish, state: stateName)
        }
    }

    /// Throws it away.
    public mutating func discard() throws(ResultError) {
        switch state {
        case .draft:
            state = .discarded
            version += 1
        case .published, .discarded:
            throw .illegalTransition(command: .discard, state: stateName)
        }
    }

    /// Allows proposals of awards.
    public func requirePublished() throws(ResultError) {
        switch state {
        case .published: break
        case .draft, .discarded: throw .illegalTransition(command: .proposeAwards, state: stateName)
        }
    }
}
