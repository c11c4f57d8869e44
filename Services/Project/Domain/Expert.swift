import Domain

/// An expert of the pool (PRJ-5).
public struct Expert: Hashable, Sendable {
    /// Identifier.
    public let id: ExpertID
    /// Name; stays in the service.
    public let name: String
    /// Employer.
    public let employer: String
    /// Unit of the employer; nil unless it is one of the directory.
    public let employerUnit: UnitID?
    /// Aspects.
    public let aspects: [Aspect]
    /// Investors in which the expert has an interest.
    public let interests: [String]
    /// Whether the expert can be drawn.
    public let isActive: Bool
    /// Version for concurrent edits.
    public let version: Int64

    /// Checks the texts.
    ///
    /// - Throws: ``InvalidFields`` below `expert`.
    public init(
        id: ExpertID, name: String, employer: String, employerUnit: UnitID?, aspects: Set<Aspect>,
        interests: [String], isActive: Bool, version: Int64
    ) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(name, 1...64, field: "expert.name")
        findings.checkText(employer, 1...128, field: "expert.employer")
        findings.checkLines(interests, limit: 32, length: 128, field: "expert.interests")
        if aspects.isEmpty { findings.add(DomainError("expert.aspects", .empty)) }
        try findings.finish()
        self.id = id
        self.name = name
        self.employer = employer
        self.employerUnit = employerUnit
        self.aspects = Aspect.allCases.filter(aspects.contains)
        self.interests = interests
        self.isActive = isActive
        self.version = version
    }
}

/// With whom an expert of a pre-assessment may have nothing to do: the investor, the unit that applied, and the unit
/// that answers for the project.
public struct ConflictOfInterest: Hashable, Sendable {
    private let investor: String
    private let units: Set<UnitID>

    /// The parties of a pre-assessment.
    public init(investor: Investor, units: Set<UnitID>) {
        self.investor = investor.key
        self.units = units
    }

    /// Whether an expert works for a party or has an interest in the investor.
    public func concerns(_ expert: Expert) -> Bool {
        if let unit = expert.employerUnit, units.contains(unit) { return true }
        return ([expert.employer] + expert.interests).contains { Investor.key(of: $0) == investor }
    }
}

/// A draw by lot that anybody can repeat: candidates in the order of their identifiers, shuffled by the stream
/// `project.experts` of the seed; the first ones are drawn.
public struct ExpertDraw: Hashable, Sendable {
    /// Name of the stream of the seed.
    public static let stream = "project.experts"

    /// Seed.
    public let seed: UInt64
    /// Candidates in the order of their identifiers.
    public let candidates: [ExpertID]
    /// Experts left out for a conflict of interest, in the order of their identifiers.
    public let excluded: [ExpertID]
    /// Experts drawn, in the order of the lot.
    public let drawn: [ExpertID]

    /// A draw as it was stored.
    public init(seed: UInt64, candidates: [ExpertID], excluded: [ExpertID], drawn: [ExpertID]) {
        self.seed = seed
        self.candidates = candidates
        self.excluded = excluded
        self.drawn = drawn
    }

    /// Draws from the active experts of a pool; fewer than `count` when the pool has not so many.
    init(_ count: Int, from pool: [Expert], conflict: ConflictOfInterest, seed: UInt64) {
        let active = pool.filter(\.isActive).sorted { $0.id < $1.id }
        let candidates = active.filter { !conflict.concerns($0) }.map(\.id)
        self.init(
            seed: seed, candidates: candidates, excluded: active.filter(conflict.concerns).map(\.id),
            drawn: Self.lot(count, of: candidates, seed: seed))
    }

    /// The lot alone: the same seed and candidates give the same experts.
    public static func lot(_ count: Int, of candidates: [ExpertID], seed: UInt64) -> [ExpertID] {
        var random = SeededRandom(seed: seed, stream: stream)
        var order = candidates
        // Written out, since the library's shuffle may differ between releases and a draw must stay checkable.
        for last in stride(from: order.count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(uniform(below: UInt64(last) + 1, &random)))
        }
        return Array(order.prefix(count))
    }

    /// A number below a bound, every one equally likely: words above the last whole multiple are thrown away.
    private static func uniform(below bound: UInt64, _ random: inout SeededRandom) -> UInt64 {
        let limit = UInt64.max - UInt64.max % bound
        while true {
            let word = random.next()
            if word < limit { return word % bound }
        }
    }
}

/// An expert drawn by lot, and what the expert says.
public struct ExpertOpinion: Hashable, Sendable {
    /// What the expert said.
    public struct Statement: Hashable, Sendable {
        /// Opinion.
        public let opinion: Opinion
        /// Grounds.
        public let text: String
        /// When.
        public let at: BusinessTime

        /// A statement.
        public init(opinion: Opinion, text: String, at: BusinessTime) {
            self.opinion = opinion
            self.text = text
            self.at = at
        }
    }

    /// Expert.
    public let expert: ExpertID
    /// What the expert said; nil before.
    public internal(set) var statement: Statement?

    /// An expert who was drawn.
    public init(expert: ExpertID, statement: Statement?) {
        self.expert = expert
        self.statement = statement
    }
}

/// A bureau of the list of those asked for opinions (PRJ-5).
public struct OpinionBureau: Hashable, Sendable {
    /// Bureau.
    public let unit: UnitID
    /// Aspects for which it is asked.
    public let aspects: [Aspect]
    /// Whether it is asked.
    public let isActive: Bool
    /// Whether it is the investment bureau.
    public let combines: Bool
    /// Version for concurrent edits.
    public let version: Int64

    /// Checks that there are aspects.
    ///
    /// - Throws: ``InvalidFields`` below `bureau`.
    public init(
        unit: UnitID, aspects: Set<Aspect>, isActive: Bool, combines: Bool, version: Int64
    ) throws(InvalidFields) {
        if aspects.isEmpty { throw InvalidFields([DomainError("bureau.aspects", .empty)]) }
        self.unit = unit
        self.aspects = Aspect.allCases.filter(aspects.contains)
        self.isActive = isActive
        self.combines = combines
        self.version = version
    }
}
