import Domain

/// One step of points by rank.
public struct RankStep: Hashable, Sendable {
    /// Last rank of the step.
    public let upTo: Int
    /// Points.
    public let points: FixedNumber

    /// A step.
    public init(upTo: Int, points: FixedNumber) {
        self.upTo = upTo
        self.points = points
    }
}

/// How a leaf is scored (ASM-8).
public enum ScoringFunction: Hashable, Sendable {
    /// Value against target in percent, at most `cap`, and 0 below `floor`.
    case completion(cap: FixedNumber, floor: FixedNumber)
    /// Value against the part of the annual target due by the end of the period; twelve shares in percent, or none for
    /// twelfths.
    case scheduledProgress(cap: FixedNumber, duePercent: [FixedNumber])
    /// Growth since a year ago against the growth of all units together.
    case growth(atMean: FixedNumber, perPercent: FixedNumber, cap: FixedNumber)
    /// 60 + 40 × the position between floor and best; nil takes the worst or best value of the tier.
    case efficacy(floor: FixedNumber?, best: FixedNumber?)
    /// Points by the rank of the value.
    case rankSteps([RankStep])
    /// 100 at the limit or better, else 0.
    case threshold(FixedNumber)
    /// The whole score is 0 where the value is worse than the limit.
    case veto(FixedNumber)
    /// Points beside the hundred for each unit of the value.
    case bonus(points: FixedNumber, cap: FixedNumber)
    /// Points taken away for each unit of the value.
    case deduction(points: FixedNumber, cap: FixedNumber)

    /// Whether the leaf is part of the hundred.
    public var isWeighted: Bool {
        switch self {
        case .completion, .scheduledProgress, .growth, .efficacy, .rankSteps, .threshold: true
        case .veto, .bonus, .deduction: false
        }
    }
}

/// One node of a scheme's tree.
public struct SchemeNode: Hashable, Sendable {
    /// What a node is.
    public enum Content: Hashable, Sendable {
        /// A group of nodes.
        case branch
        /// An indicator with its function.
        case leaf(IndicatorID, ScoringFunction)
    }

    /// Code.
    public let code: NodeCode
    /// Code of the branch that it lies under; nil at the top.
    public let parent: NodeCode?
    /// Name.
    public let name: String
    /// Weight.
    public let weight: FixedNumber
    /// Branch or leaf.
    public let content: Content

    /// A node.
    public init(code: NodeCode, parent: NodeCode?, name: String, weight: FixedNumber, content: Content) {
        self.code = code
        self.parent = parent
        self.name = name
        self.weight = weight
        self.content = content
    }
}

/// What a scheme says (ASM-8).
public struct SchemeContent: Hashable, Sendable {
    /// Name.
    public let name: String
    /// Nodes, parents before children.
    public let nodes: [SchemeNode]
    /// Greatest sum of all bonus leaves.
    public let bonusCap: FixedNumber
    /// Units that may get a bonus; empty for all.
    public let bonusUnits: Set<UnitID>
    /// Whether only verified values of reports count.
    public let verifiedOnly: Bool

    /// A content; ``validate(for:)`` checks it.
    public init(
        name: String, nodes: [SchemeNode], bonusCap: FixedNumber, bonusUnits: Set<UnitID>, verifiedOnly: Bool
    ) {
        self.name = name
        self.nodes = nodes
        self.bonusCap = bonusCap
        self.bonusUnits = bonusUnits
        self.verifiedOnly = verifiedOnly
    }

    /// The indicators of its leaves, each once, in order.
    public var indicators: [IndicatorID] {
        var ids: Set<IndicatorID> = []
        for node in nodes {
            if case .leaf(let indicator, _) = node.content { ids.insert(indicator) }
        }
        return ids.sorted()
    }

    /// Leaves of the tree.
    public var leaves: Int {
        nodes.count { node in
            switch node.content {
            case .leaf: true
            case .branch: false
            }
        }
    }
}

/// The states of a version of a scheme.
public enum SchemeState: String, Hashable, Sendable, CaseIterable {
    case draft
    case published
    case superseded
}

/// The commands that change a scheme.
public enum SchemeCommand: String, Hashable, Sendable, CaseIterable {
    case edit
    case publish
    case revise
}

/// Why a scheme refuses a command.
public enum SchemeError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: SchemeCommand, state: SchemeState)
    /// Writing and publishing need two different posts.
    case samePerson
}

/// One version of a scheme.
public struct SchemeRevision: Hashable, Sendable {
    /// Number, from 1.
    public let number: Int
    /// What it says.
    public internal(set) var content: SchemeContent
    /// Who wrote on it.
    public internal(set) var authors: Set<AccountID>

    /// A version as it was stored.
    public init(number: Int, content: SchemeContent, authors: Set<AccountID>) {
        self.number = number
        self.content = content
        self.authors = authors
    }
}

/// A scheme of a tier over all of its versions (ASM-8).
public struct Scheme: Hashable, Sendable {
    /// Where it stands.
    public enum State: Hashable, Sendable {
        /// A version is written; `before` is the one in force.
        case draft(SchemeRevision, before: SchemeRevision?)
        /// The newest version is in force.
        case published(SchemeRevision)
    }

    /// Identifier.
    public let id: SchemeID
    /// Tier.
    public let tier: Tier
    /// Where it stands.
    public private(set) var state: State
    /// Version for concurrent edits, from 1.
    public private(set) var version: Int64

    /// A scheme as it was stored.
    public init(id: SchemeID, tier: Tier, state: State, version: Int64) {
        self.id = id
        self.tier = tier
        self.state = state
        self.version = version
    }

    /// Drafts the first version.
    public static func draft(_ content: SchemeContent, of tier: Tier, id: SchemeID, by author: AccountID) -> Scheme {
        let revision = SchemeRevision(number: 1, content: content, authors: [author])
        return Scheme(id: id, tier: tier, state: .draft(revision, before: nil), version: 1)
    }

    /// The newest version.
    public var newest: SchemeRevision {
        switch state {
        case .draft(let revision, _), .published(let revision): revision
        }
    }

    /// The version in force; nil before the first publication.
    public var inForce: SchemeRevision? {
        switch state {
        case .draft(_, let before): before
        case .published(let revision): revision
        }
    }

    /// The state's name.
    public var stateName: SchemeState {
        switch state {
        case .draft: .draft
        case .published: .published
        }
    }

    /// Writes the draft anew.
    public mutating func edit(_ content: SchemeContent, by author: AccountID) throws(SchemeError) {
        switch state {
        case .draft(var revision, let before):
            revision.content = content
            revision.authors.insert(author)
            state = .draft(revision, before: before)
            version += 1
        case .published:
            throw .illegalTransition(command: .edit, state: stateName)
        }
    }

    /// Puts the draft into force.
    ///
    /// - Returns: the number of the version that is superseded; nil for the first.
    public mutating func publish(by publisher: AccountID) throws(SchemeError) -> Int? {
        switch state {
        case .draft(let revision, let before):
            guard !revision.authors.contains(publisher) else { throw .samePerson }
            state = .published(revision)
            version += 1
            return before?.number
        case .published:
            throw .illegalTransition(command: .publish, state: stateName)
        }
    }

    /// Opens a new draft with the content in force.
    public mutating func revise(by author: AccountID) throws(SchemeError) {
        switch state {
        case .published(let revision):
            let next = SchemeRevision(number: revision.number + 1, content: revision.content, authors: [author])
            state = .draft(next, before: revision)
            version += 1
        case .draft:
            throw .illegalTransition(command: .revise, state: stateName)
        }
    }
}
