/// Computes what a benefit comes to, with its arithmetic (POL-5, ENT-12).
public enum BenefitEstimator {
    /// Estimates a benefit over an enterprise's facts. Whether the conditions are met is not asked here.
    ///
    /// - Throws: ``DomainError`` with reason `overflow` when a product exceeds 64 bits of fen.
    public static func estimate(
        _ benefit: Benefit, facts: some FactSource, attributes: AttributeDictionary = .standard
    ) throws(DomainError) -> Estimate {
        switch benefit {
        case .fixed(let amount):
            let step = BilingualText("定额 \(yuan(amount, .chinese))", "fixed sum \(yuan(amount, .english))")
            return .amount(Estimate.Amount(money: amount, certainty: .exact, recurrence: nil, steps: [step]))
        case .nonMonetary(let benefit):
            return .nonMonetary(benefit.text)
        case .tiers(let key, let tiers):
            return tier(key, tiers, facts, attributes)
        case .rate(let key, let ratio, let cap, let rounding):
            return try share(Share(key, ratio, cap, rounding, .exact), facts, attributes)
        case .costShare(let key, let ratio, let isMinimum, let cap, let rounding):
            return try share(Share(key, ratio, cap, rounding, isMinimum ? .atLeast : .exact), facts, attributes)
        case .multipleOf(let key, let maximum, let rounding):
            return try share(Share(key, maximum, nil, rounding, .atMost), facts, attributes)
        case .localContribution(let key):
            return try share(Share(key, .whole(1), nil, .down, .exact), facts, attributes)
        case .perUnit(let key, let amount, let unit):
            return try perUnit(key, amount, unit, facts, attributes)
        }
    }

    private enum Base {
        case value(AttributeValue)
        case other(Estimate)
    }

    private static func base(_ key: AttributeKey, _ facts: some FactSource, _ attributes: AttributeDictionary) -> Base {
        guard let fact = facts.fact(for: key) else { return .other(.unknown([key])) }
        switch fact.state {
        case .value(let value): return .value(value)
        case .present: return .other(.unknown([key]))
        case .absent:
            let label = attributes.label(of: key)
            return .other(.none(BilingualText("\(label.chinese)：无", "\(label.english): none")))
        }
    }

    private static func tier(
        _ key: AttributeKey, _ tiers: [BenefitTier], _ facts: some FactSource, _ attributes: AttributeDictionary
    ) -> Estimate {
        let value: AttributeValue
        switch base(key, facts, attributes) {
        case .value(let found): value = found
        case .other(let estimate): return estimate
        }
        let seen = described(key, value, attributes)
        for tier in tiers {
            guard let inside = tier.contains(value) else { return .unknown([key]) }
            guard inside else { continue }
            let step = BilingualText(
                "\(seen.chinese)，适用档次奖励 \(yuan(tier.amount, .chinese))",
                "\(seen.english), tier of \(yuan(tier.amount, .english))")
            return .amount(Estimate.Amount(money: tier.amount, certainty: .exact, recurrence: nil, steps: [step]))
        }
        return .none(BilingualText("\(seen.chinese)，未达到任何档次", "\(seen.english), in no tier"))
    }

    private struct Share {
        let key: AttributeKey
        let ratio: Ratio
        let cap: Money?
        let rounding: Rounding
        let certainty: Estimate.Amount.Certainty

        init(
            _ key: AttributeKey, _ ratio: Ratio, _ cap: Money?, _ rounding: Rounding,
            _ certainty: Estimate.Amount.Certainty
        ) {
            self.key = key
            self.ratio = ratio
            self.cap = cap
            self.rounding = rounding
            self.certainty = certainty
        }
    }

    private static func share(
        _ share: Share, _ facts: some FactSource, _ attributes: AttributeDictionary
    ) throws(DomainError) -> Estimate {
        let value: AttributeValue
        switch base(share.key, facts, attributes) {
        case .value(let found): value = found
        case .other(let estimate): return estimate
        }
        guard case .money(let base) = value else { return .unknown([share.key]) }
        let seen = described(share.key, value, attributes)
        guard base > .zero else { return .none(seen) }
        // Above the cap the product need not be formed, and could overflow.
        if let cap = share.cap, exceeds(base, share.ratio, cap) {
            let line = factorText(share.ratio)
            let steps = [
                BilingualText("\(seen.chinese) × \(line)", "\(seen.english) × \(line)"),
                BilingualText("封顶 \(yuan(cap, .chinese))", "capped at \(yuan(cap, .english))"),
            ]
            // Nobody gets more than the cap, so "at least" ends there.
            let certainty = share.certainty == .atLeast ? .exact : share.certainty
            return .amount(Estimate.Amount(money: cap, certainty: certainty, recurrence: nil, steps: steps))
        }
        let money = try base.multiplied(by: share.ratio, rounding: share.rounding)
        let line = factorText(share.ratio)
        let step = BilingualText(
            "\(seen.chinese) × \(line) = \(yuan(money, .chinese))",
            "\(seen.english) × \(line) = \(yuan(money, .english))")
        guard money > .zero else { return .none(step) }
        return .amount(
            Estimate.Amount(money: money, certainty: share.certainty, recurrence: nil, steps: [step]))
    }

    // base × ratio ≥ cap, without dividing: fen and numerator have 64 bits each, and so have cap and denominator.
    private static func exceeds(_ base: Money, _ ratio: Ratio, _ cap: Money) -> Bool {
        Int128(base.fen) * Int128(ratio.numerator) >= Int128(cap.fen) * Int128(ratio.denominator)
    }

    private static func perUnit(
        _ key: AttributeKey, _ amount: Money, _ unit: BenefitUnit, _ facts: some FactSource,
        _ attributes: AttributeDictionary
    ) throws(DomainError) -> Estimate {
        let value: AttributeValue
        switch base(key, facts, attributes) {
        case .value(let found): value = found
        case .other(let estimate): return estimate
        }
        let money: Money
        switch value {
        case .integer(let count): money = try amount.multiplied(by: count)
        case .decimal(let count): money = try amount.multiplied(by: count, rounding: .halfUp)
        case .boolean, .money, .ratio, .date, .text, .set: return .unknown([key])
        }
        let seen = described(key, value, attributes)
        guard money > .zero else { return .none(seen) }
        let every = unit.recurrence.map { BilingualText($0.label.chinese + " ", " " + $0.label.english) }
        let step = BilingualText(
            "\(seen.chinese) × \(yuan(amount, .chinese))/\(unit.label.chinese) = "
                + "\(every?.chinese ?? "")\(yuan(money, .chinese))",
            "\(seen.english) × \(yuan(amount, .english)) per \(unit.label.english) = "
                + "\(yuan(money, .english))\(every?.english ?? "")")
        return .amount(
            Estimate.Amount(money: money, certainty: .exact, recurrence: unit.recurrence, steps: [step]))
    }

    // MARK: Texts

    private static func described(
        _ key: AttributeKey, _ value: AttributeValue, _ attributes: AttributeDictionary
    ) -> BilingualText {
        let texts = ExplanationText(attributes: attributes)
        let label = attributes.label(of: key)
        return BilingualText(
            "\(label.chinese) \(texts.describe(value, of: key, .chinese))",
            "\(label.english) \(texts.describe(value, of: key, .english))")
    }

    private static func yuan(_ money: Money, _ language: Language) -> String {
        money.shortYuanText + " " + AttributeUnit.yuan.label[language]
    }

    private static func factorText(_ ratio: Ratio) -> String {
        ratio.denominator == 1 ? String(ratio.numerator) : ratio.percentText
    }
}
