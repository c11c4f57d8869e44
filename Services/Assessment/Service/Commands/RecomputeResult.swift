import AssessmentDomain
import Domain
import Postgres
import ServiceRuntime

/// What recomputing a result showed (ASM-15).
struct Recomputation: Sendable {
    let inputsEqual: Bool
    let scoresEqual: Bool
    let inputsDigest: [UInt8]
    let scoresDigest: [UInt8]
    let restored: Int
    let events: Int64
}

/// Computes a result again from the bytes of the events that were consumed before it, and from what was frozen of
/// reports and targets; puts back scores that are missing (ASM-15).
struct RecomputeResult: ResultUseCase {
    /// Events per read, so that not all of them are held in memory.
    private static let batch = 2_000

    let id: ResultID
    let changes: EvidenceRules

    func run(_ command: Command, _ store: AssessmentStore) throws -> Recomputation {
        let result = try store.result(id, in: command.tx)
        let scheme = try store.scheme(result.scheme, revision: result.schemeRevision, in: command.tx)
        let content = scheme.revision.content
        let indicators = try store.indicators.all(content.indicators, in: command.tx)
        var inputs = try store.results.inputs(of: result, indicators: indicators, in: command.tx)
        let (ledger, read) = try ledger(upTo: result.eventPlace, store, in: command.tx)
        for (place, indicator) in indicators.enumerated() {
            guard let derivation = indicator.source.derivation, derivation != .reportPunctuality else { continue }
            let now = try ledger.figures(derivation, in: result.period)
            let earlier = try ledger.figures(derivation, in: result.period.aYearBefore)
            for (column, unit) in inputs.units.enumerated() {
                let value = now[unit].flatMap { derivation.value(of: $0, for: indicator) }
                // Where a report counted, events did not.
                switch inputs.leaves[place][column].origin {
                case .none, .events:
                    inputs.leaves[place][column].value = value?.millionths
                    inputs.leaves[place][column].figure = value == nil ? nil : now[unit]
                    inputs.leaves[place][column].origin = value == nil ? .none : .events
                case .reported, .late, .revised, .verified:
                    break
                }
                switch indicator.source {
                case .events:
                    inputs.leaves[place][column].earlier =
                        earlier[unit].flatMap { derivation.value(of: $0, for: indicator) }?.millionths
                case .reports, .both:
                    break
                }
            }
        }
        let inputsDigest = AssessmentStore.digest(of: inputs)
        let scores = Scoring(content, period: result.period).scores(inputs)
        let scoresDigest = AssessmentStore.digest(of: scores)
        let isEqual = scoresDigest == result.scoresDigest
        return Recomputation(
            inputsEqual: inputsDigest == result.inputsDigest, scoresEqual: isEqual, inputsDigest: inputsDigest,
            scoresDigest: scoresDigest,
            restored: isEqual ? try store.results.restore(scores, of: id, in: command.tx) : 0, events: read)
    }

    private func ledger(
        upTo last: Int64, _ store: AssessmentStore, in tx: Transaction
    ) throws -> (ContributionLedger, Int64) {
        var ledger = ContributionLedger()
        var place: Int64 = 0
        var read: Int64 = 0
        while true {
            let page = try store.events.page(after: place, upTo: last, limit: Self.batch, in: tx)
            for event in page { ledger.apply(try changes(event.type, event.payload, event.reading)) }
            read += Int64(page.count)
            guard page.count == Self.batch, let end = page.last else { return (ledger, read) }
            place = end.place
        }
    }
}
