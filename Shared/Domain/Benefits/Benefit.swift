/// What a policy point grants or restricts, in a form that can be computed (POL-5). Money is exact; every product is
/// rounded once, as stated.
public enum Benefit: Hashable, Sendable {
    /// A fixed sum.
    case fixed(Money)
    /// A sum by the range that an attribute falls in; outside all ranges there is nothing.
    case tiers(AttributeKey, [BenefitTier])
    /// A share of an attribute in money, at most `cap`.
    case rate(AttributeKey, Ratio, cap: Money?, rounding: Rounding)
    /// A sum for every unit counted by an attribute.
    case perUnit(AttributeKey, amount: Money, per: BenefitUnit)
    /// A share of a cost, at most `cap`; with `isMinimum` the issuer may grant more.
    case costShare(AttributeKey, share: Ratio, isMinimum: Bool, cap: Money?, rounding: Rounding)
    /// Up to so many times an attribute in money.
    case multipleOf(AttributeKey, maximum: Ratio, rounding: Rounding)
    /// As much as a local contribution that some office computes and delivers as an attribute.
    case localContribution(AttributeKey)
    /// Anything that is not a sum.
    case nonMonetary(NonMonetaryBenefit)

    /// The greatest number of tiers.
    public static let maximumTiers = 64

    /// The attribute that the benefit is computed from; nil when there is none.
    public var attribute: AttributeKey? {
        switch self {
        case .fixed, .nonMonetary: nil
        case .tiers(let key, _), .rate(let key, _, _, _), .perUnit(let key, _, _), .costShare(let key, _, _, _, _),
            .multipleOf(let key, _, _), .localContribution(let key):
            key
        }
    }
}
