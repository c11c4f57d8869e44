import Domain

/// Where a value comes from (ASM-7, ASM-15).
public enum InputOrigin: UInt8, Hashable, Sendable, CaseIterable {
    case none = 0
    case events = 1
    case reported = 2
    case late = 3
    case revised = 4
    case verified = 5
}

/// What goes into a leaf for one unit; numbers in millionths.
public struct LeafInput: Hashable, Sendable {
    /// Value; nil when there is none.
    public var value: Int64?
    /// Where it comes from.
    public var origin: InputOrigin
    /// Target of the year.
    public var target: Int64?
    /// Value of the same period a year before.
    public var earlier: Int64?
    /// The reported value behind it.
    public var valueID: ValueID?
    /// What events add up to, where it comes from them.
    public var figure: DerivedFigure?

    /// Nothing.
    public static let none = LeafInput()

    /// An input.
    public init(
        value: Int64? = nil, origin: InputOrigin = .none, target: Int64? = nil, earlier: Int64? = nil,
        valueID: ValueID? = nil, figure: DerivedFigure? = nil
    ) {
        self.value = value
        self.origin = origin
        self.target = target
        self.earlier = earlier
        self.valueID = valueID
        self.figure = figure
    }
}

/// Everything that a result is computed from, besides the scheme: units in the order of their slugs, indicators in the
/// order of theirs (ASM-8).
public struct ScoringInputs: Hashable, Sendable {
    /// Units, ordered.
    public let units: [UnitID]
    /// Indicators, ordered.
    public let indicators: [IndicatorID]
    /// What is better of each indicator.
    public let directions: [Direction]
    /// One row of inputs per indicator, in the order of the units.
    public var leaves: [[LeafInput]]
    /// Rank of each unit in the published result of the period before; 0 when there is none.
    public var earlierRanks: [Int]

    /// Empty inputs for units and indicators.
    public init(units: [UnitID], indicators: [(id: IndicatorID, direction: Direction)]) {
        let ordered = indicators.sorted { $0.id < $1.id }
        self.units = units.sorted()
        self.indicators = ordered.map(\.id)
        directions = ordered.map(\.direction)
        leaves = Array(repeating: Array(repeating: .none, count: units.count), count: ordered.count)
        earlierRanks = Array(repeating: 0, count: units.count)
    }
}

/// Points of one node for one unit.
public struct NodeScore: Hashable, Sendable {
    /// Points of a leaf before weighting, in millionths; nil for branches.
    public var points: Int64?
    /// Points after weighting, in millionths; negative for a deduction.
    public var weighted: Int64
    /// Whether a leaf had no value or lacked what its function needs.
    public var isMissing: Bool

    /// Points.
    public init(points: Int64?, weighted: Int64, isMissing: Bool) {
        self.points = points
        self.weighted = weighted
        self.isMissing = isMissing
    }
}

/// The score of one unit (ASM-10); numbers in millionths.
public struct UnitScore: Hashable, Sendable {
    /// Unit.
    public let unit: UnitID
    /// The score.
    public let score: Int64
    /// Points of the hundred.
    public let weighted: Int64
    /// Bonus after its cap.
    public let bonus: Int64
    /// Deduction.
    public let deduction: Int64
    /// Whether a veto made the score 0.
    public let isVetoed: Bool
    /// Rank from 1; equal scores share it.
    public let rank: Int
    /// Units that share the rank.
    public let tied: Int
    /// Rank of the period before; 0 when there is none.
    public let earlierRank: Int
    /// Nodes in the scheme's order.
    public let nodes: [NodeScore]

    /// A score.
    public init(
        unit: UnitID, score: Int64, weighted: Int64, bonus: Int64, deduction: Int64, isVetoed: Bool, rank: Int,
        tied: Int, earlierRank: Int, nodes: [NodeScore]
    ) {
        self.unit = unit
        self.score = score
        self.weighted = weighted
        self.bonus = bonus
        self.deduction = deduction
        self.isVetoed = isVetoed
        self.rank = rank
        self.tied = tied
        self.earlierRank = earlierRank
        self.nodes = nodes
    }

    /// Ranks gained since the period before; 0 also when there is none.
    public var movement: Int { earlierRank == 0 ? 0 : earlierRank - rank }
}
