/// The next higher tier of a benefit and what is missing to reach it (ENT-12).
public struct NextTier: Hashable, Sendable {
    /// The attribute that decides the tier.
    public let attribute: AttributeKey
    /// By how much it has to grow.
    public let gap: AttributeValue
    /// The value to be reached.
    public let target: AttributeValue
    /// The sum then.
    public let amount: Money

    /// The nearest tier above the present value that pays more than now.
    ///
    /// - Returns: Nil when the benefit has no tiers, the attribute is not known, or no higher tier pays more.
    public static func find(
        of benefit: Benefit, facts: some FactSource, attributes: AttributeDictionary = .standard
    ) -> NextTier? {
        guard case .tiers(let key, let tiers) = benefit, let state = facts.fact(for: key)?.state,
            let type = attributes[key]?.type, attributes[key]?.isChangeable == true
        else { return nil }
        let known: AttributeValue? = if case .value(let value) = state { value } else { nil }
        if known == nil, state != .absent { return nil }
        var present = Money.zero
        if let known {
            for tier in tiers where tier.contains(known) == true { present = tier.amount }
        }
        var best: NextTier?
        for tier in tiers where tier.amount > present {
            guard let lower = tier.lower else { continue }
            let comparison: Comparison =
                switch lower {
                case .closed(let value): .greaterOrEqual(value)
                case .open(let value): .greater(value)
                }
            let found = ChangeTargets.find(comparison, wanted: true, current: known, type: type).first
            guard case .value(let target) = found else { continue }
            let start = known ?? ChangeTargets.zero(like: target)
            guard let order = start.order(to: target), order < 0,
                let gap = ChangeTargets.combine(target, start, adding: false)
            else { continue }
            if let best, let compared = target.order(to: best.target), compared >= 0 { continue }
            best = NextTier(attribute: key, gap: gap, target: target, amount: tier.amount)
        }
        return best
    }
}
