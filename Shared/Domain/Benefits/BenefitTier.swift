/// One step of a tiered benefit: a range of an attribute with exact bounds, and the sum for it (POL-5).
public struct BenefitTier: Hashable, Sendable {
    /// An end of the range.
    public enum Bound: Hashable, Sendable {
        /// The value itself belongs to the range.
        case closed(AttributeValue)
        /// The value itself does not belong to the range.
        case open(AttributeValue)

        /// The value at the bound.
        public var value: AttributeValue {
            switch self {
            case .closed(let value), .open(let value): value
            }
        }
    }

    /// The lower end; nil when there is none.
    public let lower: Bound?
    /// The upper end; nil when there is none.
    public let upper: Bound?
    /// The sum.
    public let amount: Money

    /// Makes a tier with any bounds.
    public init(lower: Bound?, upper: Bound?, amount: Money) {
        self.lower = lower
        self.upper = upper
        self.amount = amount
    }

    /// Makes a tier that begins at `from` and ends before `below`, as most documents write it.
    public init(from: AttributeValue?, below: AttributeValue? = nil, amount: Money) {
        self.init(lower: from.map(Bound.closed), upper: below.map(Bound.open), amount: amount)
    }

    /// Whether a value lies in the range; nil when it cannot be compared with the bounds.
    func contains(_ value: AttributeValue) -> Bool? {
        var inside = true
        if let lower {
            guard let order = value.order(to: lower.value) else { return nil }
            switch lower {
            case .closed: inside = inside && order >= 0
            case .open: inside = inside && order > 0
            }
        }
        if let upper {
            guard let order = value.order(to: upper.value) else { return nil }
            switch upper {
            case .closed: inside = inside && order <= 0
            case .open: inside = inside && order < 0
            }
        }
        return inside
    }
}
