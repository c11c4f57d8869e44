import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import ServiceRuntime
import Wire

extension AwardRule {
    /// Reads a rule.
    ///
    /// - Throws: `DomainError` below `field`.
    init(_ wire: Zhitongche_Assessment_V1_AwardRule, _ field: String) throws(DomainError) {
        guard let rule = wire.rule else { throw DomainError("\(field).rule", .empty) }
        guard wire.unitIds.count <= 200 else { throw DomainError("\(field).unit_ids", .tooMany(limit: 200)) }
        var findings = FieldFindings()
        findings.checkText(stored(wire.name), 1...128, field: "\(field).name")
        if let error = findings.errors.first { throw error }
        var units: Set<UnitID> = []
        for (index, unit) in wire.unitIds.enumerated() {
            units.insert(try UnitID(unit, field: "\(field).unit_ids[\(index)]"))
        }
        self.init(
            code: try NodeCode(wire.code, field: "\(field).code"), name: stored(wire.name), units: units,
            terms: try AwardTerms(rule, field))
    }

    /// The rule on the wire.
    var wire: Zhitongche_Assessment_V1_AwardRule {
        .with {
            $0.code = code.text
            $0.name = name
            $0.unitIds = units.sorted().map(\.text)
            $0.rule = terms.wire
        }
    }
}

extension AwardTerms {
    fileprivate init(
        _ wire: Zhitongche_Assessment_V1_AwardRule.OneOf_Rule, _ field: String
    ) throws(DomainError) {
        func indicator(_ text: String) throws(DomainError) -> IndicatorID {
            try IndicatorID(text, field: "\(field).indicator_id")
        }
        func money(_ wire: Zhitongche_Common_V1_Money, _ name: String) throws(DomainError) -> Money {
            // A thousand million yuan is more than any prize, and keeps sums of prizes in 64 bits.
            guard (1...100_000_000_000).contains(wire.fen) else {
                throw DomainError("\(field).\(name)", .outOfRange("above 0, at most 1,000,000,000 yuan"))
            }
            return Money(wire)
        }
        func prizes(_ wire: [Zhitongche_Common_V1_Money]) throws(DomainError) -> [Money] {
            guard (1...32).contains(wire.count) else { throw DomainError("\(field).prizes", .outOfRange("1 to 32")) }
            var prizes: [Money] = []
            for (index, prize) in wire.enumerated() { prizes.append(try money(prize, "prizes[\(index)]")) }
            return prizes
        }
        switch wire {
        case .referencePrizes(let rule):
            self = .referencePrizes(
                reference: try FixedNumber(rule.hasReference ? rule.reference : nil, field: "\(field).reference"),
                try prizes(rule.prizes))
        case .targetPrize(let rule):
            self = .targetPrize(try indicator(rule.indicatorID), try money(rule.prize, "prize"))
        case .stepPrize(let rule):
            let step = try FixedNumber(rule.hasStep ? rule.step : nil, field: "\(field).step")
            guard step > .zero else { throw DomainError("\(field).step", .outOfRange("above 0")) }
            guard (1...10).contains(rule.factor) else { throw DomainError("\(field).factor", .outOfRange("1 to 10")) }
            self = .stepPrize(
                try indicator(rule.indicatorID), step: step, try money(rule.prize, "prize"),
                aboveTarget: rule.aboveTarget, factor: Int(rule.factor))
        case .placePrize(let rule):
            self = .placePrize(try indicator(rule.indicatorID), try money(rule.prize, "prize"))
        case .rankPrize(let rule): self = .rankPrize(try prizes(rule.prizes))
        case .notRisen(let rule): self = .notRisen(try indicator(rule.indicatorID), andLast: rule.andLast)
        case .changeOfLeader(let rule):
            guard rule.limit >= 1 else { throw DomainError("\(field).limit", .outOfRange("at least 1")) }
            self = .changeOfLeader(try indicator(rule.indicatorID), limit: Int(rule.limit))
        }
    }

    fileprivate var wire: Zhitongche_Assessment_V1_AwardRule.OneOf_Rule {
        switch self {
        case .referencePrizes(let reference, let prizes):
            .referencePrizes(
                .with {
                    $0.reference = reference.wire
                    $0.prizes = prizes.map(\.wire)
                })
        case .targetPrize(let indicator, let prize):
            .targetPrize(
                .with {
                    $0.indicatorID = indicator.text
                    $0.prize = prize.wire
                })
        case .stepPrize(let indicator, let step, let prize, let aboveTarget, let factor):
            .stepPrize(
                .with {
                    $0.indicatorID = indicator.text
                    $0.step = step.wire
                    $0.prize = prize.wire
                    $0.aboveTarget = aboveTarget
                    $0.factor = Int32(factor)
                })
        case .placePrize(let indicator, let prize):
            .placePrize(
                .with {
                    $0.indicatorID = indicator.text
                    $0.prize = prize.wire
                })
        case .rankPrize(let prizes): .rankPrize(.with { $0.prizes = prizes.map(\.wire) })
        case .notRisen(let indicator, let andLast):
            .notRisen(
                .with {
                    $0.indicatorID = indicator.text
                    $0.andLast = andLast
                })
        case .changeOfLeader(let indicator, let limit):
            .changeOfLeader(
                .with {
                    $0.indicatorID = indicator.text
                    $0.limit = Int32(limit)
                })
        }
    }
}

extension AwardKind {
    var wire: (kind: Zhitongche_Assessment_V1_AwardKind, amount: Money?) {
        switch self {
        case .money(let money): (.money, money)
        case .yellowCard: (.yellowCard, nil)
        case .changeOfLeader: (.changeOfLeader, nil)
        }
    }
}

extension Award {
    /// The proposal on the wire.
    var wire: Zhitongche_Assessment_V1_Award {
        .with {
            $0.unitID = unit.text
            $0.ruleCode = rule.text
            $0.kind = kind.wire.kind
            if let amount = kind.wire.amount { $0.amount = amount.wire }
            $0.arithmetic = arithmetic
        }
    }
}

extension [Award] {
    /// The sum of the money.
    ///
    /// - Throws: `DomainError` when it does not fit.
    func total() throws(DomainError) -> Money {
        var total = Money.zero
        for award in self {
            if let amount = award.kind.wire.amount { total = try total.adding(amount) }
        }
        return total
    }
}
