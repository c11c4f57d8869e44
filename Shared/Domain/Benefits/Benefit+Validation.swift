extension Benefit {
    /// Checks meaning: known attributes of the right type, positive amounts, tiers in order that do not overlap
    /// (POL-5, XCT-12).
    ///
    /// - Throws: ``DomainError`` whose field is a path below `path`, such as `benefit.tiers[1]`.
    public func validate(
        attributes: AttributeDictionary = .standard, path: String = "benefit"
    ) throws(DomainError) {
        switch self {
        case .fixed(let amount):
            try Self.requirePositive(amount, "\(path).fixed")
        case .tiers(let key, let tiers):
            let type = try attributes.definition(of: key, field: "\(path).attribute").type
            try Self.check(tiers, of: type, path)
        case .rate(let key, let ratio, let cap, _):
            try Self.requireMoney(key, attributes, path)
            try Self.requirePositive(ratio, "\(path).rate")
            if let cap { try Self.requirePositive(cap, "\(path).cap") }
        case .perUnit(let key, let amount, _):
            let type = try attributes.definition(of: key, field: "\(path).attribute").type
            guard type == .integer || type == .decimal else {
                throw DomainError("\(path).attribute", .wrongType(expected: "integer or decimal", found: type.rawValue))
            }
            try Self.requirePositive(amount, "\(path).amount")
        case .costShare(let key, let share, _, let cap, _):
            try Self.requireMoney(key, attributes, path)
            guard share > .whole(0), share <= .whole(1) else {
                throw DomainError("\(path).share", .outOfRange("above 0 and at most 1"))
            }
            if let cap { try Self.requirePositive(cap, "\(path).cap") }
        case .multipleOf(let key, let maximum, _):
            try Self.requireMoney(key, attributes, path)
            try Self.requirePositive(maximum, "\(path).maximum")
        case .localContribution(let key):
            try Self.requireMoney(key, attributes, path)
        case .nonMonetary(let benefit):
            try Self.check(benefit, path)
        }
    }

    private static func requireMoney(
        _ key: AttributeKey, _ attributes: AttributeDictionary, _ path: String
    ) throws(DomainError) {
        let type = try attributes.definition(of: key, field: "\(path).attribute").type
        guard type == .money else {
            throw DomainError("\(path).attribute", .wrongType(expected: "money", found: type.rawValue))
        }
    }

    private static func requirePositive(_ amount: Money, _ field: String) throws(DomainError) {
        guard amount > .zero else { throw DomainError(field, .outOfRange("above 0")) }
    }

    private static func requirePositive(_ ratio: Ratio, _ field: String) throws(DomainError) {
        guard ratio > .whole(0) else { throw DomainError(field, .outOfRange("above 0")) }
    }

    private static func requirePositive(_ number: Int64, _ field: String) throws(DomainError) {
        guard number > 0 else { throw DomainError(field, .outOfRange("above 0")) }
    }

    private static func check(_ tiers: [BenefitTier], of type: AttributeType, _ path: String) throws(DomainError) {
        guard type.isOrdered else {
            throw DomainError("\(path).attribute", .notApplicable("order of \(type.rawValue) values"))
        }
        guard !tiers.isEmpty else { throw DomainError("\(path).tiers", .empty) }
        guard tiers.count <= maximumTiers else { throw DomainError("\(path).tiers", .tooMany(limit: maximumTiers)) }
        for (index, tier) in tiers.enumerated() {
            let field = "\(path).tiers[\(index)]"
            try requirePositive(tier.amount, "\(field).amount")
            for bound in [tier.lower, tier.upper] {
                guard let found = bound?.value.type, found != type else { continue }
                throw DomainError(field, .wrongType(expected: type.rawValue, found: found.rawValue))
            }
            if let lower = tier.lower, let upper = tier.upper, endsBefore(upper, lower) {
                throw DomainError(field, .disorder)
            }
            for earlier in tiers[..<index] where !areApart(earlier, tier) {
                throw DomainError(field, .duplicate("range"))
            }
        }
    }

    private static func areApart(_ left: BenefitTier, _ right: BenefitTier) -> Bool {
        if let upper = left.upper, let lower = right.lower, endsBefore(upper, lower) { return true }
        if let upper = right.upper, let lower = left.lower, endsBefore(upper, lower) { return true }
        return false
    }

    /// Whether a range that ends at `upper` ends before one that begins at `lower`; they touch without sharing a value
    /// unless both bounds are closed.
    private static func endsBefore(_ upper: BenefitTier.Bound, _ lower: BenefitTier.Bound) -> Bool {
        guard let order = upper.value.order(to: lower.value) else { return false }
        switch (upper, lower) {
        case (.closed, .closed): return order < 0
        case (.open, _), (_, .open): return order <= 0
        }
    }

    private static func check(_ benefit: NonMonetaryBenefit, _ path: String) throws(DomainError) {
        switch benefit {
        case .rateCeiling(let ratio):
            try requirePositive(ratio, "\(path).rateCeiling")
        case .rateReductionBasisPoints(let points):
            try requirePositive(points, "\(path).rateReductionBasisPoints")
        case .rateDiscount(let ratio), .maximumShareOfFloorArea(let ratio):
            guard ratio > .whole(0), ratio <= .whole(1) else {
                throw DomainError("\(path).share", .outOfRange("above 0 and at most 1"))
            }
        case .deferralUntilAtLeast:
            break
        case .transitionYears(let years):
            try requirePositive(years, "\(path).transitionYears")
        case .priority(let text), .exemption(let text), .announcedByIssuer(let text), .restriction(let text):
            guard !text.isEmpty else { throw DomainError("\(path).text", .empty) }
            guard text.utf8.count <= 4096 else { throw DomainError("\(path).text", .tooMany(limit: 4096)) }
        }
    }
}
