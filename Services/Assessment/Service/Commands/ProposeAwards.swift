import AssessmentDomain
import Domain
import ServiceRuntime

/// Sets the rules of awards and warnings of a tier (ASM-10).
struct SetAwardRules: UseCase {
    let tier: Tier
    let version: Int64
    let rules: [AwardRule]

    var object: String { "award rules \(tier.rawValue)" }

    func run(_ command: Command, _ store: AssessmentStore) throws -> Int64 {
        let wanted = rules.map(\.terms.indicator)
        let known = Set(try store.indicators.all(wanted.compactMap { $0 }, in: command.tx).map(\.id))
        let violations = wanted.enumerated().compactMap { index, indicator -> Problem.FieldViolation? in
            guard let indicator, !known.contains(indicator) else { return nil }
            return Problem.FieldViolation("rules[\(index)].indicator_id", "no such indicator")
        }
        if !violations.isEmpty { throw Problem.invalid(violations) }
        return try store.awards.set(rules, of: tier, version: version, in: command.tx)
    }
}

/// Proposes awards and warnings for a published result (ASM-10).
struct ProposeAwards: ResultUseCase {
    let id: ResultID

    func run(_ command: Command, _ store: AssessmentStore) throws -> [Award] {
        let result = try store.result(id, in: command.tx)
        try result.requirePublished()
        let rules = try store.awards.rules(of: result.tier, in: command.tx).rules
        let inputs = try store.reader.inputs(
            result.tier, Set(rules.compactMap(\.terms.indicator)).sorted(), result.period, verifiedOnly: false,
            today: command.today, in: command.tx)
        let scores = try store.results.scores(of: id, after: 0, limit: result.units, in: command.tx)
        var lastBefore: Set<UnitID> = []
        if let before = try store.results.published(result.tier, result.period.aYearBefore, in: command.tx) {
            lastBefore = Awarding.last(
                of: try store.results.scores(of: before.id, after: 0, limit: before.units, in: command.tx))
        }
        let awards = try Awarding(scores: scores, inputs: inputs, lastBefore: lastBefore).proposals(rules)
        let seq = try store.awards.insert(
            awards, of: id, events: AssessmentEvents.count(ofAwards: awards.count), in: command.tx)
        try command.emit(contentsOf: AssessmentEvents.proposed(awards, for: result, at: command.now, seq: seq))
        return awards
    }
}
