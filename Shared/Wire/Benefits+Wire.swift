import CommonContracts
import Domain

extension Benefit {
    /// Reads the wire's benefit. Its shape is checked here; amounts, types and overlaps are checked by `validate`.
    ///
    /// - Throws: `DomainError` naming the part of `path` at fault.
    public init(_ wire: Zhitongche_Common_V1_Benefit, at path: String) throws(DomainError) {
        func key(_ text: String, _ branch: String) throws(DomainError) -> AttributeKey {
            try AttributeKey(text, field: "\(path).\(branch).attribute")
        }
        switch wire.kind {
        case .fixed(let amount): self = .fixed(Money(amount))
        case .tiers(let tiers):
            var steps: [BenefitTier] = []
            for (index, step) in tiers.steps.enumerated() {
                steps.append(try BenefitTier(step, field: "\(path).tiers.steps[\(index)]"))
            }
            self = .tiers(try key(tiers.attribute, "tiers"), steps)
        case .rate(let rate):
            self = .rate(
                try key(rate.attribute, "rate"), try Ratio(rate.rate, field: "\(path).rate.rate"),
                cap: rate.hasCap ? Money(rate.cap) : nil,
                rounding: try Rounding(rate.rounding, field: "\(path).rate.rounding"))
        case .perUnit(let perUnit):
            self = .perUnit(
                try key(perUnit.attribute, "perUnit"), amount: Money(perUnit.amount),
                per: try BenefitUnit(perUnit.unit, field: "\(path).perUnit.unit"))
        case .costShare(let share):
            self = .costShare(
                try key(share.attribute, "costShare"), share: try Ratio(share.share, field: "\(path).costShare.share"),
                isMinimum: share.atLeast, cap: share.hasCap ? Money(share.cap) : nil,
                rounding: try Rounding(share.rounding, field: "\(path).costShare.rounding"))
        case .multipleOf(let multiple):
            self = .multipleOf(
                try key(multiple.attribute, "multipleOf"),
                maximum: try Ratio(multiple.maximum, field: "\(path).multipleOf.maximum"),
                rounding: try Rounding(multiple.rounding, field: "\(path).multipleOf.rounding"))
        case .localContribution(let contribution):
            self = .localContribution(try key(contribution.attribute, "localContribution"))
        case .nonMonetary(let benefit):
            self = .nonMonetary(try NonMonetaryBenefit(benefit, field: "\(path).nonMonetary"))
        case nil: throw DomainError(path, .empty)
        }
    }

    /// The benefit on the wire.
    public var wire: Zhitongche_Common_V1_Benefit {
        .with {
            switch self {
            case .fixed(let amount): $0.fixed = amount.wire
            case .tiers(let key, let tiers):
                $0.tiers = .with {
                    $0.attribute = key.text
                    $0.steps = tiers.map(\.wire)
                }
            case .rate(let key, let ratio, let cap, let rounding):
                $0.rate = .with {
                    $0.attribute = key.text
                    $0.rate = ratio.wire
                    if let cap { $0.cap = cap.wire }
                    $0.rounding = rounding.wire
                }
            case .perUnit(let key, let amount, let unit):
                $0.perUnit = .with {
                    $0.attribute = key.text
                    $0.amount = amount.wire
                    $0.unit = unit.wire
                }
            case .costShare(let key, let share, let isMinimum, let cap, let rounding):
                $0.costShare = .with {
                    $0.attribute = key.text
                    $0.share = share.wire
                    $0.atLeast = isMinimum
                    if let cap { $0.cap = cap.wire }
                    $0.rounding = rounding.wire
                }
            case .multipleOf(let key, let maximum, let rounding):
                $0.multipleOf = .with {
                    $0.attribute = key.text
                    $0.maximum = maximum.wire
                    $0.rounding = rounding.wire
                }
            case .localContribution(let key): $0.localContribution = .with { $0.attribute = key.text }
            case .nonMonetary(let benefit): $0.nonMonetary = benefit.wire
            }
        }
    }
}

extension BenefitTier {
    init(_ wire: Zhitongche_Common_V1_BenefitStep, field: String) throws(DomainError) {
        self.init(
            lower: wire.hasLower ? try Bound(wire.lower, field: "\(field).lower") : nil,
            upper: wire.hasUpper ? try Bound(wire.upper, field: "\(field).upper") : nil, amount: Money(wire.amount))
    }

    var wire: Zhitongche_Common_V1_BenefitStep {
        .with {
            if let lower { $0.lower = lower.wire }
            if let upper { $0.upper = upper.wire }
            $0.amount = amount.wire
        }
    }
}

extension BenefitTier.Bound {
    init(_ wire: Zhitongche_Common_V1_Bound, field: String) throws(DomainError) {
        let value = try AttributeValue(wire.value, field: "\(field).value")
        self = wire.open ? .open(value) : .closed(value)
    }

    var wire: Zhitongche_Common_V1_Bound {
        .with {
            switch self {
            case .closed(let value): $0.value = value.wire
            case .open(let value):
                $0.value = value.wire
                $0.open = true
            }
        }
    }
}

extension Rounding {
    init(_ wire: Zhitongche_Common_V1_Rounding, field: String) throws(DomainError) {
        switch wire {
        case .unspecified, .down: self = .down
        case .halfUp: self = .halfUp
        case .halfEven: self = .halfEven
        case .UNRECOGNIZED: throw DomainError(field, .unknown("rounding"))
        }
    }

    var wire: Zhitongche_Common_V1_Rounding {
        switch self {
        case .down: .down
        case .halfUp: .halfUp
        case .halfEven: .halfEven
        }
    }
}

extension BenefitUnit {
    init(_ wire: Zhitongche_Common_V1_BenefitUnit, field: String) throws(DomainError) {
        switch wire {
        case .person: self = .person
        case .personMonth: self = .personMonth
        case .personYear: self = .personYear
        case .item: self = .item
        case .itemYear: self = .itemYear
        case .mu: self = .mu
        case .tonneCoalEquivalent: self = .tonneCoalEquivalent
        case .unspecified, .UNRECOGNIZED: throw DomainError(field, .unknown("unit"))
        }
    }

    var wire: Zhitongche_Common_V1_BenefitUnit {
        switch self {
        case .person: .person
        case .personMonth: .personMonth
        case .personYear: .personYear
        case .item: .item
        case .itemYear: .itemYear
        case .mu: .mu
        case .tonneCoalEquivalent: .tonneCoalEquivalent
        }
    }
}

extension NonMonetaryBenefit {
    init(_ wire: Zhitongche_Common_V1_NonMonetaryBenefit, field: String) throws(DomainError) {
        guard wire.text.count <= 512 else { throw DomainError("\(field).text", .outOfRange("at most 512 characters")) }
        switch wire.kind {
        case .rateCeiling: self = .rateCeiling(try Ratio(wire.ratio, field: "\(field).ratio"))
        case .rateReduction: self = .rateReductionBasisPoints(wire.figure)
        case .rateDiscount: self = .rateDiscount(try Ratio(wire.ratio, field: "\(field).ratio"))
        case .deferral: self = .deferralUntilAtLeast(try CivilDate(wire.date, field: "\(field).date"))
        case .priority: self = .priority(wire.text)
        case .exemption: self = .exemption(wire.text)
        case .floorAreaShare: self = .maximumShareOfFloorArea(try Ratio(wire.ratio, field: "\(field).ratio"))
        case .transition: self = .transitionYears(wire.figure)
        case .announced: self = .announcedByIssuer(wire.text)
        case .restriction: self = .restriction(wire.text)
        case .unspecified, .UNRECOGNIZED: throw DomainError("\(field).kind", .unknown("kind"))
        }
    }

    var wire: Zhitongche_Common_V1_NonMonetaryBenefit {
        .with {
            switch self {
            case .rateCeiling(let ratio):
                $0.kind = .rateCeiling
                $0.ratio = ratio.wire
            case .rateReductionBasisPoints(let points):
                $0.kind = .rateReduction
                $0.figure = points
            case .rateDiscount(let ratio):
                $0.kind = .rateDiscount
                $0.ratio = ratio.wire
            case .deferralUntilAtLeast(let date):
                $0.kind = .deferral
                $0.date = date.wire
            case .priority(let text):
                $0.kind = .priority
                $0.text = text
            case .exemption(let text):
                $0.kind = .exemption
                $0.text = text
            case .maximumShareOfFloorArea(let ratio):
                $0.kind = .floorAreaShare
                $0.ratio = ratio.wire
            case .transitionYears(let years):
                $0.kind = .transition
                $0.figure = years
            case .announcedByIssuer(let text):
                $0.kind = .announced
                $0.text = text
            case .restriction(let text):
                $0.kind = .restriction
                $0.text = text
            }
        }
    }
}

extension Estimate {
    /// The estimate on the wire.
    public var wire: Zhitongche_Common_V1_Estimate {
        .with {
            switch self {
            case .amount(let amount):
                $0.kind = .amount
                $0.amount = amount.money.wire
                $0.recurrence = amount.recurrence.wire
                $0.certainty = amount.certainty.wire
                $0.steps = amount.steps.map(\.wire)
            case .unknown(let missing):
                $0.kind = .unknown
                $0.missing = missing.map(\.text)
            case .none(let text):
                $0.kind = .none
                $0.steps = [text.wire]
            case .nonMonetary(let text):
                $0.kind = .nonMonetary
                $0.steps = [text.wire]
            }
        }
    }
}

extension Estimate.Amount.Certainty {
    var wire: Zhitongche_Common_V1_Certainty {
        switch self {
        case .exact: .exact
        case .atLeast: .atLeast
        case .atMost: .atMost
        }
    }
}

extension BenefitRecurrence? {
    var wire: Zhitongche_Common_V1_Recurrence {
        switch self {
        case nil: .unspecified
        case .month: .month
        case .year: .year
        }
    }
}
