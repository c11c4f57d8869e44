import AssessmentDomain
import Domain
import Postgres
import ServiceRuntime

/// What if: scores a tier by any version of a scheme; nothing is kept (ASM-8).
struct TryScheme: Sendable {
    let id: SchemeID
    let revision: Int?
    let period: AssessmentPeriod

    /// The scores by rank, with the ranks that the scheme in force gives in place of the earlier ones.
    func run(_ store: AssessmentStore, today: CivilDate, in tx: Transaction) throws -> [UnitScore] {
        let tried = try store.scheme(id, revision: revision, in: tx)
        let now = try scores(tried.revision.content, tried.tier, store, today: today, earlierRanks: nil, in: tx)
        guard let inForce = try store.schemes.find(id, in: tx)?.inForce, inForce.number != tried.revision.number else {
            return now
        }
        let before = try scores(inForce.content, tried.tier, store, today: today, earlierRanks: nil, in: tx)
        let ranks = Dictionary(uniqueKeysWithValues: before.map { ($0.unit, $0.rank) })
        return try scores(tried.revision.content, tried.tier, store, today: today, earlierRanks: ranks, in: tx)
    }

    private func scores(
        _ content: SchemeContent, _ tier: Tier, _ store: AssessmentStore, today: CivilDate,
        earlierRanks: [UnitID: Int]?, in tx: Transaction
    ) throws -> [UnitScore] {
        var inputs = try store.reader.inputs(
            tier, content.indicators, period, verifiedOnly: content.verifiedOnly, today: today, in: tx)
        if let earlierRanks { inputs.earlierRanks = inputs.units.map { earlierRanks[$0] ?? 0 } }
        return Scoring(content, period: period).scores(inputs)
    }
}
