import Domain

/// What a rule of awards and warnings says (ASM-10).
public enum AwardTerms: Hashable, Sendable {
    /// Prizes by place for units at or above a reference score.
    case referencePrizes(reference: FixedNumber, [Money])
    /// A prize for every unit that met its annual target.
    case targetPrize(IndicatorID, Money)
    /// Money for every full step of a value, or of what it has above its target.
    case stepPrize(IndicatorID, step: FixedNumber, Money, aboveTarget: Bool, factor: Int)
    /// Money for every place gained in an outside ranking.
    case placePrize(IndicatorID, Money)
    /// Prizes by place for the first ranks.
    case rankPrize([Money])
    /// Yellow card and talk for units that gained no place, or none and are last.
    case notRisen(IndicatorID, andLast: Bool)
    /// Change of the leader after two years last, with an outside place behind a limit.
    case changeOfLeader(IndicatorID, limit: Int)

    /// The indicator it looks at; nil for those that look at scores alone.
    public var indicator: IndicatorID? {
        switch self {
        case .referencePrizes, .rankPrize: nil
        case .targetPrize(let id, _), .stepPrize(let id, _, _, _, _), .placePrize(let id, _), .notRisen(let id, _),
            .changeOfLeader(let id, _):
            id
        }
    }
}

/// One rule of awards and warnings (ASM-10).
public struct AwardRule: Hashable, Sendable {
    /// Code, unique in the set.
    public let code: NodeCode
    /// Name.
    public let name: String
    /// Units that it is for; empty for all.
    public let units: Set<UnitID>
    /// What it says.
    public let terms: AwardTerms

    /// A rule.
    public init(code: NodeCode, name: String, units: Set<UnitID>, terms: AwardTerms) {
        self.code = code
        self.name = name
        self.units = units
        self.terms = terms
    }
}

/// What is proposed.
public enum AwardKind: Hashable, Sendable {
    /// Money.
    case money(Money)
    /// Yellow card and talk.
    case yellowCard
    /// Change of the leader.
    case changeOfLeader

    /// The word in storage.
    public var word: String {
        switch self {
        case .money: "money"
        case .yellowCard: "yellow_card"
        case .changeOfLeader: "change_of_leader"
        }
    }

    /// All words.
    public static let words = ["money", "yellow_card", "change_of_leader"]
}

/// One proposal with its arithmetic.
public struct Award: Hashable, Sendable {
    /// Unit.
    public let unit: UnitID
    /// Code of the rule.
    public let rule: NodeCode
    /// What is proposed.
    public let kind: AwardKind
    /// The arithmetic, written out.
    public let arithmetic: String

    /// A proposal.
    public init(unit: UnitID, rule: NodeCode, kind: AwardKind, arithmetic: String) {
        self.unit = unit
        self.rule = rule
        self.kind = kind
        self.arithmetic = arithmetic
    }
}

/// Works rules out for a published result (ASM-10).
public struct Awarding: Sendable {
    private let scores: [UnitScore]
    private let inputs: ScoringInputs
    private let lastBefore: Set<UnitID>

    /// - Parameters:
    ///   - scores: the result, by rank.
    ///   - inputs: the indicators of the rules.
    ///   - lastBefore: units that were last in the published result a year before.
    public init(scores: [UnitScore], inputs: ScoringInputs, lastBefore: Set<UnitID>) {
        self.scores = scores
        self.inputs = inputs
        self.lastBefore = lastBefore
    }

    /// Units in the last place of a result: nobody is behind them. Where all are equal nobody is last.
    public static func last(of scores: [UnitScore]) -> Set<UnitID> {
        guard let worst = scores.map(\.rank).max(), worst > 1 else { return [] }
        return Set(scores.filter { $0.rank == worst }.map(\.unit))
    }

    /// Proposals in the order of the rules, each by rank and slug.
    ///
    /// - Throws: `DomainError` when an amount does not fit.
    public func proposals(_ rules: [AwardRule]) throws(DomainError) -> [Award] {
        var awards: [Award] = []
        for rule in rules {
            let candidates = scores.filter { rule.units.isEmpty || rule.units.contains($0.unit) }
            awards += try proposals(rule, candidates)
        }
        return awards
    }

    private func proposals(_ rule: AwardRule, _ candidates: [UnitScore]) throws(DomainError) -> [Award] {
        switch rule.terms {
        case .referencePrizes(let reference, let prizes):
            let reached = candidates.filter { $0.score >= reference.millionths }
            return shared(prizes, among: reached, rule) { "score \(Self.text($0.score)) ≥ \(reference)" }
        case .rankPrize(let prizes):
            return shared(prizes, among: candidates, rule) { "score \(Self.text($0.score))" }
        case .targetPrize(let indicator, let prize):
            return candidates.compactMap { score in
                guard let (input, direction) = input(indicator, score.unit), let value = input.value,
                    let target = input.target, !direction.isBetter(target, than: value)
                else { return nil }
                let sign = direction == .more ? "≥" : "≤"
                return Award(
                    unit: score.unit, rule: rule.code, kind: .money(prize),
                    arithmetic: "\(Self.text(value)) \(sign) target \(Self.text(target)): \(prize)")
            }
        case .stepPrize(let indicator, let step, let prize, let aboveTarget, let factor):
            var awards: [Award] = []
            for score in candidates {
                guard let (input, _) = input(indicator, score.unit), let value = input.value else { continue }
                guard let base = aboveTarget ? input.target : 0 else { continue }
                let counted = (Int128(value) - Int128(base)) * Int128(factor)
                guard counted > 0 else { continue }
                let steps = Int64(counted / Int128(step.millionths))
                guard steps > 0 else { continue }
                let amount = try prize.multiplied(by: steps)
                let above = aboveTarget ? "(\(Self.text(value)) − \(Self.text(base)))" : Self.text(value)
                awards.append(
                    Award(
                        unit: score.unit, rule: rule.code, kind: .money(amount),
                        arithmetic: "\(above) × \(factor) / \(step) = \(steps) full steps × \(prize) = \(amount)"))
            }
            return awards
        case .placePrize(let indicator, let prize):
            var awards: [Award] = []
            for score in candidates {
                guard let places = places(indicator, score.unit), places.gained > 0 else { continue }
                let amount = try prize.multiplied(by: places.gained)
                awards.append(
                    Award(
                        unit: score.unit, rule: rule.code, kind: .money(amount),
                        arithmetic: "\(places.text) = \(places.gained) places × \(prize) = \(amount)"))
            }
            return awards
        case .notRisen(let indicator, let andLast):
            let last = Self.last(of: scores)
            return candidates.compactMap { score in
                guard let places = places(indicator, score.unit), places.gained <= 0 else { return nil }
                guard !andLast || last.contains(score.unit) else { return nil }
                let rank = andLast ? ", and last with rank \(score.rank) of \(scores.count)" : ""
                return Award(
                    unit: score.unit, rule: rule.code, kind: .yellowCard,
                    arithmetic: "\(places.text) = \(places.gained) places\(rank)")
            }
        case .changeOfLeader(let indicator, let limit):
            let last = Self.last(of: scores)
            return candidates.compactMap { score in
                guard last.contains(score.unit), lastBefore.contains(score.unit),
                    let (input, _) = input(indicator, score.unit), let place = input.value,
                    place > Int64(limit) * FixedNumber.one
                else { return nil }
                let rank = "last with rank \(score.rank) of \(scores.count) in two years"
                return Award(
                    unit: score.unit, rule: rule.code, kind: .changeOfLeader,
                    arithmetic: "\(rank), place \(Self.text(place)) > \(limit)")
            }
        }
    }

    /// Gives prizes by place; units that share a rank share the prizes of the places that they take, rounded down to
    /// fen.
    private func shared(
        _ prizes: [Money], among units: [UnitScore], _ rule: AwardRule, _ reason: (UnitScore) -> String
    ) -> [Award] {
        var awards: [Award] = []
        var place = 0
        while place < units.count, place < prizes.count {
            let group = units[place...].prefix { $0.score == units[place].score }
            let pool = prizes[place..<min(place + group.count, prizes.count)].reduce(Int64(0)) { $0 + $1.fen }
            let share = Money(fen: pool / Int64(group.count))
            for unit in group {
                let places = group.count == 1 ? "place \(place + 1)" : "places \(place + 1) to \(place + group.count)"
                let division = group.count == 1 ? "" : " / \(group.count) = \(share)"
                awards.append(
                    Award(
                        unit: unit.unit, rule: rule.code, kind: .money(share),
                        arithmetic: "\(reason(unit)), \(places): \(Money(fen: pool))\(division)"))
            }
            place += group.count
        }
        return awards
    }

    private func places(_ indicator: IndicatorID, _ unit: UnitID) -> (gained: Int64, text: String)? {
        guard let (input, _) = input(indicator, unit), let now = input.value, let before = input.earlier else {
            return nil
        }
        return ((before - now) / FixedNumber.one, "place \(Self.text(before)) → \(Self.text(now))")
    }

    private func input(_ indicator: IndicatorID, _ unit: UnitID) -> (LeafInput, Direction)? {
        guard let place = inputs.indicators.firstIndex(of: indicator), let column = inputs.units.firstIndex(of: unit)
        else { return nil }
        return (inputs.leaves[place][column], inputs.directions[place])
    }

    private static func text(_ millionths: Int64) -> String { FixedNumber(millionths: millionths).description }
}
