import AssessmentDomain
import Domain
import ServiceRuntime

/// Scores a tier by its scheme in force and keeps the result with its inputs (ASM-8, ASM-10).
struct ComputeResult: ResultUseCase {
    let id: ResultID
    let tier: Tier
    let period: AssessmentPeriod

    func run(_ command: Command, _ store: AssessmentStore) throws -> AssessmentResult {
        guard try period.start <= command.today else { throw Problem.invalid("period", "has not begun") }
        guard let scheme = try store.schemes.find(tier, in: command.tx), let revision = scheme.inForce else {
            throw Problem.illegalState(zh: "该层级没有生效的考核方案", en: "the tier has no scheme in force")
        }
        let content = revision.content
        let cut = try store.events.cut(in: command.tx) {
            try store.reader.inputs(
                tier, content.indicators, period, verifiedOnly: content.verifiedOnly, today: command.today,
                in: command.tx)
        }
        let inputs = cut.value
        guard !inputs.units.isEmpty else {
            throw Problem.illegalState(zh: "该层级没有考核单位", en: "the tier has no units")
        }
        let scores = Scoring(content, period: period).scores(inputs)
        let result = AssessmentResult(
            id: id, tier: tier, period: period, scheme: scheme.id, schemeRevision: revision.number,
            units: inputs.units.count, inputsDigest: AssessmentStore.digest(of: inputs),
            scoresDigest: AssessmentStore.digest(of: scores), computedBy: command.account,
            computedAt: command.time, eventPlace: cut.place)
        try store.results.insert(result, inputs: inputs, scores: scores, in: command.tx)
        return result
    }
}

/// Freezes a draft and publishes it (ASM-8).
struct PublishResult: ResultUseCase {
    let id: ResultID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> AssessmentResult {
        var result = try store.result(id, version: version, in: command.tx)
        try result.publish(by: command.account, at: command.time)
        guard try store.results.published(result.tier, result.period, in: command.tx) == nil else {
            throw Problem.alreadyExists("published result of \(result.tier.rawValue) for \(result.period)")
        }
        let scores = try store.results.scores(of: id, after: 0, limit: result.units, in: command.tx)
        guard AssessmentStore.digest(of: scores) == result.scoresDigest else {
            throw Problem.illegalState(zh: "得分与计算时不一致，请先重新核算", en: "scores are missing or differ; recompute first")
        }
        let events = AssessmentEvents.count(ofScores: scores.count)
        let seq = try store.results.save(result, events: events, in: command.tx)
        try command.emit(contentsOf: AssessmentEvents.published(result, scores: scores, at: command.now, seq: seq))
        return result
    }
}

/// Throws a draft away (ASM-8).
struct DiscardResult: ResultUseCase {
    let id: ResultID
    let version: Int64

    func run(_ command: Command, _ store: AssessmentStore) throws -> AssessmentResult {
        var result = try store.result(id, version: version, in: command.tx)
        try result.discard()
        try store.results.save(result, in: command.tx)
        return result
    }
}
