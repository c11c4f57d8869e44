/// The verdict of a condition over one enterprise, with the whole tree of reasons (POL-4, ENT-12).
public struct Evaluation: Hashable, Sendable {
    /// The tree of reasons.
    public let root: EvaluationNode

    init(root: EvaluationNode) {
        self.root = root
    }

    /// The verdict.
    public var verdict: Verdict { root.verdict }

    /// All leaves, from left to right.
    public var leaves: [EvaluationNode] { root.leaves }

    /// The leaves that decided the verdict.
    public var decidingLeaves: [EvaluationNode] { leaves.filter(\.decided) }
}

/// One node of the tree of reasons.
public struct EvaluationNode: Hashable, Sendable {
    /// What the node is.
    public indirect enum Kind: Hashable, Sendable {
        case all([EvaluationNode])
        case any([EvaluationNode])
        case not(EvaluationNode)
        case atLeast(Int, of: [EvaluationNode])
        /// A criterion (the value needed) with what was seen.
        case leaf(Criterion, seen: Seen)
    }

    /// What a leaf saw.
    public struct Seen: Hashable, Sendable {
        /// The value seen.
        public enum Value: Hashable, Sendable {
            case attribute(AttributeValue)
            /// A value that cannot be compared with what is needed.
            case incomparable(AttributeValue)
            case present
            case absent
            case membership(Membership)
            case region(RegionCode)
            case industry(IndustryCode)
            /// Nothing is known.
            case nothing
        }

        /// The value seen.
        public var value: Value
        /// Its source unit and as-of date, when given (ENT-12a).
        public var provenance: Provenance?
    }

    /// Where the node stands in the condition, such as `condition.all[2]`.
    public let path: String
    /// The node's verdict.
    public let verdict: Verdict
    /// Whether the node belongs to those that decided the whole verdict.
    public let decided: Bool
    /// What the node is.
    public let kind: Kind

    /// The leaves below, or the node itself.
    public var leaves: [EvaluationNode] {
        switch kind {
        case .leaf: [self]
        case .not(let inner): inner.leaves
        case .all(let children), .any(let children), .atLeast(_, of: let children): children.flatMap(\.leaves)
        }
    }
}
