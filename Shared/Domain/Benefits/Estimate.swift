/// What a benefit would come to for one enterprise (ENT-12).
public enum Estimate: Hashable, Sendable {
    case amount(Amount)
    /// These attributes are missing.
    case unknown([AttributeKey])
    /// The figures are known and give nothing.
    case none(BilingualText)
    /// There is no sum; the text says what is granted or restricted.
    case nonMonetary(BilingualText)

    /// A sum with its arithmetic.
    public struct Amount: Hashable, Sendable {
        /// How certain the sum is.
        public enum Certainty: String, Hashable, Sendable, CaseIterable {
            case exact
            /// The issuer may grant more.
            case atLeast
            /// The issuer may grant less.
            case atMost
        }

        /// The sum; positive.
        public let money: Money
        /// How certain it is.
        public let certainty: Certainty
        /// How often it is due; nil for once.
        public let recurrence: BenefitRecurrence?
        /// The arithmetic, step by step.
        public let steps: [BilingualText]
    }

    /// The sum, where there is one.
    public var money: Money? {
        switch self {
        case .amount(let amount): amount.money
        case .unknown, .none, .nonMonetary: nil
        }
    }
}
